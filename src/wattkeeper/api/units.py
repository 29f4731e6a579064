"""From ESPI's codes and scaled integers to the JSON API's units, datapoint types and decimal numbers."""

from collections.abc import Iterable
from functools import lru_cache

from wattkeeper.readings.models import Channel

# ESPI UnitSymbolKind -> JSON unit, and the power of ten that goes from the first to the second. A litre and a BTU are
# told in the units that the JSON API has.
UNITS: dict[int, tuple[str, int]] = {
    72: ("kwh", -3),
    38: ("kw", -3),
    71: ("kvah", -3),
    61: ("kva", -3),
    73: ("kvarh", -3),
    63: ("kvar", -3),
    169: ("therms", 0),
    119: ("ccf", -2),
    120: ("ccf", -2),
    42: ("m3", 0),
    166: ("m3", 0),
    167: ("m3", 0),
    128: ("gallons", 0),
    134: ("m3", -3),
    156: ("m3", -3),
    157: ("m3", -3),
    132: ("therms", -5),
    80: ("currency", 0),
    29: ("v", 0),
    5: ("a", 0),
    33: ("hz", 0),
}
POWER_FACTORS = {65, 153}
REGISTERS = {1, 2, 3}  # ESPI AccumulationKind: totals that only rise, not amounts of an interval
QUALIFIERS = {2: "average", 8: "max", 9: "min"}  # ESPI DataQualifierKind
DIRECTIONS = {1: "fwd", 19: "rev", 4: "net", 20: "total", 15: "q1", 16: "q2", 17: "q3", 18: "q4"}
QUALITIES = {
    0: "valid",
    7: "manually_edited",
    8: "estimated_from_reference_day",
    9: "estimated_by_interpolation",
    10: "questionable",
    11: "derived",
    12: "projected",
    13: "mixed",
    14: "raw",
    15: "normalized_for_weather",
    16: "other",
    17: "validated",
    18: "verified",
    19: "revenue",
}


def unit(uom: int, multiplier: int) -> tuple[str | None, int]:
    """The JSON unit of an ESPI unit, and the power of ten that brings its integers there. A power factor has none."""
    if uom in POWER_FACTORS:
        return None, multiplier
    name, shift = UNITS.get(uom, (f"uom-{uom}", 0))
    return name, multiplier + shift


def datapoint_type(channel: Channel) -> str:
    """`fwd`, `rev`, `net`, `power_factor`, `max` and so on, for one channel."""
    if channel.uom in POWER_FACTORS:
        return "power_factor"
    if channel.accumulation in REGISTERS:
        return "register"
    return QUALIFIERS.get(channel.data_qualifier) or DIRECTIONS.get(channel.flow_direction, "net")


@lru_cache(maxsize=16384)
def decimal(value: int, exponent: int) -> str:
    """value * 10**exponent as a JSON number, exact to the last digit: `decimal(1250, -3)` is `1.25`."""
    if exponent >= 0:
        return f"{value}{'0' * exponent if value else ''}.0"
    digits = f"{abs(value):0{1 - exponent}d}"
    fraction = digits[exponent:].rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{digits[:exponent]}.{fraction}"


def quality(code: int) -> str:
    """The word for an ESPI QualityOfReading."""
    return QUALITIES.get(code, f"quality-{code}")


def numbers(values: Iterable[int], exponent: int) -> list[float]:
    """`number` of many: Python divides two integers to the nearest float."""
    if exponent >= 0:
        return [float(value * 10**exponent) for value in values]
    return [value / 10**-exponent for value in values]


def number(value: int, exponent: int) -> float:
    """The same as the nearest float, which prints back as those digits."""
    return float(decimal(value, exponent))
