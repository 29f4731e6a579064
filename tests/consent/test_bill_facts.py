"""Signing in by the facts of a bill, and that nothing tells which of them were wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import cast
from consent.visitor import Visitor
from consent.without_account import BILL, is_signed_in, letters, shown_facts, visitor_at
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import CustomerAccount
from wattkeeper.utilities.models import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_online_accounts")]
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


@pytest.mark.parametrize("amount", ["123.45", "$123.45", " 98.10 ", "98.1", "133.45"])
def test_facts_of_a_bill_sign_in_and_the_customer_hears_of_it(account: CustomerAccount, amount: str) -> None:
    assert "Signed in as Lena Live." in shown_facts(account, amount=amount).text
    (letter,) = letters()
    assert (letter.to, letter.subject) == (["lena@example.com"], "Somebody signed in with your El Paso Electric bill")
    assert "http://localhost:8000/my-authorizations?utility=epe" in str(letter.body)
    assert "help@epe.example" in str(letter.body)


WRONG = [
    {"amount": "77.00"},
    {"amount": "123.46"},
    {"amount": "0"},
    {"postal_code": "79902"},
    {"number": "3999999999"},
    {"number": "3999999999", "postal_code": "1"},
]


@pytest.mark.parametrize("changes", WRONG)
def test_facts_that_do_not_fit_together_let_nobody_in(account: CustomerAccount, changes: dict[str, str]) -> None:
    seen = shown_facts(account, **changes)
    assert seen.errors() == ["We found no bill with this account number, ZIP code and amount together."]
    assert not is_signed_in(seen)
    assert letters() == []


@pytest.mark.parametrize("amount", ["", "much", "-1", "1e9", "NaN", "1.234", "12345678901234567890", "١٢٣"])
def test_an_amount_that_is_none_is_told(account: CustomerAccount, amount: str) -> None:
    assert shown_facts(account, amount=amount).errors() != []
    assert not SignIn.objects.exists()


def test_wrong_facts_ask_the_database_the_same(account: CustomerAccount) -> None:
    counts = []
    for changes in WRONG:
        seen = Visitor().open(BILL)
        facts = {"number": account.number, "postal_code": "79901", "amount": "123.45"} | changes
        with CaptureQueriesContext(connection) as queries:
            seen.press("Sign in", **facts)
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_the_bills_of_whoever_lived_there_before_are_no_facts(account: CustomerAccount) -> None:
    account.occupancies.update(start=date(2026, 2, 20))
    account.statements.all().delete()
    assert shown_facts(account).errors() != []


@pytest.mark.parametrize("world", [cast.sandbox, cast.elsewhere])
def test_bills_of_other_worlds_are_no_facts(world: Callable[[], World]) -> None:
    service = cast.customer(world=world())
    put_bill(service.pk, BillRecord(date(2026, 2, 3), date(2026, 3, 4), 123_45_000, 950_000))
    assert shown_facts(cast.owner(service).accounts.get()).errors()


def test_facts_are_counted_over_the_account_and_silently(account: CustomerAccount) -> None:
    facts = {"number": account.number, "postal_code": "79901"}
    for number in range(10):
        visitor_at(f"198.51.100.{number}").open(BILL).press("Sign in", **facts, amount="1.00")
    seen = visitor_at("198.51.100.99").open(BILL).press("Sign in", **facts, amount="123.45")
    assert seen.errors() == ["We found no bill with this account number, ZIP code and amount together."]
    assert "Signed in as" in shown_again_tomorrow(account).text


def test_right_facts_are_not_counted(account: CustomerAccount) -> None:
    for _ in range(6):
        assert "Signed in as Lena Live." in shown_facts(account).text


def shown_again_tomorrow(account: CustomerAccount) -> Visitor:
    SignIn.objects.update(created=NOON - timedelta(days=1))
    return shown_facts(account)
