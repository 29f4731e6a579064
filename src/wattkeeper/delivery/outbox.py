"""Handing mails in by SMTP, until each is accepted, refused for good, or no longer worth sending.

One conditional UPDATE gives a mail to one worker and says when it is tried again. A worker that dies between the
server's "accepted" and our own note sends it again; its Message-ID is the same.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import F

from wattkeeper.common import clock, retention
from wattkeeper.common.mail_server import MailServer
from wattkeeper.delivery import grants, letters
from wattkeeper.delivery.models import Mail

log = logging.getLogger(__name__)

BACK_OFF = [timedelta(minutes=minutes) for minutes in (5, 15, 60, 4 * 60, 8 * 60)]
"""The first is longer than a conversation can take, so that nobody else takes the mail meanwhile."""
AT_ONCE = 200
HOLDS_SECRET = {"code", "resume"}
"""Mails whose context holds what lets somebody in or on; it is dropped once nobody will send it any more."""
STILL_TRUE: dict[str, Callable[[Mail], bool]] = {"reminder": grants.still_true}


def send_due() -> None:
    """Tries every mail whose time has come, the longest waiting first."""
    if settings.MAIL_SERVER is not None:
        due = Mail.objects.filter(next_attempt_at__lte=clock.now()).order_by("next_attempt_at")
        for mail in due[:AT_ONCE]:
            attempt(mail)


def attempt(mail: Mail) -> None:
    """Tries one mail, unless another worker has it."""
    server, at = settings.MAIL_SERVER, clock.now()
    if server is None or mail.next_attempt_at is None or mail.next_attempt_at > at:
        return
    again = at + BACK_OFF[min(mail.tries, len(BACK_OFF) - 1)]
    mine = Mail.objects.filter(pk=mail.pk, next_attempt_at=mail.next_attempt_at)
    if not mine.update(next_attempt_at=again, tries=F("tries") + 1):
        return
    mine = Mail.objects.filter(pk=mail.pk, next_attempt_at=again)
    over: dict[str, Any] = {"next_attempt_at": None} | ({"context": {}} if mail.template in HOLDS_SECRET else {})
    if mail.give_up_at <= at:
        mine.update(**over, error=mail.error or "it waited too long")
    elif mail.template in STILL_TRUE and not STILL_TRUE[mail.template](mail):
        mine.update(**over, error="no longer true, so not sent")
    else:
        error, is_final = _hand_in(mail, server)
        if error and not is_final and again < mail.give_up_at:
            mine.update(error=error)
        else:
            mine.update(**over, sent=None if error else clock.now(), error=error)
        if error:
            log.warning("mail %s was not accepted", mail.uid)


def retry(mail: Mail) -> None:
    """Puts a mail that waits or was given up at the head of the queue, with new patience; none that lost its text."""
    at = clock.now()
    patience = mail.give_up_at - mail.created
    kept = Mail.objects.filter(pk=mail.pk, sent=None).exclude(template__in=HOLDS_SECRET, next_attempt_at=None)
    kept.update(next_attempt_at=at, give_up_at=at + patience, tries=0)


def forget_sent() -> None:
    """Deletes mails sent over thirty days ago, addresses and all."""
    Mail.objects.filter(sent__lt=clock.now() - retention.SENT_MAILS).delete()


def _hand_in(mail: Mail, server: MailServer) -> tuple[str, bool]:
    """An empty text once the server has accepted it; else what went wrong, and whether trying again is no use."""
    try:
        _converse(mail, server)
    except SMTPRecipientsRefused as refusal:
        code, said = next(iter(refusal.recipients.values()))
        return _words(f"{code} {_text(said)}"), code >= 500
    except SMTPDataError as refusal:
        return _words(f"{refusal.smtp_code} {_text(refusal.smtp_error)}"), refusal.smtp_code >= 500
    except SMTPResponseException as refusal:
        # Refused is who we are or how we come: the settings' fault, not the mail's.
        return _words(f"{refusal.smtp_code} {_text(refusal.smtp_error)}"), False
    except (SMTPException, OSError) as error:  # before ValueError: an untrusted certificate is both
        return _words(f"{type(error).__name__}: {error}"), False
    except ValueError as error:
        return _words(f"it cannot be written: {error}"), True
    return "", False


def _converse(mail: Mail, server: MailServer) -> None:
    backend = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security == "starttls",
        use_ssl=server.security == "tls",
        timeout=settings.MAIL_TIMEOUT,
    )
    try:
        backend.send_messages([letters.letter(mail)])
    finally:
        if left := getattr(backend, "_partial_connection", None):  # as after a wrong password: Django keeps it open
            left.close()


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _words(text: str) -> str:
    return " ".join(text.split())[:500] or "unknown"
