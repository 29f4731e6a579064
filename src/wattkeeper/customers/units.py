"""Units as people read them on pages, in mails and on bills."""

from decimal import Decimal

from wattkeeper.common import formats

THOUSANDTH = Decimal("0.001")
KWH, THERM, FEET, METRES = ("kWh", THOUSANDTH), ("therm", Decimal(1)), ("ft³", Decimal(1)), ("m³", Decimal(1))
GALLONS, LITRES = ("gal", Decimal(1)), ("L", Decimal(1))
USED = {
    72: KWH,
    169: THERM,
    132: ("therm", Decimal("0.00001")),
    119: FEET,
    120: FEET,
    42: METRES,
    166: METRES,
    167: METRES,
    128: GALLONS,
    134: LITRES,
    156: LITRES,
    157: LITRES,
}
"""What is used, by ESPI UnitSymbolKind: what people read, and how much of it one is."""
CHARGED = USED | {
    38: ("kW", THOUSANDTH),
    61: ("kVA", THOUSANDTH),
    63: ("kvar", THOUSANDTH),
    71: ("kVAh", THOUSANDTH),
    73: ("kvarh", THOUSANDTH),
}
"""What a charge can be for."""
PRICE_UNITS = {
    72: "kwh",
    38: "kw",
    73: "kvarh",
    63: "kvar",
    61: "kva",
    169: "therms",
    119: "ccf",
    42: "m3",
    128: "gallons",
}
"""What a price is for: the JSON API's Unit, by ESPI UnitSymbolKind."""
PRICED = {"kwh": "kWh", "kw": "kW", "kva": "kVA", "kvar": "kvar", "kvarh": "kvarh", "therms": "therm", "ccf": "CCF",
          "m3": "m³", "gallons": "gal"}  # fmt: skip
"""The same as people read it."""


def charged(volume: int, uom: int, multiplier: int) -> str:
    """`700.0 kWh`; empty for a unit that bills do not say."""
    if uom not in CHARGED:
        return ""
    unit, factor = CHARGED[uom]
    return f"{formats.number(Decimal(volume).scaleb(multiplier) * factor, 1)} {unit}"
