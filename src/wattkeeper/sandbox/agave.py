"""The utility of Agave Springs, an invented town: electricity, gas and water, metered in every way there is here.

For third parties who want to see what El Paso Electric, which sells electricity alone, has no customer to show.
"""

from collections.abc import Sequence

from wattkeeper.sandbox.loads import Kind
from wattkeeper.sandbox.seeding import Scenario, SeedResult, Tenant, seed

MONTHS = 13
DESCRIPTIONS = {
    "en": "Agave Springs is an invented town. Its utility brings electricity, gas and water to made-up homes.",
    "es": "Agave Springs es un pueblo inventado. Su empresa de servicios lleva electricidad, gas y agua a hogares "
    "ficticios.",
}
SCENARIOS = (
    ("townhouse", Kind.TOWNHOUSE, "Electricity, gas and water.", "Electricidad, gas y agua."),
    (
        "solar",
        Kind.SOLAR,
        "Solar: use and feed-in measured apart.",
        "Solar: consumo y excedentes medidos por separado.",
    ),
    ("net", Kind.NET, "Solar with a net meter.", "Solar con un medidor neto."),
    ("registers", Kind.REGISTERS, "A register beside the intervals.", "Un registro junto a los intervalos."),
    ("demand", Kind.DEMAND, "A firm billed for demand.", "Una empresa con cargos por demanda."),
    ("gas_therm", Kind.GAS, "Electricity, and gas in therms.", "Electricidad, y gas en therms."),
    ("gas_ccf", Kind.GAS_CCF, "Gas in cubic feet.", "Gas en pies cúbicos."),
    ("gas_m3", Kind.GAS_M3, "Gas in cubic metres.", "Gas en metros cúbicos."),
    ("water", Kind.WATER, "Water in gallons.", "Agua en galones."),
    ("water_ccf", Kind.WATER_CCF, "Water in cubic feet.", "Agua en pies cúbicos."),
    ("water_m3", Kind.WATER_M3, "Water in cubic metres.", "Agua en metros cúbicos."),
)
AGAVE = Tenant(
    code="AGAVE",
    slug="agave",
    client_id="AGAVE_ccccccccc",
    scenarios=tuple(Scenario(name, kind, {"en": english, "es": spanish}) for name, kind, english, spanish in SCENARIOS),
    fields={
        "name": "Agave Springs Municipal Utilities",
        "descriptions": DESCRIPTIONS,
        "zone_name": "America/Denver",
        "languages": ["en", "es"],
        "sign_in_methods": ["test"],
        "function_blocks": [
            1, 3, *range(4, 12), 13, 15, 16, 17, 31, 35, 37, 51, *range(53, 63), 64, 65, 67,
        ],
        "accent": "#3a7d5c",
    },
)  # fmt: skip


def seed_agave(redirect_uris: Sequence[str] = (), months: int = MONTHS) -> SeedResult:
    """Makes what is missing of the town's tenant and brings its test homes' data up to yesterday (`seeding.seed`)."""
    return seed(AGAVE, redirect_uris, months)
