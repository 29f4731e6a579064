"""An even day is written a short way; it must read as if it had gone the long one."""

from datetime import date
from unittest.mock import Mock
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.api import intervals
from wattkeeper.authorizations.contents import FilledSlot, Slot
from wattkeeper.common import days
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings

DENVER = ZoneInfo("America/Denver")
DAYS = [date(2026, 3, 8), date(2026, 7, 1), date(2026, 11, 1)]
STREAMS = [(1, 72, 0), (19, 72, 3), (4, 72, 0), (1, 38, 0), (1, 65, -3)]


@given(st.data(), st.sampled_from(DAYS), st.lists(st.sampled_from(STREAMS), min_size=1, max_size=4, unique=True))
def test_both_ways_write_the_same(data: st.DataObject, day: date, streams: list[tuple[int, int, int]]) -> None:
    starts = range(days.day_start(day, DENVER), days.day_end(day, DENVER), 3600)
    column = st.lists(st.integers(-(10**6), 10**6), min_size=len(starts), max_size=len(starts))
    parts = [
        (
            Channel(pk=number, flow_direction=flow, uom=uom, multiplier=multiplier, interval_length=3600),
            Readings(starts, 3600, [*data.draw(column)]),
        )
        for number, (flow, uom, multiplier) in enumerate(streams)
    ]
    filled = FilledSlot(Slot(Mock(zone=DENVER), 0, day), parts, 0)
    assert intervals._is_even(parts)
    assert intervals._even_readings(filled) == list(intervals._readings(filled))


def test_a_gap_or_another_grid_is_not_even() -> None:
    channel, whole = Channel(), Readings(range(0, 3600, 900), 900, [1, 2, 3, 4])
    gap = Readings(whole.starts, 900, [1, None, 3, 4])
    half = Readings(range(0, 3600, 1800), 1800, [1, 2])
    one, longer = Readings(range(0, 900, 900), 900, [1]), Readings(range(0, 3600, 3600), 3600, [1])
    assert one.starts == longer.starts
    assert intervals._is_even([(channel, whole), (channel, whole)])
    assert not intervals._is_even([(channel, one), (channel, longer)])
    assert not intervals._is_even([(channel, whole), (channel, gap)])
    assert not intervals._is_even([(channel, whole), (channel, half)])
