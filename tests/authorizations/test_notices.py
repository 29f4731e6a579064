"""When customers are told of what they share: by local days, through clock changes and leap years, each thing once."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cast
from wattkeeper.authorizations import lifecycle, notices
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.authorizations.notices import REMINDERS, Kind
from wattkeeper.authorizations.offers import moment
from wattkeeper.common import clock
from wattkeeper.events.models import Event
from wattkeeper.utilities.models import Utility, World

pytestmark = pytest.mark.django_db
EL_PASO = ZoneInfo("America/Denver")
Clock = Callable[[datetime], None]


def grant_of(created: datetime, expires: datetime | None, zone: str = "America/Denver") -> Authorization:
    """Of no table: what the plan depends on."""
    return Authorization(created=created, expires=expires, world=World(utility=Utility(zone_name=zone)))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EL_PASO)


def until(last_day: str) -> datetime:
    return moment(date.fromisoformat(last_day) + timedelta(days=1), EL_PASO)


def plan(grant: Authorization, low: datetime, high: datetime) -> list[tuple[str, Kind]]:
    found = notices.between(grant, low, high)
    return [(at.astimezone(EL_PASO).strftime("%Y-%m-%d %H:%M"), kind) for at, kind in found]


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        ("2026-12-31", ["2026-12-01", "2026-12-24", "2026-12-30"]),
        ("2027-03-14", ["2027-02-12", "2027-03-07", "2027-03-13"]),  # the clock goes forward on the last day
        ("2027-03-31", ["2027-03-01", "2027-03-24", "2027-03-30"]),
        ("2026-11-01", ["2026-10-02", "2026-10-25", "2026-10-31"]),  # the clock goes back on the last day
        ("2026-11-08", ["2026-10-09", "2026-11-01", "2026-11-07"]),
        ("2028-02-29", ["2028-01-30", "2028-02-22", "2028-02-28"]),
        ("2028-03-01", ["2028-01-31", "2028-02-23", "2028-02-29"]),
        ("2027-03-01", ["2027-01-30", "2027-02-22", "2027-02-28"]),
    ],
)
def test_reminders_come_in_the_morning_30_7_and_1_days_before_the_last_day(last_day: str, expected: list[str]) -> None:
    end = until(last_day)
    midnight = (end - timedelta(hours=24)).astimezone(EL_PASO).strftime("%Y-%m-%d %H:%M")
    days = [(f"{day} 09:00", Kind.BEFORE_END) for day in expected]
    ends = [(midnight, Kind.SOON), (end.astimezone(EL_PASO).strftime("%Y-%m-%d 00:00"), Kind.END)]
    assert plan(grant_of(end - timedelta(days=60), end), end - timedelta(days=60), end) == [*days, *ends]


def test_a_standing_grant_is_told_of_on_every_anniversary_leap_days_on_the_last_of_february() -> None:
    grant = grant_of(local("2024-02-29T20:00"), None)
    assert plan(grant, grant.created, grant.created + timedelta(days=4 * 366)) == [
        (f"{day} 09:00", Kind.YEARLY) for day in ("2025-02-28", "2026-02-28", "2027-02-28", "2028-02-28")
    ]


def test_the_local_day_counts_not_the_one_in_utc() -> None:
    grant = grant_of(local("2026-03-10T23:30"), None)
    assert plan(grant, grant.created, grant.created + timedelta(days=366)) == [("2027-03-10 09:00", Kind.YEARLY)]


def test_a_grant_of_years_is_told_of_yearly_until_its_end_is_near() -> None:
    grant = grant_of(local("2026-03-10T12:00"), until("2029-03-09"))
    assert [kind for _, kind in plan(grant, grant.created, until("2029-03-09"))] == [
        Kind.YEARLY, Kind.YEARLY, Kind.BEFORE_END, Kind.BEFORE_END, Kind.BEFORE_END, Kind.SOON, Kind.END,
    ]  # fmt: skip


def test_nobody_is_reminded_within_a_day_of_deciding() -> None:
    """Granted at noon until eight days later: the reminder seven days before would come next morning."""
    grant = grant_of(local("2026-03-10T12:00"), until("2026-03-18"))
    assert notices.first(grant, grant.created) == local("2026-03-17T09:00")
    assert notices.first(grant_of(local("2026-03-10T12:00"), until("2026-03-10")), local("2026-03-10T12:00")) == until(
        "2026-03-10"
    )


moments = st.integers(1_700_000_000, 1_990_000_000).map(clock.from_epoch)
zones = st.sampled_from(["America/Denver", "America/Phoenix", "America/New_York", "Pacific/Honolulu"])


@given(moments, zones, st.integers(1, 1500) | st.none(), st.integers(0, 86399))
def test_every_moment_has_the_next_and_nothing_is_told_twice_or_after_the_end(
    created: datetime, zone: str, days: int | None, seconds: int
) -> None:
    expires = created + timedelta(days=days, seconds=seconds) if days is not None else None
    grant = grant_of(created, expires, zone)
    found = notices.between(grant, created, created + timedelta(days=1600))
    assert len({at for at, kind in found if kind in REMINDERS}) == len([kind for _, kind in found if kind in REMINDERS])
    assert all(expires is None or at <= expires for at, _ in found)
    assert all(at.astimezone(ZoneInfo(zone)).time() == time(9) for at, kind in found if kind in REMINDERS)
    assert [kind for _, kind in found if kind == Kind.END] == ([Kind.END] if expires is not None else [])
    for at, _ in found:
        following = notices.between(grant, at, at + notices.LONGEST_WAIT)
        assert following or at == expires, "a moment from which no other is in reach"


@pytest.fixture
def shared(set_clock: Clock) -> Authorization:
    set_clock(local("2026-03-10T12:00"))
    return cast.share(cast.third_party(), cast.customer(), expires=date(2026, 6, 30))


def worker(world: World) -> list[Kind]:
    """One round of a worker: the reminders it takes."""
    return [kind for grant in notices.due(world) if (kind := notices.take(grant)) is not None]


def told() -> list[str]:
    kept = ("authorization_expiring_soon", "authorization_expired")
    return list(Event.objects.filter(type__in=kept).order_by("pk").values_list("type", flat=True))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 130 * 24), max_size=25, unique=True).map(sorted))
def test_whenever_the_worker_looks_each_reminder_is_taken_once_and_late_ones_as_one(hours: list[int]) -> None:
    """Against the plan: of the reminders between two looks, the last one; none where the end lies between them too."""
    begin = local("2026-03-10T12:00")
    original = clock.set_source(lambda: begin)
    try:
        grant = cast.share(cast.third_party(f"Sunny{Authorization.objects.count()}"), cast.customer())
        Authorization.objects.filter(pk=grant.pk).update(expires=until("2026-06-30"))
        grant.refresh_from_db()
        Authorization.objects.filter(pk=grant.pk).update(next_notice=notices.first(grant, begin))
        taken, expected, looked = [], [], begin
        for hour in hours:
            at = begin + timedelta(hours=hour)
            clock.set_source(lambda at=at: at)  # type: ignore[misc]
            taken += worker(grant.world)
            passed = [kind for _, kind in notices.between(grant, looked, at)]
            reminders = [kind for kind in passed if kind in REMINDERS]
            expected += reminders[-1:] if Kind.END not in passed else []
            looked = at
        assert taken == expected
        assert SignedReceipt.objects.filter(authorization=grant, state="expired").count() == (
            looked >= until("2026-06-30")
        )
    finally:
        clock.set_source(original)
        Event.objects.all().delete()
        Authorization.objects.all().update(next_notice=None)


def test_after_days_without_a_worker_one_reminder_comes_not_three(shared: Authorization, set_clock: Clock) -> None:
    set_clock(local("2026-06-29T10:00"))
    assert worker(shared.world) == [Kind.BEFORE_END]
    assert worker(shared.world) == []
    set_clock(local("2026-06-30T10:00"))
    assert worker(shared.world) == []
    assert told() == ["authorization_expiring_soon"]


def test_of_different_reminders_missed_the_latest_comes(set_clock: Clock) -> None:
    set_clock(local("2026-03-10T12:00"))
    shared = cast.share(cast.third_party(), cast.customer(), expires=date(2027, 5, 1))
    set_clock(local("2027-04-02T12:00"))
    assert worker(shared.world) == [Kind.BEFORE_END]


def test_the_end_is_put_on_record_once(shared: Authorization, set_clock: Clock) -> None:
    set_clock(until("2026-06-30"))
    stale = notices.due(shared.world)
    assert worker(shared.world) == []
    assert [notices.take(grant) for grant in stale] == [None]
    assert told() == ["authorization_expired"]
    assert SignedReceipt.objects.filter(state="expired").count() == 1
    shared.refresh_from_db()
    assert shared.next_notice is None


def test_what_was_stopped_is_told_of_no_more(shared: Authorization, set_clock: Clock) -> None:
    set_clock(local("2026-06-29T10:00"))
    stale = notices.due(shared.world)
    lifecycle.revoke(shared, "customer")
    assert [notices.take(grant) for grant in stale] == [None]
    assert worker(shared.world) == []
    assert told() == []


def test_each_world_has_its_own_clock(shared: Authorization, set_clock: Clock) -> None:
    set_clock(local("2026-05-01T10:00"))
    assert worker(shared.world) == []
    shared.world.clock_offset_seconds = 40 * 86400
    shared.world.save()
    assert worker(shared.world) == [Kind.BEFORE_END]
