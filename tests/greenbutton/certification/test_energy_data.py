"""The data tests D000 to D147 and their successors, over the feed of every kind of home."""

from collections.abc import Iterable

import pytest
from lxml import etree

from greenbutton import reader
from greenbutton.certification.cases import case
from greenbutton.certification.conftest import Granted
from greenbutton.reader import ATOM, entries, links, numbers, values

BILLED = ("residential", "commercial", "solar", "gas", "net", "registers", "demand", "townhouse")
NAMES = (*BILLED, "lab")


@pytest.fixture(params=NAMES)
def feed(homes: dict[str, Granted], request: pytest.FixtureRequest) -> etree._Element:
    return homes[request.param].feed


def selves(found: Iterable[etree._Element]) -> list[str]:
    return [link for entry in found for link in links(entry, "self")]


def related(found: Iterable[etree._Element]) -> list[str]:
    return [link for entry in found for link in links(entry, "related")]


def complete(found: list[etree._Element]) -> None:
    """There are some, each with all of an entry's parts and a self link of its own."""
    assert found
    for entry in found:
        assert all(entry.findtext(ATOM + name) for name in ("id", "title", "published", "updated"))
        assert len(links(entry, "self")) == len(links(entry, "up")) == 1
    assert len(set(selves(found))) == len(found)


def types(home: Granted) -> list[dict[str, int]]:
    """Every reading type with its usage point's kind."""
    points = {selves([point])[0]: numbers(point, "UsagePoint/ServiceCategory/kind")[0] for point in points_of(home)}
    service: dict[str, int] = {}
    for reading in entries(home.feed, "MeterReading"):
        (point,) = (uri for uri in points if selves([reading])[0].startswith(uri))
        service |= dict.fromkeys(links(reading, "related"), points[point])
    fields = ("accumulationBehaviour", "commodity", "flowDirection", "kind", "uom", "phase", "currency")
    return [
        {name: numbers(entry, f"ReadingType/{name}")[0] for name in fields} | {"service": service[selves([entry])[0]]}
        for entry in entries(home.feed, "ReadingType")
    ]


def points_of(home: Granted) -> list[etree._Element]:
    return entries(home.feed, "UsagePoint")


def has(home: Granted, **wanted: int) -> bool:
    return any(wanted.items() <= found.items() for found in types(home))


@case("D000-D003")
def test_d000_d003_the_root(feed: etree._Element) -> None:
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(ATOM + name) for name in ("id", "title", "updated"))


@case("D004", "EU_FB01")
def test_d004_ids_are_unique(feed: etree._Element) -> None:
    found = list(reader.ids(feed))
    assert len(found) == len(set(found)) == len(entries(feed)) + 1


@case("D006 D008-D013 D015 D016", "D014", "EU_FB01")
def test_d006_d016_usage_points(feed: etree._Element) -> None:
    complete(entries(feed, "UsagePoint"))
    for point in entries(feed, "UsagePoint"):
        assert len(values(point, "UsagePoint/ServiceCategory/kind")) == 1
        ends = {link.rpartition("/")[2] for link in links(point, "related")}
        assert "MeterReading" in ends
        assert any("/LocalTimeParameters/" in link for link in links(point, "related"))


@case("D007 D135 D143", "D136-D142", "EU_FB01")
def test_d007_d135_d143_local_times(feed: etree._Element) -> None:
    complete(entries(feed, "LocalTimeParameters"))
    times = selves(entries(feed, "LocalTimeParameters"))
    for point in entries(feed, "UsagePoint"):
        assert sum(link in times for link in links(point, "related")) == 1


@case("D018-D022 D027-D030", "D023", "EU_FB04")
def test_d018_d030_meter_readings(feed: etree._Element) -> None:
    complete(entries(feed, "MeterReading"))
    of_points = related(entries(feed, "UsagePoint"))
    assert all(of_points.count(links(found, "up")[0]) == 1 for found in entries(feed, "MeterReading"))


