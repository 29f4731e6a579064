"""The form: what is asked for with the customer's own data beside it, and answers that can only narrow it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

import cast
from consent.visitor import Visitor, ask, home
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.companies.models import ScopeOfUse
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Occupancy, Service

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def second_meter(service: Service) -> Service:
    """Another service of the same account, in Side Street."""
    other = Service.objects.create(
        world=service.world, identifier="S2", street="9 Side Street", city="El Paso", meter_number="M2"
    )
    Occupancy.objects.create(account=service.occupancies.get().account, service=other, start=date(2020, 1, 1))
    return other


def granted() -> Authorization:
    return Authorization.objects.get()


def local_day(moment: datetime | None) -> date:
    assert moment is not None
    return moment.astimezone(cast.epe().zone).date()


def test_the_customer_sees_their_own_data_beside_each_kind() -> None:
    home()
    text = Visitor().sign_in(ask()).text
    assert "Your energy use, every 15 minutes" in text
    assert "Monday, March 9, 2026: 4.7 kWh in all." in text
    assert "Your last one: $123.45, February 3, 2026 to March 3, 2026." in text
    assert "Service address1234 Main Ave, El Paso, TX 79901" in text


def test_nothing_of_the_home_before_the_customer_moved_in_is_shown() -> None:
    service = home()
    Occupancy.objects.filter(service=service).update(start=date(2026, 3, 9))
    put_bill(service.pk, BillRecord(date(2026, 3, 9), date(2026, 3, 10), 5_00_000, 1))
    text = Visitor().sign_in(ask()).text
    assert "Your last one: $5.00, March 9, 2026" in text
    assert "Yours since March 9, 2026. Nothing from before that day is shared." in text
    Occupancy.objects.filter(service=service).update(start=date(2026, 3, 10))
    text = Visitor().sign_in(ask(cast.third_party("Rival"))).text
    assert "There are no readings of yours here yet." in text
    assert "There is no bill of yours here yet." in text


def test_only_what_is_asked_for_is_on_the_form() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=16"))
    assert seen.values("share") == ["bills"]
    assert "Your energy use" not in seen.text
    assert "Account number" not in seen.text


def test_the_purpose_is_told_in_the_readers_language() -> None:
    home()
    party = cast.third_party()
    ScopeOfUse.objects.create(
        registration=party.registration, texts={"en": "To size your roof.", "es": "Para medir su techo."}
    )
    assert "To size your roof." in Visitor().sign_in(ask(party)).text
    spanish = Visitor("es").open(f"/consent/{ask(party, 'FB=4;AdditionalScope=auth-test-test_residential').uid}")
    assert "Para medir su techo." in spanish.text


def test_sharing_as_asked_grants_what_was_asked() -> None:
    service = home()
    seen = Visitor().sign_in(asking := ask(redirect_uri="")).press("Share my data")
    grant = granted()
    assert [meter.service for meter in grant.meters.all()] == [service]
    assert (grant.shares_intervals, grant.shares_bills, grant.shares_account) == (True, True, True)
    assert (local_day(grant.history_start), grant.customer_email) == (date(2024, 3, 10), "heather@example.com")
    assert seen.path == f"/authorizations/{grant.uid}/receipt"
    asking.refresh_from_db()
    assert asking.authorization == grant


def test_the_customer_narrows_kinds_meters_and_days() -> None:
    other = second_meter(home())
    Visitor().sign_in(ask(redirect_uri="")).press(
        "Share my data", share=["bills"], meters=[str(other.uid)], history="2025-03-10", until="other",
        until_day="2026-12-31", email="elsewhere@example.com",
    )  # fmt: skip
    grant = granted()
    assert [meter.service for meter in grant.meters.all()] == [other]
    assert (grant.shares_intervals, grant.shares_bills, grant.shares_account) == (False, True, False)
    assert local_day(grant.history_start) == date(2025, 3, 10)
    assert local_day(grant.expires) == date(2027, 1, 1)
    assert grant.customer_email == "elsewhere@example.com"


def test_several_meters_are_ticked_only_where_all_are_asked_for() -> None:
    service = home()
    both = {str(service.uid), str(second_meter(service).uid)}
    party = cast.third_party()
    assert Visitor().sign_in(ask(party)).values("meters") == []
    assert set(Visitor().sign_in(ask(party, "FB=4;AdditionalScope=meters-all")).values("meters")) == both


@pytest.mark.parametrize("beside", [[], ["one"]])
def test_one_box_takes_all_meters(beside: list[str]) -> None:
    service = home()
    other = second_meter(service)
    ticked = ["all", *(str(other.uid) for _ in beside)]
    seen = Visitor().sign_in(ask(redirect_uri=""))
    assert "All 2 meters" in seen.text
    seen.press("Share my data", share=None, meters=ticked)
    assert seen.values("meters") == ticked, "kept beside an error"
    seen.press("Share my data", share=["bills"])
    assert {meter.service for meter in granted().meters.all()} == {service, other}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"share": []}, "Choose at least one kind of data to share, or choose “Don’t share”."),
        ({"meters": []}, "Choose at least one meter to share, or choose “Don’t share”."),
        (
            {"history": "other", "history_day": "2020-01-01"},
            "How far back: choose a day from March 10, 2024 to March 10, 2026.",
        ),
        ({"history": "2020-01-01"}, "How far back: choose a day from March 10, 2024 to March 10, 2026."),
        ({"history": "other", "history_day": ""}, "How far back: enter a day."),
        ({"history": "other", "history_day": "soon"}, "How far back: enter a day."),
        (
            {"history_day": "2025-01-01"},
            "How far back: you entered a day. Choose “Another day” as well, or clear the day.",
        ),
        ({"history": None}, "Choose how far back to share."),
        (
            {"until": "other", "until_day": "2030-01-01"},
            "Until when: choose a day from March 10, 2026 to March 10, 2029.",
        ),
        (
            {"until": "other", "until_day": "2026-03-09"},
            "Until when: choose a day from March 10, 2026 to March 10, 2029.",
        ),
        ({"until": "never"}, "Until when: enter a day."),
        ({"email": "heather at home"}, "Enter an email address like name@example.com, or leave this empty."),
    ],
)
def test_a_bad_answer_is_told_and_grants_nothing(changes: dict[str, str | list[str] | None], error: str) -> None:
    second_meter(home())
    seen = Visitor().sign_in(ask(scope="FB=4_16;AdditionalScope=meters-all")).press("Share my data", **changes)
    assert seen.errors() == [error]
    assert seen.page.xpath("//div[@class='summary-of-errors']/@autofocus")
    assert seen.page.findtext(".//title").startswith("Sandbox: Error: ")
    assert not Authorization.objects.exists()


def test_what_was_entered_is_still_there_beside_an_error() -> None:
    home()
    seen = (
        Visitor()
        .sign_in(ask())
        .press("Share my data", share=["bills"], history="other", history_day="2020-01-01", email="me@example.com")
    )
    kept = {name: seen.values(name) for name in ("share", "history", "history_day", "email")}
    assert kept == {
        "share": ["bills"],
        "history": ["other"],
        "history_day": ["2020-01-01"],
        "email": ["me@example.com"],
    }


def test_nothing_that_was_not_asked_for_can_be_slipped_in() -> None:
    home()
    stranger = home("Oscar Other", "test_other")
    seen = Visitor().sign_in(ask(scope="FB=4")).press("Share my data", share=["intervals", "bills"])
    assert seen.errors()
    seen.press("Share my data", share=["intervals"], meters=[str(stranger.uid)])
    assert [meter.service.occupancies.get().account.billing_name for meter in granted().meters.all()] == [
        "Heather Homeowner"
    ]


def test_until_it_is_stopped_is_offered_where_it_is_asked_for() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=4;PreferredAuthEndDate=0", redirect_uri=""))
    assert seen.values("until") == ["never"]
    seen.press("Share my data")
    assert granted().expires is None


def test_a_locked_request_is_shown_as_it_is_and_granted_as_it_is() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=4_16;AdditionalScope=noedit_meters-all", redirect_uri=""))
    assert "Sunny asks for exactly this. You can share it as it is, or not at all." in seen.text
    assert not seen.page.xpath("//main//input[@type='checkbox' or @type='radio' or @type='date']")
    seen.press("Share my data")
    assert (granted().shares_intervals, granted().shares_bills) == (True, True)


def test_a_locked_request_refuses_changes() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=4_16;AdditionalScope=noedit_meters-all"))
    seen.press("Share my data", share=["bills"])
    assert seen.errors() == ["This request can only be accepted as it is. Nothing was shared yet."]
    assert not Authorization.objects.exists()


def test_a_locked_request_that_names_no_meters_leaves_them_to_the_customer() -> None:
    other = second_meter(home())
    seen = Visitor().sign_in(ask(scope="FB=4;AdditionalScope=noedit", redirect_uri=""))
    seen.press("Share my data", meters=[str(other.uid)])
    assert [meter.service for meter in granted().meters.all()] == [other]


def test_a_request_without_history_asks_for_no_day() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=4;HistoryLength=0", redirect_uri=""))
    assert "Nothing from the past, only from today on." in seen.text
    assert not seen.page.xpath("//input[@name='history']")
    seen.press("Share my data")
    assert local_day(granted().history_start) == date(2026, 3, 10)


def test_a_last_day_of_data_is_told() -> None:
    home()
    seen = Visitor().sign_in(ask(scope="FB=4;AdditionalScope=ongoing-2026-06-30", redirect_uri=""))
    assert "Data after June 30, 2026 is not asked for and is not shared." in seen.text
    seen.press("Share my data")
    assert local_day(granted().ongoing_end) == date(2026, 7, 1)


def test_declining_shares_nothing_and_is_kept() -> None:
    home()
    seen = Visitor().sign_in(ask(redirect_uri="")).press("Don’t share")
    assert granted().declined is not None
    assert "You did not share with Sunny" in seen.text


def test_both_answers_are_equally_easy() -> None:
    home()
    seen = Visitor().sign_in(ask())
    share, decline = seen.page.xpath("//div[@class='answers']/button")
    assert share.get("class") == decline.get("class")


def test_without_a_meter_of_their_own_the_customer_gets_a_next_step() -> None:
    Occupancy.objects.filter(service=home()).delete()
    seen = Visitor().sign_in(asking := ask())
    assert seen.response.status_code == 403
    assert "There is no meter of yours to share" in seen.text
    assert f"Case number: {asking.uid}" in seen.text
    assert not Authorization.objects.exists()


def test_a_suspended_company_gets_nothing() -> None:
    home()
    party = cast.third_party()
    seen = Visitor().sign_in(ask(party))
    party.registration.status = "suspended"
    party.registration.save()
    seen.press("Share my data")
    assert "Sunny may not ask for data now" in seen.text
    assert not Authorization.objects.exists()


def test_the_form_needs_few_queries_however_many_meters_there_are(django_assert_max_num_queries: object) -> None:
    service = home()
    seen = Visitor().sign_in(asking := ask())
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        seen.open(f"/consent/{asking.uid}/form")
    for number in range(20):
        more = Service.objects.create(world=service.world, identifier=f"X{number}", meter_number=f"X{number}")
        Occupancy.objects.create(account=service.occupancies.get().account, service=more, start=date(2020, 1, 1))
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        seen.open(f"/consent/{asking.uid}/form")


def test_pages_with_personal_data_are_kept_nowhere() -> None:
    home()
    seen = Visitor().sign_in(ask())
    assert "no-store" in seen.response.headers["Cache-Control"]
    assert seen.response.headers["Referrer-Policy"] == "same-origin"
    assert "form-action 'self' https:" in seen.response.headers["Content-Security-Policy"].split("; ")


def test_a_form_from_another_site_is_refused() -> None:
    home()
    seen = Visitor().sign_in(asking := ask())
    answer = seen.client.post(f"/consent/{asking.uid}/form", {"answer": "share"})
    assert answer.status_code == 403
    assert not Authorization.objects.exists()


def test_the_request_waits_an_hour(set_clock: Callable[[datetime], None]) -> None:
    home()
    seen = Visitor().sign_in(asking := ask())
    for minutes in (29, 58, 61):
        set_clock(NOON + timedelta(minutes=minutes))
        seen.open(f"/consent/{asking.uid}/form")
    assert seen.response.status_code == 410
    assert "A request waits for an hour" in seen.text
    asking.refresh_from_db()
    assert asking.status == AuthorizationRequest.Status.PENDING
