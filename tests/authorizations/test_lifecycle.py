"""Consent from request to revocation: what the customer chose is what is granted, once, and never more than asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

import cast
from wattkeeper.authorizations import lifecycle, tokens
from wattkeeper.authorizations.lifecycle import Choices, NotAllowed, Offer, Refusal, RequestExpired, RequestUnknown
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest, Meter, Token
from wattkeeper.authorizations.scope import ScopeError, parse
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.customers.models import Occupancy, Service
from wattkeeper.events.models import Event
from wattkeeper.utilities.models import Utility, World

pytestmark = pytest.mark.django_db

BROWSER = "a secret of the browser"
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def ask(party: cast.ThirdParty | None = None, scope: str = "FB=4_16_51") -> AuthorizationRequest:
    registration = (party or cast.third_party()).registration
    return lifecycle.open_request(
        registration, door=AuthorizationRequest.Door.OAUTH, scope=parse(scope), browser=BROWSER
    )


def accept(offered: Offer, **changes: Any) -> Choices:
    """The choices of a customer who takes the form as it is, but for the changes."""
    names = ("shares_intervals", "shares_bills", "shares_account", "history_start", "expires", "ongoing_end")
    values = {name: getattr(offered, name) for name in names}
    chosen = Choices(services=offered.services, email="heather@example.com", language="en", **values)
    return replace(chosen, **changes)


def grant(request: AuthorizationRequest, service: Service, **changes: Any) -> Authorization:
    person = cast.owner(service)
    offered = lifecycle.offer(request, person)
    return lifecycle.grant(request, person, accept(offered, **changes), offered)


def event_types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_a_request_belongs_to_its_browser() -> None:
    request = ask()
    assert lifecycle.find_request(request.uid, BROWSER) == request
    with pytest.raises(RequestUnknown):
        lifecycle.find_request(request.uid, "another browser")
    with pytest.raises(RequestUnknown):
        lifecycle.find_request(ids.new_uid(), BROWSER)


def test_a_request_ends_after_an_hour_unless_it_was_answered(set_clock: Callable[[datetime], None]) -> None:
    service = cast.customer()
    open_one, answered = ask(party := cast.third_party()), ask(party)
    grant(answered, service)
    chosen = accept(offered := lifecycle.offer(open_one, cast.owner(service)))
    set_clock(NOON + timedelta(hours=1))
    with pytest.raises(RequestExpired):
        lifecycle.find_request(open_one.uid, BROWSER)
    with pytest.raises(RequestExpired):
        lifecycle.grant(open_one, cast.owner(service), chosen, offered)
    with pytest.raises(RequestExpired):
        lifecycle.decline(open_one, cast.owner(service))
    assert lifecycle.find_request(answered.uid, BROWSER).status == AuthorizationRequest.Status.GRANTED


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("FB=39", "none of the function blocks"),
        ("FB=99", "none of the function blocks"),
        ("FB=4;PreferredAuthEndDate=1", "past"),
        ("FB=4;AdditionalScope=historical-none_ongoing-none", "neither"),
        ("FB=4;HistoryLength=0;AdditionalScope=ongoing-2026-03-09", "neither"),
    ],
)
def test_nothing_is_asked_that_nobody_could_grant(scope: str, part: str) -> None:
    with pytest.raises(ScopeError) as refusal:
        ask(scope=scope)
    assert part in refusal.value.message
    assert not AuthorizationRequest.objects.exists()


def test_the_offer_has_the_defaults_of_the_docs() -> None:
    service = cast.customer()
    offered = lifecycle.offer(ask(), cast.owner(service))
    assert offered.services == [service]
    assert (offered.shares_intervals, offered.shares_bills, offered.shares_account) == (True, True, True)
    assert offered.history_start == date(2024, 3, 10)
    assert offered.expires == date(2029, 3, 10)
    assert offered.ongoing_end is None
    assert not offered.meters_all
    assert not offered.locked


def test_the_offer_has_what_was_asked_for() -> None:
    end = clock.epoch(datetime(2027, 1, 1, 7, tzinfo=UTC))
    scope = f"FB=4_99;PreferredAuthEndDate={end};AdditionalScope=noedit_meters-all_historical-2025-06-01_ongoing-none"
    offered = lifecycle.offer(ask(scope=scope), cast.owner(cast.customer()))
    assert (offered.shares_intervals, offered.shares_bills, offered.shares_account) == (True, False, False)
    assert offered.history_start == date(2025, 6, 1)
    assert offered.ongoing_end == TODAY - timedelta(days=1)
    assert offered.expires == date(2026, 12, 31)
    assert offered.locked
    assert offered.meters_all


@pytest.mark.parametrize(
    ("scope", "start"),
    [
        ("FB=4;HistoryLength=0", TODAY),
        ("FB=4;HistoryLength=86400", date(2026, 3, 9)),
        ("FB=4;HistoryLength=999999999999", date(2025, 3, 10)),
        ("FB=4;AdditionalScope=historical-none", TODAY),
        ("FB=4;AdditionalScope=historical-0001-01-01", date(2025, 3, 10)),
        ("FB=4", date(2025, 3, 10)),
    ],
)
def test_history_goes_back_no_further_than_the_utility(scope: str, start: date) -> None:
    request, service = ask(scope=scope), cast.customer()
    request.registration.utility.max_history_days = 365
    assert lifecycle.offer(request, cast.owner(service)).history_start == start


def test_the_sandbox_counts_in_its_own_time() -> None:
    request, service = ask(), cast.customer()
    service.world.clock_offset_seconds = 10 * 86400
    service.world.save()
    offered = lifecycle.offer(request, cast.owner(service))
    assert offered.history_start == date(2024, 3, 20)
    assert offered.expires == date(2029, 3, 20)


def test_only_services_of_the_time_asked_for_are_offered() -> None:
    service = cast.customer()
    account = cast.owner(service).accounts.get()
    stays = {"before": (2019, 2023), "during": (2024, 2025), "after": (2031, None)}
    for name, (start, end) in stays.items():
        other = Service.objects.create(world=service.world, identifier=name, street=f"9 {name}")
        Occupancy.objects.create(
            account=account, service=other, start=date(start, 6, 1), end=date(end, 6, 1) if end else None
        )
    cast.customer("Oscar Other")
    request = ask(scope="FB=4;AdditionalScope=ongoing-2030-01-01")
    assert [found.street for found in lifecycle.offer(request, account.customer).services] == [
        "1234 Main Ave",
        "9 during",
    ]


def test_the_purpose_is_the_one_asked_for_in_the_readers_language() -> None:
    party = cast.third_party()
    ScopeOfUse.objects.create(registration=party.registration, slug="default", texts={"en": "Savings."})
    ScopeOfUse.objects.create(registration=party.registration, slug="solar", texts={"en": "Panels.", "es": "Paneles."})
    person = cast.owner(cast.customer())

    def purpose(option: str) -> str:
        return lifecycle.offer(ask(party, f"FB=4;AdditionalScope={option}"), person).purpose

    assert purpose("sou-solar") == "Panels."
    assert purpose("sou-unknown") == purpose("noedit") == "Savings."
    with translation.override("es"):
        assert purpose("sou-solar") == "Paneles."


def test_granting_keeps_what_was_chosen() -> None:
    service, request = cast.customer(), ask()
    made = grant(request, service, shares_bills=False, history_start=date(2026, 1, 1), expires=date(2026, 12, 31))
    made.refresh_from_db()
    request.refresh_from_db()
    assert (made.shares_intervals, made.shares_bills, made.shares_account) == (True, False, True)
    assert made.history_start == datetime(2026, 1, 1, 7, tzinfo=UTC)
    assert made.expires == datetime(2027, 1, 1, 7, tzinfo=UTC)
    assert (made.ongoing_end, made.customer_email, made.requested_scope) == (None, "heather@example.com", "FB=4_16_51")
    assert [meter.service for meter in made.meters.all()] == [service]
    assert (request.status, request.authorization) == (AuthorizationRequest.Status.GRANTED, made)
    assert made.is_active(clock.now())


def test_granting_tells_what_happened_in_order() -> None:
    made = grant(ask(), cast.customer())
    assert event_types() == [
        "authorization_created",
        "authorization_update_started",
        "meter_created",
        "authorization_update_finished_successful",
    ]
    event = Event.objects.get(type="meter_created")
    assert (event.authorization_uid, event.meter_uid) == (made.uid, made.meters.get().uid)
    assert (event.registration_uid, event.utility_code) == (made.registration.uid, "EPE")


def test_a_grant_never_outlives_the_moment_asked_for() -> None:
    end = NOON + timedelta(days=30)
    made = grant(ask(scope=f"FB=4;PreferredAuthEndDate={clock.epoch(end)}"), cast.customer())
    assert made.expires == end


def test_a_grant_lasts_until_revoked_only_where_that_was_asked_for() -> None:
    service = cast.customer()
    assert grant(ask(scope="FB=4;PreferredAuthEndDate=0"), service).expires is None
    with pytest.raises(NotAllowed) as refusal:
        grant(ask(cast.third_party("Rival")), service, expires=None)
    assert refusal.value.reason == Refusal.BEYOND_REQUEST


@pytest.mark.parametrize(
    ("scope", "changes", "reason"),
    [
        ("FB=4", {"services": []}, Refusal.NO_SERVICE),
        ("FB=4", {"shares_intervals": False}, Refusal.NO_DATA),
        ("FB=4", {"shares_bills": True}, Refusal.BEYOND_REQUEST),
        ("FB=4", {"shares_account": True}, Refusal.BEYOND_REQUEST),
        ("FB=16", {"shares_intervals": True}, Refusal.BEYOND_REQUEST),
        ("FB=4", {"history_start": date(2024, 3, 9)}, Refusal.BEYOND_REQUEST),
        ("FB=4", {"expires": date(2029, 3, 11)}, Refusal.BEYOND_REQUEST),
        ("FB=4;PreferredAuthEndDate=0", {"expires": date(9999, 12, 31)}, Refusal.BEYOND_REQUEST),
        ("FB=4;AdditionalScope=ongoing-2026-06-30", {"ongoing_end": None}, Refusal.BEYOND_REQUEST),
        ("FB=4;AdditionalScope=ongoing-2026-06-30", {"ongoing_end": date(2026, 7, 1)}, Refusal.BEYOND_REQUEST),
        ("FB=4", {"expires": TODAY - timedelta(days=1)}, Refusal.NO_TIME),
        ("FB=4", {"ongoing_end": date(2024, 3, 9)}, Refusal.NO_TIME),
        ("FB=4_16;AdditionalScope=noedit", {"shares_bills": False}, Refusal.LOCKED),
        ("FB=4;AdditionalScope=noedit", {"expires": date(2027, 1, 1)}, Refusal.LOCKED),
        ("FB=4;AdditionalScope=noedit", {"history_start": TODAY}, Refusal.LOCKED),
    ],
)
def test_choices_that_cannot_be_are_refused_and_leave_nothing(scope: str, changes: Any, reason: Refusal) -> None:
    request = ask(scope=scope)
    with pytest.raises(NotAllowed) as refusal:
        grant(request, cast.customer(), **changes)
    assert refusal.value.reason == reason
    assert not Authorization.objects.exists()
    assert not Event.objects.exists()
    request.refresh_from_db()
    assert request.status == AuthorizationRequest.Status.PENDING


def two_services() -> list[Service]:
    first = cast.customer()
    second = Service.objects.create(world=first.world, identifier="second", street="9 Side St")
    Occupancy.objects.create(account=cast.owner(first).accounts.get(), service=second, start=date(2020, 1, 1))
    return [first, second]


def test_meters_stay_a_choice_under_noedit_unless_all_are_asked_for() -> None:
    services, party = two_services(), cast.third_party()
    made = grant(ask(party, "FB=4;AdditionalScope=noedit"), services[0], services=services[:1])
    assert made.meters.count() == 1
    with pytest.raises(NotAllowed) as refusal:
        grant(ask(party, "FB=4;AdditionalScope=noedit_meters-all"), services[0], services=services[:1])
    assert refusal.value.reason == Refusal.LOCKED


def test_another_customers_service_is_never_granted() -> None:
    mine, other = cast.customer(), cast.customer("Oscar Other")
    with pytest.raises(NotAllowed) as refusal:
        grant(ask(), mine, services=[mine, other])
    assert refusal.value.reason == Refusal.BEYOND_REQUEST
    assert not Meter.objects.exists()


def test_submitting_again_gives_the_same_grant_to_the_same_customer_only() -> None:
    service, request = cast.customer(), ask()
    made = grant(request, service)
    assert grant(request, service, shares_bills=False) == made
    assert Authorization.objects.count() == 1
    with pytest.raises(RequestUnknown):
        grant(request, cast.customer("Oscar Other"))
    with pytest.raises(NotAllowed) as refusal:
        lifecycle.decline(request, cast.owner(service))
    assert refusal.value.reason == Refusal.ANSWERED


def test_declining_keeps_a_declined_authorization_that_opens_nothing() -> None:
    service, request = cast.customer(), ask()
    declined = lifecycle.decline(request, cast.owner(service))
    assert declined is not None
    assert (declined.declined, declined.scope, declined.requested_scope) == (NOON, "", "FB=4_16_51")
    assert not declined.is_active(clock.now())
    assert lifecycle.decline(request, cast.owner(service)) == declined
    assert event_types() == ["authorization_declined"]
    with pytest.raises(NotAllowed) as refusal:
        grant(request, service)
    assert refusal.value.reason == Refusal.ANSWERED


def test_declining_before_signing_in_is_told_without_an_authorization() -> None:
    request = ask()
    assert lifecycle.decline(request, None) is None
    assert request.status == AuthorizationRequest.Status.DECLINED
    assert Event.objects.get().registration_uid == request.registration.uid


def test_revoking_ends_every_token_and_code_once() -> None:
    made = grant(ask(), cast.customer())
    kept = cast.access_token(cast.authorize(cast.third_party("Rival"), cast.customer("Oscar Other")))
    access = cast.access_token(made)
    tokens.issue(Token.Kind.REFRESH, made.registration, authorization=made)
    code = AuthorizationCode.objects.create(
        digest="d", request=made.requests.get(), authorization=made, expires=NOON + timedelta(minutes=5)
    )
    lifecycle.revoke(made, "customer")
    lifecycle.revoke(made, "company")
    code.refresh_from_db()
    assert (made.revoked, code.expires) == (NOON, NOON)
    assert tokens.find(access) is None
    assert not made.tokens.filter(revoked__isnull=True).exists()
    assert tokens.find(kept) is not None
    assert Event.objects.get(type="authorization_revoked").data == {"by": "customer"}


@pytest.mark.parametrize("status", ["sandbox", "approved", "rejected", "suspended"])
def test_a_real_customer_shares_nothing_with_a_registration_that_is_not_live(status: str) -> None:
    party, service = cast.third_party(status=status), cast.customer("Lena Live", cast.live())
    request = ask(party)
    with pytest.raises(NotAllowed) as refusal:
        lifecycle.offer(request, cast.owner(service))
    assert refusal.value.reason in {Refusal.NOT_LIVE, Refusal.SUSPENDED}
    assert lifecycle.decline(request, cast.owner(service)) is None
    assert not Authorization.objects.exists()


def test_a_customer_of_another_utility_shares_nothing() -> None:
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power", function_blocks=[4, 16, 51])
    service = cast.customer("Rosa Rio", World.objects.create(utility=rio, kind=World.Kind.SANDBOX))
    with pytest.raises(NotAllowed) as refusal:
        lifecycle.offer(ask(), cast.owner(service))
    assert refusal.value.reason == Refusal.OTHER_UTILITY


def test_a_live_registration_reaches_real_and_test_customers() -> None:
    party = cast.third_party(status=Registration.Status.LIVE)
    assert grant(ask(party), cast.customer("Lena Live", cast.live())).world.is_live
    assert not grant(ask(party), cast.customer()).world.is_live
