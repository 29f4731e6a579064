from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.common import days

DENVER = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24), (date(2026, 1, 1), 24)]
)
def test_a_local_day_has_the_hours_its_clock_shows(day: date, hours: int) -> None:
    assert days.day_end(day, DENVER) - days.day_start(day, DENVER) == hours * 3600


def test_a_local_day_starts_at_local_midnight() -> None:
    assert days.day_start(date(2026, 7, 1), DENVER) == datetime(2026, 7, 1, 6, tzinfo=UTC).timestamp()


@given(st.integers(0, 4_000_000_000), st.sampled_from(["America/Denver", "America/Phoenix", "Asia/Kathmandu"]))
def test_every_second_is_in_the_day_it_is_said_to_be_in(second: int, name: str) -> None:
    zone = ZoneInfo(name)
    day = days.local_day(second, zone)
    assert days.day_start(day, zone) <= second < days.day_end(day, zone)


def test_days_leave_the_end_out() -> None:
    assert list(days.days(date(2026, 2, 27), date(2026, 3, 1))) == [date(2026, 2, 27), date(2026, 2, 28)]
