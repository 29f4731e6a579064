"""Tariffs, and the bill that a tariff makes of a period's readings, exact to the cent.

Quantities are in thousandths of the unit a rate is for: Wh for a rate per kWh, W for one per kW, thousandths of a
therm for one per therm, tenths of a cubic foot for one per hundred. Rates are in 1/100 000 of a dollar per unit, taxes
in 1/100 000 of the sum they are on.
A line's cost is rounded once, half up, to the cent; a bill's total is the sum of its lines.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Literal

from wattkeeper.common.money import CENT, SCALE
from wattkeeper.customers.billing import BillRecord, DemandCharge, Details, LineItem, Tier, TouBucket
from wattkeeper.readings.packing import Readings
from wattkeeper.sandbox.loads import AMOUNT, NET, REVERSE, VARS, WATTS, Day
from wattkeeper.sandbox.weather import QUARTER, LocalDay

PER_UNIT = 1000
BUCKET_NAMES: dict["Bucket", str] = {"peak": "On-peak", "off-peak": "Off-peak", "super-off-peak": "Super off-peak"}

Season = Literal["summer", "winter"]
Bucket = Literal["peak", "off-peak", "super-off-peak"]


class Basis(Enum):
    """What a charge is on."""

    PERIOD = "the period"
    USE = "what was used"
    EXPORT = "what was fed in"
    DEMAND = "the highest demand"
    REACTIVE = "the highest reactive demand"
    TAX = "the charges above it"


@dataclass(frozen=True)
class Charge:
    """One price of a tariff. `rate` is negative for a credit.

    A charge on use may be confined to a season, to a bucket of hours, and to a tier: the part of the period's use
    in that season and bucket from `above` up to `upto`, thousandths of the unit.
    """

    name: str
    basis: Basis
    rate: int
    kind: Literal["delivery", "supply", "other"]
    item_kind: int
    season: Season | None = None
    bucket: Bucket | None = None
    tier: int | None = None
    above: int = 0
    upto: int | None = None


@dataclass(frozen=True)
class Window:
    """Hours of the day, `first` to `end` on the wall clock, that belong to a bucket."""

    bucket: Bucket
    first: int
    end: int
    weekdays_only: bool = False


@dataclass(frozen=True)
class Tariff:
    """Prices in the order in which a bill shows them. Hours outside all windows are off-peak, if there are any."""

    name: str
    charges: tuple[Charge, ...]
    summer: frozenset[int] = frozenset({5, 6, 7, 8, 9, 10})
    windows: tuple[Window, ...] = ()
    uom: int = 72
    multiplier: int = 0
    unit: str = "kwh"

    def season(self, day: date) -> Season:
        return "summer" if day.month in self.summer else "winter"

    def bucket(self, day: date, hour: int) -> Bucket | None:
        if not self.windows:
            return None
        for window in self.windows:
            if window.first <= hour < window.end and not (window.weekdays_only and day.weekday() >= 5):
                return window.bucket
        return "off-peak"


@dataclass
class Usage:
    """A period's readings as far as prices depend on them. A missing reading counts as nothing used."""

    used: Counter[tuple[Season, Bucket | None]] = field(default_factory=Counter)
    exported: int = 0
    demand: int = 0
    reactive: int = 0

    def within(self, charge: Charge) -> int:
        """What was used in the season, the bucket and the tier that a charge is confined to."""
        amount = sum(
            amount
            for (season, bucket), amount in self.used.items()
            if charge.season in {None, season} and charge.bucket in {None, bucket}
        )
        return max(0, min(amount, amount if charge.upto is None else charge.upto) - charge.above)


