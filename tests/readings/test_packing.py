import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.readings.packing import MARKS, Readings, pack, unpack

VALUES = st.integers(-(2**62), 2**62)
COUNTS = st.integers(0, 12)


@st.composite
def days(draw: st.DrawFn) -> Readings:
    """Any day: even or not, with gaps, with marks, with values of any size."""
    count = draw(COUNTS)
    step = draw(st.sampled_from([300, 900, 3600]))
    column = st.lists(st.none() | draw(st.sampled_from([VALUES, st.integers(0, 3000)])), min_size=count, max_size=count)
    first = draw(st.integers(-(2**40), 2**40))
    starts: range | list[int] = range(first, first + step * count, step)
    durations = None
    if count and draw(st.booleans()):
        starts = sorted(draw(st.lists(st.integers(first, first + 90_000), min_size=count, max_size=count)))
        durations = draw(st.lists(st.integers(0, 2**31), min_size=count, max_size=count))
    marks = {name: draw(column) for name in draw(st.sets(st.sampled_from(MARKS)))}
    return Readings(starts, step, draw(column), durations, marks)


@given(days())
def test_unpacking_gives_what_was_packed(day: Readings) -> None:
    back = unpack(pack(day))
    assert list(back.starts) == list(day.starts)
    assert (back.step, back.values, back.marks) == (day.step, day.values, day.marks)
    assert (None if back.durations is None else list(back.durations)) == day.durations


@given(days())
def test_the_same_day_packs_to_the_same_bytes(day: Readings) -> None:
    assert pack(unpack(pack(day))) == pack(day)


def test_a_home_s_day_takes_at_most_300_bytes() -> None:
    chance = random.Random(1)
    quarter_hours = [round(350 + 300 * math.sin(slot / 15) + chance.gauss(0, 80)) for slot in range(96)]
    assert len(pack(Readings(range(0, 86_400, 900), 900, list(quarter_hours)))) <= 200
    worst = [chance.getrandbits(16) for _ in range(96)]
    assert len(pack(Readings(range(0, 86_400, 900), 900, list(worst)))) <= 300


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        pack(Readings(range(0, 1800, 900), 900, [1, 2], marks={"quality": [8]}))


@given(days(), st.integers(-(2**40), 2**41), st.integers(0, 90_000))
def test_between_keeps_only_what_lies_wholly_inside(day: Readings, start: int, length: int) -> None:
    seen = day.between(start, start + length)
    end = start + length
    assert list(seen) == [
        (first, duration, value) for first, duration, value in day if start <= first < end and first + duration <= end
    ]
    assert all(len(column) == len(seen.values) for column in seen.marks.values())


def test_between_of_an_even_day_drops_the_edges() -> None:
    day = Readings(range(0, 3600, 900), 900, [1, None, 3, 4], marks={"quality": [8, None, None, 9]})
    seen = day.between(900, 3599)
    assert (list(seen.starts), seen.values, seen.marks) == ([900, 1800], [None, 3], {"quality": [None, None]})
    assert (seen.count, seen.total, seen.is_plain) == (1, 3, False)


def test_between_looks_at_each_end_where_readings_overlap() -> None:
    day = Readings([0, 10, 20], 0, [1, 2, 3], [100, 5, 0])
    assert list(day.between(0, 50)) == [(10, 5, 2), (20, 0, 3)]
    assert list(day.between(0, 20)) == [(10, 5, 2)]
