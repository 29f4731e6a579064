"""ESPI resources as records: the elements of usage.xsd that are kept, whatever their order."""

import re

from wattkeeper.ingest.records import (
    INT48,
    LONGEST,
    SMALL,
    Item,
    Measurement,
    RecordError,
    Summary,
    moment,
    whole,
)
from wattkeeper.ingest.staging import Arrived
from wattkeeper.ingest.xml_stream import Node
from wattkeeper.readings.store import ReadingType

READING_TYPE_FIELDS = {
    "flowDirection": "flow_direction",
    "intervalLength": "interval_length",
    "powerOfTenMultiplier": "multiplier",
    "commodity": "commodity",
    "kind": "kind",
    "accumulationBehaviour": "accumulation",
    "dataQualifier": "data_qualifier",
    "timeAttribute": "time_attribute",
    "phase": "phase",
    "consumptionTier": "consumption_tier",
    "tou": "tou",
    "cpp": "cpp",
    "defaultQuality": "default_quality",
}
SIGNED = {"powerOfTenMultiplier": (-24, 24), "consumptionTier": (-SMALL, SMALL), "tou": (-SMALL, SMALL),
          "cpp": (-SMALL, SMALL), "intervalLength": (0, LONGEST)}  # fmt: skip
READING_MARKS = {"cost": "cost", "tou": "tou", "consumptionTier": "tier", "cpp": "cpp"}

_HOST = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


def canonical(href: str) -> str:
    """A link in the one spelling they are compared in: no host, nothing up to `/resource/`, no outer slashes."""
    path = _HOST.sub("", href.strip()).split("?", 1)[0].split("#", 1)[0]
    return path.rpartition("/resource/")[2].strip("/")


def cut(path: str, resource: str) -> str | None:
    """The part of a canonical path that names one such resource: `.../UsagePoint/02` of `.../UsagePoint/02/...`."""
    parts = path.split("/")
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == resource:
            return "/".join(parts[: index + 2])
    return None


def number(node: Node, name: str, low: int = -INT48, high: int = INT48 - 1) -> int | None:
    """A child's whole number, None where there is no such child or it is empty."""
    child = node.child(name)
    if child is None or not child.text.strip():
        return None
    return whole(child.text, name, low, high)


def reading_type(node: Node, currency: int) -> ReadingType:
    """ESPI ReadingType. What it leaves out is 0, as the standard has it; `currency` where it names none."""
    fields = {
        field: number(node, name, *SIGNED.get(name, (0, SMALL))) or 0 for name, field in READING_TYPE_FIELDS.items()
    }
    uom = number(node, "uom", 0, SMALL)
    if uom is None:
        raise RecordError("the ReadingType has no uom: nobody can tell what its readings measure")
    return ReadingType(uom=uom, currency=number(node, "currency", 0, 999) or currency, **fields)


def period(node: Node, latest: int) -> tuple[int, int]:
    """(start, duration) of a DateTimeInterval."""
    start, duration = number(node, "start"), number(node, "duration", 0, LONGEST)
    if start is None or duration is None:
        raise RecordError(f"{node.name} has no {'start' if start is None else 'duration'}")
    return moment(start, latest), duration


def interval_reading(node: Node, block: Node, owner: int, latest: int) -> Arrived:
    """ESPI IntervalReading of a block that has handed out as many readings before it as it says."""
    value = number(node, "value")
    if value is None:
        raise RecordError("a reading without a value")
    marks = _marks(node)
    own = node.child("timePeriod")
    if own is not None:
        start, duration = period(own, latest)
        return Arrived(owner, node.line, start, duration, value, marks)
    interval = block.child("interval")
    first = number(interval, "start") if interval is not None else None
    if first is None:
        raise RecordError("a reading without a timePeriod, in a block whose interval does not say where it starts")
    return Arrived(owner, node.line, moment(first, latest), None, value, marks, block.handed_out)


def _marks(node: Node) -> dict[str, int]:
    marks = {
        mark: found
        for name, mark in READING_MARKS.items()
        if (found := number(node, name, *((-INT48, INT48 - 1) if name == "cost" else (-SMALL, SMALL)))) is not None
    }
    quality = node.child("ReadingQuality")
    if quality is not None:
        code = number(quality, "quality", 0, SMALL)
        marks["quality"] = code if code is not None else whole(quality.text, "ReadingQuality", 0, SMALL)
    return marks


def summary(node: Node, latest: int) -> Summary | None:
    """ESPI UsageSummary (formerly ElectricPowerUsageSummary); None where it holds no bill."""
    billed = node.child("billingPeriod")
    bill = number(node, "billLastPeriod")
    if billed is None or bill is None:
        return None
    start, duration = period(billed, latest)
    tariff = node.child("tariffProfile")
    return Summary(
        line=node.line,
        start=start,
        duration=duration,
        bill=bill,
        additional=number(node, "costAdditionalLastPeriod"),
        currency=number(node, "currency", 0, 999),
        consumption=_measurement(node.child("overallConsumptionLastPeriod")),
        quality=number(node, "qualityOfReading", 0, SMALL),
        tariff=tariff.text.strip()[:120] if tariff is not None else "",
        items=[_item(item) for item in node.all("costAdditionalDetailLastPeriod")],
    )


def _item(node: Node) -> Item:
    note = node.child("note")
    amount = number(node, "amount")
    if amount is None:
        raise RecordError("a line of the bill has no amount")
    return Item(
        name=note.text.strip()[:256] if note is not None else "",
        amount=amount,
        kind=number(node, "itemKind", 0, SMALL) or 10,
        measurement=_measurement(node.child("measurement")),
        unit_cost=number(node, "unitCost"),
    )


def _measurement(node: Node | None) -> Measurement | None:
    value = number(node, "value") if node is not None else None
    if node is None or value is None:
        return None
    return Measurement(value, number(node, "uom", 0, SMALL) or 0, number(node, "powerOfTenMultiplier", -24, 24) or 0)
