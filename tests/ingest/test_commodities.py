"""Electricity, gas and water all the way: a file comes in, and both APIs and the customer's own page say the same."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import cast
from api.reader import ask, call, text
from greenbutton import reader
from ingest.feeds import imported, run, stored, summary, usage_point
from wattkeeper.api import units
from wattkeeper.customers.billing import Details
from wattkeeper.customers.models import Service
from wattkeeper.mydata import measures
from wattkeeper.readings.models import Channel

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CLASSES = {0: "res-electric", 1: "res-gas", 2: "res-water"}
TABLE = "Start,Value\n2024-06-01T00:00,1.25\n2024-06-01T01:00,0.5\n"
TYPE = ("commodity", "kind", "uom", "powerOfTenMultiplier", "flowDirection", "accumulationBehaviour", "intervalLength")


def table_map(unit: str, more: str = "") -> str:
    return f"""
        interval = 3600
        [start]
        column = "Start"
        [[values]]
        column = "Value"
        unit = "{unit}"
        {more}
    """


def brought(tmp_path: Path, kind: int, unit: str, more: str = "") -> Service:
    """A customer's service with a file of two hours."""
    service = cast.customer()
    Service.objects.filter(pk=service.pk).update(kind=kind, service_class=CLASSES[kind])
    (tmp_path / "map.toml").write_text(table_map(unit, more))
    (tmp_path / "file.csv").write_text(TABLE)
    service.refresh_from_db()
    assert run("csv", tmp_path / "file.csv", service, "--map", str(tmp_path / "map.toml")).code == 0
    return service


@dataclass(frozen=True)
class Case:
    """What a file has, and what is told of its two hours: the reading type, the first datapoint, its energy, the sum on
    the customer's page."""

    kind: int
    unit: str
    more: str
    type: tuple[int, ...]
    said: tuple[str, str, str]
    kwh: str | None
    page: str | None


