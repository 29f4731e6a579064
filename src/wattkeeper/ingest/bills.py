"""Usage summaries as bills: periods become local days, lines of the summary lines of the bill."""

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from wattkeeper.common import days
from wattkeeper.customers.billing import BillRecord, DemandCharge, Details, LineItem
from wattkeeper.customers.units import PRICE_UNITS
from wattkeeper.ingest.records import Item, RecordError, Summary

Kind = Literal["delivery", "supply", "other"]

HALF_A_DAY = 43_200
KINDS: dict[int, Kind] = {1: "supply", 2: "delivery", 6: "supply", 7: "delivery"}  # ESPI ItemKind
WATTS = 38
USAGE_FEE = 3


def bill_record(summary: Summary, zone: ZoneInfo, currency: int) -> BillRecord:
    """The bill a summary tells of; RecordError if it can't be one of a utility that bills in `currency`."""
    if summary.currency not in {None, 0, currency}:
        raise RecordError(f"the bill is in currency {summary.currency}, the utility's is {currency} (ISO 4217)")
    first, end = nearest_day(summary.start, zone), nearest_day(summary.start + summary.duration, zone)
    if first >= end:
        raise RecordError("the billing period is shorter than a day")
    items = [_line_item(item) for item in summary.items]
    if not items and summary.additional:
        items = [LineItem("Additional charges", summary.additional, item_kind=USAGE_FEE)]
    used = summary.consumption
    return BillRecord(
        start=first,
        end=end,
        total_cost=summary.bill,
        total_volume=used.value if used else None,
        uom=used.uom if used else 72,
        multiplier=used.multiplier if used else 0,
        tariff=summary.tariff,
        details=Details(line_items=items, demand=_demand(items), quality=summary.quality),
    )


def nearest_day(seconds: int, zone: ZoneInfo) -> date:
    """The local day whose beginning is nearest: another zone's midnight, or a meter read at 6, is the same bill day."""
    return days.local_day(seconds + HALF_A_DAY, zone)


def _line_item(item: Item) -> LineItem:
    used = item.measurement
    return LineItem(
        name=item.name,
        cost=item.amount,
        kind=KINDS.get(item.kind, "other"),
        item_kind=item.kind,
        volume=used.value if used else None,
        uom=used.uom if used else None,
        multiplier=used.multiplier if used else 0,
        rate=item.unit_cost,
        rate_unit=PRICE_UNITS.get(used.uom) if used and item.unit_cost is not None else None,
    )


def _demand(items: list[LineItem]) -> list[DemandCharge]:
    """The lines for kilowatts: what the highest demand costs. Parts of a watt are no demand that a bill names."""
    return [
        DemandCharge(item.name, item.cost, item.volume * 10**item.multiplier)
        for item in items
        if item.uom == WATTS and item.volume is not None and item.multiplier >= 0
    ]
