"""From a row of the outbox to the mail itself: one template gives the subject, the HTML part and the plain one."""

from datetime import date
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

import lxml.html
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from wattkeeper.authorizations.models import SignedReceipt
from wattkeeper.delivery.models import Mail
from wattkeeper.delivery.plain import plain, words
from wattkeeper.utilities import branding
from wattkeeper.utilities.models import Utility

JSON = "application/json"


def letter(mail: Mail) -> EmailMultiAlternatives:
    """The mail, the same each time. Its Message-ID comes of the row: one that arrives twice is known by it."""
    utility = Utility.objects.filter(code=mail.context.get("utility")).first()
    html = html_of(mail, utility)
    built = EmailMultiAlternatives(
        subject=subject_of(html),
        body=plain(html),
        from_email=formataddr((_line(utility.name if utility is not None else "Wattkeeper"), settings.MAIL_FROM)),
        to=[mail.recipient],
        reply_to=[utility.support_email] if utility is not None and utility.support_email else None,
        headers={"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"},
    )
    built.attach_alternative(html, "text/html")
    for name, content in attachments(mail):
        built.attach(name, content, JSON)
    return built


def html_of(mail: Mail, utility: Utility | None) -> str:
    context: dict[str, Any] = {
        **mail.context,
        "utility": utility,
        "accent": branding.accent_for_light(utility.accent if utility is not None else branding.DEFAULT_ACCENT),
        "language": mail.language,
    }
    with translation.override(mail.language):
        return render_to_string(f"mail/{mail.template}.html", context)


def subject_of(html: str) -> str:
    """The page's title as one line, whatever names stand in it."""
    return _line(words(lxml.html.document_fromstring(html).find(".//title")))


def message_id(mail: Mail) -> str:
    """RFC 5322 section 3.6.4."""
    return f"<{mail.uid}@{urlsplit(settings.BASE_URL).hostname}>"


def attachments(mail: Mail) -> list[tuple[str, bytes]]:
    """Names and contents."""
    found = SignedReceipt.objects.filter(uid=mail.context["receipt"]) if mail.context.get("receipt") else []
    return [(receipt_name(receipt), receipt.document.encode()) for receipt in found]


def receipt_name(receipt: SignedReceipt) -> str:
    """The name under which a receipt is kept, e.g. `receipt-2026-03-10-given.json`; test data says so."""
    world = receipt.authorization.world
    day: date = receipt.created.astimezone(world.utility.zone).date()
    return f"{'' if world.is_live else 'sandbox-'}receipt-{day}-{receipt.state.replace('_', '-')}.json"


def _line(text: str) -> str:
    """One line without control characters: a name can add no header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
