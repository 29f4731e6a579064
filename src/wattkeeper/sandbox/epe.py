"""El Paso Electric as the demo and the docs have it: the tenant, its test accounts, the public sandbox client."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from wattkeeper.companies.models import Company, Registration, ScopeOfUse
from wattkeeper.companies.registrations import set_requires_pkce
from wattkeeper.customers.models import TestAccount
from wattkeeper.sandbox.homes import Growth, ensure_home
from wattkeeper.sandbox.loads import Kind
from wattkeeper.utilities.models import Utility, World

CODE = "EPE"
PUBLIC_CLIENT_ID = "EPE_ccccccccc"
FUNCTION_BLOCKS = [1, 3, 4, 5, 6, 7, 8, 9, 13, 15, 16, 17, 31, 35, 37, 51, *range(53, 63), 64, 65, 67]
DESCRIPTIONS = {
    "en": "El Paso Electric brings electricity to homes and businesses in west Texas and southern New Mexico.",
    "es": "El Paso Electric lleva electricidad a hogares y empresas del oeste de Texas y el sur de Nuevo México.",
}
PURPOSE = {
    "en": "Test Company exists for trying out data sharing. It only ever sees made-up test data.",
    "es": "Test Company existe para probar cómo se comparten los datos. Solo ve datos de prueba inventados.",
}


@dataclass(frozen=True)
class Scenario:
    """A published test account; without a kind, one whose sign-in finds no customer."""

    name: str
    kind: Kind | None
    descriptions: dict[str, str]

    @property
    def username(self) -> str:
        return f"test_{self.name}"


SCENARIOS = (
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
)


@dataclass(frozen=True)
class SeedResult:
    """What stands after seeding, and how much data this run added."""

    utility: Utility
    live: World
    sandbox: World
    registration: Registration
    test_accounts: list[TestAccount]
    growth: Growth


def seed_epe(redirect_uris: Sequence[str] = ()) -> SeedResult:
    """Makes what is missing of the demo tenant and brings its test homes' data up to yesterday.

    Rows that are there stay as they are, except that the public client is given these redirect URIs beside its own.
    It has no secret yet: `companies.credentials.issue_client_secret` makes one.
    """
    with transaction.atomic():
        utility = _tenant()
        live, _ = World.objects.get_or_create(utility=utility, kind=World.Kind.LIVE)
        sandbox, _ = World.objects.get_or_create(utility=utility, kind=World.Kind.SANDBOX, name="main")
        registration = _public_client(utility, redirect_uris)
        growth = Growth()
        accounts = []
        for scenario in SCENARIOS:
            account, grown = _test_account(sandbox, scenario)
            accounts.append(account)
            growth += grown
    return SeedResult(utility, live, sandbox, registration, accounts, growth)


def _tenant() -> Utility:
    utility, _ = Utility.objects.get_or_create(
        code=CODE,
        defaults={
            "slug": "epe",
            "name": "El Paso Electric",
            "descriptions": DESCRIPTIONS,
            "website": "https://greenbutton.epelectric.com/",
            "zone_name": "America/Denver",
            "languages": ["en", "es"],
            "sign_in_methods": ["sso", "test"],
            "function_blocks": FUNCTION_BLOCKS,
        },
    )
    return utility


def _public_client(utility: Utility, redirect_uris: Sequence[str]) -> Registration:
    registration = Registration.objects.filter(client_id=PUBLIC_CLIENT_ID).first()
    if registration is None:
        registration = Registration.objects.create(
            company=Company.objects.create(name="Test Company"),
            utility=utility,
            client_id=PUBLIC_CLIENT_ID,
            is_public_demo=True,
        )
        ScopeOfUse.objects.create(registration=registration, texts=PURPOSE)
        set_requires_pkce(registration, False)  # whoever tries it with a Green Button client in the field has no PKCE
    new = [uri for uri in redirect_uris if uri not in registration.redirect_uris]
    if new:
        registration.redirect_uris = [*registration.redirect_uris, *new]
        registration.save(update_fields=["redirect_uris"])
    return registration


def _test_account(world: World, scenario: Scenario) -> tuple[TestAccount, Growth]:
    customer, growth = None, Growth()
    if scenario.kind is not None:
        customer, growth = ensure_home(world, f"epe/{scenario.username}", scenario.kind)
    account, _ = TestAccount.objects.get_or_create(
        world=world,
        username=scenario.username,
        defaults={
            "password": scenario.username,
            "scenario": scenario.name,
            "customer": customer,
            "descriptions": scenario.descriptions,
        },
    )
    return account, growth
