"""The data tests of the Green Button certification suite that concern function blocks 1, 4, 5, 15 and 16, by id."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from lxml import etree

import cast
from greenbutton import reader
from greenbutton.reader import ATOM, ESPI, entries, ids, links, numbers, values
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind

pytestmark = pytest.mark.django_db
KINDS = ("UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType", "IntervalBlock", "UsageSummary")
IN_A_SUMMARY = (
    "billingPeriod/duration", "billingPeriod/start", "overallConsumptionLastPeriod/value", "qualityOfReading",
    "statusTimeStamp", "billLastPeriod", "costAdditionalLastPeriod", "currency",
)  # fmt: skip


@pytest.fixture
def feed() -> etree._Element:
    home = reader.home()
    return reader.read(home.batch, home.token)


def selves(found: list[etree._Element]) -> list[str]:
    return [link for entry in found for link in links(entry, "self")]


def test_every_answer_is_valid_against_the_schema(feed: etree._Element) -> None:
    reader.require_schemas()
    reader.check_schema(feed)


def test_d000_d003_root_is_a_feed_with_id_title_updated(feed: etree._Element) -> None:
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(ATOM + name) for name in ("id", "title", "updated"))


def test_d004_entry_ids_are_unique(feed: etree._Element) -> None:
    found = list(ids(feed))
    assert len(found) == len(set(found)) == len(entries(feed)) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_d006_d016_d018_d036_d048_d053_d082_d087_d136_d142_each_kind_is_there_and_complete(
    feed: etree._Element, kind: str
) -> None:
    found = entries(feed, kind)
    assert found
    for entry in found:
        assert all(entry.findtext(ATOM + name) for name in ("id", "title", "published", "updated"))
        assert len(links(entry, "self")) == len(links(entry, "up")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_d014_d021_d143_self_links_are_unique(feed: etree._Element, kind: str) -> None:
    found = selves(entries(feed, kind))
    assert len(found) == len(set(found))


def test_d007_d135_a_usage_point_relates_to_exactly_one_local_time(feed: etree._Element) -> None:
    times = selves(entries(feed, "LocalTimeParameters"))
    for point in entries(feed, "UsagePoint"):
        assert sum(link in times for link in links(point, "related")) == 1


def test_d009_usage_point_has_a_service_kind(feed: etree._Element) -> None:
    assert [values(point, "UsagePoint/ServiceCategory/kind") for point in entries(feed, "UsagePoint")] == [["0"]]


def test_d023_a_meter_reading_belongs_to_exactly_one_usage_point(feed: etree._Element) -> None:
    related = [link for point in entries(feed, "UsagePoint") for link in links(point, "related")]
    assert all(related.count(links(reading, "up")[0]) == 1 for reading in entries(feed, "MeterReading"))


def test_d024_d054_a_meter_reading_relates_to_exactly_one_reading_type(feed: etree._Element) -> None:
    types = selves(entries(feed, "ReadingType"))
    for reading in entries(feed, "MeterReading"):
        assert sum(link in types for link in links(reading, "related")) == 1


def test_d025_d026_d037_blocks_and_meter_readings_find_each_other(feed: etree._Element) -> None:
    related = [link for reading in entries(feed, "MeterReading") for link in links(reading, "related")]
    ups = [links(block, "up")[0] for block in entries(feed, "IntervalBlock")]
    assert all(related.count(up) == 1 for up in ups)
    assert set(ups) == {link for link in related if link.endswith("/IntervalBlock")}


def test_d038_d046_blocks_and_readings_have_their_times_and_values(feed: etree._Element) -> None:
    for block in entries(feed, "IntervalBlock"):
        starts = numbers(block, "IntervalBlock/IntervalReading/timePeriod/start")
        durations = numbers(block, "IntervalBlock/IntervalReading/timePeriod/duration")
        assert numbers(block, "IntervalBlock/interval/start") == [starts[0]]
        assert numbers(block, "IntervalBlock/interval/duration") == [starts[-1] + durations[-1] - starts[0]]
        assert len(numbers(block, "IntervalBlock/IntervalReading/value")) == len(starts) == len(durations)


def test_d145_d146_no_two_readings_or_blocks_start_together(feed: etree._Element) -> None:
    by_stream: dict[str, list[etree._Element]] = {}
    for block in entries(feed, "IntervalBlock"):
        by_stream.setdefault(links(block, "up")[0], []).append(block)
    for blocks in by_stream.values():
        for path in ("IntervalBlock/interval/start", "IntervalBlock/IntervalReading/timePeriod/start"):
            starts = [start for block in blocks for start in numbers(block, path)]
            assert starts == sorted(set(starts))


def test_d062_d063_d065_d068_d064_d078_reading_type_is_interval_electricity(feed: etree._Element) -> None:
    (kind,) = entries(feed, "ReadingType")
    expected = {
        "intervalLength": 900, "kind": 12, "powerOfTenMultiplier": 0, "uom": 72,
        "accumulationBehaviour": 4, "commodity": 1, "flowDirection": 1, "phase": 0, "currency": 840,
    }  # fmt: skip
    assert {name: numbers(kind, f"ReadingType/{name}")[0] for name in expected} == expected


def test_d088_a_summary_belongs_to_exactly_one_usage_point(feed: etree._Element) -> None:
    related = [link for point in entries(feed, "UsagePoint") for link in links(point, "related")]
    assert all(related.count(links(summary, "up")[0]) == 1 for summary in entries(feed, "UsageSummary"))


@pytest.mark.parametrize("path", IN_A_SUMMARY)
def test_d081_d089_d091_d093_d094_d099_d100_summary_says(feed: etree._Element, path: str) -> None:
    assert all(len(numbers(summary, f"UsageSummary/{path}")) == 1 for summary in entries(feed, "UsageSummary"))


def test_d144_fdftp008_times_are_utc(feed: etree._Element) -> None:
    stamps = [found.text or "" for name in ("published", "updated") for found in feed.iter(ATOM + name)]
    assert all(stamp.endswith("Z") for stamp in stamps)
    first = entries(feed, "IntervalBlock")[0]
    assert first.findtext(f"{ATOM}published") == "2026-02-27T07:00:00Z"
    assert first.findtext(f".//{ESPI}interval/{ESPI}start") == "1772175600"


@pytest.mark.parametrize("kind", [Kind.COMMERCIAL, Kind.SOLAR, Kind.GAS, Kind.GAPS, Kind.ESTIMATED])
def test_homes_with_several_streams_services_gaps_or_marks_hold_to_them_too(
    kind: Kind, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(cast.noon(date(2026, 11, 24)))
    customer, _ = ensure_home(cast.sandbox(), "home", kind, months=2)
    services = [stay.service for stay in customer.accounts.get().occupancies.all()]
    grant = cast.authorize(cast.third_party(), *services)
    feed = reader.read(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant))
    assert len(entries(feed, "UsagePoint")) == len(services)
    test_d004_entry_ids_are_unique(feed)
    test_d007_d135_a_usage_point_relates_to_exactly_one_local_time(feed)
    test_d023_a_meter_reading_belongs_to_exactly_one_usage_point(feed)
    test_d024_d054_a_meter_reading_relates_to_exactly_one_reading_type(feed)
    test_d025_d026_d037_blocks_and_meter_readings_find_each_other(feed)
    test_d038_d046_blocks_and_readings_have_their_times_and_values(feed)
    test_d145_d146_no_two_readings_or_blocks_start_together(feed)
    test_d088_a_summary_belongs_to_exactly_one_usage_point(feed)
    for name in KINDS:
        test_d006_d016_d018_d036_d048_d053_d082_d087_d136_d142_each_kind_is_there_and_complete(feed, name)
        test_d014_d021_d143_self_links_are_unique(feed, name)
    for path in IN_A_SUMMARY:
        test_d081_d089_d091_d093_d094_d099_d100_summary_says(feed, path)
