"""Ending a sharing earlier, and renewing it: only as far as was asked for, once, and with what hangs on it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

import cast
from wattkeeper.authorizations import changes, lifecycle, notices, tokens
from wattkeeper.authorizations.access import identify
from wattkeeper.authorizations.models import Authorization, SignedReceipt, Token
from wattkeeper.authorizations.offers import NotAllowed, Refusal, moment
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Service
from wattkeeper.events.models import Event

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


def last_day(grant: Authorization) -> date:
    assert grant.expires is not None
    return (grant.expires - timedelta(seconds=1)).astimezone(cast.epe().zone).date()


def news(grant: Authorization) -> list[str]:
    kinds = ("authorization_shortened", "authorization_renewed", "authorization_revoked")
    found = Event.objects.filter(authorization_uid=grant.uid, type__in=kinds)
    return list(found.order_by("pk").values_list("type", flat=True))


def refusal(call: Callable[[], None]) -> Refusal:
    with pytest.raises(NotAllowed) as refused:
        call()
    return refused.value.reason


def test_an_earlier_end_is_the_end() -> None:
    grant = cast.share(cast.third_party(), cast.customer())
    token = cast.access_token(grant)
    refresh = tokens.issue(Token.Kind.REFRESH, grant.registration, authorization=grant)
    changes.shorten(grant, TODAY)
    assert last_day(grant) == TODAY
    assert identify(token) is not None
    assert Token.objects.get(kind="access").expires == min(
        NOON + timedelta(hours=1), moment(date(2026, 3, 11), cast.epe().zone)
    )
    assert tokens.find(refresh) is not None
    assert news(grant) == ["authorization_shortened"]
    assert Event.objects.get(type="authorization_shortened").data == {"by": "customer"}
    assert SignedReceipt.objects.filter(state="shortened").count() == 1


def test_no_token_outlives_the_new_end(set_clock: Clock) -> None:
    """In the platform's time, also where the world's is another."""
    service = cast.customer()
    service.world.clock_offset_seconds = 10 * 86400
    service.world.save()
    late = moment(date(2026, 3, 21), cast.epe().zone) - timedelta(days=10, minutes=20)
    set_clock(late)
    grant = cast.share(cast.third_party(), service)
    token = cast.access_token(grant)
    changes.shorten(grant, date(2026, 3, 20))
    assert Token.objects.get(kind="access").expires == late + timedelta(minutes=20)
    assert identify(token) is not None
    set_clock(late + timedelta(minutes=20))
    assert identify(token) is None


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 3, 9), Refusal.NO_TIME),
        (date(2026, 6, 30), Refusal.NOT_EARLIER),
        (date(2026, 7, 1), Refusal.NOT_EARLIER),
    ],
)
def test_a_day_that_is_not_earlier_changes_nothing(day: date, reason: Refusal) -> None:
    grant = cast.share(cast.third_party(), cast.customer(), expires=date(2026, 6, 30))
    assert refusal(lambda: changes.shorten(grant, day)) == reason
    assert (last_day(grant), news(grant)) == (date(2026, 6, 30), [])


def test_what_ended_is_not_shortened(set_clock: Clock) -> None:
    party, service = cast.third_party(), cast.customer()
    stopped, over = cast.share(party, service), cast.share(party, service, expires=date(2026, 3, 11))
    lifecycle.revoke(stopped, "customer")
    set_clock(NOON + timedelta(days=3))
    for grant in (stopped, over):
        assert refusal(lambda grant=grant: changes.shorten(grant, date(2026, 3, 20))) == Refusal.ENDED  # type: ignore[misc]


def test_stopping_meanwhile_wins_over_shortening() -> None:
    grant = cast.share(cast.third_party(), cast.customer())
    stale = Authorization.objects.select_related("world__utility").get()
    lifecycle.revoke(grant, "customer")
    assert refusal(lambda: changes.shorten(stale, TODAY)) == Refusal.NOT_EARLIER
    assert news(grant) == ["authorization_revoked"]


def test_a_locked_request_can_be_ended_earlier_too() -> None:
    grant = cast.share(cast.third_party(), cast.customer(), "FB=4;AdditionalScope=noedit")
    changes.shorten(grant, TODAY)
    assert last_day(grant) == TODAY


def near_its_end(service: Service, set_clock: Clock, scope: str = "FB=4_16_51", **fields: Any) -> Authorization:
    """Given for 90 days, looked at two days before its last one."""
    grant = cast.share(cast.third_party(), service, scope, **{"expires": TODAY + timedelta(days=90)} | fields)
    set_clock(NOON + timedelta(days=88))
    return Authorization.objects.select_related("registration", "customer__world", "world__utility").get(pk=grant.pk)


def test_renewing_goes_on_for_as_long_as_before_under_the_same_uid(set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    refresh = tokens.issue(Token.Kind.REFRESH, grant.registration, authorization=grant)
    changes.renew(grant)
    assert last_day(grant) == TODAY + timedelta(days=180)
    assert news(grant) == ["authorization_renewed"]
    set_clock(NOON + timedelta(days=95))
    assert grant.is_active(clock.now(grant.world))
    assert tokens.find(refresh) is not None
    set_clock(NOON + timedelta(days=178))
    changes.renew(grant)
    assert last_day(grant) == TODAY + timedelta(days=270)


def test_renewing_after_the_end_counts_from_today(set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    set_clock(NOON + timedelta(days=100))
    assert not grant.is_active(clock.now(grant.world))
    changes.renew(grant)
    assert last_day(grant) == TODAY + timedelta(days=190)
    assert grant.is_active(clock.now(grant.world))


@pytest.mark.parametrize(("after", "can"), [(0, False), (58, False), (60, True), (91, True), (180, True), (181, False)])
def test_it_can_be_renewed_near_its_end_and_for_a_while_after(after: int, can: bool, set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    set_clock(NOON + timedelta(days=after))
    assert (changes.renewed_end(grant) is not None) == can


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("FB=4", TODAY + timedelta(days=180)),
        ("FB=4;PreferredAuthEndDate=0", TODAY + timedelta(days=180)),
        ("FB=4;PreferredAuthEndDate={after_100_days}", TODAY + timedelta(days=100)),
        ("FB=4;PreferredAuthEndDate={after_91_days}", None),
    ],
)
def test_never_beyond_what_was_asked_for(scope: str, expected: date | None, set_clock: Clock) -> None:
    ends = {f"after_{days}_days": clock.epoch(NOON + timedelta(days=days)) for days in (91, 100)}
    grant = near_its_end(cast.customer(), set_clock, scope.format(**ends))
    if expected is None:
        assert refusal(lambda: changes.renew(grant)) == Refusal.NOT_LATER
        return
    changes.renew(grant)
    assert last_day(grant) == expected
    assert "days=100" not in scope or grant.expires == NOON + timedelta(days=100)


def test_three_years_asked_for_are_three_years_from_the_renewal(set_clock: Clock) -> None:
    grant = cast.share(cast.third_party(), cast.customer())
    assert grant.expires == datetime(2029, 3, 10, 18, tzinfo=UTC)
    set_clock(at := datetime(2029, 3, 1, 18, tzinfo=UTC))
    assert changes.renewed_end(grant) == at.replace(year=2032)


def test_a_standing_grant_that_was_shortened_can_go_on_for_a_year(set_clock: Clock) -> None:
    grant = cast.share(cast.third_party(), cast.customer(), "FB=4;PreferredAuthEndDate=0", expires=None)
    assert changes.renewed_end(grant) is None
    changes.shorten(grant, date(2026, 3, 20))
    changes.renew(grant)
    assert last_day(grant) == date(2027, 3, 20)


@pytest.mark.parametrize("status", ["rejected", "suspended"])
def test_nothing_is_renewed_for_a_company_that_may_not_ask(status: str, set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    grant.registration.status = status
    assert refusal(lambda: changes.renew(grant)) == Refusal.NOT_LATER


def test_nothing_is_renewed_past_the_wall(set_clock: Clock) -> None:
    party = cast.third_party(status=Registration.Status.LIVE)
    grant = cast.share(party, cast.customer("Lena Live", cast.live()), expires=TODAY)
    assert changes.renewed_end(grant) is not None
    grant.registration.status = Registration.Status.APPROVED
    assert changes.renewed_end(grant) is None


def test_the_audit_trail_has_every_change(set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    changes.renew(grant)
    changes.shorten(grant, TODAY + timedelta(days=89))
    set_clock(NOON + timedelta(days=91))
    for due in notices.due(grant.world):
        notices.take(due)
    rows = AuditEntry.objects.filter(authorization_uid=str(grant.uid)).order_by("pk")
    customer = str(grant.customer.uid)
    assert [(row.action, row.actor_kind, row.actor) for row in rows] == [
        ("consent_granted", "customer", customer),
        ("consent_renewed", "customer", customer),
        ("consent_shortened", "customer", customer),
        ("consent_expired", "system", ""),
    ]


def test_what_was_stopped_is_not_renewed(set_clock: Clock) -> None:
    grant = near_its_end(cast.customer(), set_clock)
    stale = Authorization.objects.select_related("registration", "customer__world", "world__utility").get()
    lifecycle.revoke(grant, "customer")
    assert refusal(lambda: changes.renew(grant)) == Refusal.NOT_LATER
    changes.renew(stale)
    assert (news(grant), stale.revoked) == (["authorization_revoked"], grant.revoked)


@pytest.mark.django_db(transaction=True)
def test_renewed_in_many_tabs_at_once_it_is_renewed_once(set_clock: Clock) -> None:
    near_its_end(cast.customer(), set_clock)
    many = 6
    gate = threading.Barrier(many)

    def press(_: int) -> None:
        try:
            grant = Authorization.objects.select_related("registration", "customer__world", "world__utility").get()
            gate.wait()
            changes.renew(grant)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(press, range(many)))
    grant = Authorization.objects.get()
    assert (last_day(grant), news(grant)) == (TODAY + timedelta(days=180), ["authorization_renewed"])
    assert SignedReceipt.objects.filter(state="renewed").count() == 1
