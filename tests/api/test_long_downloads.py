"""A download whose grant ends while it runs stops at the next batch, and what was sent is no whole JSON."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.reader import TODAY, Shared, ask
from cast import authorize, customer, fill, noon, share
from wattkeeper.authorizations import contents, lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.companies.models import Registration
from wattkeeper.customers.billing import BillRecord, put_bill

FIRST = TODAY - timedelta(days=150)
PATHS = {"intervals": '"readings": [{', "bills": '"line_items":['}


@pytest.fixture
def long(shared: Shared) -> Shared:
    """Heather's home with more days and bills than two batches hold."""
    fill(shared.service, FIRST, date(2026, 11, 14))
    for number in range(contents.BATCH * 2 + 2):
        start = date(2025, 1, 1) + timedelta(days=number)
        put_bill(shared.service.pk, BillRecord(start, start + timedelta(days=1), 100, 100))
    return shared


def begun(shared: Shared, path: str, **more: object) -> tuple[Any, list[str]]:
    """A download under way, with one item received."""
    response: Any = ask(shared.token, f"/{path}", "GET", **({"authorizations": shared.grant.uid} | more))
    chunks = iter(response.streaming_content)
    return chunks, [next(chunks).decode() for _ in range(2)]


ENDS: dict[str, Callable[[Shared], object]] = {
    "revoked": lambda shared: lifecycle.revoke(shared.grant, "customer"),
    "expired": lambda shared: Authorization.objects.update(expires=noon(TODAY)),
    "suspended": lambda shared: Registration.objects.update(status="suspended"),
    "narrowed": lambda shared: share(shared.party, shared.service, "FB=4_16"),
    "without the meter": lambda shared: shared.grant.meters.all().delete(),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("end", ENDS)
def test_it_is_broken_off_when_the_grant_ends(
    long: Shared, path: str, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    chunks, received = begun(long, path)
    ENDS[end](long)
    with pytest.raises(GrantEndedError):
        received.extend(chunk.decode() for chunk in chunks)
    assert "".join(received).count(PATHS[path]) == contents.BATCH
    with pytest.raises(json.JSONDecodeError):
        json.loads("".join(received))
    assert f"a download was broken off: no longer in force: authorization {long.grant.uid}" in caplog.text


@pytest.mark.parametrize("path", PATHS)
def test_it_is_whole_while_the_grant_is_in_force(long: Shared, path: str) -> None:
    chunks, received = begun(long, path)
    whole = json.loads("".join(received) + "".join(chunk.decode() for chunk in chunks))
    assert len(whole[path]) > contents.BATCH * 2


def test_of_several_grants_the_end_of_one_that_is_being_read_is_enough(long: Shared) -> None:
    other = customer("Oscar Other")
    fill(other, FIRST, TODAY)
    second = authorize(long.party, other)
    chunks, _ = begun(long, "intervals", authorizations=f"{long.grant.uid},{second.uid}")
    lifecycle.revoke(second, "customer")
    with pytest.raises(GrantEndedError):
        list(chunks)


def test_a_batch_costs_two_statements_and_the_first_one(long: Shared) -> None:
    """A month, which is less than a batch, is not asked about again."""
    for limit, expected in ((contents.BATCH, 1), (contents.BATCH + 1, 3), (contents.BATCH * 2 + 1, 5)):
        response: Any = ask(long.token, "/intervals", authorizations=long.grant.uid, limit=limit)
        with CaptureQueriesContext(connection) as seen:
            b"".join(response.streaming_content)
        assert len(seen) == expected
