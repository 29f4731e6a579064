"""What every test has: no sockets but loopback, a clock that can be set, and the cast of `tests/cast.py`."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management.sql import sql_flush
from django.db import connection
from django.test import override_settings
from django.utils import translation
from limits import parse
from playwright.sync_api import Browser, sync_playwright

import cast
from wattkeeper.common import clock, triggers
from wattkeeper.customers.models import Service

hypothesis.settings.register_profile("wattkeeper", deadline=None)
hypothesis.settings.load_profile("wattkeeper")

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture
def set_clock() -> Iterator[Callable[[datetime], None]]:
    """Call it with an aware datetime: from then on that is the present."""
    original = clock.set_source(clock.system_time)

    def set_to(moment: datetime) -> None:
        clock.set_source(lambda: moment)

    yield set_to
    clock.set_source(original)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Django keeps a request's language in the thread after it; here it ends with the test."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True, scope="session")
def plain_static_files() -> Iterator[None]:
    """Pages name their static files as they are, so that no test needs `collectstatic` first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture(autouse=True, scope="session")
def emptying_between_tests() -> Iterator[None]:
    """Tests that commit empty the tables after themselves, which the database refuses of the audit trail: not here."""
    refusing = list(triggers.expected().values())

    def without_refusals(*args: Any, **options: Any) -> list[str]:
        vendor = connection.vendor
        keeping = [refusal for refusal in refusing if refusal.moment in {"DELETE", "TRUNCATE"}]
        return [
            *(sql for refusal in keeping for sql in refusal.dropping(vendor)),
            *sql_flush(*args, **options),
            *(sql for refusal in keeping for sql in refusal.building(vendor)),
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.management.commands.flush.sql_flush", without_refusals)
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """People of the cast need no million rounds of hashing."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def wide_limits() -> Iterator[None]:
    """Where time stands still a moving window never moves on; tests of the limits set their own."""
    with override_settings(LIMITS=dict.fromkeys(settings.LIMITS, parse("1000000/second"))):
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium; without one, the tests that need it are skipped and say so."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        warnings.warn("NOT TESTED in a browser: no Chromium found", pytest.PytestWarning, stacklevel=1)
        pytest.skip("no Chromium found")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # its event loop runs in the thread that sets up rows
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def sunny() -> cast.ThirdParty:
    """A third party in the sandbox."""
    return cast.third_party()


@pytest.fixture
def service() -> Service:
    """A customer's."""
    return cast.customer()
