"""What holds for every mail, in both languages: accessible as far as axe sees, nothing from elsewhere, one language."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from playwright.sync_api import Browser, Page
from pytest_django import Settings

import cast
import nodejs
from pages import axe
from pages.languages import strangers
from wattkeeper.authorizations import changes, lifecycle
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.delivery import letters, mail, receipt_mails, reminders
from wattkeeper.delivery.models import Mail, Plain
from wattkeeper.utilities.models import Utility

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
TEMPLATES = Path(configured.PACKAGE) / "delivery/templates/mail"
Clock = Callable[[datetime], None]
START = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
AT = {"en": "November 24, 2026, 9:05 AM MST", "es": "24 de noviembre de 2026, 9:05 AM MST"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_mail(chromium: Browser, settings: Settings, set_clock: Clock, language: str) -> None:
    """Broken: a pale line, a heading left out, a picture from elsewhere, a template that no mail has."""
    nodejs.need_parts("accessibility by axe-core")
    settings.IS_DEMO = True
    context = chromium.new_context(reduced_motion="reduce")
    page, asked = context.new_page(), []
    context.on("request", lambda request: asked.append(request.url))
    found, templates, states = [], set(), set()
    for letter in _mails(language, set_clock):
        templates.add(f"{letter.template}.html")
        states.add(letter.context.get("state"))
        page.set_content(letters.html_of(letter, Utility.objects.get(code="EPE")))
        found += [f"{letter.template} {letter.context.get('state', '')}: {fault}" for fault in _faults(page, language)]
    context.close()
    assert not found, "\n".join(found)
    assert asked == []
    assert {path.name for path in TEMPLATES.iterdir() if "{% extends" in path.read_text()} == templates
    assert set(SignedReceipt.State.values) <= states


def _faults(page: Page, language: str) -> list[str]:
    found = axe.violations(page) + [f"in the other language: {text}" for text in strangers(page, language)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("scrolls sideways")
    return found


def _mails(language: str, set_clock: Clock) -> Iterator[Mail]:
    """One of each, written by what it tells of, over a year."""
    set_clock(START)
    said = {"language": language, "email": "heather@example.com"}
    service, names = cast.customer(), ("Ada", "Bee", "Cle", "Dot", "Eve", "Fay")
    grants = {name: cast.share(cast.third_party(name), service, **said) for name in names}
    for name in ("Ada", "Fay"):
        changes.shorten(grants[name], grants[name].world.today + timedelta(days=12))
    for name, by in (("Bee", "customer"), ("Cle", "company"), ("Dot", "utility")):
        lifecycle.revoke(grants[name], by=by)
    sunny = cast.third_party()
    for asked in ("FB=16", "FB=4_16_51"):
        cast.share(sunny, service, asked, **said)
    set_clock(START + timedelta(days=6))
    reminders.queue_due()
    changes.renew(Authorization.objects.get(pk=grants["Ada"].pk))
    for days in (14, 366):
        set_clock(START + timedelta(days=days))
        reminders.queue_due()
    receipt_mails.queue_due()
    utility = cast.epe().code
    mail.send("code", "heather@example.com", language, {"utility": utility, "code": "1234 5678"})
    told: dict[str, Plain] = {"utility": utility, "at": AT[language], "mine": "http://localhost:8000/my-authorizations"}
    mail.send("bill_sign_in", "heather@example.com", language, told)
    told = {"utility": utility, "company": "Sunset", "page": f"http://localhost:8000/resume/{'5' * 64}"}
    mail.send("resume", "heather@example.com", language, told)
    yield from Mail.objects.order_by("pk")
