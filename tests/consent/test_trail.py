"""Signing in and out stands in the audit trail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import cast
from consent.visitor import Visitor, ask, home, published_account
from wattkeeper.common.models import AuditEntry

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def told() -> list[tuple[str, dict[str, object]]]:
    rows = AuditEntry.objects.filter(action__startswith="customer_").order_by("id")
    return [(row.action, json.loads(row.data)) for row in rows]


def test_signing_in_and_out_is_told() -> None:
    service = home()
    seen = Visitor().sign_in(ask())
    assert told() == [("customer_signed_in", {"method": "test"})]
    seen.open("/my-authorizations").press("Not you? Sign out").press("Sign in as test_residential")
    assert told()[1:] == [("customer_signed_out", {"idle": False}), ("customer_signed_in", {"method": "test"})]
    row = AuditEntry.objects.latest("id")
    assert (row.actor_kind, row.actor, row.utility_code) == ("customer", str(cast.owner(service).uid), "EPE")


def test_a_session_that_ends_by_itself_is_told(set_clock: Callable[[datetime], None]) -> None:
    home()
    seen = Visitor().sign_in(ask())
    set_clock(NOON + timedelta(minutes=31))
    seen.open("/my-authorizations").open("/my-authorizations")
    assert told()[1:] == [("customer_signed_out", {"idle": True})]


def test_a_sign_in_that_fails_is_not_told() -> None:
    published_account(None, "test_badlogin")
    Visitor().sign_in(ask(), "test_badlogin")
    assert told() == []
