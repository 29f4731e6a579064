"""Bills as ESPI UsageSummaries with their line items. Money is 1/100 000 of the currency unit on both sides."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from wattkeeper.common import clock, days
from wattkeeper.common.ids import stable_uid
from wattkeeper.customers.billing import CURRENCIES, Details, LineItem
from wattkeeper.customers.models import Bill
from wattkeeper.greenbutton.atom import Entry, fields, period, wrapped
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.points import Point

VALID = 0
WATTS = 38
NOTE_LENGTH = 256


def summaries(point: Point, bills: Iterable[Bill], query: Query) -> Iterator[bytes]:
    """The summaries that are asked for, in time order. A summary's `published` is the start of its period."""
    for bill in sorted(bills, key=lambda bill: bill.start):
        if query.admits(days.day_start(bill.start, point.window.zone), clock.epoch(bill.updated)):
            yield summary(point, bill)


def summary_uid(point: Point, bill: Bill) -> UUID:
    return stable_uid(point.uid, "summary", bill.uid)


def summary(point: Point, bill: Bill) -> bytes:
    zone = point.window.zone
    start, end = days.day_start(bill.start, zone), days.day_start(bill.end, zone)
    uid, updated = summary_uid(point, bill), clock.epoch(bill.updated)
    content = _content(point, bill, Details.of(bill), start, end)
    return Entry("UsageSummary", uid, f"{point.summaries}/{uid}", point.summaries, start, updated, content).xml()


def _content(point: Point, bill: Bill, details: Details, start: int, end: int) -> str:
    utility = point.window.meter.authorization.world.utility
    consumption = "" if bill.total_volume is None else _measured(bill.multiplier, bill.uom, bill.total_volume)
    demand = max((charge.demand for charge in details.demand), default=None)
    return "".join(
        (
            period("billingPeriod", start, end),
            # The whole bill is billLastPeriod, and the line items say what it is made of: nothing comes on top.
            fields(("billLastPeriod", bill.total_cost), ("costAdditionalLastPeriod", 0)),
            *map(_line_item, details.line_items),
            fields(("currency", CURRENCIES.get(utility.currency, 0))),
            wrapped("overallConsumptionLastPeriod", consumption),
            wrapped("peakDemand", "" if demand is None else _measured(0, WATTS, demand)),
            fields(
                ("qualityOfReading", VALID if details.quality is None else details.quality),
                ("statusTimeStamp", clock.epoch(bill.updated)),
                ("commodity", point.window.service.commodity),
                ("tariffProfile", bill.tariff or None),
            ),
        )
    )


def _line_item(item: LineItem) -> str:
    measured = "" if item.volume is None or item.uom is None else _measured(item.multiplier, item.uom, item.volume)
    return wrapped(
        "costAdditionalDetailLastPeriod",
        fields(("amount", item.cost), ("note", item.name[:NOTE_LENGTH]))
        + wrapped("measurement", measured)
        + fields(("itemKind", item.item_kind), ("unitCost", item.rate)),
    )


def _measured(multiplier: int, uom: int, value: int) -> str:
    return fields(("powerOfTenMultiplier", multiplier), ("uom", uom), ("value", value))
