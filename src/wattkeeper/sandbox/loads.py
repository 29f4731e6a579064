"""The readings of a synthetic service, one local day at a time, from nothing but its key, its kind and the day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt
from zoneinfo import ZoneInfo

from wattkeeper.readings.packing import Column, Readings
from wattkeeper.readings.store import ReadingType
from wattkeeper.sandbox import chance
from wattkeeper.sandbox.dwellings import (
    Business,
    Household,
    car_charging,
    gas_burnt,
    is_vacant,
    solar_output,
    week,
)
from wattkeeper.sandbox.weather import QUARTER, LocalDay, local_day

HOUR = 3600
VALID, FROM_REFERENCE_DAY, INTERPOLATED = 0, 8, 9  # ESPI QualityOfReading
FORWARD, REVERSE = 1, 19  # ESPI FlowDirectionKind

SPLIT_PHASE, THREE_PHASE = 769, 225  # ESPI PhaseCodeKind S12N and ABCN
WATT_HOURS, WATTS, VAR_HOURS, COS_PHI, THERMS = 72, 38, 73, 65, 169  # ESPI UnitSymbolKind

ENERGY = ReadingType(FORWARD, WATT_HOURS, QUARTER, phase=SPLIT_PHASE)
EXPORT = ReadingType(REVERSE, WATT_HOURS, QUARTER, phase=SPLIT_PHASE)
BUSINESS_ENERGY = ReadingType(FORWARD, WATT_HOURS, QUARTER, phase=THREE_PHASE)
DEMAND = ReadingType(FORWARD, WATTS, QUARTER, kind=37, accumulation=12, phase=THREE_PHASE)
REACTIVE = ReadingType(REVERSE, VAR_HOURS, QUARTER, phase=THREE_PHASE)
POWER_FACTOR = ReadingType(
    FORWARD, COS_PHI, QUARTER, multiplier=-3, kind=38, accumulation=12, data_qualifier=2, phase=THREE_PHASE
)
GAS = ReadingType(FORWARD, THERMS, HOUR, multiplier=-3, commodity=7)

Day = dict[ReadingType, Readings]


class Kind(StrEnum):
    """What a synthetic service is like. The last three are homes whose occupants, meter or data make trouble."""

    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    SOLAR = "solar"
    EV = "ev"
    GAS = "gas"
    VACANCY = "vacancy"
    GAPS = "gaps"
    ESTIMATED = "estimated"


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
            case Kind.GAS:
                return (GAS,)
            case _:
                return (ENERGY,)

    def day(self, day: date) -> Day:
        """The readings of every stream: Wh, W, varh, thousandths of a power factor, thousandths of a therm."""
        local = local_day(day, self.zone)
        match self.kind:
            case Kind.COMMERCIAL:
                return _commercial(self.key, local)
            case Kind.GAS:
                burnt = gas_burnt(self.key, local)
                return {GAS: Readings(_starts(local.start, len(burnt), HOUR), HOUR, [*burnt])}
            case Kind.SOLAR:
                return _solar(self.key, local)
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


def _solar(key: str, local: LocalDay) -> Day:
    """The meter sees only what the roof lacks or has over in each quarter hour."""
    used, made = Household.at(key).energy(local), solar_output(key, local)
    balance = [wh - sun for wh, sun in zip(used, made, strict=True)]
    return {
        ENERGY: _quarters(local, [max(0, wh) for wh in balance]),
        EXPORT: _quarters(local, [max(0, -wh) for wh in balance]),
    }


def _commercial(key: str, local: LocalDay) -> Day:
    """Demand is the mean power of the interval; the power factor follows from active and reactive energy."""
    active, reactive = Business.at(key).energy(local)
    return {
        BUSINESS_ENERGY: _quarters(local, [*active]),
        DEMAND: _quarters(local, [wh * HOUR // QUARTER for wh in active]),
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