def measure(tariff: Tariff, days: Iterable[tuple[LocalDay, Day]]) -> Usage:
    """Adds up the readings of a period, each in the season and bucket it stands in. Registers show the same once more.

    What a net meter is below 0 by at the end of the period was fed in.
    """
    usage, is_net = Usage(), False
    for local, streams in days:
        for stream, readings in streams.items():
            if stream.uom == WATTS:
                usage.demand = highest(usage.demand, readings)
            elif stream.uom == VARS:
                usage.reactive = highest(usage.reactive, readings)
            elif stream.uom != tariff.uom or stream.accumulation != AMOUNT:
                continue
            elif stream.flow_direction == REVERSE:
                usage.exported += readings.total
            else:
                is_net = is_net or stream.flow_direction == NET
                _add_use(usage, tariff, local, readings)
    if is_net:
        usage.exported = max(0, -usage.used.total())
    return usage


def highest(so_far: int, readings: Readings) -> int:
    return max([so_far, *(value for value in readings.values if value is not None)])


def _add_use(usage: Usage, tariff: Tariff, local: LocalDay, readings: Readings) -> None:
    season = tariff.season(local.day)
    if not tariff.windows:
        usage.used[season, None] += readings.total
        return
    by_hour = [tariff.bucket(local.day, hour) for hour in range(24)]
    for wall, value in zip(local.wall[:: readings.step // QUARTER], readings.values, strict=True):
        if value is not None:
            usage.used[season, by_hour[wall // 4]] += value


def make_bill(tariff: Tariff, start: date, end: date, days: Iterable[tuple[LocalDay, Day]]) -> BillRecord:
    """The bill of the local days from start up to, not including, end, dated the day it ends."""
    usage = measure(tariff, days)
    lines = list(_lines(tariff, usage))
    return BillRecord(
        start=start,
        end=end,
        total_cost=sum(item.cost for _, item in lines),
        total_volume=usage.used.total(),
        uom=tariff.uom,
        multiplier=tariff.multiplier,
        statement_date=end,
        tariff=tariff.name,
        details=Details(
            [item for _, item in lines],
            _buckets(lines),
            [Tier(i.name, c.tier, i.cost, i.volume) for c, i in lines if c.tier and i.volume is not None],
            [DemandCharge(i.name, i.cost, usage.demand) for c, i in lines if c.basis is Basis.DEMAND],
        ),
    )


def _lines(tariff: Tariff, usage: Usage) -> Iterator[tuple[Charge, LineItem]]:
    """The charges that come to something, in order, each with its line."""
    taxable = 0
    for charge in tariff.charges:
        match charge.basis:
            case Basis.PERIOD:
                item = _flat(charge, charge.rate)
            case Basis.TAX:
                item = _flat(charge, half_up(taxable * charge.rate, SCALE * CENT) * CENT)
            case Basis.USE:
                item = _metered(charge, usage.within(charge), tariff.uom, tariff.multiplier, tariff.unit)
            case Basis.EXPORT:
                item = _metered(charge, usage.exported, tariff.uom, tariff.multiplier, tariff.unit)
            case Basis.DEMAND:
                item = _metered(charge, usage.demand, WATTS, 0, "kw")
            case Basis.REACTIVE:
                item = _metered(charge, usage.reactive, VARS, 0, "kvar")
        if charge.basis is not Basis.TAX:
            taxable += max(0, item.cost)
        if item.volume != 0:
            yield charge, item


def _flat(charge: Charge, cost: int) -> LineItem:
    return LineItem(charge.name, cost, charge.kind, charge.item_kind)


def _metered(charge: Charge, quantity: int, uom: int, multiplier: int, unit: str) -> LineItem:
    cost = half_up(quantity * charge.rate, PER_UNIT * CENT) * CENT
    return LineItem(charge.name, cost, charge.kind, charge.item_kind, quantity, uom, multiplier, charge.rate, unit)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction, halves away from zero, as bills are printed."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def _buckets(lines: list[tuple[Charge, LineItem]]) -> list[TouBucket]:
    costs: Counter[Bucket] = Counter()
    volumes: Counter[Bucket] = Counter()
    for charge, item in lines:
        if charge.bucket is not None:
            costs[charge.bucket] += item.cost
            volumes[charge.bucket] += item.volume or 0
    return [TouBucket(BUCKET_NAMES[bucket], bucket, costs[bucket], volumes[bucket]) for bucket in volumes]
