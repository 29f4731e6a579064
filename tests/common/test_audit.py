"""What is recorded: ids alone, in the transaction of the change; and what the database refuses afterwards."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from wattkeeper.common import audit, chain
from wattkeeper.common.audit import Actor, Entry, Kind
from wattkeeper.common.models import AuditEntry, AuditHead

pytestmark = pytest.mark.django_db
UID = UUID(int=7)


def tell(action: str = "tried", **data: audit.Value) -> AuditEntry:
    audit.record(action, actor=Actor(Kind.CUSTOMER, UID), utility_code="EPE", authorization_uid=UID, data=data)
    return AuditEntry.objects.latest("id")


def test_a_row_says_who_what_whose_and_when(set_clock: Callable[[datetime], None]) -> None:
    at = datetime(2026, 11, 24, 19, tzinfo=UTC)
    set_clock(at)
    row = tell(
        "tried", meters=[UID], since=at, day=date(2026, 1, 31), scope="FB=4_16;BR=1", count=2, whole=True, end=None
    )
    assert (row.at, row.action, row.actor_kind, row.actor) == (at, "tried", "customer", str(UID))
    assert (row.utility_code, row.registration_uid, row.authorization_uid) == ("EPE", None, UID)
    assert row.data == (
        f'{{"meters":["{UID}"],"since":"2026-11-24T19:00:00+00:00","day":"2026-01-31","scope":"FB=4_16;BR=1",'
        '"count":2,"whole":true,"end":null}'
    )
    assert (row.position, row.hash) == (None, None)


@pytest.mark.parametrize("value", ["Heather Homeowner", "heather@example.com", "1234 Main Ave", "Niño", ["a b"], "a\n"])
def test_nothing_of_a_person_can_be_told(value: audit.Value) -> None:
    with pytest.raises(ValueError, match="nothing of a person"):
        tell(value=value)
    assert not AuditEntry.objects.exists()


def test_recording_is_one_statement_for_one_and_for_many() -> None:
    for count in (1, 60):
        entries = [Entry("read", audit.SYSTEM, authorization_uid=uuid4()) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            audit.record_all(entries)
        assert len(seen) == 1
    audit.record_all([])
    assert AuditEntry.objects.count() == 61


def test_it_happens_with_the_change_or_not_at_all() -> None:
    def change() -> None:
        with transaction.atomic():
            tell()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert not AuditEntry.objects.exists()


CHANGES: list[dict[str, object]] = [
    {"at": datetime(2020, 1, 1, tzinfo=UTC)},
    {"action": "else"},
    {"actor_kind": "staff"},
    {"actor": ""},
    {"utility_code": "RIO"},
    {"registration_uid": UID},
    {"authorization_uid": None},
    {"data": "{}"},
    {"position": 9},
    {"hash": "0" * 64},
    {"position": None, "hash": None},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_the_database_refuses_to_change_a_row(change: dict[str, object], is_sealed: bool) -> None:
    row = tell()
    if is_sealed:
        chain.seal()
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        AuditEntry.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("is_sealed", [True, False])
def test_the_database_refuses_to_delete_a_row(is_sealed: bool) -> None:
    row = tell()
    if is_sealed:
        chain.seal()
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        row.delete()


def test_the_database_refuses_a_row_that_comes_sealed() -> None:
    with pytest.raises(IntegrityError, match="sealed after"), transaction.atomic():
        AuditEntry.objects.create(action="tried", data="{}", position=1, hash="0" * 64)


def test_the_database_refuses_to_set_the_head_back_or_lose_it() -> None:
    tell()
    chain.seal()
    for change in ({"position": 0}, {"id": 2}):
        with pytest.raises(IntegrityError, match="only moves on"), transaction.atomic():
            AuditHead.objects.update(**change)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        AuditHead.objects.all().delete()


def test_postgresql_refuses_to_empty_the_tables() -> None:
    """SQLite has no TRUNCATE: there is nothing to refuse."""
    if connection.vendor == "sqlite":
        return
    for table in ("common_auditentry", "common_audithead"):
        with (
            pytest.raises(IntegrityError, match="never"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table}")
