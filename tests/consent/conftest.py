"""Customers who have no online account, and the sign-in of a utility for one who has."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import cast
from consent.fake_provider import SECRET, FakeProvider, connect, serving
from consent.sso import customer
from wattkeeper.customers.billing import BillRecord, StatementRecord, put_bill, put_statement
from wattkeeper.customers.models import CustomerAccount


@pytest.fixture
def without_online_accounts() -> None:
    utility = cast.epe()
    utility.sign_in_methods = ["code", "bill", "test"]
    utility.support_email = "help@epe.example"
    utility.save()


@pytest.fixture
def account() -> CustomerAccount:
    """Lena's, in the live world, with two bills and a statement."""
    service = cast.customer("Lena Live", cast.live())
    account = cast.owner(service).accounts.get()
    for start, end, cost in (
        (date(2026, 2, 3), date(2026, 3, 4), 123_45_000),
        (date(2026, 1, 3), date(2026, 2, 3), 98_10_000),
        (date(2025, 12, 3), date(2026, 1, 3), 77_00_000),
    ):
        put_bill(service.pk, BillRecord(start, end, cost, 950_000))
    put_statement(
        account.pk, StatementRecord(date(2026, 3, 4), 10_00_000, 0, 123_45_000, 133_45_000, date(2026, 3, 22)), []
    )
    return account


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text(SECRET + "\n")
    return str(tmp_path / "secret")


@pytest.fixture
def fake(secret_file: str) -> Iterator[FakeProvider]:
    """A provider that is connected."""
    with serving(FakeProvider()) as running:
        connect(running, secret_file)
        yield running


@pytest.fixture
def attacked(fake: FakeProvider) -> FakeProvider:
    """The provider, at which Lena is a customer."""
    customer()
    return fake
