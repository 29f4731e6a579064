"""Two readers that others wrote, greenbutton-objects of PyPI and @cityssm/green-button-parser of npm, read every kind
of feed, and what they read adds up to what is stored and to what the JSON API says, to the last digit.

greenbutton-objects knows no summaries and no customers, and lacks names for some of ESPI's codes (REFUSED): there it
reads nothing, unless the numbers are left as numbers (`without_names`).
"""

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from greenbutton_objects import enums, parse
from lxml import etree

import cast
from api.reader import BASE, text
from greenbutton import reader
from nodejs import need_parts, node
from wattkeeper.authorizations import windows
from wattkeeper.authorizations.models import Authorization
from wattkeeper.customers.models import Bill, Service
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
UNITS = {72: ("kwh", -3), 38: ("kw", -3), 61: ("kva", -3), 63: ("kvar", -3), 73: ("kvarh", -3), 65: (None, 0),
         169: ("therms", 0), 119: ("ccf", -2), 42: ("m3", 0), 128: ("gallons", 0)}  # fmt: skip
"""ESPI UnitSymbolKind -> unit of the JSON API, and the power of ten between the two."""
FLOWS = {1: "fwd", 4: "net", 19: "rev"}
SCALE = Decimal(1).scaleb(-5)
"""ESPI's money."""
THREE_PHASES, NET, VOLUMES = (f"{code} is not a valid {kind}" for code, kind in (
    (225, "PhaseCode"), (4, "FlowDirectionType"), (58, "KindType")
))  # fmt: skip
REFUSED = {Kind.COMMERCIAL: THREE_PHASES, Kind.DEMAND: THREE_PHASES, Kind.NET: NET} | dict.fromkeys(
    (Kind.GAS_CCF, Kind.GAS_M3, Kind.WATER, Kind.WATER_CCF, Kind.WATER_M3, Kind.TOWNHOUSE), VOLUMES
)
"""What greenbutton-objects says of these homes."""

Sums = dict[tuple[str, str, str | None], tuple[int, Decimal]]
"""Meter, datapoint type and unit -> how many readings, and what they come to."""


@dataclass
class Shared:
    """A home that is shared with Sunny, and the file that its feed is in."""

    party: cast.ThirdParty
    grant: Authorization
    file: Path


@pytest.fixture
def today(set_clock: Callable[[datetime], None]) -> None:
    set_clock(datetime.fromisoformat("2026-11-24T19:00:00Z"))


def shared(kind: Kind, party: cast.ThirdParty, folder: Path) -> Shared:
    customer, _ = ensure_home(cast.sandbox(), f"readers/{kind}", kind, months=2)
    services = Service.objects.filter(occupancies__account__customer=customer).order_by("pk")
    grant = cast.authorize(party, *services, customer=customer)
    return Shared(party, grant, saved(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant), folder))


def saved(path: str, token: str, folder: Path) -> Path:
    """The file of a feed that both engines found valid."""
    feed = reader.read(path, token)
    if reader.SCHEMAS.exists():
        reader.second_schema().validate(feed)
    file = folder / "feed.xml"
    file.write_bytes(etree.tostring(feed))
    return file


def parsed(file: Path) -> Any:
    """What the reader of npm makes of a file."""
    need_parts("with npm's reader of Green Button")
    run = subprocess.run([node(), "green-button-parser.mjs", str(file)], cwd=HERE, check=True, capture_output=True)
    return json.loads(run.stdout)


