"""The tariffs of the synthetic utility: invented, with prices of the size El Paso has."""

from wattkeeper.customers.units import PRICE_UNITS
from wattkeeper.sandbox.loads import PIPES, Kind
from wattkeeper.sandbox.tariffs import Basis, Charge, Tariff, Window

# ESPI ItemKind
GENERATION, DELIVERY, USE, ADMINISTRATION, TAX, GENERATION_CREDIT = 1, 2, 3, 4, 5, 6

TAXES = (
    Charge("City franchise fee, 3.25 %", Basis.TAX, 3_250, "other", TAX),
    Charge("State gross receipts tax, 1.997 %", Basis.TAX, 1_997, "other", TAX),
    Charge("City sales tax, 1 %", Basis.TAX, 1_000, "other", TAX),
)
RIDERS = (
    Charge("Fuel and purchased power", Basis.USE, 2_417, "supply", GENERATION),
    Charge("Energy efficiency rider", Basis.USE, 121, "other", ADMINISTRATION),
)
FIRST_TIER = 600_000

HOME_ENERGY = (
    Charge("Customer charge", Basis.PERIOD, 975_000, "delivery", ADMINISTRATION),
    Charge("Summer energy, first 600 kWh", Basis.USE, 8_863, "delivery", USE, season="summer", tier=1, upto=FIRST_TIER),
    Charge(
        "Summer energy, over 600 kWh", Basis.USE, 10_491, "delivery", USE, season="summer", tier=2, above=FIRST_TIER
    ),
    Charge("Winter energy", Basis.USE, 8_237, "delivery", USE, season="winter"),
)

RESIDENTIAL = Tariff("R-1 Residential Service", charges=HOME_ENERGY + RIDERS + TAXES)

ROOFTOP_SOLAR = Tariff(
    "R-1 DG Residential Service with Generation",
    charges=(
        *HOME_ENERGY,
        *RIDERS,
        Charge("Credit for energy fed in", Basis.EXPORT, -3_846, "supply", GENERATION_CREDIT),
        *TAXES,
    ),
)

ELECTRIC_VEHICLE = Tariff(
    "R-EV Residential Time of Use with Vehicle Charging",
    charges=(
        Charge("Customer charge", Basis.PERIOD, 1_150_000, "delivery", ADMINISTRATION),
        Charge("Summer on-peak energy", Basis.USE, 25_318, "delivery", USE, season="summer", bucket="peak"),
        Charge("Winter on-peak energy", Basis.USE, 14_206, "delivery", USE, season="winter", bucket="peak"),
        Charge("Off-peak energy", Basis.USE, 7_644, "delivery", USE, bucket="off-peak"),
        Charge("Super off-peak energy", Basis.USE, 2_935, "delivery", USE, bucket="super-off-peak"),
        *RIDERS,
        *TAXES,
    ),
    windows=(Window("super-off-peak", 0, 6), Window("peak", 14, 20, weekdays_only=True)),
)

COMMERCIAL = Tariff(
    "GS-TOU General Service, Time of Use",
    charges=(
        Charge("Customer charge", Basis.PERIOD, 4_250_000, "delivery", ADMINISTRATION),
        Charge("Summer on-peak energy", Basis.USE, 12_574, "delivery", USE, season="summer", bucket="peak"),
        Charge("Summer off-peak energy", Basis.USE, 3_218, "delivery", USE, season="summer", bucket="off-peak"),
        Charge("Winter on-peak energy", Basis.USE, 6_083, "delivery", USE, season="winter", bucket="peak"),
        Charge("Winter off-peak energy", Basis.USE, 2_779, "delivery", USE, season="winter", bucket="off-peak"),
        Charge("Demand charge", Basis.DEMAND, 1_463_000, "delivery", DELIVERY),
        *RIDERS,
        *TAXES,
        Charge("State sales tax, 6.25 %", Basis.TAX, 6_250, "other", TAX),
    ),
    windows=(Window("peak", 12, 18, weekdays_only=True),),
)

