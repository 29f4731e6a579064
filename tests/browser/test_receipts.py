"""What stays with the customer, in Chromium: shorter, longer, stopped, on paper, and the mail about it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import Settings

import cast
from browser.conftest import Opened
from browser.looks import faults, follow
from consent.visitor import home
from wattkeeper.authorizations import changes, receipt_file
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.receipt_file import Outcome
from wattkeeper.delivery import receipt_mails
from wattkeeper.delivery.models import Mail

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(visit_signed_in: Opened) -> Opened:
    """Opens a path as the signed-in customer."""
    return visit_signed_in


@pytest.fixture
def grant(settings: Settings) -> Authorization:
    """Ends in twelve days; its mail is in the demo's mailbox."""
    settings.IS_DEMO = True
    service = home()
    made = cast.share(cast.third_party(), service)
    changes.shorten(made, made.world.today + timedelta(days=12))
    receipt_mails.queue_due()
    return made


def test_by_keyboard_a_sharing_is_renewed_with_one_key(opened: Opened, grant: Authorization) -> None:
    page = opened("/my-authorizations")
    page.get_by_role("button", name="Renew until").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Renewed: you share until")
    before = grant.expires
    grant.refresh_from_db()
    assert before is not None
    assert grant.expires is not None
    assert grant.expires > before


def test_the_downloaded_file_is_genuine(
    opened: Opened, grant: Authorization, settings: Settings, tmp_path: Path
) -> None:
    page = opened(f"/authorizations/{grant.uid}/receipt")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the signed receipt").click()
    assert download.value.suggested_filename.startswith("sandbox-receipt-")
    download.value.save_as(tmp_path / "receipt.json")
    text = (tmp_path / "receipt.json").read_text()
    assert receipt_file.check(text, settings.RECEIPT_KEYS.ring()).outcome == Outcome.GENUINE
    assert json.loads(text)["content"]["event"][-1]["event_state"] == "consent changed"


def test_on_paper_there_is_the_receipt_and_nothing_to_press(opened: Opened, grant: Authorization) -> None:
    page = opened(f"/authorizations/{grant.uid}/receipt")
    page.emulate_media(media="print")
    for locator in (page.locator("button"), page.locator(".button"), page.locator("footer")):
        assert not [found for found in locator.all() if found.is_visible()]
    for text in ("Which meters", str(grant.uid), "What happened", "Fingerprint of the key"):
        assert page.get_by_text(text).first.is_visible()


def test_the_link_in_the_mail_leads_out_of_its_frame(opened: Opened, grant: Authorization) -> None:
    mail = Mail.objects.order_by("pk").first()
    assert mail is not None
    Mail.objects.update(context=mail.context | {"page": f"/my-authorizations?receipt={grant.uid}"})
    page = opened(f"/demo/mail/{mail.uid}")
    page.frame_locator("iframe").get_by_role("link", name="See or stop it").click()
    page.wait_for_url(f"**/authorizations/{grant.uid}/receipt")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_can_be_read_and_used(opened: Opened, grant: Authorization, language: str, width: int) -> None:
    with translation.override(language):
        shorten = gettext("End it on this day")
    page = opened("/my-authorizations", language, width)
    found = {"mine": faults(page)}
    for name, path in (
        ("receipt", f"/authorizations/{grant.uid}/receipt"),
        ("shorten", f"/authorizations/{grant.uid}/shorten"),
    ):
        page.goto(path)
        found[name] = faults(page)
    follow(page, page.get_by_role("button", name=shorten))
    found["error"] = faults(page)
    assert page.evaluate("document.activeElement.className") == "summary-of-errors"
    mail = Mail.objects.latest("pk")
    for path in ("/demo/mail", f"/demo/mail/{mail.uid}"):
        page.goto(path)
        found[path] = faults(page)
    assert found == {name: [] for name in found}
    page.goto(f"/demo/mail/{mail.uid}/body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
