"""The invented town: a test account for every way of metering, and both APIs say what each of them is."""

from collections.abc import Callable
from datetime import datetime

import pytest

from wattkeeper.authorizations.final_scope import final_scope
from wattkeeper.authorizations.scope import parse
from wattkeeper.customers.models import Customer, Service
from wattkeeper.readings.models import Channel
from wattkeeper.sandbox.agave import seed_agave
from wattkeeper.sandbox.epe import seed_epe
from wattkeeper.sandbox.seeding import SeedResult
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(set_clock: Callable[[datetime], None]) -> SeedResult:
    set_clock(datetime.fromisoformat("2026-11-24T19:00:00Z"))
    return seed_agave(["http://localhost:8001/callback"], months=2)


def services(customer: Customer | None) -> list[Service]:
    return list(Service.objects.filter(occupancies__account__customer=customer).order_by("kind"))


def data_blocks(seeded: SeedResult, name: str) -> set[int]:
    """The blocks of a final scope that say what kinds of readings there are."""
    (account,) = [account for account in seeded.test_accounts if account.scenario == name]
    scope = final_scope(
        seeded.registration,
        parse("FB=4_16_51"),
        shares_intervals=True,
        shares_bills=True,
        shares_account=True,
        history_length=86_400,
        service_ids=[service.pk for service in services(account.customer)],
    )
    return {5, 6, 7, 8, 9, 10, 11} & set(scope.blocks)


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("townhouse", {5, 10, 11}),
        ("solar", {5, 8}),
        ("net", {5, 7}),
        ("registers", {5, 9}),
        ("demand", {5, 6}),
        ("gas_therm", {5, 10}),
        ("gas_ccf", {10}),
        ("gas_m3", {10}),
        ("water", {11}),
        ("water_ccf", {11}),
        ("water_m3", {11}),
    ],
)
def test_each_account_has_the_function_blocks_of_its_meters(seeded: SeedResult, name: str, blocks: set[int]) -> None:
    assert data_blocks(seeded, name) == blocks


def test_its_accounts_are_signed_in_to_by_their_names(seeded: SeedResult) -> None:
    assert all(account.username == account.password == f"test_{account.scenario}" for account in seeded.test_accounts)
    assert all(account.description("es") != account.description("en") for account in seeded.test_accounts)
    kinds = {
        account.scenario: [service.kind for service in services(account.customer)] for account in seeded.test_accounts
    }
    assert kinds["townhouse"] == [0, 1, 2]
    assert kinds["water_m3"] == [2]
    assert kinds["gas_therm"] == [0, 1]
    assert {service.city for service in Service.objects.all()} == {"Agave Springs"}
    assert {service.service_class for service in Service.objects.all()} == {
        "res-electric", "comm-electric", "res-gas", "res-water",
    }  # fmt: skip
    assert all(channel.commodity == channel.service.commodity for channel in Channel.objects.select_related("service"))


def test_it_stands_beside_el_paso_electric_and_changes_nothing_there(seeded: SeedResult) -> None:
    epe = seed_epe()
    assert [account.username for account in epe.test_accounts] == [
        "test_residential",
        "test_commercial",
        "test_badlogin",
    ]
    assert epe.registration.company == seeded.registration.company
    assert epe.registration.client_id != seeded.registration.client_id
    assert {service.city for service in Service.objects.filter(world=epe.sandbox)} == {"El Paso"}


def test_a_second_run_adds_nothing(seeded: SeedResult) -> None:
    again = seed_agave(months=2)
    assert (again.growth.days, again.growth.bills) == (0, 0)
    assert again.test_accounts == seeded.test_accounts
    assert Utility.objects.count() == 1
