"""The whole of a customer's job on a phone without scripts, in both languages."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

import cast
from browser.looks import follow
from consent.visitor import SECRET, ask, home
from wattkeeper.authorizations import browser
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(chromium: Browser, live_server: LiveServer, language: str) -> Iterator[Page]:
    context = chromium.new_context(
        locale=f"{language}-US", java_script_enabled=False, viewport={"width": 320, "height": 640},
        base_url=live_server.url,
    )  # fmt: skip
    context.add_cookies([{"name": browser.COOKIE, "value": SECRET, "url": live_server.url}])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_sharing_less_shortening_and_stopping(phone: Page, language: str) -> None:
    """Broken: the form sent by a script alone, the day of one's own shown by a script alone."""
    with translation.override(language):
        words = {said: gettext(said) for said in ("Share my data", "Stop sharing", "Choose an earlier end")}
        last_day = gettext("Last day to share")
    home()
    phone.goto(f"/consent/{ask(redirect_uri='').uid}")
    follow(phone, phone.locator("button", has_text="test_residential"))
    phone.locator("[name=share][value=bills]").uncheck()
    phone.locator("[name=until][value=other]").check()
    phone.fill("#id_until_day", (clock.now().date() + timedelta(days=60)).isoformat())
    follow(phone, phone.get_by_role("button", name=words["Share my data"]))
    follow(phone, phone.get_by_role("link", name=words["Choose an earlier end"]))
    earlier = phone.get_by_label(last_day)
    earlier.fill((date.fromisoformat(str(earlier.get_attribute("max"))) - timedelta(days=9)).isoformat())
    follow(phone, phone.locator("form[novalidate] button"))
    follow(phone, phone.get_by_role("link", name=words["Stop sharing"]))
    follow(phone, phone.get_by_role("button", name=words["Stop sharing"]))
    grant = Authorization.objects.get()
    assert grant.revoked is not None
    assert (grant.shares_bills, grant.shares_intervals) == (False, True)


@pytest.mark.parametrize("language", ["en", "es"])
def test_finding_a_company_and_help(phone: Page, language: str) -> None:
    """From the first page to a company's website, in the other language, and to how the utility is reached."""
    cast.third_party("Sunset", Registration.Status.LIVE)
    with translation.override(language):
        companies, contact = gettext("Find a company"), gettext("Contact")
    phone.goto("/")
    follow(phone, phone.get_by_role("link", name=companies))
    assert phone.locator("a[href='https://sunset.example']").is_visible()
    follow(phone, phone.locator("form.languages button"))
    assert phone.locator("html").get_attribute("lang") == {"en": "es", "es": "en"}[language]
    follow(phone, phone.locator("form.languages button"))
    follow(phone, phone.locator("footer").get_by_role("link", name=contact))
    assert phone.locator("h1").inner_text().endswith("El Paso Electric")
