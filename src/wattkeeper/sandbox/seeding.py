"""Making a tenant with its worlds, test accounts and public sandbox client, and bringing its homes up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from wattkeeper.companies.models import Company, Registration, ScopeOfUse
from wattkeeper.companies.registrations import set_requires_pkce
from wattkeeper.customers.models import TestAccount
from wattkeeper.sandbox.homes import HISTORY_MONTHS, Growth, ensure_home
from wattkeeper.sandbox.loads import Kind
from wattkeeper.utilities.models import Utility, World

COMPANY = "Test Company"
PURPOSE = {
    "en": "Test Company exists for trying out data sharing. It only ever sees made-up test data.",
    "es": "Test Company existe para probar cómo se comparten los datos. Solo ve datos de prueba inventados.",
}


@dataclass(frozen=True)
class Scenario:
    """A published test account; without a kind, one whose sign-in finds no customer."""

    name: str
    kind: Kind | None
    descriptions: Mapping[str, str]

    @property
    def username(self) -> str:
        return f"test_{self.name}"


@dataclass(frozen=True)
class Tenant:
    """A utility as it is made: `fields` of its row, the id of its public client, its scenarios."""

    code: str
    slug: str
    client_id: str
    scenarios: Sequence[Scenario]
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SeedResult:
    """What stands after seeding, and how much data this run added."""

    utility: Utility
    live: World
    sandbox: World
    registration: Registration
    test_accounts: list[TestAccount]
    growth: Growth


def seed(tenant: Tenant, redirect_uris: Sequence[str] = (), months: int = HISTORY_MONTHS) -> SeedResult:
    """Makes what is missing of a tenant and brings its test homes' data up to yesterday.

    Rows that are there stay as they are, except that the public client is given these redirect URIs beside its own.
    It has no secret yet: `companies.credentials.issue_client_secret` makes one.
    """
    with transaction.atomic():
        utility, _ = Utility.objects.get_or_create(code=tenant.code, defaults={"slug": tenant.slug, **tenant.fields})
        live, _ = World.objects.get_or_create(utility=utility, kind=World.Kind.LIVE)
        sandbox, _ = World.objects.get_or_create(utility=utility, kind=World.Kind.SANDBOX, name="main")
        registration = _public_client(utility, tenant.client_id, redirect_uris)
        growth = Growth()
        accounts = []
        for scenario in tenant.scenarios:
            account, grown = _test_account(sandbox, scenario, months)
            accounts.append(account)
            growth += grown
    return SeedResult(utility, live, sandbox, registration, accounts, growth)


def _public_client(utility: Utility, client_id: str, redirect_uris: Sequence[str]) -> Registration:
    registration = Registration.objects.filter(client_id=client_id).first()
    if registration is None:
        company = Company.objects.filter(name=COMPANY, registrations__is_public_demo=True).first()
        registration = Registration.objects.create(
            company=company or Company.objects.create(name=COMPANY),
            utility=utility,
            client_id=client_id,
            is_public_demo=True,
        )
        ScopeOfUse.objects.create(registration=registration, texts=PURPOSE)
        set_requires_pkce(registration, False)  # whoever tries it with a Green Button client in the field has no PKCE
    new = [uri for uri in redirect_uris if uri not in registration.redirect_uris]
    if new:
        registration.redirect_uris = [*registration.redirect_uris, *new]
        registration.save(update_fields=["redirect_uris"])
    return registration


def _test_account(world: World, scenario: Scenario, months: int) -> tuple[TestAccount, Growth]:
    customer, growth = None, Growth()
    if scenario.kind is not None:
        key = f"{world.utility.slug}/{scenario.username}"
        customer, growth = ensure_home(world, key, scenario.kind, months)
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