NET_METERING = Tariff(
    "R-1 NM Residential Net Metering",
    charges=(
        Charge("Customer charge", Basis.PERIOD, 975_000, "delivery", ADMINISTRATION),
        Charge("Net energy", Basis.USE, 8_640, "delivery", USE),
        *RIDERS,
        Charge("Credit for net surplus", Basis.EXPORT, -3_846, "supply", GENERATION_CREDIT),
        *TAXES,
    ),
)

LARGE_POWER = Tariff(
    "LP-TOU Large Power, Time of Use",
    charges=(
        Charge("Customer charge", Basis.PERIOD, 12_500_000, "delivery", ADMINISTRATION),
        Charge("On-peak energy", Basis.USE, 7_418, "delivery", USE, bucket="peak"),
        Charge("Off-peak energy", Basis.USE, 2_264, "delivery", USE, bucket="off-peak"),
        Charge("Demand charge", Basis.DEMAND, 1_687_000, "delivery", DELIVERY),
        Charge("Reactive demand charge", Basis.REACTIVE, 31_000, "delivery", DELIVERY),
        *RIDERS,
        *TAXES,
        Charge("State sales tax, 6.25 %", Basis.TAX, 6_250, "other", TAX),
    ),
    windows=(Window("peak", 12, 18, weekdays_only=True),),
)


def by_the_pipe(name: str, kind: Kind, charges: tuple[Charge, ...]) -> Tariff:
    stream = PIPES[kind].stream
    return Tariff(name, charges, uom=stream.uom, multiplier=stream.multiplier, unit=PRICE_UNITS[stream.uom])


def gas(name: str, kind: Kind, distribution: int, cost: int) -> Tariff:
    charges = (
        Charge("Customer charge", Basis.PERIOD, 1_832_000, "delivery", ADMINISTRATION),
        Charge("Distribution", Basis.USE, distribution, "delivery", DELIVERY),
        Charge("Cost of gas", Basis.USE, cost, "supply", GENERATION),
        *TAXES,
    )
    return by_the_pipe(name, kind, charges)


def water(name: str, kind: Kind, block: int, rates: tuple[int, int]) -> Tariff:
    """Water by blocks of use: up to `block` thousandths of the unit at the first rate, the rest at the second."""
    charges = (
        Charge("Service charge", Basis.PERIOD, 1_126_000, "delivery", ADMINISTRATION),
        Charge("Water, first block", Basis.USE, rates[0], "supply", USE, tier=1, upto=block),
        Charge("Water, second block", Basis.USE, rates[1], "supply", USE, tier=2, above=block),
        Charge("Water conservation fee", Basis.PERIOD, 85_000, "other", ADMINISTRATION),
    )
    return by_the_pipe(name, kind, charges)


TARIFFS = {
    Kind.COMMERCIAL: COMMERCIAL,
    Kind.SOLAR: ROOFTOP_SOLAR,
    Kind.EV: ELECTRIC_VEHICLE,
    Kind.NET: NET_METERING,
    Kind.DEMAND: LARGE_POWER,
    Kind.GAS: gas("G-R Residential Gas", Kind.GAS, 21_450, 40_817),
    Kind.GAS_CCF: gas("G-R Residential Gas by Volume", Kind.GAS_CCF, 22_244, 42_327),
    Kind.GAS_M3: gas("G-R Residential Gas, Metric", Kind.GAS_M3, 7_855, 14_948),
    Kind.WATER: water("W-1 Residential Water", Kind.WATER, 4_000_000, (318, 562)),
    Kind.WATER_CCF: water("W-1 Residential Water by Volume", Kind.WATER_CCF, 5_000, (237_900, 420_400)),
    Kind.WATER_M3: water("W-1 Residential Water, Metric", Kind.WATER_M3, 15_000, (84_000, 148_500)),
}


def tariff_of(kind: Kind) -> Tariff:
    return TARIFFS.get(kind, RESIDENTIAL)
