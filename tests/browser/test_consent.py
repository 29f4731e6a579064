"""The customer's walk in Chromium: sign in, choose, answer, come back; at both widths, in both languages."""

from datetime import date
from functools import partial

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

import cast
from browser.conftest import Opened
from browser.looks import faults, follow
from consent.visitor import ask, home, published_account
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(visit: Opened) -> Opened:
    """Opens a path of the platform in a browser that has asked for consent."""
    return partial(visit, has_asked=True)


def asking_as(username: str, redirect_uri: str = "", scope: str = "FB=4_16_51") -> AuthorizationRequest:
    """A request of Sunny's, with a test account to answer it."""
    home(username=username)
    return ask(scope=f"{scope};AdditionalScope=auth-test-{username}", redirect_uri=redirect_uri, state="s t")


@pytest.mark.parametrize("username", ["test_residential", "test_commercial"])
def test_sharing_brings_the_browser_to_the_third_party(opened: Opened, third_party: str, username: str) -> None:
    page = opened(f"/consent/{asking_as(username, third_party).uid}")
    page.get_by_role("button", name="Share my data").click()
    page.wait_for_url("**/arrived?code=*&state=s*")
    assert page.get_by_role("heading").inner_text() == "Welcome back"
    assert Authorization.objects.get().declined is None


def test_declining_brings_the_browser_to_the_third_party(opened: Opened, third_party: str) -> None:
    page = opened(f"/consent/{asking_as('test_residential', third_party).uid}")
    page.get_by_role("button", name="Don’t share").click()
    page.wait_for_url("**/arrived?error=access_denied*")
    assert Authorization.objects.get().declined


def test_the_back_button_after_sharing_shows_that_it_is_answered(opened: Opened, third_party: str) -> None:
    page = opened(f"/consent/{(asking := asking_as('test_residential', third_party)).uid}")
    page.get_by_role("button", name="Share my data").click()
    page.wait_for_url("**/arrived?*")
    page.goto(f"/consent/{asking.uid}/form")
    assert page.get_by_role("heading", level=1).inner_text() == "You are already sharing with Sunny"
    follow(page, page.get_by_role("link", name="See the receipt"))
    assert page.get_by_role("heading", level=1).inner_text() == "You are sharing with Sunny"


def test_choosing_less_and_stopping(opened: Opened) -> None:
    page = opened(f"/consent/{asking_as('test_commercial').uid}")
    page.get_by_label("Your energy use").uncheck()
    page.get_by_role("group", name="How far back").get_by_label("Another day").check()
    today = date.fromisoformat(page.get_by_label("Share data since").get_attribute("max") or "")
    page.get_by_label("Share data since").fill(today.replace(month=1, day=1).isoformat())
    page.get_by_label("For 90 days").check()
    page.get_by_role("button", name="Share my data").click()
    page.wait_for_url("**/receipt")
    grant = Authorization.objects.get()
    assert (grant.shares_intervals, grant.shares_bills, grant.shares_account) == (False, True, True)
    assert grant.history_start.astimezone(cast.epe().zone).date() == today.replace(month=1, day=1)
    follow(page, page.get_by_role("link", name="Stop sharing"))
    follow(page, page.get_by_role("button", name="Stop sharing"))
    assert page.get_by_role("heading", level=1).inner_text() == "You no longer share with Sunny"


def test_an_error_takes_the_focus_and_leads_to_its_field(opened: Opened) -> None:
    page = opened(f"/consent/{asking_as('test_residential').uid}")
    page.get_by_role("group", name="Until when").get_by_label("Another day").check()
    page.get_by_label("Share until").fill("2001-01-01")
    follow(page, page.get_by_role("button", name="Share my data"))
    assert page.evaluate("document.activeElement.className") == "summary-of-errors"
    page.get_by_role("link", name="Until when: choose a day").click()
    expect(page.locator("#id_until_day")).to_be_focused()


def test_a_day_of_ones_own_is_there_only_while_it_is_chosen(opened: Opened) -> None:
    page = opened(f"/consent/{asking_as('test_residential').uid}")
    day = page.get_by_label("Share until")
    expect(day).to_be_hidden()
    page.get_by_role("group", name="Until when").get_by_label("Another day").check()
    expect(day).to_be_visible()
    day.fill("2001-01-01")
    page.get_by_label("For 90 days").check()
    expect(day).to_be_hidden()
    page.get_by_role("button", name="Share my data").click()
    page.wait_for_url("**/receipt")


def test_the_language_switch_stays_on_the_page(opened: Opened) -> None:
    page = opened(f"/consent/{asking_as('test_residential').uid}")
    follow(page, page.get_by_role("button", name="Español"))
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.url.endswith("/form")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_can_be_read_and_used(opened: Opened, language: str, width: int) -> None:
    with translation.override(language):
        share, stop = gettext("Share my data"), gettext("Stop sharing")
    published_account(None, "test_badlogin")
    home()
    asking = ask(scope="FB=4_16_51", redirect_uri="")
    page = opened(f"/consent/{asking.uid}", language, width)
    found = {"sign-in": faults(page)}
    follow(page, page.locator("button", has_text="test_badlogin"))
    found["not found"] = faults(page)
    follow(page, page.locator("button", has_text="test_residential"))
    page.locator("summary").click()
    found["form"] = faults(page)
    page.locator("[name=share][value=intervals]").uncheck()
    page.fill("#id_email", "nobody")
    follow(page, page.get_by_role("button", name=share))
    found["error"] = faults(page)
    page.fill("#id_email", "")
    follow(page, page.get_by_role("button", name=share))
    found["receipt"] = faults(page)
    follow(page, page.get_by_role("link", name=stop))
    found["stop"] = faults(page)
    for name, path in (("mine", "/my-authorizations"), ("answered", f"/consent/{asking.uid}")):
        page.goto(path)
        found[name] = faults(page)
    assert found == {name: [] for name in found}
    assert page.evaluate("document.documentElement.lang") == language
