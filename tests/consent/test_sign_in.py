"""Signing in to answer a request: the two choices, the shortcuts a request may take, and what goes wrong kindly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import cast
from consent.visitor import Visitor, ask, home, published_account
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import TestAccount
from wattkeeper.utilities.models import Utility, World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_the_page_says_who_asks_and_offers_single_sign_on_before_test_accounts() -> None:
    home()
    seen = Visitor().open(f"/consent/{ask().uid}")
    assert seen.text.startswith("Sunny asks to see your energy data https://sunny.example")
    headings = [heading.text_content() for heading in seen.page.iter("h2")]
    assert headings == ["Sign in with El Paso Electric", "Use a test account"]
    assert "Single sign-on is not connected yet" in seen.text
    assert "Sign in as test_residential A customer to try." in seen.text


def test_one_tap_signs_in_as_a_test_account() -> None:
    home()
    seen = Visitor().sign_in(asking := ask())
    assert seen.path == f"/consent/{asking.uid}/form"
    assert "Signed in as Heather Homeowner." in seen.text


def test_a_typed_user_name_and_password_sign_in_too() -> None:
    home()
    seen = Visitor().open(f"/consent/{ask().uid}")
    seen.press("Sign in", username="test_residential", password="test_residential")
    assert "Signed in as Heather Homeowner." in seen.text


def test_a_wrong_password_is_told_kindly_and_signs_nobody_in() -> None:
    home()
    seen = Visitor().open(f"/consent/{(asking := ask()).uid}")
    seen.press("Sign in", username="test_residential", password="secret")
    assert seen.errors()[0].startswith("No test account has this user name and password. The password of a test")
    assert seen.values("username")[-1] == "test_residential"
    assert seen.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}"


def test_a_scope_that_names_a_test_account_goes_straight_to_its_form() -> None:
    home()
    seen = Visitor().open(f"/consent/{ask(scope='FB=4;AdditionalScope=auth-test-test_residential').uid}")
    assert seen.path.endswith("/form")
    assert "Signed in as Heather Homeowner." in seen.text


def test_signing_out_of_a_named_test_account_leaves_the_choice() -> None:
    home()
    home("Oscar Other", "test_other")
    seen = Visitor().open(f"/consent/{ask(scope='FB=4;AdditionalScope=auth-test-test_residential').uid}")
    seen.press("Not you? Sign out").press("Sign in as test_other")
    assert "Signed in as Oscar Other." in seen.text


def test_an_unknown_test_account_in_the_scope_falls_back_to_the_choice_with_a_notice() -> None:
    home()
    seen = Visitor().open(f"/consent/{ask(scope='FB=4;AdditionalScope=auth-test-test_castle').uid}")
    assert "There is no test account “test_castle” here" in seen.text
    assert "Sign in as test_residential" in seen.text


def test_a_test_account_of_another_utility_does_not_exist_here() -> None:
    """Nor does one of the live world: the database refuses it (authorizations/test_wall)."""
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power", sign_in_methods=["test"])
    world = World.objects.create(utility=rio, kind=World.Kind.SANDBOX)
    TestAccount.objects.create(world=world, username="test_rio", password="test_rio", scenario="residential")
    seen = Visitor().open(f"/consent/{ask(scope='FB=4;AdditionalScope=auth-test-test_rio').uid}")
    assert "There is no test account “test_rio” here" in seen.text


def test_a_scope_may_prefer_single_sign_on() -> None:
    home()
    by_default = Visitor().open(f"/consent/{ask(party := cast.third_party()).uid}")
    prefers_sso = Visitor().open(f"/consent/{ask(party, 'FB=4;AdditionalScope=auth-sso').uid}")
    assert by_default.page.xpath("//details[@class='test-accounts']/@open")
    assert not prefers_sso.page.xpath("//details[@class='test-accounts']/@open")


@pytest.mark.parametrize("scope", ["FB=4", "FB=4;AdditionalScope=auth-test-test_badlogin"])
def test_a_customer_who_is_not_found_learns_what_happened_and_what_to_do(scope: str) -> None:
    published_account(None, "test_badlogin")
    seen = Visitor().open(f"/consent/{(asking := ask(scope=scope)).uid}")
    if "auth" not in scope:
        seen.press("Sign in as test_badlogin")
    assert "We could not find a customer for “test_badlogin”" in seen.text
    assert "Nothing was shared and nothing was changed." in seen.text
    assert "Sign in with another account below." in seen.text
    assert f"Case number: {asking.uid}" in seen.text
    asking.refresh_from_db()
    assert asking.status == AuthorizationRequest.Status.PENDING
    assert seen.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}"


@pytest.mark.parametrize(
    ("fields", "reached"),
    [
        ({"support_email": "help@epe.example", "support_phone": "915 555 0100"}, "help@epe.example 915 555 0100"),
        ({"website": "https://epe.example"}, "https://epe.example"),
    ],
)
def test_who_is_not_found_is_told_where_to_ask(fields: dict[str, str], reached: str) -> None:
    published_account(None, "test_badlogin")
    asking = ask()
    Utility.objects.update(**{"support_email": "", "support_phone": "", "website": ""} | fields)
    seen = Visitor().sign_in(asking, "test_badlogin")
    assert f"ask El Paso Electric: {reached}" in seen.text


def test_a_failed_look_up_ends_the_session_that_was_there() -> None:
    home()
    published_account(None, "test_badlogin")
    seen = Visitor().sign_in(party_asks := ask(party := cast.third_party()))
    seen.open(f"/consent/{ask(party, 'FB=4;AdditionalScope=auth-test-test_badlogin').uid}")
    assert seen.open(f"/consent/{party_asks.uid}/form").path == f"/consent/{party_asks.uid}"


def test_leaving_the_sign_in_declines_without_naming_a_customer() -> None:
    seen = Visitor().open(f"/consent/{(asking := ask(redirect_uri='')).uid}").press("Stop here without sharing")
    asking.refresh_from_db()
    assert asking.status == AuthorizationRequest.Status.DECLINED
    assert not Authorization.objects.exists()
    assert "You did not share with Sunny" in seen.text


def test_a_customer_who_is_signed_in_goes_straight_on() -> None:
    home()
    seen = Visitor().sign_in(ask(party := cast.third_party()))
    seen.open(f"/consent/{(second := ask(party)).uid}")
    assert seen.path == f"/consent/{second.uid}/form"


def test_a_request_that_forces_the_sign_in_uses_no_session_from_before(set_clock: Callable[[datetime], None]) -> None:
    home()
    seen = Visitor().sign_in(ask(party := cast.third_party()))
    set_clock(NOON + timedelta(minutes=1))
    forcing = ask(party, forces_sign_in=True)
    assert seen.open(f"/consent/{forcing.uid}/form").path == f"/consent/{forcing.uid}"
    assert seen.press("Sign in as test_residential").path == f"/consent/{forcing.uid}/form"


def test_a_session_ends_after_half_an_hour_without_a_click(set_clock: Callable[[datetime], None]) -> None:
    home()
    seen = Visitor().sign_in(asking := ask())
    for minutes, path in ((25, "/form"), (50, "/form"), (58, "/form")):
        set_clock(NOON + timedelta(minutes=minutes))
        assert seen.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}{path}"
    later = ask(asking_party := cast.third_party("Rival"))
    assert asking_party.registration == later.registration
    set_clock(NOON + timedelta(minutes=89))
    assert seen.open(f"/consent/{later.uid}/form").path == f"/consent/{later.uid}"


def test_signing_in_changes_the_sessions_key() -> None:
    home()
    home("Oscar Other", "test_other")
    seen = Visitor().sign_in(asking := ask())
    before = seen.client.cookies["session"].value
    seen.press("Not you? Sign out").press("Sign in as test_other")
    assert asking.uid
    assert seen.client.cookies["session"].value != before


def test_a_utility_without_test_accounts_offers_none() -> None:
    home()
    utility = cast.epe()
    utility.sign_in_methods = ["sso"]
    utility.save()
    asking = ask(scope="FB=4;AdditionalScope=auth-test-test_residential")
    seen = Visitor().open(f"/consent/{asking.uid}")
    assert seen.path == f"/consent/{asking.uid}"
    assert "Use a test account" not in seen.text


def test_the_sandbox_is_said_on_the_band_and_in_the_title() -> None:
    seen = Visitor().open(f"/consent/{ask().uid}")
    assert seen.page.findtext(".//title").startswith("Sandbox: ")
    assert seen.page.xpath("//aside[@class='band']")
    live = ask(cast.third_party("Sunset", Registration.Status.LIVE))
    assert not Visitor().open(f"/consent/{live.uid}").page.xpath("//aside[@class='band']")


def test_the_pages_speak_spanish() -> None:
    home()
    seen = Visitor("es").open(f"/consent/{ask().uid}")
    assert seen.page.get("lang") == "es"
    assert seen.text.startswith("Sunny pide ver sus datos de energía")
