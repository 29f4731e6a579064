"""Reading more days through a window than one query brings, and a grant that ends meanwhile."""

from datetime import date, timedelta

import pytest

import cast
from wattkeeper.authorizations import windows
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock, days
from wattkeeper.companies.models import Registration
from wattkeeper.readings.models import Channel
from wattkeeper.readings.store import ReadingType

pytestmark = pytest.mark.django_db
FIRST, FULL = date(2025, 1, 1), windows.FIRST_PAGE + windows.PAGE
DAILY = ReadingType(flow_direction=1, uom=72, interval_length=3600 * 12)


def window_of(count: int) -> tuple[windows.Window, Channel]:
    """A window on so many days of half-day readings."""
    service = cast.customer()
    channel = cast.fill(service, FIRST, FIRST + timedelta(days=count), DAILY)
    cast.authorize(sunny := cast.third_party(), service, history_start=cast.noon(FIRST - timedelta(days=1)))
    (window,) = cast.opened(sunny)
    return window, channel


@pytest.mark.parametrize("count", [windows.FIRST_PAGE - 1, windows.FIRST_PAGE, windows.FIRST_PAGE + 1, FULL, FULL + 1])
def test_every_day_comes_once_in_order_either_way(count: int) -> None:
    window, channel = window_of(count)
    expected = list(days.days(FIRST, FIRST + timedelta(days=count)))
    assert [day.day for day in windows.readings(window, channel)] == expected
    assert [day.day for day in windows.readings(window, channel, newest_first=True)] == expected[::-1]


def test_a_page_costs_a_query(django_assert_num_queries: pytest.FixtureRequest) -> None:
    window, channel = window_of(FULL + 1)
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(list(windows.readings(window, channel))) == FULL + 1


def test_a_watch_is_quiet_while_the_grant_is_in_force() -> None:
    window, _ = window_of(1)
    windows.watch(window)()


@pytest.mark.parametrize("field", ["revoked", "declined", "expires"])
def test_a_watch_sees_a_grant_end(field: str) -> None:
    window, _ = window_of(1)
    check = windows.watch(window)
    check()
    Authorization.objects.update(**{field: clock.now()})
    with pytest.raises(windows.GrantEndedError):
        check()


def test_a_watch_sees_a_third_party_suspended_and_a_grant_deleted() -> None:
    window, _ = window_of(1)
    check = windows.watch(window)
    Registration.objects.update(status="suspended")
    with pytest.raises(windows.GrantEndedError):
        check()
    Authorization.objects.all().delete()
    with pytest.raises(windows.GrantEndedError):
        check()
