"""Handing mails in to a real server: accepted, put off, refused, silent, without TLS, with a wrong password."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.template import TemplateDoesNotExist
from pytest_django import Settings

import cast
from delivery.smtp import Credentials, Post, post_office
from wattkeeper.delivery import mail, outbox
from wattkeeper.delivery.models import Mail, Plain

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=10)
Clock = Callable[[datetime], None]


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    with post_office() as opened:
        settings.MAIL_SERVER = opened.server()
        yield opened


def write(**changes: Any) -> Mail:
    """A mail whose context holds all it says."""
    cast.epe()
    context = {
        "utility": "EPE", "company": "Sunny", "kinds": ["Your bills"], "meters": ["Meter 1"], "since": "2026-01-01",
        "until": "2026-12-31", "granted": "2026-01-01", "page": "https://gb.example/mine", "state": "given",
    }  # fmt: skip
    return mail.send("receipt", "heather@example.com", "en", context | changes)


def now_stands(sent: Mail) -> tuple[bool, bool, int, str]:
    """Whether it was sent, whether it waits, how often it was tried, and what was said."""
    sent.refresh_from_db()
    return sent.sent is not None, sent.next_attempt_at is not None, sent.tries, sent.error


def test_a_mail_arrives_once_with_both_parts(post: Post) -> None:
    sent = write()
    outbox.send_due()
    outbox.send_due()
    assert now_stands(sent) == (True, False, 1, "")
    [letter] = post.letters()
    assert post.recipients == [["heather@example.com"]]
    assert letter["From"] == "El Paso Electric <no-reply@gb.example>"
    assert letter["To"] == "heather@example.com"
    assert letter["Subject"] == "You share your energy data with Sunny"
    assert letter["Message-ID"] == f"<{sent.uid}@localhost>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_it_with_nothing_else_to_do(post: Post, settings: Settings) -> None:
    settings.SCHEDULED_TASKS = {}
    sent = write()
    call_command("work", "--once")
    assert now_stands(sent)[0]


@pytest.mark.parametrize("moment", ["to_rcpt", "to_data"])
def test_a_mail_that_is_put_off_is_tried_again(post: Post, moment: str, set_clock: Clock) -> None:
    setattr(post, moment, "451 4.7.1 Greylisted, come back later")
    sent = write()
    outbox.send_due()
    assert now_stands(sent) == (False, True, 1, "451 4.7.1 Greylisted, come back later")
    setattr(post, moment, "")
    outbox.send_due()
    assert not post.got
    set_clock(NOON + timedelta(minutes=5))
    outbox.send_due()
    assert now_stands(sent) == (True, False, 2, "")
    assert len(post.got) == 1


@pytest.mark.parametrize("moment", ["to_rcpt", "to_data"])
def test_a_mail_that_is_refused_is_given_up_at_once(post: Post, moment: str, set_clock: Clock) -> None:
    setattr(post, moment, "550 5.1.1 No such person")
    sent = write()
    outbox.send_due()
    assert now_stands(sent) == (False, False, 1, "550 5.1.1 No such person")
    setattr(post, moment, "")
    set_clock(NOON + timedelta(days=1))
    outbox.send_due()
    assert not post.got


def test_a_mail_is_given_up_after_three_days(post: Post, set_clock: Clock) -> None:
    post.to_rcpt = "451 Later"
    sent = write()
    waits = []
    at = NOON
    while sent.next_attempt_at is not None:
        waits.append(sent.next_attempt_at - at)
        at = sent.next_attempt_at
        set_clock(at)
        outbox.send_due()
        sent.refresh_from_db()
    assert waits[1:5] == [timedelta(minutes=minutes) for minutes in (5, 15, 60, 240)]
    assert waits[5:] == [timedelta(hours=8)] * 8
    assert at - NOON < timedelta(hours=72)
    assert now_stands(sent) == (False, False, 13, "451 Later")


def test_a_mail_nobody_could_send_in_time_is_not_sent_late(post: Post, set_clock: Clock) -> None:
    sent = write()
    set_clock(NOON + timedelta(hours=72))
    outbox.send_due()
    assert now_stands(sent) == (False, False, 1, "it waited too long")
    assert not post.got


def test_where_nobody_listens_it_waits(settings: Settings) -> None:
    with post_office() as closed:
        settings.MAIL_SERVER = closed.server()
    sent = write()
    outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)
    assert sent.error.startswith("ConnectionRefusedError")


def test_where_a_server_says_nothing_it_waits(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.MAIL_SERVER = Post(port=silent.getsockname()[1]).server()
        settings.MAIL_TIMEOUT = 0.05
        sent = write()
        outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)
    assert "timed out" in sent.error


def test_a_server_that_closes_is_tried_again(post: Post) -> None:
    post.to_data = "421 4.3.2 Closing for the day"
    sent = write()
    outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context with a certificate of 127.0.0.1 that this machine trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    real = datetime.fromtimestamp(tmp_path.stat().st_mtime, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(real - timedelta(days=1))
        .not_valid_after(real + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def locked(tls: ssl.SSLContext) -> AbstractContextManager[Post]:
    return post_office(tls, require_starttls=True, authenticator=Credentials(), auth_required=True)


def test_with_starttls_and_a_password(tls: ssl.SSLContext, settings: Settings) -> None:
    with locked(tls) as post:
        settings.MAIL_SERVER = post.server(security="starttls", user="house", password="p@ss word")
        sent = write()
        outbox.send_due()
    assert now_stands(sent)[0], sent.error
    assert len(post.got) == 1


def test_with_tls_from_the_first_byte(tls: ssl.SSLContext, settings: Settings) -> None:
    with post_office(tls, is_tls_from_start=True) as post:
        settings.MAIL_SERVER = post.server(security="tls")
        sent = write()
        outbox.send_due()
    assert now_stands(sent)[0], sent.error


def test_a_wrong_password_is_no_fault_of_the_mail(tls: ssl.SSLContext, settings: Settings) -> None:
    with locked(tls) as post:
        settings.MAIL_SERVER = post.server(security="starttls", user="house", password="guess")
        sent = write()
        outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)
    assert sent.error.startswith("535")
    assert "guess" not in sent.error


def test_where_tls_is_refused_nothing_is_said_in_the_clear(post: Post, settings: Settings) -> None:
    settings.MAIL_SERVER = post.server(security="starttls", user="house", password="p@ss word")
    sent = write()
    outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)
    assert "STARTTLS" in sent.error
    assert not post.got


@pytest.mark.parametrize("is_tls_from_start", [False, True])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    tls: ssl.SSLContext, is_tls_from_start: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with post_office(tls, is_tls_from_start=is_tls_from_start) as post:
        settings.MAIL_SERVER = post.server(security="tls" if is_tls_from_start else "starttls")
        sent = write()
        outbox.send_due()
    assert now_stands(sent)[:3] == (False, True, 1)
    assert "certificate verify failed" in sent.error
    assert not post.got


def test_a_mail_sent_twice_is_known_by_its_message_id(post: Post) -> None:
    """As when a worker dies between the server's word and its own note."""
    sent = write()
    outbox.send_due()
    Mail.objects.filter(pk=sent.pk).update(sent=None, next_attempt_at=NOON)
    outbox.send_due()
    first, second = post.letters()
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body().as_string() == second.get_body().as_string()  # type: ignore[union-attr]