@case("D024 D054", "D048-D053 D069 D070", "D062 D063 D065 D068", "EU_FB04")
def test_d024_d048_d070_reading_types(feed: etree._Element) -> None:
    complete(entries(feed, "ReadingType"))
    known = selves(entries(feed, "ReadingType"))
    for found in entries(feed, "MeterReading"):
        assert sum(link in known for link in links(found, "related")) == 1
    for found in entries(feed, "ReadingType"):
        for name in ("intervalLength", "kind", "powerOfTenMultiplier", "uom"):
            assert len(numbers(found, f"ReadingType/{name}")) == 1, name


@case("D025 D026", "D031-D036 D040 D041", "D037", "EU_FB04")
def test_d025_d037_blocks(feed: etree._Element) -> None:
    complete(entries(feed, "IntervalBlock"))
    of_readings = related(entries(feed, "MeterReading"))
    ups = [links(block, "up")[0] for block in entries(feed, "IntervalBlock")]
    assert all(of_readings.count(up) == 1 for up in set(ups))
    assert set(ups) == {link for link in of_readings if link.endswith("/IntervalBlock")}


@case("D038 D039", "D042", "D044-D046")
def test_d038_d046_times_and_values(feed: etree._Element) -> None:
    for block in entries(feed, "IntervalBlock"):
        starts, durations, amounts = (
            numbers(block, f"IntervalBlock/IntervalReading/{path}")
            for path in ("timePeriod/start", "timePeriod/duration", "value")
        )
        assert len(starts) == len(durations) == len(amounts) > 0
        assert numbers(block, "IntervalBlock/interval/start") == [starts[0]]
        assert numbers(block, "IntervalBlock/interval/duration") == [starts[-1] + durations[-1] - starts[0]]


@case("D145 D146", "EU_FB04")
def test_d145_d146_nothing_starts_twice(feed: etree._Element) -> None:
    streams: dict[str, list[int]] = {}
    for block in entries(feed, "IntervalBlock"):
        starts = streams.setdefault(links(block, "up")[0], [])
        starts += numbers(block, "IntervalBlock/IntervalReading/timePeriod/start")
    assert all(starts == sorted(set(starts)) for starts in streams.values())


@case("D064 D078")
@pytest.mark.parametrize("name", [name for name in BILLED if name != "net"])
def test_d064_d078_interval_electricity(homes: dict[str, Granted], name: str) -> None:
    assert has(homes[name], accumulationBehaviour=4, commodity=1, flowDirection=1, kind=12, uom=72, service=0)
    assert all("phase" in found for found in types(homes[name]))
    assert in_scope(homes[name], 5)


def in_scope(home: Granted, block: int) -> bool:
    return str(block) in home.answer["scope"].partition(";")[0].partition("=")[2].split("_")


@case("D071-D073")
@pytest.mark.parametrize(("uom", "kind"), [(38, 37), (61, 12), (63, 12)])
def test_d071_d073_demand(homes: dict[str, Granted], uom: int, kind: int) -> None:
    for name in ("demand", "lab"):
        assert has(homes[name], uom=uom, kind=kind, accumulationBehaviour=12)
        assert in_scope(homes[name], 6)
    assert not in_scope(homes["residential"], 6)


@case("D074")
def test_d074_net(homes: dict[str, Granted]) -> None:
    assert has(homes["net"], uom=72, flowDirection=4)
    assert in_scope(homes["net"], 7)
    assert not in_scope(homes["solar"], 7)


@case("D076")
def test_d076_reverse(homes: dict[str, Granted]) -> None:
    assert has(homes["solar"], uom=72, flowDirection=19)
    assert in_scope(homes["solar"], 8)
    assert not in_scope(homes["net"], 8)


@case("D077")
def test_d077_register(homes: dict[str, Granted]) -> None:
    assert has(homes["registers"], uom=72, accumulationBehaviour=1)
    assert in_scope(homes["registers"], 9)
    assert not in_scope(homes["residential"], 9)


