"""The readings of a synthetic service, one local day at a time, from nothing but its key, its kind and the day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from math import isqrt, sqrt
from zoneinfo import ZoneInfo

from wattkeeper.common.days import days
from wattkeeper.readings.packing import Column, Readings
from wattkeeper.readings.store import ReadingType
from wattkeeper.sandbox import chance
from wattkeeper.sandbox.dwellings import (
    Business,
    Household,
    car_charging,
    gas_burnt,
    is_vacant,
    lagging,
    solar_output,
    water_drawn,
    week,
)
from wattkeeper.sandbox.weather import QUARTER, LocalDay, local_day

HOUR = 3600
VALID, FROM_REFERENCE_DAY, INTERPOLATED = 0, 8, 9  # ESPI QualityOfReading
FORWARD, NET, REVERSE = 1, 4, 19  # ESPI FlowDirectionKind
REGISTER, AMOUNT, MOMENT = 1, 4, 12  # ESPI AccumulationKind
VOLUME = 58  # ESPI MeasurementKind
NATURAL_GAS, POTABLE_WATER = 7, 9  # ESPI CommodityKind

SPLIT_PHASE, THREE_PHASE = 769, 225  # ESPI PhaseCodeKind S12N and ABCN
# ESPI UnitSymbolKind
WATT_HOURS, WATTS, VAR_HOURS, COS_PHI, VOLT_AMPERES, VARS = 72, 38, 73, 65, 61, 63
THERMS, CUBIC_FEET, CUBIC_METRES, GALLONS = 169, 119, 42, 128

ENERGY = ReadingType(FORWARD, WATT_HOURS, QUARTER, phase=SPLIT_PHASE)
EXPORT = ReadingType(REVERSE, WATT_HOURS, QUARTER, phase=SPLIT_PHASE)
BUSINESS_ENERGY = ReadingType(FORWARD, WATT_HOURS, QUARTER, phase=THREE_PHASE)
NET_ENERGY = ReadingType(NET, WATT_HOURS, QUARTER, phase=SPLIT_PHASE)
TOTAL = ReadingType(FORWARD, WATT_HOURS, 0, accumulation=REGISTER, phase=SPLIT_PHASE)
DEMAND = ReadingType(FORWARD, WATTS, QUARTER, kind=37, accumulation=MOMENT, phase=THREE_PHASE)
APPARENT_DEMAND = ReadingType(FORWARD, VOLT_AMPERES, QUARTER, accumulation=MOMENT, phase=THREE_PHASE)
REACTIVE_DEMAND = ReadingType(FORWARD, VARS, QUARTER, accumulation=MOMENT, phase=THREE_PHASE)
LAGGING = ReadingType(FORWARD, VAR_HOURS, QUARTER, phase=THREE_PHASE)
REACTIVE = ReadingType(REVERSE, VAR_HOURS, QUARTER, phase=THREE_PHASE)
POWER_FACTOR = ReadingType(
    FORWARD, COS_PHI, QUARTER, multiplier=-3, kind=38, accumulation=MOMENT, data_qualifier=2, phase=THREE_PHASE
)
GAS = ReadingType(FORWARD, THERMS, HOUR, multiplier=-3, commodity=NATURAL_GAS)
GAS_FEET = ReadingType(FORWARD, CUBIC_FEET, HOUR, multiplier=-1, commodity=NATURAL_GAS, kind=VOLUME)
GAS_METRES = ReadingType(FORWARD, CUBIC_METRES, HOUR, multiplier=-3, commodity=NATURAL_GAS, kind=VOLUME)
WATER = ReadingType(FORWARD, GALLONS, HOUR, multiplier=-3, commodity=POTABLE_WATER, kind=VOLUME)
WATER_FEET = ReadingType(FORWARD, CUBIC_FEET, HOUR, multiplier=-1, commodity=POTABLE_WATER, kind=VOLUME)
WATER_METRES = ReadingType(FORWARD, CUBIC_METRES, HOUR, multiplier=-3, commodity=POTABLE_WATER, kind=VOLUME)

SET_AT_NOUGHT = date(2020, 1, 1)
"""The local day at whose beginning every register showed 0."""

Day = dict[ReadingType, Readings]


class Kind(StrEnum):
    """What a synthetic home or service is like. Vacancy, gaps and estimated are homes whose occupants, meter or data
    make trouble; what follows is measured in other units and ways. A townhouse has electricity, gas and water."""

    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    SOLAR = "solar"
    EV = "ev"
    GAS = "gas"
    VACANCY = "vacancy"
    GAPS = "gaps"
    ESTIMATED = "estimated"
    NET = "net"
    REGISTERS = "registers"
    DEMAND = "demand"
    GAS_CCF = "gas-ccf"
    GAS_M3 = "gas-m3"
    WATER = "water"
    WATER_CCF = "water-ccf"
    WATER_M3 = "water-m3"
    TOWNHOUSE = "townhouse"


@dataclass(frozen=True)
class Pipe:
    """How gas or water is measured: so many thousandths of a therm, or of a gallon, are one step of the meter."""

    stream: ReadingType
    step: float = 1


PIPES = {
    Kind.GAS: Pipe(GAS),
    Kind.GAS_CCF: Pipe(GAS_FEET, 1.037),
    Kind.GAS_M3: Pipe(GAS_METRES, 0.366_213),
    Kind.WATER: Pipe(WATER),
    Kind.WATER_CCF: Pipe(WATER_FEET, 748.052),
    Kind.WATER_M3: Pipe(WATER_METRES, 264.172),
}
"""A step is the thousandth of what bills have a price for: a therm, a hundred cubic feet, a cubic metre, a gallon."""


@dataclass(frozen=True)
class Load:
    """A synthetic service. `key` names it: the same key, kind and day give the same readings for ever."""

    key: str
    kind: Kind
    zone: ZoneInfo

    @property
    def streams(self) -> tuple[ReadingType, ...]:
        match self.kind:
            case Kind.COMMERCIAL:
                return BUSINESS_ENERGY, DEMAND, REACTIVE, POWER_FACTOR
            case Kind.SOLAR:
                return ENERGY, EXPORT
            case Kind.NET:
                return (NET_ENERGY,)
            case Kind.REGISTERS:
                return ENERGY, TOTAL
            case Kind.DEMAND:
                return BUSINESS_ENERGY, LAGGING, DEMAND, APPARENT_DEMAND, REACTIVE_DEMAND
            case kind if kind in PIPES:
                return (PIPES[kind].stream,)
            case _:
                return (ENERGY,)

    def day(self, day: date) -> Day:
        """The readings of every stream, in its own unit."""
        local = local_day(day, self.zone)
        match self.kind:
            case Kind.COMMERCIAL:
                return _commercial(self.key, local)
            case Kind.SOLAR:
                return _solar(self.key, local)
            case Kind.NET:
                return {NET_ENERGY: _quarters(local, [*_balance(self.key, local)])}
            case Kind.REGISTERS:
                return {ENERGY: self._home(local), TOTAL: _total(self.key, local, self.zone)}
            case Kind.DEMAND:
                return _plant(self.key, local)
            case kind if kind in PIPES:
                return {PIPES[kind].stream: _piped(self.key, kind, local)}
            case _:
                return {ENERGY: self._home(local)}

    def _home(self, local: LocalDay) -> Readings:
        home = Household.at(self.key)
        match self.kind:
            case Kind.EV:
                used, charged = home.energy(local), car_charging(self.key, local)
                return _quarters(local, [wh + car for wh, car in zip(used, charged, strict=True)])
            case Kind.VACANCY:
                return _quarters(local, [*home.energy(local, empty=is_vacant(self.key, local.day))])
            case Kind.GAPS:
                return _with_gaps(home, local)
            case Kind.ESTIMATED:
                return _estimated(home, local, local_day(local.day - timedelta(days=7), self.zone))
            case _:
                return _quarters(local, [*home.energy(local)])


def power_factor(wh: int, varh: int) -> int:
    """Active over apparent energy, in thousandths."""
    return int(1000 * wh / sqrt(wh * wh + varh * varh) + 0.5) if wh or varh else 1000


def _starts(start: int, count: int, step: int) -> range:
    return range(start, start + count * step, step)


def _quarters(local: LocalDay, values: Column) -> Readings:
    return Readings(_starts(local.start, len(values), QUARTER), QUARTER, values)


def _balance(key: str, local: LocalDay) -> list[int]:
    """What a home lacks in each quarter hour of what its roof makes; below 0 where it has some over."""
    used, made = Household.at(key).energy(local), solar_output(key, local)
    return [wh - sun for wh, sun in zip(used, made, strict=True)]


def _solar(key: str, local: LocalDay) -> Day:
    """The meter sees only what the roof lacks or has over in each quarter hour."""
    balance = _balance(key, local)
    return {
        ENERGY: _quarters(local, [max(0, wh) for wh in balance]),
        EXPORT: _quarters(local, [max(0, -wh) for wh in balance]),
    }


def _total(key: str, local: LocalDay, zone: ZoneInfo) -> Readings:
    """The register as it stands when the day begins: one reading, without length."""
    shown = _shown(key, zone, local.day.replace(day=1))[local.day.day - 1]
    return Readings([local.start], 0, [shown], durations=[0])


@lru_cache(maxsize=4096)
def _shown(key: str, zone: ZoneInfo, first: date) -> tuple[int, ...]:
    """What a register shows at the beginning of each day of a month, and at the month's end: Wh."""
    home, end = Household.at(key), (first + timedelta(days=31)).replace(day=1)
    if first < SET_AT_NOUGHT:
        return (0,) * ((end - first).days + 1)
    used = (sum(home.energy(local_day(day, zone))) for day in days(first, end))
    before = _shown(key, zone, (first - timedelta(days=1)).replace(day=1))[-1]
    return tuple(accumulate(used, initial=before))