CASES = [
    Case(0, "kWh", "", (1, 12, 72, 0, 1, 4, 3600), ("fwd", "kwh", "1.25"), "1.25", "1.750 kWh"),
    Case(0, "kWh", 'flow = "received"', (1, 12, 72, 0, 19, 4, 3600), ("rev", "kwh", "1.25"), "-1.25", "1.750 kWh"),
    Case(0, "kWh", 'flow = "net"', (1, 12, 72, 0, 4, 4, 3600), ("net", "kwh", "1.25"), "1.25", "1.750 kWh"),
    Case(0, "kWh", 'shows = "register"', (1, 12, 72, 0, 1, 1, 0), ("register", "kwh", "1.25"), None, None),
    Case(0, "kW", "", (1, 37, 38, 0, 1, 12, 3600), ("fwd", "kw", "1.25"), None, None),
    Case(0, "kVA", "", (1, 12, 61, 0, 1, 12, 3600), ("fwd", "kva", "1.25"), None, None),
    Case(0, "kvar", "", (1, 12, 63, 0, 1, 12, 3600), ("fwd", "kvar", "1.25"), None, None),
    Case(0, "kvarh", "", (1, 12, 73, 0, 1, 4, 3600), ("fwd", "kvarh", "1.25"), None, None),
    Case(1, "therm", "", (7, 12, 169, -3, 1, 4, 3600), ("fwd", "therms", "1.25"), None, "1.750 therm"),
    Case(1, "dth", "", (7, 12, 169, -2, 1, 4, 3600), ("fwd", "therms", "12.5"), None, "17.50 therm"),
    Case(1, "MMBtu", "", (7, 12, 132, 3, 1, 4, 3600), ("fwd", "therms", "12.5"), None, "17.50 therm"),
    Case(1, "ccf", "", (7, 58, 119, -1, 1, 4, 3600), ("fwd", "ccf", "1.25"), None, "175.0 ft³"),
    Case(1, "mcf", "", (7, 58, 119, 0, 1, 4, 3600), ("fwd", "ccf", "12.5"), None, "1750 ft³"),
    Case(1, "m3", "", (7, 58, 42, -3, 1, 4, 3600), ("fwd", "m3", "1.25"), None, "1.750 m³"),
    Case(2, "gal", "", (9, 58, 128, -3, 1, 4, 3600), ("fwd", "gallons", "1.25"), None, "1.750 gal"),
    Case(2, "kgal", "", (9, 58, 128, 0, 1, 4, 3600), ("fwd", "gallons", "1250.0"), None, "1750 gal"),
    Case(2, "hcf", "", (9, 58, 119, -1, 1, 4, 3600), ("fwd", "ccf", "1.25"), None, "175.0 ft³"),
    Case(2, "m3", "", (9, 58, 42, -3, 1, 4, 3600), ("fwd", "m3", "1.25"), None, "1.750 m³"),
    Case(2, "L", "", (9, 58, 134, -3, 1, 4, 3600), ("fwd", "m3", "0.00125"), None, "1.750 L"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{CLASSES[case.kind]} {case.unit} {case.said[0]}")
def test_a_file_of_each_is_told_by_both_apis_and_by_the_customers_page(tmp_path: Path, case: Case) -> None:
    service = brought(tmp_path, case.kind, case.unit, case.more)
    sunny = cast.third_party()
    grant = cast.authorize(sunny, service, history_start=LONG_AGO)
    feed = reader.read(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant))
    (found,) = reader.entries(feed, "ReadingType")
    assert tuple(reader.numbers(found, f"ReadingType/{name}")[0] for name in TYPE) == case.type
    (point,) = reader.entries(feed, "UsagePoint")
    assert reader.numbers(point, "UsagePoint/ServiceCategory/kind") == [case.kind]
    (interval,) = json.loads(text(ask(sunny.api_token, "/intervals", authorizations=grant.uid)), parse_float=Decimal)[
        "intervals"
    ]
    reading = interval["readings"][-1]
    (told,) = reading["datapoints"]
    assert (told["type"], told["unit"], str(told["value"])) == case.said
    assert reading["kwh"] == (None if case.kwh is None else Decimal(case.kwh))
    assert [shown(measure) for measure in measures.measures(cast.opened(sunny))] == ([case.page] if case.page else [])


def shown(measure: measures.Measure) -> str:
    """What a customer reads of all of it."""
    whole = [interval for day in measure.days(0, 2**40) for interval in day.intervals()]
    amounts = [interval.delivered if interval.delivered is not None else interval.received for interval in whole]
    return f"{measure.amount(sum(amount or 0 for amount in amounts)):f} {measure.unit}"


def test_a_register_beside_its_intervals(tmp_path: Path) -> None:
    """One file with both: the register's readings have no length, the intervals' an hour."""
    service = cast.customer()
    more = """
        [[values]]
        column = "Shown"
        unit = "kWh"
        shows = "register"
    """
    (tmp_path / "map.toml").write_text(table_map("kWh", more))
    (tmp_path / "file.csv").write_text("Start,Value,Shown\n2024-06-01T00:00,1,800\n2024-06-01T01:00,2,801\n")
    assert run("csv", tmp_path / "file.csv", service, "--map", str(tmp_path / "map.toml")).code == 0
    assert {(length, value) for _, length, value in stored(service)} == {
        (3600, 1000), (3600, 2000), (0, 800_000), (0, 801_000),
    }  # fmt: skip
    assert {units.datapoint_type(channel) for channel in Channel.objects.filter(service=service)} == {"fwd", "register"}


def test_a_bill_with_a_line_for_kilowatts_is_told_with_its_demand(tmp_path: Path) -> None:
    service = cast.customer()
    line = (
        "<costAdditionalDetailLastPeriod><amount>6142500</amount><note>Demand charge</note><measurement>"
        "<powerOfTenMultiplier>3</powerOfTenMultiplier><uom>38</uom><value>42</value></measurement>"
        "<itemKind>2</itemKind><unitCost>146250</unitCost></costAdditionalDetailLastPeriod>"
    )
    period = "<billingPeriod><duration>2592000</duration><start>1717221600</start></billingPeriod>"
    billed = summary(f"{period}<billLastPeriod>6142500</billLastPeriod>{line}")
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{usage_point()}{billed}</feed>'
    assert imported(feed, tmp_path, service).code == 0
    (charge,) = Details.of(service.bills.get()).demand
    assert (charge.name, charge.cost, charge.demand) == ("Demand charge", 6_142_500, 42_000)
    sunny = cast.third_party()
    grant = cast.authorize(sunny, service, history_start=LONG_AGO)
    (bill,) = call(sunny.api_token, "/bills", authorizations=grant.uid)["bills"]
    assert bill["demand"] == [{"name": "Demand charge", "cost": 61.425, "demand": 42.0}]
    assert {part["type"]: (part["volume"], part["unit"]) for part in bill["power"]} == {"real_demand": (42.0, "kw")}
    (told,) = reader.entries(reader.read(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant)), "UsageSummary")
    assert reader.numbers(told, "UsageSummary/peakDemand/value") == [42_000]