def without_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has greenbutton-objects take codes as they are."""
    for name, kind in list(vars(enums).items()):
        if isinstance(kind, type) and issubclass(kind, Enum) and kind is not Enum:
            monkeypatch.setattr(enums, name, int)


def named(point: str, codes: tuple[int, int, int], power: int, values: Iterable[int]) -> tuple[Any, Any]:
    """A stream as the JSON API would call it."""
    uom, flow, accumulation = codes
    found = list(values)
    unit, shift = UNITS[uom]
    kind = "power_factor" if unit is None else "register" if accumulation == 1 else FLOWS[flow]
    return (point, kind, unit), (len(found), Decimal(sum(found)).scaleb(power + shift))


def stored(party: cast.ThirdParty) -> Sums:
    opened = cast.opened(party)
    channels = windows.channels(opened)
    return dict(
        named(
            str(window.meter.uid),
            (channel.uom, channel.flow_direction, channel.accumulation),
            channel.multiplier,
            (value for day in windows.readings(window, channel) for value in day.readings.values if value is not None),
        )
        for window in opened
        for channel in channels[window.meter.pk]
    )


def read_by_objects(file: Path) -> Sums:
    return dict(
        named(
            point.link_self.rpartition("/")[2],
            (stream.readingType.uom, stream.readingType.flowDirection, stream.readingType.accumulationBehaviour),
            stream.readingType.powerOfTenMultiplier,
            (reading._value for reading in stream.intervalReadings),  # its `value` is a float
        )
        for point in parse.parse_feed(file)
        for stream in point.meterReadings
    )


def read_by_parser(streams: list[dict[str, Any]]) -> Sums:
    sums = {}
    for stream in streams:
        codes = (stream["uom"], stream["flow"], stream["accumulation"])
        key, (_, total) = named(stream["point"], codes, stream["power"], [int(stream["sum"])])
        sums[key] = (stream["count"], total)
    return sums


def listed(party: cast.ThirdParty, name: str) -> list[dict[str, Any]]:
    """Everything of a list of the JSON API, numbers as they are written."""
    grants = ",".join(str(uid) for uid in Authorization.objects.values_list("uid", flat=True))
    address, found = f"{BASE}/api/v2/{name}?authorizations={grants}&limit=1000", []
    while address:
        answer = Client().get(address.removeprefix(BASE), headers=cast.bearer(party.api_token))
        assert answer.status_code == 200
        page = json.loads(text(answer), parse_float=Decimal)
        found += page[name]
        address = page["next"]
    return found


def said_in_json(party: cast.ThirdParty) -> Sums:
    counts: Counter[tuple[str, str, str | None]] = Counter()
    totals: dict[tuple[str, str, str | None], Decimal] = defaultdict(Decimal)
    for interval in listed(party, "intervals"):
        for reading in interval["readings"]:
            for point in reading["datapoints"]:
                key = interval["meter_uid"], point["type"], point["unit"]
                counts[key] += 1
                totals[key] += point["value"]
    return {key: (count, totals[key]) for key, count in counts.items()}


def read_bills(summaries: list[dict[str, Any]]) -> list[Any]:
    """Meter, cost, use, peak demand and lines of each summary."""
    found = []
    for summary in summaries:
        unit, shift = UNITS[summary["used"]["uom"]]
        used = Decimal(summary["used"]["value"]).scaleb(summary["used"]["powerOfTenMultiplier"] + shift)
        peak = None if summary.get("peak") is None else summary["peak"] * Decimal("0.001")
        lines = sorted((line[0], line[1] * SCALE) for line in summary["lines"])
        found.append((summary["point"], summary["cost"] * SCALE, used, unit, peak, lines))
    return sorted(found, key=str)


def bills_in_json(party: cast.ThirdParty) -> list[Any]:
    found = []
    for bill in listed(party, "bills"):
        base = bill["base"]
        peak = max((part["demand"] for part in bill.get("demand", [])), default=None)
        lines = sorted((line["name"], line["cost"]) for line in bill["line_items"])
        used, unit = base["bill_total_volume"], base["bill_total_unit"]
        assert base["bill_total_kwh"] == (used if unit == "kwh" else None)
        found.append((bill["meter_uid"], base["bill_total_cost"], used, unit, peak, lines))
    return sorted(found, key=str)


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("kind", Kind)
def test_two_readers_the_rows_and_the_json_api_agree(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shared(kind, cast.third_party(), tmp_path)
    rows = stored(home.party)
    assert all(count for count, _ in rows.values())
    assert said_in_json(home.party) == rows
    seen = parsed(home.file)
    assert read_by_parser(seen["streams"]) == rows
    bills = read_bills(seen["summaries"])
    assert bills
    assert plain(bills) == plain(bills_in_json(home.party))
    assert len(bills) == Bill.objects.count() or kind is Kind.VACANCY
    if kind in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[kind]):
            parse.parse_feed(home.file)
    else:
        parse.parse_feed(home.file)
    without_names(monkeypatch)
    assert read_by_objects(home.file) == rows


def plain(bills: list[Any]) -> list[Any]:
    """Decimals without the zeros at their end, which say nothing: so a list can be compared as it is read."""
    found: list[Any] = json.loads(json.dumps(bills, default=lambda number: str(number.normalize() + 0)))
    return found


@pytest.mark.usefixtures("today")
def test_all_of_a_third_partys_homes_in_bulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sunny = cast.third_party()
    homes = [shared(kind, sunny, tmp_path) for kind in (Kind.SOLAR, Kind.REGISTERS, Kind.TOWNHOUSE)]
    file = saved(f"/Batch/Bulk/{sunny.registration.uid}", cast.client_token(sunny), tmp_path)
    rows, seen = stored(sunny), parsed(file)
    assert seen["kinds"]["Authorization"] == len(homes)
    assert sorted(seen["points"]) == [0, 0, 0, 1, 2]
    assert read_by_parser(seen["streams"]) == said_in_json(sunny) == rows
    assert plain(read_bills(seen["summaries"])) == plain(bills_in_json(sunny))
    without_names(monkeypatch)
    assert read_by_objects(file) == rows


@pytest.mark.usefixtures("today")
def test_customers(tmp_path: Path) -> None:
    """Of one grant and in bulk. The reader of PyPI finds no usage point there, and says so."""
    sunny = cast.third_party()
    homes = [shared(kind, sunny, tmp_path) for kind in (Kind.TOWNHOUSE, Kind.DEMAND)]
    names = [home.grant.customer.name for home in homes]
    one = saved(f"/Batch/RetailCustomer/{homes[0].grant.uid}", cast.access_token(homes[0].grant), tmp_path)
    seen = parsed(one)
    assert seen["customers"] == names[:1]
    assert {name: seen["kinds"][name] for name in ("CustomerAccount", "CustomerAgreement", "Meter")} == {
        "CustomerAccount": 1, "CustomerAgreement": 3, "Meter": 3,
    }  # fmt: skip
    assert parse.parse_feed(one) == []
    every = saved(f"/Batch/BulkRetailCustomerInfo/{sunny.registration.uid}", cast.client_token(sunny), tmp_path)
    assert parsed(every)["customers"] == names
    assert parse.parse_feed(every) == []