def test_another_worker_that_has_it_wins(post: Post) -> None:
    stale = write()
    Mail.objects.filter(pk=stale.pk).update(next_attempt_at=NOON + timedelta(minutes=5))
    outbox.attempt(stale)
    assert not post.got


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_mail_has_one(post: Post) -> None:
    for _ in range(3):
        write()
    many = 6
    gate = threading.Barrier(many)

    def work(_: int) -> None:
        try:
            gate.wait()
            outbox.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(work, range(many)))
    assert len(post.got) == len({letter["Message-ID"] for letter in post.letters()}) == 3


def test_nothing_is_queued_where_the_change_did_not_happen(post: Post) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    outbox.send_due()
    assert not Mail.objects.exists()
    assert not post.got


@pytest.mark.parametrize(
    "to", ["", "heather", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "A <a@example.com>"]
)
def test_one_plain_address_and_nothing_else(to: str) -> None:
    with pytest.raises(ValidationError):
        mail.send("receipt", to, "en", {})
    assert not Mail.objects.exists()


def test_a_mail_that_has_no_template_is_refused_when_it_is_written() -> None:
    with pytest.raises(TemplateDoesNotExist):
        mail.send("no_such_mail", "heather@example.com", "en", {})


@pytest.mark.parametrize("evil", ["Sunny\nBcc: all@example.com", "Sunny\r\n\r\n<b>hello</b>", "Sun\x07ny\u2028x"])
def test_no_name_adds_a_header(post: Post, evil: str) -> None:
    utility = cast.epe()
    utility.name = f"El Paso {evil}"
    utility.save()
    write(company=evil)
    outbox.send_due()
    [letter] = post.letters()
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("You share your energy data with Sun")
    assert post.recipients == [["heather@example.com"]]
    assert "<b>" not in str(letter.get_body(("html",)))


