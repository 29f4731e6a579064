"""The tariffs of the synthetic utility: invented, with prices of the size El Paso has."""

from wattkeeper.sandbox.loads import THERMS, Kind
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

NATURAL_GAS = Tariff(
    "G-R Residential Gas",
    charges=(
        Charge("Customer charge", Basis.PERIOD, 1_832_000, "delivery", ADMINISTRATION),
        Charge("Distribution", Basis.USE, 21_450, "delivery", DELIVERY),
        Charge("Cost of gas", Basis.USE, 40_817, "supply", GENERATION),
        *TAXES,
    ),
    uom=THERMS,
    multiplier=-3,
    unit="therms",
)

TARIFFS = {
    Kind.COMMERCIAL: COMMERCIAL,
    Kind.SOLAR: ROOFTOP_SOLAR,
    Kind.EV: ELECTRIC_VEHICLE,
    Kind.GAS: NATURAL_GAS,
}


def tariff_of(kind: Kind) -> Tariff:
    return TARIFFS.get(kind, RESIDENTIAL)
