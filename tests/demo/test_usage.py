"""Adding readings up into bars."""

import itertools
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.demo.usage import VIEWS, Reading, Tally, View, period
from wattkeeper.demo.zone import LocalTime

DENVER = LocalTime(-25200, 3600, 0x360E2000, 0xB40E2000)


def filled(view: View, day: date, length: int = 900) -> Tally:
    """Every interval of a period, 1 Wh each, with one more on either side."""
    span = period(view, day, DENVER)
    starts = range(span.start - length, span.stop + length, length)
    return Tally(span).add_all(Reading(start, length, Decimal(1)) for start in starts)


def test_days_of_23_24_and_25_hours() -> None:
    counts = [len(filled("day", day).bars()) for day in (date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1))]
    assert counts == [92, 96, 100]


def test_hourly_readings_make_hourly_bars() -> None:
    assert [bar.end - bar.start for bar in filled("day", date(2026, 3, 8), 3600).bars()] == [3600] * 23


def test_a_month_has_a_bar_a_day_and_a_year_one_a_month() -> None:
    assert [bar.readings for bar in filled("month", date(2026, 11, 5)).bars()] == [100] + [96] * 29
    assert len(filled("year", date(2026, 11, 5)).bars()) == 12


@given(view=st.sampled_from(VIEWS), day=st.dates(date(2015, 1, 1), date(2035, 12, 31)))
def test_bars_fill_their_period_and_add_up(view: View, day: date) -> None:
    tally = filled(view, day, 3600)
    bars = tally.bars()
    assert (bars[0].start, bars[-1].end) == (tally.period.start, tally.period.stop)
    assert all(one.end == other.start for one, other in itertools.pairwise(bars))
    assert sum(bar.watt_hours or 0 for bar in bars) == tally.total == tally.expected
    assert all(bar.readings == bar.expected for bar in bars)


def test_nothing_is_not_zero() -> None:
    span = period("month", date(2026, 11, 5), DENVER)
    bars = Tally(span).add_all([Reading(span.start, 900, Decimal(0))]).bars()
    assert bars[0].watt_hours == 0
    assert bars[1].watt_hours is None
