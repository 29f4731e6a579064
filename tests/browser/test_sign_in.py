"""Every page of the sign-in in Chromium, at both widths and in both languages."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

import cast
from browser.conftest import Opened
from browser.looks import faults, follow
from consent.fake_provider import FakeProvider, connect
from consent.visitor import SECRET, ask, home
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration
from wattkeeper.consent.failures import Failure
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("en", 1280), ("en", 320), ("es", 1280), ("es", 320)]


@pytest.fixture
def opened(visit: Opened) -> Opened:
    """Opens a path of the platform in a browser that has asked for consent."""
    return partial(visit, has_asked=True, may_complain=True)


@pytest.fixture
def asking() -> AuthorizationRequest:
    """A live company asks customers of a utility with every way to sign in."""
    home()
    utility = cast.epe()
    utility.sign_in_methods = ["sso", "code", "bill", "test"]
    utility.support_email, utility.support_phone = "greenbutton@epe.example", "915-555-0100"
    utility.save()
    connect(FakeProvider("https://login.epe.example"), "/nowhere")
    return ask(cast.third_party("Sunset", Registration.Status.LIVE))


def attempt(asking: AuthorizationRequest, **fields: Any) -> str:
    """The page of an attempt of this browser."""
    values = {"method": SignIn.Method.SSO, "expires": clock.now() + timedelta(minutes=10)} | fields
    row = SignIn.objects.create(
        utility=asking.registration.utility, request=asking, browser_digest=ids.digest(SECRET), **values
    )
    return f"/sign-in/{row.uid}"


def two_customers() -> list[int]:
    people = [cast.owner(cast.customer(name, cast.live())) for name in ("Lena Live", "Lena & Lars Live Rentals")]
    return [person.pk for person in people]


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_every_page_can_be_read_and_used(
    opened: Opened, asking: AuthorizationRequest, language: str, width: int
) -> None:
    page = opened(f"/consent/{asking.uid}", language, width)
    found = {"ways": faults(page)}
    query = f"?request={asking.uid}"
    paths = {
        "look up": f"/sign-in/epe/code{query}",
        "code": attempt(asking, method=SignIn.Method.CODE),
        "bill": f"/sign-in/epe/bill{query}",
        "customers": attempt(asking, proven=clock.now(), customers=two_customers()),
        "stray": "/sign-in/epe/answer?state=x",
        "twice": attempt(asking, answered=clock.now()),
        "mine": "/my-authorizations?utility=epe",
    } | {failure.value: attempt(asking, failure=failure.value) for failure in Failure}
    for name, path in paths.items():
        page.goto(path)
        found[name] = faults(page)
        if name in {"look up", "code", "bill"}:
            with page.expect_navigation():
                page.locator("main form button").first.click()
            found[f"{name}, empty"] = faults(page)
    assert found == {name: [] for name in found}
    assert page.evaluate("document.documentElement.lang") == language


def test_an_error_takes_the_focus_and_leads_to_its_field(opened: Opened, asking: AuthorizationRequest) -> None:
    page = opened(f"/sign-in/epe/bill?request={asking.uid}")
    page.get_by_label("Account number").fill("3000000001")
    page.get_by_label("ZIP code").fill("79901")
    page.get_by_label("Amount of your last bill").fill("much")
    follow(page, page.get_by_role("button", name="Sign in"))
    assert page.evaluate("document.activeElement.className") == "summary-of-errors"
    page.get_by_role("link", name="Enter the amount to the cent").click()
    expect(page.locator("#id_amount")).to_be_focused()
    assert page.locator("#id_number").input_value() == "3000000001"


@pytest.mark.parametrize("name", ["failure", "customers", "look up"])
def test_leaving_brings_the_browser_to_the_third_party(
    opened: Opened, asking: AuthorizationRequest, third_party: str, name: str
) -> None:
    """Over two redirects to other origins, which Chrome holds against the page's policy for forms."""
    AuthorizationRequest.objects.update(redirect_uri=third_party)
    paths = {
        "failure": lambda: attempt(asking, failure=Failure.DOWN.value),
        "customers": lambda: attempt(asking, proven=clock.now(), customers=two_customers()),
        "look up": lambda: f"/sign-in/epe/code?request={asking.uid}",
    }
    page = opened(paths[name]())
    page.get_by_role("button", name="Go back to Sunset without sharing").click()
    page.wait_for_url("**/arrived?error=access_denied*")


def test_the_whole_way_by_keyboard(opened: Opened, asking: AuthorizationRequest) -> None:
    page = opened(attempt(asking, proven=clock.now(), customers=two_customers()))
    with translation.override("en"):
        wanted = gettext("Go on as %(name)s") % {"name": "Lena Live"}
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == wanted:
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/form")
    assert Customer.objects.filter(name="Lena Live").exists()
