"""A second request of the same company: one sharing before and after, on the terms that the customer agreed to last."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from cast import share
from wattkeeper.authorizations import changes, lifecycle, terms, tokens
from wattkeeper.authorizations.access import identify
from wattkeeper.authorizations.lifecycle import NotAllowed, Offer, Refusal
from wattkeeper.authorizations.models import Authorization, Meter, SignedReceipt, Token
from wattkeeper.authorizations.receipt_file import signed_in
from wattkeeper.authorizations.terms import Terms
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.models import Occupancy, Service
from wattkeeper.events.models import Event

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
YEAR = timedelta(days=365)
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


def second_meter(service: Service, number: int = 2) -> Service:
    other = Service.objects.create(world=service.world, identifier=f"S{number}", street=f"{number} Side Street")
    Occupancy.objects.create(account=service.occupancies.get().account, service=other, start=date(2020, 1, 1))
    return other


def offer(party: cast.ThirdParty, service: Service, scope: str) -> Offer:
    return lifecycle.offer(cast.ask(party, scope), cast.owner(service))


def in_force() -> list[Authorization]:
    return list(Authorization.objects.filter(declined=None, revoked=None))


def test_it_changes_the_sharing_and_adds_no_other(sunny: cast.ThirdParty, service: Service, set_clock: Clock) -> None:
    first = share(sunny, service, "FB=4", expires=TODAY + YEAR)
    set_clock(NOON + timedelta(days=30))
    second = share(sunny, service, "FB=4_16_51")
    assert in_force() == [second] == [first]
    assert (second.uid, second.created) == (first.uid, first.created)
    second.refresh_from_db()
    assert second.shares == ["intervals", "bills", "account"]
    assert (second.requested_scope, second.updated) == ("FB=4_16_51", NOON + timedelta(days=30))
    assert second.expires == datetime(2029, 4, 9, 18, tzinfo=UTC)
    assert second.next_notice is not None
    assert {request.authorization for request in sunny.registration.requests.all()} == {first}


def test_meters_that_stay_keep_their_uid_and_those_left_out_are_gone(sunny: cast.ThirdParty, service: Service) -> None:
    other, third = second_meter(service), second_meter(service, 3)
    grant = share(sunny, service, services=[service, other])
    kept, dropped = (Meter.objects.get(service=found).uid for found in (service, other))
    cast.fill(other, date(2026, 3, 8), date(2026, 3, 10))
    share(sunny, service, services=[service, third])
    meters = {meter.service: meter.uid for meter in grant.meters.all()}
    assert (set(meters), meters[service]) == ({service, third}, kept)
    assert [window.service for window in cast.opened(sunny)] == [service, third]
    assert Event.objects.get(type="meter_removed").meter_uid == dropped
    share(sunny, service, services=[service, other])
    assert Meter.objects.get(service=other).uid == dropped, "one that comes back is the one it was"


def test_other_companies_and_other_customers_are_not_touched(sunny: cast.ThirdParty, service: Service) -> None:
    rival, oscar = cast.third_party("Rival"), cast.customer("Oscar Other")
    grants = {share(party, home).pk for party in (sunny, rival) for home in (service, oscar)}
    assert len(grants) == 4
    share(sunny, service, "FB=16")
    assert [grant.shares for grant in in_force()].count(["bills"]) == 1


def test_what_has_ended_is_not_taken_up_again(sunny: cast.ThirdParty, service: Service, set_clock: Clock) -> None:
    stopped = share(sunny, service)
    lifecycle.revoke(stopped, "customer")
    expired = share(sunny, service, expires=TODAY)
    set_clock(NOON + timedelta(days=1))
    assert len({stopped.pk, expired.pk, share(sunny, service).pk}) == 3


def test_one_that_has_run_out_is_not_renewed_beside_a_newer(
    sunny: cast.ThirdParty, service: Service, set_clock: Clock
) -> None:
    expired = share(sunny, service, expires=TODAY + timedelta(days=40))
    set_clock(NOON + timedelta(days=50))
    assert changes.renewed_end(expired) is not None
    newer = share(sunny, service)
    assert changes.renewed_end(expired) is None
    with pytest.raises(NotAllowed):
        changes.renew(expired)
    lifecycle.revoke(newer, "customer")
    changes.renew(expired)


def test_the_merged_sharing_is_renewed_for_what_was_agreed_last(
    sunny: cast.ThirdParty, service: Service, set_clock: Clock
) -> None:
    share(sunny, service, "FB=4;PreferredAuthEndDate=0", expires=TODAY + YEAR)
    grant = share(sunny, service, "FB=4;PreferredAuthEndDate=0", expires=TODAY + timedelta(days=40))
    grant.refresh_from_db()
    set_clock(NOON + timedelta(days=30))
    changes.renew(grant)
    assert grant.expires == cast.noon(TODAY + timedelta(days=81)) - timedelta(hours=12)


SMALL = Terms([], True, False, False, date(2025, 1, 1), date(2027, 1, 1), None)


@pytest.mark.parametrize(
    ("changed", "do_add_up"),
    [
        ({}, True),
        ({"shares_bills": True}, True),
        ({"history_start": date(2026, 1, 1), "expires": date(2028, 1, 1)}, True),
        ({"shares_bills": True, "history_start": date(2024, 1, 1), "expires": None}, True),
        ({"shares_bills": True, "history_start": date(2026, 1, 1)}, False),
        ({"shares_intervals": False, "shares_bills": True, "expires": None}, False),
        ({"shares_account": True, "ongoing_end": date(2026, 6, 1)}, False),
    ],
)
def test_two_sharings_add_up_where_nothing_comes_of_it_that_neither_has(
    changed: dict[str, Any], do_add_up: bool
) -> None:
    other = replace(SMALL, **changed)
    assert terms.add_up(SMALL, other) == terms.add_up(other, SMALL) == do_add_up
    both = terms.together(SMALL, other)
    assert both.covers(SMALL)
    assert both.covers(other)
    assert both == terms.together(other, SMALL)


def test_nothing_is_taken_away_by_a_smaller_request_unless_the_customer_does(
    sunny: cast.ThirdParty, service: Service
) -> None:
    share(sunny, service, "FB=4_16_51")
    offered = offer(sunny, service, "FB=16")
    assert (offered.kinds, offered.proposed.kinds) == (["bills"], ["intervals", "bills", "account"])
    assert share(sunny, service, "FB=16", shares_intervals=True).shares == ["intervals", "bills"]
    assert share(sunny, service, "FB=16").shares == ["bills"]


def test_a_shorter_request_leaves_the_days_as_they_are(sunny: cast.ThirdParty, service: Service) -> None:
    share(sunny, service, "FB=4")
    offered = offer(sunny, service, "FB=4;HistoryLength=86400;PreferredAuthEndDate=1800000000")
    assert (offered.history_start, offered.expires) == (date(2026, 3, 9), date(2027, 1, 15))
    assert (offered.proposed.history_start, offered.proposed.expires) == (date(2024, 3, 10), date(2029, 3, 10))


def test_where_both_would_be_more_than_was_ever_asked_for_the_form_begins_with_what_is_asked_now(
    sunny: cast.ThirdParty, service: Service
) -> None:
    """Bills of five years and readings of a day are not readings of five years."""
    share(sunny, service, "FB=16;HistoryLength=157680000")
    offered = offer(sunny, service, "FB=4;HistoryLength=86400")
    assert offered.proposed.kinds == ["intervals"]
    assert offered.proposed.history_start == date(2026, 3, 9)
    assert offered.most.kinds == ["intervals", "bills"], "the customer may keep both all the same"


def test_meters_shared_today_are_ticked_and_a_new_one_is_not(sunny: cast.ThirdParty, service: Service) -> None:
    other = second_meter(service)
    share(sunny, service, services=[other])
    assert offer(sunny, service, "FB=4_16_51").proposed.services == [other]
    assert offer(sunny, service, "FB=4_16_51;AdditionalScope=meters-all").proposed.keys == {service.pk, other.pk}


def test_a_locked_request_is_taken_as_the_form_shows_it(sunny: cast.ThirdParty, service: Service) -> None:
    share(sunny, service, "FB=16")
    scope = "FB=4;AdditionalScope=noedit"
    offered = offer(sunny, service, scope)
    assert offered.proposed.kinds == ["intervals", "bills"]
    with pytest.raises(NotAllowed) as refusal:
        share(sunny, service, scope)
    assert refusal.value.reason == Refusal.LOCKED
    assert share(sunny, service, scope, shares_bills=True).shares == ["intervals", "bills"]


def test_never_more_than_is_asked_for_or_shared_today(sunny: cast.ThirdParty, service: Service) -> None:
    share(sunny, service, "FB=16", expires=TODAY + YEAR)
    for beyond in ({"shares_account": True}, {"history_start": date(2020, 1, 1)}, {"expires": None}):
        with pytest.raises(NotAllowed) as refusal:
            share(sunny, service, "FB=4", **beyond)
        assert refusal.value.reason == Refusal.BEYOND_REQUEST


def test_the_end_within_a_day_that_was_agreed_is_kept(sunny: cast.ThirdParty, service: Service) -> None:
    first = share(sunny, service, "FB=4;PreferredAuthEndDate=1800000000")
    end = first.expires
    for scope in ("FB=4;PreferredAuthEndDate=1790000000", "FB=4;PreferredAuthEndDate=1800000000"):
        again = share(sunny, service, scope, expires=date(2027, 1, 15))
        again.refresh_from_db()
        assert again.expires == end


def test_what_was_changed_since_the_form_was_shown_is_shown_first(sunny: cast.ThirdParty, service: Service) -> None:
    grant = share(sunny, service)
    request, company = cast.ask(sunny), sunny.company
    seen = lifecycle.fingerprint(lifecycle.offer(request, cast.owner(service)), company)
    changes.shorten(grant, TODAY + timedelta(days=5))
    with pytest.raises(NotAllowed) as refusal:
        cast.answer(request, service, seen=seen)
    assert refusal.value.reason == Refusal.CHANGED
    lifecycle.revoke(grant, "customer")
    with pytest.raises(NotAllowed):
        cast.answer(request, service, seen=seen)
    request.refresh_from_db()
    assert request.status == "pending", "nothing is lost: it can be answered still"


def test_declining_changes_nothing_of_it(sunny: cast.ThirdParty, service: Service) -> None:
    grant = share(sunny, service)
    lifecycle.decline(cast.ask(sunny, "FB=4"), cast.owner(service))
    grant.refresh_from_db()
    assert in_force() == [grant]
    assert grant.shares == ["intervals", "bills", "account"]


def test_access_tokens_end_with_the_scope_they_name_and_refresh_tokens_go_on(
    sunny: cast.ThirdParty, service: Service
) -> None:
    client = Client()
    first = flow.redeem(client, sunny, flow.code_for(client, sunny, service)).json()
    again = flow.redeem(client, sunny, flow.code_for(client, sunny, service)).json()
    assert identify(first["access_token"]) is not None, "the same scope again: it goes on"
    less = flow.redeem(client, sunny, flow.code_for(client, sunny, service, scope="FB=16")).json()
    assert identify(first["access_token"]) is identify(again["access_token"]) is None
    assert less["authorizationURI"] == first["authorizationURI"]
    for pair in (first, again, less):
        # Clients repeat the scope they once asked for.
        fresh = flow.refresh(client, sunny, pair["refresh_token"], scope="FB=4_16_51").json()
        assert identify(fresh["access_token"]) is not None
        assert fresh["scope"] == less["scope"]
    assert [window.shares_intervals for window in cast.opened(sunny)] == [False]


def test_access_tokens_live_no_longer_than_the_new_end(sunny: cast.ThirdParty, service: Service) -> None:
    late = datetime(2026, 3, 11, 5, 30, tzinfo=UTC)  # half an hour before midnight in El Paso
    grant = share(sunny, service, "FB=4")
    tokens.issue(Token.Kind.ACCESS, sunny.registration, authorization=grant, expires=NOON + timedelta(hours=13))
    share(sunny, service, "FB=4", expires=TODAY)
    assert Token.objects.get(kind=Token.Kind.ACCESS).expires == late + timedelta(minutes=30)


def test_it_is_told_to_the_log_and_the_trail(sunny: cast.ThirdParty, service: Service) -> None:
    grant = share(sunny, service, "FB=4")
    Event.objects.all().delete()
    share(sunny, service, services=[second_meter(service)])
    told = Event.objects.filter(authorization_uid=grant.uid).order_by("pk")
    assert list(told.values_list("type", flat=True)) == [
        "authorization_renewed",
        "authorization_update_started",
        "meter_removed",
        "meter_created",
        "authorization_update_finished_successful",
    ]
    row = AuditEntry.objects.filter(authorization_uid=grant.uid).latest("id")
    assert (row.action, row.actor_kind, row.actor) == ("consent_changed", "customer", str(cast.owner(service).uid))


def test_its_receipt_goes_on_from_the_one_before_and_says_what_holds_now(
    sunny: cast.ThirdParty, service: Service, set_clock: Clock
) -> None:
    grant = share(sunny, service, "FB=4")
    set_clock(NOON + timedelta(days=1))
    share(sunny, service, "FB=16")
    before, after = (signed_in(kept.document) for kept in SignedReceipt.objects.filter(authorization=grant))
    assert before["receipt_id"] != after["receipt_id"]
    was, now = before["content"], after["content"]
    assert now["record_id"] == was["record_id"] == str(grant.uid)
    assert [event["event_state"] for event in now["event"]] == [
        "consent requested", "consent given", "consent requested", "consent changed",
    ]  # fmt: skip
    assert now["event"][:2] == was["event"]
    assert now["event"][-1]["event_time"] == "2026-03-11T18:00:00Z"
    said = now["pii_processing"]["purposes"][0]["pii_information"]
    assert [kind["pii_attribute_id"] for kind in said] == ["bills"]
    assert now["green_button"]["requested_scope"] == "FB=16"
