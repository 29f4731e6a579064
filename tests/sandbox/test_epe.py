"""The demo tenant: complete after one run, the same after two."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Customer, Service, TestAccount
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.sandbox.epe import seed_epe
from wattkeeper.sandbox.seeding import SeedResult
from wattkeeper.utilities.models import World

pytestmark = pytest.mark.django_db

CALLBACK = "http://localhost:8001/callback"


@pytest.fixture
def seeded(set_clock: Callable[[datetime], None]) -> SeedResult:
    set_clock(datetime.fromisoformat("2026-11-24T19:00:00Z"))
    return seed_epe([CALLBACK])


def services(account: TestAccount) -> list[Service]:
    return list(Service.objects.filter(occupancies__account__customer=account.customer))


def test_the_tenant_is_as_its_docs_page_says(seeded: SeedResult) -> None:
    utility = seeded.utility
    assert (utility.code, utility.slug, utility.name) == ("EPE", "epe", "El Paso Electric")
    assert utility.website == "https://greenbutton.epelectric.com/"
    assert str(utility.zone) == "America/Denver"
    assert utility.languages == ["en", "es"]
    assert utility.sign_in_methods == ["sso", "test"]
    assert utility.description("es") != utility.description("en") != ""
    assert {world.kind for world in utility.worlds.all()} == {"live", "sandbox"}


def test_the_published_test_accounts_sign_in_with_their_names(seeded: SeedResult) -> None:
    accounts = {account.username: account for account in seeded.test_accounts}
    assert list(accounts) == ["test_residential", "test_commercial", "test_badlogin"]
    assert all(account.password == account.username for account in accounts.values())
    assert [account.scenario for account in accounts.values()] == ["residential", "commercial", "badlogin"]
    assert all(account.description("es") != account.description("en") for account in accounts.values())
    assert accounts["test_badlogin"].customer is None
    assert all(account.world == seeded.sandbox for account in accounts.values())


def test_each_test_customer_has_one_electric_service(seeded: SeedResult) -> None:
    residential, commercial, _ = seeded.test_accounts
    assert [service.service_class for service in services(residential)] == ["res-electric"]
    assert [service.service_class for service in services(commercial)] == ["comm-electric"]
    assert residential.customer is not None
    assert residential.customer.kind == Customer.Kind.RESIDENTIAL


def test_the_firm_has_demand_reactive_energy_and_power_factor(seeded: SeedResult) -> None:
    service = services(seeded.test_accounts[1])[0]
    kinds = Channel.objects.filter(service=service).values_list("uom", "flow_direction")
    assert set(kinds) == {(72, 1), (38, 1), (73, 19), (65, 1)}
    for bill in service.bills.all():
        assert {bucket["bucket"] for bucket in bill.details["tou"]} == {"peak", "off-peak"}
        assert len(bill.details["demand"]) == 1


def test_there_are_25_months_of_readings_and_bills(seeded: SeedResult) -> None:
    for service in services(seeded.test_accounts[0]) + services(seeded.test_accounts[1]):
        found = DayBlock.objects.filter(service_id=service.pk).order_by("day").values_list("day", flat=True)
        assert (found[0], found.reverse()[0]) == (date(2024, 10, 24), date(2026, 11, 23))
        assert service.bills.count() == 24


def test_the_public_client_can_be_sent_to_the_demo(seeded: SeedResult) -> None:
    client = seeded.registration
    assert (client.client_id, client.company.name) == ("EPE_ccccccccc", "Test Company")
    assert client.status == Registration.Status.SANDBOX
    assert client.is_public_demo
    assert client.redirect_uris == [CALLBACK]
    assert client.scopes_of_use.get().text("es") != ""


def test_a_second_run_changes_nothing_but_adds_a_new_redirect_uri(seeded: SeedResult) -> None:
    before = (Customer.objects.count(), World.objects.count(), DayBlock.objects.count(), TestAccount.objects.count())
    again = seed_epe(["http://localhost:9001/callback", CALLBACK])
    after = (Customer.objects.count(), World.objects.count(), DayBlock.objects.count(), TestAccount.objects.count())
    assert after == before
    assert again.growth.days == 0
    assert again.registration.redirect_uris == [CALLBACK, "http://localhost:9001/callback"]