def _piped(key: str, kind: Kind, local: LocalDay) -> Readings:
    pipe = PIPES[kind]
    used = (gas_burnt if pipe.stream.commodity == NATURAL_GAS else water_drawn)(key, local)
    return Readings(_starts(local.start, len(used), HOUR), HOUR, [int(amount / pipe.step) for amount in used])


def _plant(key: str, local: LocalDay) -> Day:
    """Apparent power follows from active and reactive; all three are means of the interval."""
    active, _ = Business.at(key).energy(local)
    reactive = lagging(key, local, active)
    return {
        BUSINESS_ENERGY: _quarters(local, [*active]),
        LAGGING: _quarters(local, [*reactive]),
        DEMAND: _power(local, active),
        APPARENT_DEMAND: _power(local, [isqrt(w * w + v * v) for w, v in zip(active, reactive, strict=True)]),
        REACTIVE_DEMAND: _power(local, reactive),
    }


def _power(local: LocalDay, energy: list[int]) -> Readings:
    return _quarters(local, [amount * HOUR // QUARTER for amount in energy])


def _commercial(key: str, local: LocalDay) -> Day:
    """Demand is the mean power of the interval; the power factor follows from active and reactive energy."""
    active, reactive = Business.at(key).energy(local)
    return {
        BUSINESS_ENERGY: _quarters(local, [*active]),
        DEMAND: _power(local, active),
        REACTIVE: _quarters(local, [*reactive]),
        POWER_FACTOR: _quarters(local, [power_factor(w, v) for w, v in zip(active, reactive, strict=True)]),
    }


def _with_gaps(home: Household, local: LocalDay) -> Readings:
    """Some days miss a stretch; some weeks miss two whole days."""
    values: Column = [*home.energy(local)]
    if local.day.toordinal() % 7 in {2, 3} and chance.draw(home.key, "lost", week(local.day)) < 0.05:
        values = [None] * len(values)
    elif chance.draw(home.key, "gap", local.day) < 0.08:
        first, end = _stretch(home.key, local, 1, 40)
        values[first:end] = [None] * (end - first)
    return _quarters(local, values)


def _estimated(home: Household, local: LocalDay, week_before: LocalDay) -> Readings:
    """Some days have a stretch that the utility filled in: a short one by a straight line between its neighbours,
    a long one with the same hours of the week before."""
    wh = home.energy(local)
    qualities: Column = [VALID] * len(wh)
    chosen = chance.draw(home.key, "estimated", local.day)
    if chosen < 0.1:
        first, end = _stretch(home.key, local, 1, 8)
        before, after, steps = wh[first - 1], wh[end], end - first + 1
        for number, at in enumerate(range(first, end), start=1):
            wh[at] = (before * (steps - number) + after * number) // steps
            qualities[at] = INTERPOLATED
    elif chosen < 0.15:
        first, end = _stretch(home.key, local, 12, 60)
        reference = dict(zip(week_before.wall, home.energy(week_before), strict=True))
        for at in range(first, end):
            # The hour that the clock skipped has no counterpart in the week before, nor the other way round.
            wh[at] = reference.get(local.wall[at], wh[first - 1])
            qualities[at] = FROM_REFERENCE_DAY
    readings = _quarters(local, [*wh])
    if any(qualities):
        readings.marks["quality"] = qualities
    return readings


def _stretch(key: str, local: LocalDay, shortest: int, longest: int) -> tuple[int, int]:
    """A run of intervals inside a day that touches neither of its ends: its first, and the one after its last."""
    length = chance.whole(shortest, longest, key, "stretch length", local.day)
    first = chance.whole(1, len(local.wall) - 1 - length, key, "stretch start", local.day)
    return first, first + length
