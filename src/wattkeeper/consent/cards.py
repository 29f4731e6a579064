"""What stands inside the choice cards: the customer's own data, in plain words and as a small chart."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from wattkeeper.authorizations.preview import DayOfUse, Holding
from wattkeeper.common import clock, formats
from wattkeeper.customers.models import Bill
from wattkeeper.customers.units import USED

WIDTH, HEIGHT = 960, 200


@dataclass(frozen=True)
class UseCard:
    """One day of use: `path` draws a bar per reading in a box of WIDTH by HEIGHT, gaps stay empty."""

    day: date
    meter_number: str
    total: str
    highest: str
    every: str
    is_partial: bool
    path: str
    hours: list[tuple[str, str]]


@dataclass(frozen=True)
class MeterCard:
    """A meter to choose; `is_shared`: with this company today."""

    holding: Holding
    is_chosen: bool
    is_shared: bool


@dataclass(frozen=True)
class BillCard:
    first: date
    last: date
    cost: str


def every(seconds: int) -> str:
    """How often a reading is taken, e.g. `every 15 minutes`."""
    if seconds % 86400 == 0:
        return gettext("every day")
    if seconds == 3600:
        return gettext("every hour")
    minutes = seconds // 60
    return ngettext("every minute", "every %(minutes)s minutes", minutes) % {"minutes": minutes}


def use_card(use: DayOfUse) -> UseCard:
    unit, factor = USED[use.channel.uom]
    scale = factor * Decimal(10) ** use.channel.multiplier
    values = use.readings.values
    highest = max((value for value in values if value is not None), default=0)
    return UseCard(
        day=use.day,
        meter_number=use.service.meter_number,
        total=f"{formats.number(use.readings.total * scale, 1)} {unit}",
        highest=f"{formats.number(highest * scale, 2)} {unit}",
        every=every(use.channel.interval_length),
        is_partial=None in values,
        path=bars(values, highest),
        hours=_by_hour(use, scale, unit),
    )


def bill_card(bill: Bill, currency: str) -> BillCard:
    return BillCard(bill.start, bill.end - timedelta(days=1), formats.amount(bill.total_cost, currency))


def bars(values: list[int | None], highest: int) -> str:
    """SVG path data: one bar per value from the bottom of the box, a missing or negative one leaves its place empty."""
    slot = WIDTH / max(len(values), 1)
    drawn = []
    for index, value in enumerate(values):
        if value is not None and value > 0:
            height = HEIGHT * value / highest
            drawn.append(f"M{index * slot:.1f} {HEIGHT}v-{height:.1f}h{slot * 0.8:.1f}v{height:.1f}z")
    return "".join(drawn)


def _by_hour(use: DayOfUse, scale: Decimal, unit: str) -> list[tuple[str, str]]:
    """The same day as a table: 23, 24 or 25 rows, hours without a reading say so."""
    zone = use.service.world.utility.zone
    sums: dict[int, int | None] = {}
    for start, _, value in use.readings:
        hour = start // 3600 * 3600
        known = sums.get(hour)
        sums[hour] = known if value is None else (known or 0) + value
    return [
        (
            formats.time_of_day(clock.from_epoch(hour), zone),
            gettext("no reading") if total is None else f"{formats.number(total * scale, 2)} {unit}",
        )
        for hour, total in sums.items()
    ]
