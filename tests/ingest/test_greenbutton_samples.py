"""Files that utilities and the standard's makers published: what is in them is what is stored."""

import re
from pathlib import Path

import pytest
from lxml import etree

from ingest.feeds import SAMPLES, is_untouched, needs_samples, only_channel, run, service_of, stored, stored_days
from wattkeeper.customers.billing import Details

pytestmark = [pytest.mark.django_db, needs_samples]

ELECTRICITY, GAS, WATER = 0, 1, 2
OPENESPI = SAMPLES / "openespi"
USAGE = OPENESPI / "test_usage_data.xml"
THREE = OPENESPI / "threeusagepointsthreecustomer.xml"
PGE = SAMPLES / "real-utility" / "PGEUsageSummaries.xml"
NAMES = {"e": "http://naesb.org/espi"}


def readings_in(path: Path) -> list[tuple[int, int, int]]:
    """(start, duration, value) of every reading of a file, told with another reader than the one under test."""
    tree = etree.parse(path)
    found = tree.iterfind(".//e:IntervalReading", NAMES)
    names = ("timePeriod/e:start", "timePeriod/e:duration", "value")
    return sorted(
        (int(numbers[0]), int(numbers[1]), int(numbers[2]))
        for numbers in ([reading.findtext(f"e:{name}", namespaces=NAMES) or "" for name in names] for reading in found)
    )


def test_quarter_hours_of_two_weeks_are_kept_exactly() -> None:
    service = service_of()
    result = run("greenbutton", USAGE, service)
    assert (result.code, result.count("readings")) == (0, 1340)
    assert sum(value for _, _, value in stored(service)) == 1_391_666
    assert stored(service) == readings_in(USAGE)


def test_costs_and_qualities_of_readings_are_kept() -> None:
    service = service_of()
    run("greenbutton", USAGE, service)
    first = stored_days(service)[0]
    assert first.marks["cost"][:2] == [974, 965]
    assert first.marks["quality"][:3] == [8, 7, None]


def test_what_is_not_kept_is_reported_with_its_line() -> None:
    result = run("greenbutton", USAGE, service_of())
    assert result.err.strip() == "line 12475: not kept: “ElectricPowerQualitySummary” is not kept here"


def test_a_second_import_changes_nothing() -> None:
    service = service_of()
    run("greenbutton", USAGE, service)
    before = list(service.bills.values()), stored(service)
    again = run("greenbutton", USAGE, service)
    assert re.search(r"days 0 new, 0 changed, 15 as before; bills 0 new, 0 changed, 1 as before", again.out)
    assert (list(service.bills.values()), stored(service)) == before


@pytest.mark.parametrize(("name", "kind"), [("Gas.xml", GAS), ("Water.xml", WATER), ("Temperature.xml", WATER)])
def test_readings_of_a_month_are_kept_with_their_own_lengths(name: str, kind: int) -> None:
    service = service_of(kind)
    assert run("greenbutton", OPENESPI / name, service).code == 0
    assert stored(service) == readings_in(OPENESPI / name)


def test_a_reading_type_is_kept_as_it_is() -> None:
    service = service_of(GAS)
    run("greenbutton", OPENESPI / "Gas.xml", service)
    channel = only_channel(service)
    assert (channel.uom, channel.multiplier, channel.commodity, channel.interval_length) == (169, -3, 7, 2_678_400)


def test_one_of_several_usage_points_must_be_named() -> None:
    service = service_of()
    result = run("greenbutton", THREE, service)
    assert result.code == 2
    assert "has 3 usage points" in result.err
    assert "RetailCustomer/2/UsagePoint/1" in result.err
    assert is_untouched(service)


def test_the_usage_point_named_is_the_one_imported() -> None:
    service = service_of()
    result = run("greenbutton", THREE, service, "--usage-point", "RetailCustomer/3/UsagePoint/1")
    assert (result.code, result.count("readings")) == (0, 72)
    assert service.bills.get().total_cost == 4_206_000


def test_a_name_that_fits_several_usage_points_is_refused() -> None:
    result = run("greenbutton", THREE, service_of(), "--usage-point", "UsagePoint/1")
    assert (result.code, "3 usage points fit" in result.err) == (2, True)


def test_summaries_of_a_utility_become_bills_with_their_lines() -> None:
    service = service_of()
    result = run("greenbutton", PGE, service)
    assert (result.code, result.count("not kept")) == (0, 2)
    bill = service.bills.get()
    assert (f"{bill.start}", f"{bill.end}", bill.total_cost) == ("2015-06-11", "2015-07-10", 23_364_000)
    items = Details.of(bill).line_items
    assert [item.cost for item in items] == [1_200_000, 3_600_000, 77_000, 480_000, 1_000]
    assert (items[0].volume, items[0].multiplier, items[0].rate, items[0].rate_unit) == (100_000_000, -3, 12_000, "kwh")


def test_a_period_of_another_zones_days_is_kept_in_the_utilitys() -> None:
    service = service_of()
    run("greenbutton", USAGE, service)
    bill = service.bills.get()
    assert (f"{bill.start}", f"{bill.end}", bill.total_cost) == ("2012-03-01", "2012-03-14", 15_252_000)
    assert (bill.total_volume, bill.uom, bill.multiplier) == (1_298_640, 72, 0)


def test_a_file_for_another_kind_of_service_is_refused() -> None:
    service = service_of(ELECTRICITY)
    result = run("greenbutton", OPENESPI / "Gas.xml", service)
    assert (result.code, "the file is about gas, service S1 is electricity" in result.err) == (2, True)
    assert is_untouched(service)


KINDS = {"Gas.xml": GAS, "Water.xml": WATER, "Temperature.xml": WATER}
IMPORTED = {
    *KINDS, "test_usage_data.xml", "PGEUsageSummaries.xml", "AtomFeed__SubscriptionFeed.xml",
    "AtomEntry_UsageSummary__UsageSummaryEntry.xml", "AtomFeed_UsageSummary__UsageSummaryFeed.xml",
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.xml")), ids=lambda path: path.name)
def test_every_sample_is_imported_or_refused_with_a_reason(path: Path) -> None:
    service = service_of(KINDS.get(path.name, ELECTRICITY))
    result = run("greenbutton", path, service)
    if path.name in IMPORTED:
        assert result.code == 0
        assert stored(service) or service.bills.exists()
    else:
        assert result.code == 2
        assert re.search(r"nothing was imported: .{20,}", result.err)
        assert is_untouched(service)
