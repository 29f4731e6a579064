"""What `wattkeeper doctor` finds out about the way in: the server in front, and where requests are counted."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def look(name: str) -> str:
    """The line of one look."""
    output = StringIO()
    try:
        call_command("doctor", stdout=output)
    except CommandError as error:
        output.write(f"{error}\n")
    return next(line for line in output.getvalue().splitlines() if line.startswith(f"{name} "))


def test_tls_needs_a_server_in_front(settings: Settings) -> None:
    settings.BASE_URL, settings.IS_HTTPS = "https://greenbutton.example", True
    assert "WRONG TLS ends at a server in front" in look("address")
    settings.PROXIES = 1
    assert look("address").endswith("ok    https://greenbutton.example")


def test_it_says_where_requests_are_counted(settings: Settings, redis: tuple[str, object]) -> None:
    assert look("counting").endswith("by each of 1 server processes for itself")
    settings.SHARED_CACHE = "redis://127.0.0.1:1/0"
    assert "WRONG the Redis of WATTKEEPER_SHARED_CACHE does not answer" in look("counting")
    settings.SHARED_CACHE = redis[0]
    assert look("counting").endswith("ok    in the shared cache")
