"""Interval blocks of days that are not plain: gaps, marks, changed clocks, readings of no fixed length."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from greenbutton import reader
from greenbutton.reader import numbers
from wattkeeper.authorizations.windows import Day
from wattkeeper.greenbutton import atom
from wattkeeper.greenbutton.intervals import BlockNames, render_month
from wattkeeper.readings.packing import Column, Readings

NAMES = BlockNames("stem", "http://localhost:8000/50%25/a&b", default_quality=17)
NOON = 1_772_220_600
READING = "IntervalBlock/IntervalReading"


def rendered(*days: Readings, names: BlockNames = NAMES) -> list[etree._Element]:
    """The blocks of these days, one after the other, each checked against the schema."""
    rows = [Day(date(2026, 3, index), readings, 1, NOON) for index, readings in enumerate(days, start=1)]
    found = [etree.fromstring(atom.single(block)) for block in render_month(names, rows)]
    for block in found:
        reader.check_schema(block)
    return found


def test_a_plain_day() -> None:
    (block,) = rendered(Readings(range(NOON, NOON + 2700, 900), 900, [5, -6, 2**40]))
    assert numbers(block, "IntervalBlock/interval/start") == [NOON]
    assert numbers(block, "IntervalBlock/interval/duration") == [2700]
    assert numbers(block, f"{READING}/timePeriod/start") == [NOON, NOON + 900, NOON + 1800]
    assert numbers(block, f"{READING}/timePeriod/duration") == [900] * 3
    assert numbers(block, f"{READING}/value") == [5, -6, 2**40]
    assert reader.links(block, "up") == ["http://localhost:8000/50%25/a&b"]


def test_a_missing_reading_is_left_out_and_the_block_spans_what_is_there() -> None:
    (block,) = rendered(Readings(range(NOON, NOON + 4500, 900), 900, [None, 1, None, 2, None]))
    assert numbers(block, "IntervalBlock/interval/start") == [NOON + 900]
    assert numbers(block, "IntervalBlock/interval/duration") == [2700]
    assert numbers(block, f"{READING}/timePeriod/start") == [NOON + 900, NOON + 2700]
    assert numbers(block, f"{READING}/value") == [1, 2]


def test_a_day_with_nothing_but_gaps_is_no_block() -> None:
    assert rendered(Readings(range(NOON, NOON + 1800, 900), 900, [None, None])) == []


def test_marks_stand_where_the_schema_wants_them() -> None:
    marks: dict[str, Column] = {
        "cost": [7, None],
        "quality": [8, 17],
        "tier": [1, 2],
        "tou": [3, None],
        "cpp": [None, 4],
    }
    (block,) = rendered(Readings(range(NOON, NOON + 1800, 900), 900, [1, 2], marks=marks))
    first, second = block.findall(f".//{reader.ESPI}IntervalReading")
    names = [etree.QName(child).localname for child in first]
    assert names == ["cost", "ReadingQuality", "timePeriod", "value", "consumptionTier", "tou"]
    assert numbers(block, f"{READING}/ReadingQuality/quality") == [8]
    assert [etree.QName(child).localname for child in second] == ["timePeriod", "value", "consumptionTier", "cpp"]


def test_readings_of_their_own_lengths() -> None:
    (block,) = rendered(Readings([NOON, NOON + 900], 0, [1, 2], durations=[900, 86_400]))
    assert numbers(block, f"{READING}/timePeriod/duration") == [900, 86_400]
    assert numbers(block, "IntervalBlock/interval/duration") == [87_300]


def test_plain_and_marked_days_stand_side_by_side() -> None:
    plain = Readings(range(NOON, NOON + 1800, 900), 900, [1, 2])
    gap = Readings(range(NOON, NOON + 1800, 900), 900, [1, None])
    hours = Readings(range(NOON, NOON + 7200, 3600), 3600, [3, 4])
    assert [numbers(block, f"{READING}/value") for block in rendered(plain, gap, hours, plain)] == [
        [1, 2], [1], [3, 4], [1, 2],
    ]  # fmt: skip


def test_the_same_rows_give_the_same_bytes_and_another_stream_other_ids() -> None:
    rows = [Day(date(2026, 3, 1), Readings(range(NOON, NOON + 1800, 900), 900, [1, 2]), 1, NOON)]
    assert list(render_month(NAMES, rows)) == list(render_month(NAMES, rows))
    assert list(render_month(BlockNames("other", NAMES.collection, 17), rows)) != list(render_month(NAMES, rows))


columns = st.lists(st.none() | st.integers(-(2**47), 2**47 - 1), min_size=1, max_size=100)


@given(columns, st.lists(st.none() | st.integers(0, 19), min_size=100, max_size=100), st.booleans())
def test_whatever_is_there_comes_back(values: list[int | None], qualities: list[int | None], is_marked: bool) -> None:
    marks: dict[str, Column] = {"quality": qualities[: len(values)]} if is_marked else {}
    starts = range(NOON, NOON + 900 * len(values), 900)
    there = [(start, value) for start, value in zip(starts, values, strict=True) if value is not None]
    blocks = rendered(Readings(starts, 900, values, marks=marks))
    found = [
        pair
        for block in blocks
        for pair in zip(numbers(block, f"{READING}/timePeriod/start"), numbers(block, f"{READING}/value"), strict=True)
    ]
    assert found == there


@pytest.mark.django_db
def test_a_day_of_the_feed_is_a_local_day() -> None:
    home = reader.home()
    blocks = reader.entries(reader.read(home.batch, home.token), "IntervalBlock")
    lengths = {numbers(block, "IntervalBlock/interval/duration")[0] for block in blocks}
    assert lengths == {23 * 3600, 24 * 3600}
