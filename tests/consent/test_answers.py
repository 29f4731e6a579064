"""After the answer: the way back to the third party, and whatever a browser may do a second time."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

import cast
from consent.visitor import CALLBACK, Visitor, ask, home, receipt_of
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.companies.models import Registration
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_sharing_leads_back_to_the_third_party_with_a_code_and_its_state() -> None:
    home()
    seen = Visitor().sign_in(ask(state="of mind")).press("Share my data")
    assert seen.left_for.startswith(f"{CALLBACK}?code=")
    assert "&state=of%20mind&iss=http" in seen.left_for


def test_the_form_may_lead_to_the_third_party_and_nowhere_else() -> None:
    home()
    party = cast.third_party()
    for address, allowed in ((CALLBACK, "form-action 'self' https:"), ("", "form-action 'self'")):
        shown = Visitor().sign_in(ask(party, redirect_uri=address)).response
        assert allowed in shown.headers["Content-Security-Policy"].split("; ")


def test_declining_leads_back_with_access_denied() -> None:
    home()
    seen = Visitor().sign_in(ask(state="s")).press("Don’t share")
    assert seen.left_for.startswith(f"{CALLBACK}?error=access_denied&")


def test_leaving_the_sign_in_leads_back_with_access_denied() -> None:
    seen = Visitor().open(f"/consent/{ask().uid}").press("Go back to Sunny without sharing")
    assert seen.left_for.startswith(f"{CALLBACK}?error=access_denied")


def test_a_second_press_leads_to_the_same_end() -> None:
    home()
    asking = ask()
    first, second = Visitor().sign_in(asking), Visitor().sign_in(asking)
    first.press("Share my data")
    second.press("Share my data", share=["bills"])
    grant = Authorization.objects.get()
    assert second.path == receipt_of(grant.uid)
    assert (grant.shares_intervals, grant.shares_bills) == (True, True)


def test_a_second_decline_leads_to_the_same_end() -> None:
    home()
    asking = ask()
    first, second = Visitor().sign_in(asking), Visitor().sign_in(asking)
    first.press("Don’t share")
    assert second.press("Don’t share").left_for == first.left_for
    assert Authorization.objects.get().declined


@pytest.mark.parametrize(
    ("first_answer", "second_answer", "told"),
    [
        ("Share my data", "Don’t share", "You are already sharing with Sunny"),
        ("Don’t share", "Share my data", "You did not share with Sunny"),
    ],
)
def test_the_first_answer_of_two_tabs_stands(first_answer: str, second_answer: str, told: str) -> None:
    home()
    asking = ask()
    first, second = Visitor().sign_in(asking), Visitor().sign_in(asking)
    first.press(first_answer)
    second.press(second_answer)
    assert told in second.text
    assert (Authorization.objects.get().declined is None) == (first_answer == "Share my data")


@pytest.mark.parametrize("page", ["", "/form"])
def test_the_back_button_shows_that_it_is_answered(page: str) -> None:
    home()
    seen = Visitor().sign_in(asking := ask()).press("Share my data")
    seen.open(f"/consent/{asking.uid}{page}")
    assert "You are already sharing with Sunny" in seen.text
    assert seen.page.xpath(f"//main//a[@href='{receipt_of(Authorization.objects.get().uid)}']")
    assert not seen.page.xpath(f"//main//a[@href='/consent/{asking.uid}/done']")


def test_the_way_back_is_offered_while_no_code_was_issued() -> None:
    home()
    seen = Visitor().sign_in(asking := ask()).press("Share my data")
    AuthorizationRequest.objects.update(code_issued=None)
    seen.open(f"/consent/{asking.uid}")
    assert seen.page.xpath(f"//main//a[@href='/consent/{asking.uid}/done']")


def test_another_browser_cannot_see_or_answer_a_request() -> None:
    home()
    asking = ask()
    for secret in ("", "6" * 64):
        foreign = Visitor(secret=secret)
        for page in ("", "/form", "/done"):
            assert foreign.open(f"/consent/{asking.uid}{page}").response.status_code == 404
            assert "We cannot show this request here" in foreign.text
            assert "Sunny" not in foreign.text


def test_another_customer_cannot_answer_again_what_was_answered() -> None:
    home()
    home("Oscar Other", "test_other")
    asking = ask()
    mine, other = Visitor().sign_in(asking), Visitor().sign_in(asking, "test_other")
    mine.press("Share my data")
    assert other.press("Share my data").response.status_code == 404
    assert Authorization.objects.get().customer.name == "Heather Homeowner"


def test_done_is_not_a_way_around_the_answer() -> None:
    asking = ask()
    assert Visitor().open(f"/consent/{asking.uid}/done").path == f"/consent/{asking.uid}"


def test_a_customer_of_another_utility_is_not_signed_in_here() -> None:
    home()
    party = cast.third_party()
    seen = Visitor().sign_in(ask(party))
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power", function_blocks=[4, 16, 51])
    party.registration = Registration.objects.create(company=party.company, utility=rio, client_id="RIO_sunnyxxxx")
    assert seen.open(f"/consent/{(elsewhere := ask(party)).uid}/form").path == f"/consent/{elsewhere.uid}"