def test_without_a_server_mails_are_kept_and_shown(
    settings: Settings, capsys: pytest.CaptureFixture[str], set_clock: Clock
) -> None:
    settings.MAIL_SERVER = None
    sent = write()
    outbox.send_due()
    set_clock(NOON + timedelta(days=10))
    call_command("mail", "list")
    assert f"{sent.uid} waits     0 tries  receipt to heather@example.com" in capsys.readouterr().out
    call_command("mail", "show", str(sent.uid))
    assert "Subject: You share your energy data with Sunny" in capsys.readouterr().out
    with post_office() as post:
        settings.MAIL_SERVER = post.server()
        outbox.send_due()
        assert now_stands(sent) == (False, False, 1, "it waited too long")
        call_command("mail", "retry")
        outbox.send_due()
    assert now_stands(sent)[0]


def test_sent_mails_are_forgotten_after_a_month(post: Post, set_clock: Clock) -> None:
    sent = write()
    outbox.send_due()
    set_clock(NOON + timedelta(days=30))
    outbox.forget_sent()
    assert Mail.objects.filter(pk=sent.pk).exists()
    set_clock(NOON + timedelta(days=31))
    outbox.forget_sent()
    assert not Mail.objects.filter(pk=sent.pk).exists()


def test_the_server_meant_is_a_real_one(post: Post) -> None:
    """That refusals above come from the conversation, and not from a server that is never reached."""
    with smtplib.SMTP("127.0.0.1", post.port) as connection:
        assert connection.noop()[0] == 250


@pytest.mark.parametrize("template", ["code", "resume"])
def test_what_lets_somebody_in_is_dropped_with_the_last_try(post: Post, set_clock: Clock, template: str) -> None:
    set_clock(NOON)
    context: dict[str, Plain] = {
        "utility": cast.epe().code,
        "code": "1234 5678",
        "company": "Sunny",
        "page": "https://gb.example/x",
    }
    sent, refused, late = (
        mail.send(template, "heather@example.com", "en", context, patience=MINUTES) for _ in range(3)
    )
    outbox.attempt(sent)
    post.to_rcpt = "550 5.1.1 unknown"
    outbox.attempt(refused)
    post.to_rcpt = "450 4.2.0 not now"
    outbox.attempt(late)
    late.refresh_from_db()
    assert late.context == context, "it is tried again"
    set_clock(NOON + MINUTES)
    outbox.attempt(late)
    for one in (sent, refused, late):
        one.refresh_from_db()
        assert (one.next_attempt_at, one.context) == (None, {})
        outbox.retry(one)
        one.refresh_from_db()
        assert one.next_attempt_at is None
