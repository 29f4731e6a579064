"""Local time from LocalTimeParameters, against the time zone database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.demo.zone import LocalTime

DENVER = LocalTime(-25200, 3600, 0x360E2000, 0xB40E2000)
# Last Sunday of March and of October, at 1 and 2 o'clock of Lisbon's wall clock.
LISBON = LocalTime(0, 3600, 0x3E0E1000, 0xAE0E2000)
# First Sundays of October and April: summer spans the new year.
SYDNEY = LocalTime(36000, 3600, 0xA40E2000, 0x440E3000)
PHOENIX = LocalTime(-25200, 0, 0xFFFFFFFF, 0xFFFFFFFF)
ZONES = [
    (DENVER, "America/Denver"),
    (LISBON, "Europe/Lisbon"),
    (SYDNEY, "Australia/Sydney"),
    (PHOENIX, "America/Phoenix"),
]
MOMENTS = st.integers(
    int(datetime(2010, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
)


@pytest.mark.parametrize(("zone", "name"), ZONES)
@given(moment=MOMENTS)
def test_offsets_are_those_of_the_database(zone: LocalTime, name: str, moment: int) -> None:
    there = datetime.fromtimestamp(moment, ZoneInfo(name))
    assert timedelta(seconds=zone.offset(moment)) == there.utcoffset()
    assert zone.local(moment) == there.replace(tzinfo=None)


@pytest.mark.parametrize(("zone", "name"), ZONES)
@given(day=st.dates(date(2010, 1, 1), date(2036, 12, 31)))
def test_days_start_at_local_midnight(zone: LocalTime, name: str, day: date) -> None:
    assert zone.midnight(day) == datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(name)).timestamp()


@pytest.mark.parametrize(("zone", "name"), ZONES)
def test_every_year_turns_on_its_day(zone: LocalTime, name: str) -> None:
    noon = datetime(2010, 1, 1, 12, tzinfo=UTC)
    for there in (noon + timedelta(days=number) for number in range(27 * 365)):
        assert timedelta(seconds=zone.offset(int(there.timestamp()))) == there.astimezone(ZoneInfo(name)).utcoffset()


def test_offsets_turn_at_the_second() -> None:
    turn = int(datetime(2026, 11, 1, 8, tzinfo=UTC).timestamp())
    assert (DENVER.offset(turn - 1), DENVER.offset(turn)) == (-21600, -25200)


def test_a_rule_by_day_of_month() -> None:
    on_the_tenth, sunday_from_the_eighth = (
        LocalTime(0, 3600, 0x30A00000, 0xB0A00000),
        LocalTime(0, 3600, 0x328E2000, 0xB21E2000),
    )
    assert on_the_tenth.offset(int(datetime(2026, 3, 10, tzinfo=UTC).timestamp())) == 3600
    assert on_the_tenth.offset(int(datetime(2026, 3, 9, 23, tzinfo=UTC).timestamp())) == 0
    assert sunday_from_the_eighth.offset(int(datetime(2026, 3, 8, 2, tzinfo=UTC).timestamp())) == 3600
