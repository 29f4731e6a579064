"""What `wattkeeper doctor` says of mails and receipts."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

import cast
from wattkeeper.common.mail_server import MailServer
from wattkeeper.common.signing import KeyStore
from wattkeeper.delivery import mail
from wattkeeper.delivery.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(datetime(2026, 3, 10, 18, tzinfo=UTC))


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    def read(name: str) -> str:
        with pytest.raises(CommandError):
            call_command("doctor")
        return next(found for found in capsys.readouterr().out.splitlines() if found.startswith(name))

    return read


def write() -> Mail:
    return mail.send("receipt", "heather@example.com", "en", {"state": "given"})


def test_without_a_mail_server_it_says_what_is_kept(line: Callable[[str], str], settings: Settings) -> None:
    settings.MAIL_SERVER = None
    write()
    assert line("mail") == (
        "mail        WRONG no mail server is set (WATTKEEPER_MAIL_URL): mails are kept, not sent; 1 now"
    )
    settings.IS_DEMO = True
    assert line("mail").endswith("/demo/mail")


def test_with_one_it_counts(line: Callable[[str], str], settings: Settings) -> None:
    settings.MAIL_SERVER = MailServer("127.0.0.1", 25, "", "secret", "none")
    write()
    assert line("mail") == "mail        ok    1 mails wait"
    write()
    Mail.objects.filter(pk=Mail.objects.latest("pk").pk).update(next_attempt_at=None)
    assert "WRONG 1 mails were given up" in line("mail")
    assert "secret" not in repr(settings.MAIL_SERVER)


def test_keys_that_were_lost_are_missed(line: Callable[[str], str], settings: Settings, tmp_path: Path) -> None:
    settings.RECEIPT_KEYS = KeyStore(tmp_path / "keys.json")
    cast.share(cast.third_party(), cast.customer())
    settings.RECEIPT_KEYS.rotate()
    assert "; 1 earlier keys are kept" in line("receipts")
    (tmp_path / "keys.json").unlink()
    assert "WRONG the key that signed the first receipts is missing" in line("receipts")
