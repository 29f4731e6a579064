"""The present of the JSON API's tests, and a home that Heather shares with Sunny."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from api.reader import TODAY, Shared
from cast import authorize, customer, fill, noon, third_party
from wattkeeper.authorizations import telling
from wattkeeper.customers.billing import BillRecord, StatementRecord, put_bill, put_statement
from wattkeeper.customers.models import Occupancy
from wattkeeper.events import order


@pytest.fixture
def present(set_clock: Callable[[datetime], None], db: None) -> None:
    set_clock(noon(TODAY))


@pytest.fixture
def shared(present: None) -> Shared:
    """Heather's home with ten days of quarter hours and two bills, shared with Sunny."""
    service = customer()
    fill(service, date(2026, 11, 14), TODAY)
    put_bill(service.pk, BillRecord(date(2026, 9, 10), date(2026, 10, 9), 5_000_000, 400_000))
    put_bill(service.pk, BillRecord(date(2026, 10, 9), date(2026, 11, 10), 6_000_000, 500_000))
    sunny = third_party()
    return Shared(sunny, service, authorize(sunny, service))


@pytest.fixture
def stated(shared: Shared) -> None:
    """A statement of that home's account, of today, and an event."""
    telling.tell(shared.grant, "authorization_created")
    order.place()
    put_bill(shared.service.pk, BillRecord(date(2026, 11, 10), TODAY, 100_000, 1, statement_date=TODAY))
    account = Occupancy.objects.get(service=shared.service).account
    put_statement(account.pk, StatementRecord(TODAY, 0, 0, 100_000, 100_000, TODAY), [shared.service.pk])
