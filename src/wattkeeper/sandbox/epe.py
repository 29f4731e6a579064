"""El Paso Electric as the demo and the docs have it: the tenant, its test accounts, the public sandbox client."""

from collections.abc import Sequence

from wattkeeper.sandbox.loads import Kind
from wattkeeper.sandbox.seeding import Scenario, SeedResult, Tenant, seed

DESCRIPTIONS = {
    "en": "El Paso Electric brings electricity to homes and businesses in west Texas and southern New Mexico.",
    "es": "El Paso Electric lleva electricidad a hogares y empresas del oeste de Texas y el sur de Nuevo México.",
}
EPE = Tenant(
    code="EPE",
    slug="epe",
    client_id="EPE_ccccccccc",
    scenarios=(
        Scenario(
            "residential",
            Kind.RESIDENTIAL,
            {
                "en": "A residential customer with one electric service.",
                "es": "Un cliente residencial con un servicio de electricidad.",
            },
        ),
        Scenario(
            "commercial",
            Kind.COMMERCIAL,
            {
                "en": "A commercial customer with one electric service.",
                "es": "Un cliente comercial con un servicio de electricidad.",
            },
        ),
        Scenario(
            "badlogin",
            None,
            {
                "en": "A sign-in for which no customer can be found.",
                "es": "Un inicio de sesión para el que no se encuentra ningún cliente.",
            },
        ),
    ),
    fields={
        "name": "El Paso Electric",
        "descriptions": DESCRIPTIONS,
        "website": "https://greenbutton.epelectric.com/",
        "zone_name": "America/Denver",
        "languages": ["en", "es"],
        "sign_in_methods": ["sso", "test"],
        "function_blocks": [1, 3, 4, 5, 6, 7, 8, 9, 13, 15, 16, 17, 31, 35, 37, 51, *range(53, 63), 64, 65, 67],
    },
)


def seed_epe(redirect_uris: Sequence[str] = ()) -> SeedResult:
    """Makes what is missing of the demo tenant and brings its test homes' data up to yesterday (`seeding.seed`)."""
    return seed(EPE, redirect_uris)
