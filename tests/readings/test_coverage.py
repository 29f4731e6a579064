"""A channel's coverage always says what its days say, whatever was written over them in whatever order."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cast import customer, epe, fill
from wattkeeper.common import days
from wattkeeper.readings import coverage
from wattkeeper.readings.coverage import Run
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, unpack
from wattkeeper.readings.store import ReadingType, channel_for, put_days

FIRST = date(2026, 10, 30)
HOURS = ReadingType(flow_direction=1, uom=72, interval_length=3600)

runs = st.lists(st.tuples(st.integers(0, 50), st.sampled_from([0, 1, 3]), st.integers(1, 6)), max_size=5)


def singles(held: list[Run]) -> list[tuple[int, int]]:
    """Every reading of some runs: start and length."""
    return [(start + step * index, step) for start, step, count in held for index in range(count if step else 1)]


@st.composite
def written_day(draw: st.DrawFn) -> tuple[int, Readings]:
    """A local day, counted from FIRST, full, with gaps, or irregular."""
    number = draw(st.integers(0, 4))
    start = days.day_start(FIRST + timedelta(days=number), epe().zone)
    values = draw(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=23))
    if draw(st.booleans()):
        return number, Readings(range(start, start + 3600 * len(values), 3600), 3600, values)
    lengths = [draw(st.sampled_from([600, 3600])) for _ in values]
    starts = [start + sum(lengths[:index]) for index in range(len(lengths))]
    return number, Readings(starts, 0, values, lengths)


class CoverageTest(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.lists(written_day(), min_size=1, max_size=3), max_size=4))
    def test_it_follows_every_write(self, batches: list[list[tuple[int, Readings]]]) -> None:
        channel = channel_for(customer().pk, HOURS)
        for batch in batches:
            put_days(channel, {FIRST + timedelta(days=number): readings for number, readings in batch})
        kept = [unpack(packed) for packed in DayBlock.objects.values_list("packed", flat=True)]
        there = [(start, length) for day in kept for start, length, value in day if value is not None]
        held = [tuple(run) for run in Channel.objects.get().coverage]
        assert sorted(singles(held)) == sorted(there)
        assert held == coverage.joined(held)


@pytest.mark.django_db
def test_two_weeks_over_a_change_of_the_clock_are_one_run() -> None:
    channel = fill(customer(), date(2026, 10, 25), date(2026, 11, 8))
    assert channel.coverage == [(days.day_start(date(2026, 10, 25), epe().zone), 900, 14 * 96 + 4)]


@given(runs, st.integers(0, 60), st.integers(0, 20))
def test_without_takes_what_starts_in_the_span(held: list[Run], first: int, more: int) -> None:
    last = first + more
    left = singles(coverage.without(held, first, last))
    assert sorted(left) == sorted(one for one in singles(held) if not first <= one[0] <= last)


@given(runs, st.integers(0, 60), st.integers(0, 60))
def test_clipped_keeps_what_lies_wholly_inside(held: list[Run], low: int, high: int) -> None:
    kept = [part for run in held if (part := coverage.clipped(run, low, high))]
    assert sorted(singles(kept)) == sorted(
        (start, step) for start, step in singles(held) if low <= start < high and start + step <= high
    )


@given(runs)
def test_distinct_counts_a_reading_of_two_channels_once(held: list[Run]) -> None:
    assert coverage.distinct(held) == len(set(singles(held)))
