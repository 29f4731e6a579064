"""The form of a second request: what is shared today, what would change, and that the customer decides it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

import cast
from consent.visitor import CALLBACK, Visitor, ask, home, receipt_of
from wattkeeper.authorizations import changes, lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.customers.models import Occupancy, Service
from wattkeeper.delivery.models import Mail

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]
SHARE, LEAVE = "Share it this way", "Leave it as it is"


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


@pytest.fixture
def service() -> Service:
    return home()


def second_meter(service: Service) -> Service:
    other = Service.objects.create(
        world=service.world, identifier="S2", street="9 Side Street", city="El Paso", meter_number="M2"
    )
    Occupancy.objects.create(account=service.occupancies.get().account, service=other, start=date(2020, 1, 1))
    return other


def changes_told(seen: Visitor) -> list[str]:
    found = seen.page.xpath("//section[@aria-labelledby='today']//li")
    return [" ".join(line.text_content().split()) for line in found]


def granted() -> Authorization:
    return Authorization.objects.get()


def test_the_form_says_what_is_shared_today_and_what_changes(sunny: cast.ThirdParty, service: Service) -> None:
    grant = cast.share(sunny, service, "FB=16", expires=date(2027, 3, 10))
    seen = Visitor().sign_in(ask(sunny, "FB=4_16_51"))
    assert "Change what you share with Sunny?" in seen.text
    assert "There is one sharing with Sunny: this request can change it, and adds no second one." in seen.text
    assert seen.page.xpath(f"//main//a[@href='{receipt_of(grant.uid)}']")
    assert changes_told(seen) == [
        "New Your use over time, as detailed as your meter records it",
        "New Your account details: name, address and account number",
        "More Sharing until March 10, 2029 (today: until March 10, 2027)",
    ]
    seen.press(SHARE)
    assert granted().uid == grant.uid
    assert granted().shares == ["intervals", "bills", "account"]
    assert seen.left_for.startswith(f"{CALLBACK}?code=")


def test_in_spanish(sunny: cast.ThirdParty, service: Service) -> None:
    cast.share(sunny, service, "FB=16", expires=date(2027, 3, 10))
    asking = ask(sunny, "FB=4;AdditionalScope=auth-test-test_residential")
    seen = Visitor("es").open(f"/consent/{asking.uid}")
    assert "¿Cambiar lo que comparte con Sunny?" in seen.text
    assert "Más Se comparte hasta el 10 de marzo de 2029 (hoy: hasta el 10 de marzo de 2027)" in changes_told(seen)
    seen.press("Dejarlo como está")
    seen.open(f"/consent/{asking.uid}")
    assert "Dejó como está lo que comparte con Sunny" in seen.text


def test_the_same_again_changes_nothing(sunny: cast.ThirdParty, service: Service) -> None:
    cast.share(sunny, service)
    seen = Visitor().sign_in(ask(sunny))
    assert "As it stands below, nothing changes." in seen.text
    seen.press(SHARE)
    assert granted().receipts.count() == 2


def test_a_smaller_request_takes_nothing_away_by_itself(sunny: cast.ThirdParty, service: Service) -> None:
    cast.share(sunny, service)
    seen = Visitor().sign_in(ask(sunny, "FB=16"))
    assert seen.values("share") == ["intervals", "bills", "account"]
    assert seen.text.count("You share this today. Sunny does not ask for it now.") == 2
    seen.press(SHARE, share=["bills", "account"])
    assert granted().shares == ["bills", "account"]


def test_where_both_were_more_than_was_ever_asked_the_form_says_what_would_end(
    sunny: cast.ThirdParty, service: Service
) -> None:
    cast.share(sunny, service, "FB=16")
    seen = Visitor().sign_in(ask(sunny, "FB=4;HistoryLength=86400"))
    assert (seen.values("share"), seen.values("history")) == (["intervals"], ["2026-03-09"])
    assert changes_told(seen)[1:] == [
        "Ends Your bills: period, charges and amount",
        "Less Data since March 9, 2026 (today: since March 10, 2024)",
    ]
    seen.press(SHARE, share=["intervals", "bills"], history="2024-03-10")
    assert granted().shares == ["intervals", "bills"]
    assert granted().history_start == datetime(2024, 3, 10, 7, tzinfo=UTC)


def test_meters_of_today_are_ticked_and_any_can_be_left_out(sunny: cast.ThirdParty, service: Service) -> None:
    other = second_meter(service)
    cast.share(sunny, service, services=[service])
    seen = Visitor().sign_in(ask(sunny, redirect_uri=""))
    assert seen.values("meters") == [str(service.uid)]
    assert "You share it today." in seen.text
    seen.press(SHARE, meters=[str(other.uid)])
    assert [meter.service for meter in granted().meters.all()] == [other]
    assert "You changed what you share" in seen.text


def test_a_locked_request_is_taken_whole_or_nothing_changes(sunny: cast.ThirdParty, service: Service) -> None:
    cast.share(sunny, service, "FB=16")
    seen = Visitor().sign_in(ask(sunny, "FB=4;AdditionalScope=noedit"))
    assert "You can share it as it stands here, or leave everything as it is today." in seen.text
    assert not seen.page.xpath("//input[@name='share']")
    assert "You share this today. Sunny does not ask for it now." in seen.text
    seen.press(SHARE, share=["intervals"])
    assert seen.errors() == ["This request can only be accepted as it is. Nothing was shared yet."]
    seen.press(SHARE, share=None)
    assert granted().shares == ["intervals", "bills"]


def test_a_locked_request_for_all_meters_shows_those_it_takes(sunny: cast.ThirdParty, service: Service) -> None:
    """The home that was left is shared today and no part of what is asked for, which cannot stay as it is."""
    left = second_meter(service)
    cast.share(sunny, service, "FB=16", services=[service, left])
    Occupancy.objects.filter(service=left).update(end=date(2025, 1, 1))
    seen = Visitor().sign_in(ask(sunny, "FB=4;HistoryLength=86400;AdditionalScope=noedit_meters-all"))
    assert "Ends Meter M2, 9 Side Street, El Paso" in changes_told(seen)
    assert "9 Side Street" not in seen.text.partition("Your meter")[2]
    seen.press(SHARE)
    assert [meter.service for meter in granted().meters.all()] == [service]


@pytest.mark.parametrize(("answer", "end"), [("never", None), ("2026-03-09", datetime(2026, 3, 10, 6, tzinfo=UTC))])
def test_data_of_the_days_to_come_is_for_the_customer_to_decide(
    sunny: cast.ThirdParty, service: Service, answer: str, end: datetime | None
) -> None:
    cast.share(sunny, service, "FB=4")
    seen = Visitor().sign_in(ask(sunny, "FB=4_16;AdditionalScope=ongoing-none"))
    assert "As asked: up to March 9, 2026" in seen.text
    assert "As today: for as long as you share" in seen.text
    assert seen.press(SHARE, ongoing="2030-01-01").errors()
    seen.press(SHARE, ongoing=answer)
    assert granted().ongoing_end == end


def test_leaving_it_as_it_is_changes_nothing(sunny: cast.ThirdParty, service: Service) -> None:
    grant = cast.share(sunny, service)
    seen = Visitor().sign_in(asking := ask(sunny, "FB=16")).press(LEAVE)
    assert seen.left_for.startswith(f"{CALLBACK}?error=access_denied")
    seen.open(f"/consent/{asking.uid}")
    assert "You left your sharing with Sunny as it is" in seen.text
    grant.refresh_from_db()
    assert grant.shares == ["intervals", "bills", "account"]
    assert grant.revoked is None


def test_what_changed_since_it_was_shown_is_shown_anew(sunny: cast.ThirdParty, service: Service) -> None:
    grant = cast.share(sunny, service, "FB=4", expires=date(2027, 3, 10))
    seen = Visitor().sign_in(ask(sunny))
    changes.shorten(grant, date(2026, 4, 10))
    seen.press(SHARE)
    assert "Something that stands here changed while you were reading Nothing was shared yet." in seen.text
    assert "More Sharing until March 10, 2029 (today: until April 10, 2026)" in changes_told(seen)
    grant.refresh_from_db()
    assert grant.shares == ["intervals"]


def test_stopped_while_the_form_was_open_it_begins_anew(sunny: cast.ThirdParty, service: Service) -> None:
    grant = cast.share(sunny, service)
    seen = Visitor().sign_in(ask(sunny))
    lifecycle.revoke(grant, "customer")
    seen.press(SHARE)
    assert "Something that stands here changed while you were reading Nothing was shared yet." in seen.text
    assert "Share your data with Sunny?" in seen.text
    seen.press("Share my data")
    assert Authorization.objects.filter(revoked=None).count() == 1


def test_two_requests_open_in_two_tabs_become_one_sharing(sunny: cast.ThirdParty, service: Service) -> None:
    one, other = (Visitor().sign_in(ask(sunny, scope)) for scope in ("FB=4", "FB=16"))
    one.press("Share my data")
    other.press("Share my data")
    assert "You share with Sunny already" in other.text
    other.press(SHARE)
    assert granted().shares == ["intervals", "bills"]
    assert one.left_for.startswith(f"{CALLBACK}?code=")
    assert other.left_for.startswith(f"{CALLBACK}?code=")


def test_the_mail_says_what_holds_now(sunny: cast.ThirdParty, service: Service, settings: Settings) -> None:
    settings.IS_DEMO = True
    cast.share(sunny, service, "FB=4")
    seen = Visitor().sign_in(ask(sunny, "FB=4_16"))
    seen.press(SHARE, email="heather.other@example.com")
    mail = Mail.objects.latest("pk")
    assert (mail.recipient, mail.context["state"]) == ("heather.other@example.com", "changed")
    assert mail.context["kinds"] == [
        "Your use over time, as detailed as your meter records it",
        "Your bills: period, charges and amount",
    ]


def test_renewing_is_not_offered_beside_a_newer_sharing(
    sunny: cast.ThirdParty, service: Service, set_clock: Clock
) -> None:
    cast.share(sunny, service, expires=date(2026, 3, 20))
    set_clock(NOON + timedelta(days=20))
    seen = Visitor().open("/my-authorizations?utility=epe").press("Sign in as test_residential")
    assert "Renew until" in seen.text
    cast.share(sunny, service)
    assert "Renew until" not in seen.open("/my-authorizations").text
