"""What stays with the customer: receipts, the list, stopping; and that nobody else gets any of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

import cast
from consent.visitor import Visitor, ask, home, published_account, receipt_of
from wattkeeper.authorizations.access import identify
from wattkeeper.authorizations.models import Authorization

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def signed_in(username: str = "test_residential") -> Visitor:
    return Visitor(secret="").open("/my-authorizations").press(f"Sign in as {username}")


def facts(seen: Visitor) -> dict[str, str]:
    rows = seen.page.xpath("//dl[@class='facts']/div")
    return {row.findtext("dt"): " ".join(" ".join(row.find("dd").itertext()).split()) for row in rows}


def test_the_receipt_says_who_what_which_from_when_until_when() -> None:
    service = home()
    grant = cast.authorize(cast.third_party(), service, shares_account=False)
    seen = signed_in().open(receipt_of(grant.uid))
    assert "You are sharing with Sunny" in seen.text
    assert facts(seen) == {
        "Who": "Sunny https://sunny.example",
        "What": "Your use over time, as detailed as your meter records it Your bills: period, charges and amount",
        "Which meters": f"Meter {service.meter_number}, 1234 Main Ave, El Paso, TX 79901",
        "Data from": "March 10, 2024",
        "Sharing until": "March 9, 2029",
        "Granted": "March 10, 2026, 12:00 PM MDT",
        "Email address": "heather@example.com",
        "Receipt number": str(grant.uid),
    }


def test_a_receipt_on_paper_tells_its_address() -> None:
    grant = cast.authorize(cast.third_party(), home())
    printed = signed_in().open(receipt_of(grant.uid)).page.find_class("only-print")
    assert f"http://testserver{receipt_of(grant.uid)}" in " ".join(line.text_content() for line in printed)


def test_a_sharing_without_end_says_so() -> None:
    grant = cast.authorize(cast.third_party(), home(), expires=None)
    assert facts(signed_in().open(receipt_of(grant.uid)))["Sharing until"] == "you stop it"


def test_nobody_but_the_customer_sees_a_receipt_or_stops_it() -> None:
    grant = cast.authorize(cast.third_party(), home())
    home("Oscar Other", "test_other")
    for visitor in (Visitor(), signed_in("test_other")):
        for uid in (grant.uid, uuid4()):
            for page in ("receipt", "stop"):
                assert visitor.open(f"/authorizations/{uid}/{page}").response.status_code == 404
                assert "We cannot show this receipt here" in visitor.text
                assert "Sunny" not in visitor.text
    token = visitor.client.cookies["csrf"].value
    answer = visitor.client.post(f"/authorizations/{grant.uid}/stop", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 404
    assert Authorization.objects.get().revoked is None


def test_signing_in_from_a_receipt_leads_to_it() -> None:
    grant = cast.authorize(cast.third_party(), home())
    seen = Visitor().open(receipt_of(grant.uid))
    seen.open(seen.page.xpath("//main//a/@href")[0]).press("Sign in as test_residential")
    assert seen.path == receipt_of(grant.uid)


def test_stopping_asks_once_and_ends_every_token() -> None:
    grant = cast.authorize(cast.third_party(), home())
    token = cast.access_token(grant)
    seen = signed_in().open(receipt_of(grant.uid))
    seen.open(seen.page.xpath("//a[normalize-space()='Stop sharing']/@href")[0])
    assert "What Sunny has received stays with it." in seen.text
    assert identify(token) is not None
    seen.press("Stop sharing")
    assert seen.path == receipt_of(grant.uid)
    assert "You no longer share with Sunny" in seen.text
    assert identify(token) is None


def test_what_has_ended_cannot_be_stopped_again(set_clock: Callable[[datetime], None]) -> None:
    grant = cast.authorize(cast.third_party(), home(), expires=NOON + timedelta(days=1))
    set_clock(NOON + timedelta(days=2))
    seen = signed_in().open(f"/authorizations/{grant.uid}/stop")
    assert seen.path == receipt_of(grant.uid)
    assert "Ended" in seen.text
    assert "Stop sharing" not in seen.text


def test_the_list_shows_each_sharing_with_its_state() -> None:
    service, party = home(), cast.third_party()
    cast.authorize(party, service)
    cast.authorize(cast.third_party("Rival"), service, revoked=NOON)
    cast.authorize(cast.third_party("Cloudy"), service, declined=NOON)
    cast.authorize(cast.third_party("Foggy"), home("Oscar Other", "test_other"))
    seen = signed_in()
    shown = [(part.findtext("h2"), part.find("p").text_content().strip()) for part in seen.page.iter("article")]
    assert shown == [("Cloudy", "Not shared"), ("Rival", "Stopped"), ("Sunny", "Sharing")]
    assert "Granted on March 10, 2026. You stopped it on March 10, 2026." in seen.text
    assert "Until March 9, 2029" in seen.text


def test_the_list_needs_few_queries(django_assert_max_num_queries: object) -> None:
    service, party = home(), cast.third_party()
    seen = signed_in()
    for _ in range(15):
        cast.authorize(party, service)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        seen.open("/my-authorizations")


def test_a_customer_who_shares_nothing_is_told_so() -> None:
    home()
    assert "You share nothing with anybody" in signed_in().text


def test_a_customer_who_is_not_found_learns_it_here_too() -> None:
    published_account(None, "test_badlogin")
    assert "We could not find a customer for “test_badlogin”" in signed_in("test_badlogin").text


def test_a_wrong_password_is_told_here_too() -> None:
    home()
    seen = Visitor().open("/my-authorizations").press("Sign in", username="test_residential", password="guess")
    assert seen.errors()[0].startswith("No test account has this user name and password.")


def test_signing_out_hides_everything() -> None:
    grant = cast.authorize(cast.third_party(), home())
    seen = signed_in().press("Not you? Sign out")
    assert "Sign in to see what you share" in seen.text
    assert seen.open(receipt_of(grant.uid)).response.status_code == 404


def test_where_there_are_several_utilities_the_customer_names_theirs() -> None:
    home()
    other = cast.epe()
    other.pk, other.uid, other.code, other.slug, other.name = None, uuid4(), "OTH", "oth", "Other Power"
    other.save()
    seen = Visitor().open("/my-authorizations")
    assert seen.page.xpath("//main//li/a/@href") == ["?utility=epe", "?utility=oth"]
    assert "Sign in as test_residential" not in Visitor().open("/my-authorizations?utility=oth").text
    assert "Heather Homeowner" in seen.open("/my-authorizations?utility=epe").press("Sign in as test_residential").text


def test_an_ask_without_an_address_to_return_to_ends_on_the_receipt() -> None:
    home()
    seen = Visitor().sign_in(ask(redirect_uri="")).press("Share my data")
    assert seen.path == receipt_of(Authorization.objects.get().uid)
    assert "Stop sharing" in seen.text