@case("D079")
def test_d079_gas(homes: dict[str, Granted]) -> None:
    assert has(homes["gas"], accumulationBehaviour=4, commodity=7, flowDirection=1, kind=12, uom=169, service=1)
    assert has(homes["townhouse"], accumulationBehaviour=4, commodity=7, flowDirection=1, kind=58, uom=119, service=1)
    assert in_scope(homes["gas"], 10)
    assert in_scope(homes["townhouse"], 10)
    assert not in_scope(homes["residential"], 10)


@case("D080")
def test_d080_water(homes: dict[str, Granted]) -> None:
    for name in ("townhouse", "lab"):
        assert has(homes[name], accumulationBehaviour=4, commodity=9, flowDirection=1, kind=58, uom=128, service=2)
        assert in_scope(homes[name], 11)
    assert not in_scope(homes["gas"], 11)


@case("D147")
def test_d147_temperature(homes: dict[str, Granted]) -> None:
    assert has(homes["lab"], kind=46, uom=6)
    assert in_scope(homes["lab"], 29)


@case("D043 D058", "D005 D017 D047 D057 D059 D060 D066 D067")
def test_d043_d058_costs_and_marks(homes: dict[str, Granted]) -> None:
    feed = homes["lab"].feed
    for name, value in (("cost", 250), ("ReadingQuality/quality", 8), ("consumptionTier", 1), ("tou", 1)):
        found = [n for b in entries(feed, "IntervalBlock") for n in numbers(b, f"IntervalBlock/IntervalReading/{name}")]
        assert set(found) == {value}, name
    assert has(homes["lab"], currency=840)


@case("D082-D087 D101 D102", "D088", "D081 D089 D090 D099 D100", "D091 D093 D094", "D095-D098")
@pytest.mark.parametrize("name", BILLED)
def test_d081_d102_summaries(homes: dict[str, Granted], name: str) -> None:
    feed = homes[name].feed
    found = entries(feed, "UsageSummary")
    complete(found)
    of_points = related(entries(feed, "UsagePoint"))
    for summary in found:
        assert of_points.count(links(summary, "up")[0]) == 1
        for path in (
            "billingPeriod/duration", "billingPeriod/start", "overallConsumptionLastPeriod/value", "qualityOfReading",
            "statusTimeStamp", "billLastPeriod", "costAdditionalLastPeriod", "currency",
        ):  # fmt: skip
            assert len(numbers(summary, f"UsageSummary/{path}")) == 1, path
        assert values(summary, "UsageSummary/currentBillingPeriodOverAllConsumption") == []


@case("D092", "D103-D112")
def test_d092_d103_d112_what_no_bill_says(homes: dict[str, Granted]) -> None:
    for home in (homes["commercial"], homes["demand"]):
        for summary in entries(home.feed, "UsageSummary"):
            assert numbers(summary, "UsageSummary/peakDemand/value")
            for name in (
                "billToDate",
                "ratchetDemand",
                "currentDayOverallConsumption",
                "previousDayOverallConsumption",
            ):
                assert values(summary, f"UsageSummary/{name}") == []
        assert not in_scope(home, 27)
        assert not in_scope(home, 28)


@case("D113-D134")
@pytest.mark.parametrize("name", ["residential", "commercial"])
def test_d113_d134_power_quality(homes: dict[str, Granted], name: str) -> None:
    home = homes[name]
    found = entries(home.feed, "ElectricPowerQualitySummary")
    complete(found)
    for summary in found:
        for path in (
            "flickerPlt", "flickerPst", "harmonicVoltage", "longInterruptions", "mainsVoltage", "powerFrequency",
            "rapidVoltageChanges", "shortInterruptions", "summaryInterval/duration", "summaryInterval/start",
            "supplyVoltageDips", "supplyVoltageImbalance", "supplyVoltageVariations", "tempOvervoltage",
        ):  # fmt: skip
            assert len(numbers(summary, f"ElectricPowerQualitySummary/{path}")) == 1, path
    assert in_scope(home, 17)
    assert not in_scope(homes["lab"], 17)
