"""The whole consent by keyboard alone, from the sign-in to the third party: every stop can be seen, in reading order,
and none holds the focus."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

import cast
from consent.visitor import SECRET, ask, home
from wattkeeper.authorizations import browser as browser_secret
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.customers.models import Occupancy, Service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_STOPS = 80
FOCUSED = """() => {
  const found = document.activeElement;
  if (!found || found === document.body) return null;
  const style = (what) => getComputedStyle(what);
  const outlined = (what) => style(what).outlineStyle !== 'none' && parseFloat(style(what).outlineWidth) >= 3;
  const box = found.getBoundingClientRect();
  return {
    says: (found.labels?.[0]?.textContent || found.ariaLabel || found.textContent || found.name).trim()
      .replace(/\\s+/g, ' '),
    tag: found.tagName,
    isMarked: outlined(found) || [...found.labels ?? []].some(outlined),
    isInside: box.top >= -1 && box.bottom <= innerHeight + 1,
    position: [...document.querySelectorAll('*')].indexOf(found),
  };
}"""
Stop = dict[str, Any]


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser without a mouse that has asked for consent, in the language and width given."""
    language, width = request.param
    context = chromium.new_context(
        locale=f"{language}-US", viewport={"width": width, "height": 800}, base_url=live_server.url
    )
    context.add_cookies([{"name": browser_secret.COOKIE, "value": SECRET, "url": live_server.url}])
    yield context.new_page()
    context.close()


def stops(page: Page) -> list[Stop]:
    """Everything that Tab comes to, once round the page and out of it again."""
    found: list[Stop] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (found and stop["position"] == found[0]["position"]):
            return found
        found.append(stop)
    raise AssertionError(f"the focus does not leave the page: {found[-3:]}")


def check(page: Page) -> list[str]:
    """What the stops say, each of them seen and after the one before it."""
    found = stops(page)
    assert all(stop["isMarked"] for stop in found), [stop for stop in found if not stop["isMarked"]]
    assert all(stop["isInside"] for stop in found), [stop for stop in found if not stop["isInside"]]
    positions = [stop["position"] for stop in found]
    assert positions == sorted(positions)
    return [str(stop["says"]) for stop in found]


def go_to(page: Page, says: str, key: str = "Tab") -> None:
    """Presses a key until the focus is on what says so."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop = page.evaluate(FOCUSED)
        if stop is not None and stop["says"].startswith(says):
            return
    raise AssertionError(f"{says} is not reached")


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sunny_asks(third_party: str, shares_already: bool = False) -> tuple[AuthorizationRequest, Service]:
    """A request of Sunny's, to a customer with two meters; the second is returned."""
    service, sunny = home(), cast.third_party()
    other = Service.objects.create(world=service.world, identifier="S2", street="9 Side Street", meter_number="M2")
    Occupancy.objects.create(account=service.occupancies.get().account, service=other, start=date(2020, 1, 1))
    if shares_already:
        cast.share(sunny, service, "FB=16")
    return ask(sunny, redirect_uri=third_party), other


@pytest.mark.parametrize("page", [("en", 1280), ("es", 320)], indirect=True)
def test_from_the_sign_in_to_the_third_party(page: Page, third_party: str, request: pytest.FixtureRequest) -> None:
    asking, other = sunny_asks(third_party)
    language = request.node.callspec.params["page"][0]
    with translation.override(language):
        say = {text: gettext(text) for text in ("Your bills", "Share my data", "Don’t share", "Skip to the content")}
        sign_in = gettext("Sign in as %(name)s") % {"name": "test_residential"}
        short = gettext("For 90 days: until %s").split("%")[0]
        meter = gettext("Meter %(number)s") % {"number": "M2"}
        numbers = gettext("The same day in numbers")
    page.goto(f"/consent/{asking.uid}")
    assert check(page)[0] == say["Skip to the content"]
    go_to(page, sign_in)
    enter(page)
    page.wait_for_url("**/form")
    on_form = check(page)
    assert on_form.index(say["Share my data"]) + 1 == on_form.index(say["Don’t share"])
    go_to(page, numbers)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")
    go_to(page, say["Your bills"])
    page.keyboard.press("Space")
    go_to(page, meter)
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    go_to(page, short, "ArrowDown")
    go_to(page, say["Share my data"])
    enter(page)
    page.wait_for_url("**/arrived?code=*")
    grant = Authorization.objects.get()
    assert grant.shares == ["intervals", "account"]
    assert [meter.service for meter in grant.meters.all()] == [other]
    assert grant.expires is not None
    assert (grant.expires - grant.created).days in {90, 91}


@pytest.mark.parametrize("page", [("en", 320)], indirect=True)
def test_an_error_is_met_first_and_leads_to_its_field(page: Page, third_party: str) -> None:
    asking, _ = sunny_asks(third_party)
    page.goto(f"/consent/{asking.uid}")
    go_to(page, "Sign in as test_residential")
    enter(page)
    go_to(page, "Share my data")
    enter(page)
    assert page.evaluate("document.activeElement.className") == "summary-of-errors"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_meters"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    go_to(page, "Don’t share")
    enter(page)
    page.wait_for_url("**/arrived?error=access_denied*")


@pytest.mark.parametrize("page", [("en", 1280), ("es", 320)], indirect=True)
def test_the_form_of_a_second_request(page: Page, third_party: str) -> None:
    asking, _ = sunny_asks(third_party, shares_already=True)
    page.goto(f"/consent/{asking.uid}")
    go_to(page, page.locator(".accounts button").first.inner_text())
    enter(page)
    page.wait_for_url("**/form")
    found = check(page)
    answers = page.locator("button[name=answer]").all_inner_texts()
    go_to(page, answers[0])
    enter(page)
    page.wait_for_url("**/arrived?code=*")
    assert answers[0] in found
    assert Authorization.objects.get().shares == ["intervals", "bills", "account"]
