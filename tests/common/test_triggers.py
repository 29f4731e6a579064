"""What the database refuses stands in it after every migration, and is missed where it does not."""

import pytest
from django.db import OperationalError, connection, models
from django.db.migrations import AddField
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from wattkeeper.common import triggers


@pytest.mark.django_db
def test_every_refusal_stands() -> None:
    assert triggers.missing() == []
    assert len(triggers.expected()) >= 25


@pytest.mark.django_db
def test_a_refusal_that_was_dropped_is_missed() -> None:
    refusal = triggers.expected()["wall_grant"]
    triggers.drop(refusal)
    assert triggers.missing() == ["wall_grant"]
    triggers.build(refusal)
    assert triggers.missing() == []


@pytest.mark.django_db
def test_a_refusal_that_was_switched_off_is_missed() -> None:
    """SQLite has no such switch."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE authorizations_authorization DISABLE TRIGGER wall_grant")
    assert triggers.missing() == ["wall_grant"]


def migrate(operations: list[Operation], forwards: bool = True) -> None:
    """Applies operations to the present state of the rooms, or takes them back."""
    states = [MigrationExecutor(connection).loader.project_state()]
    for operation in operations:
        states.append(states[-1].clone())
        operation.state_forwards("companies", states[-1])
    steps = list(zip(operations, states[:-1], states[1:], strict=True))
    with connection.schema_editor() as editor:
        for operation, before, after in steps if forwards else reversed(steps):
            if forwards:
                operation.database_forwards("companies", editor, before, after)
            else:
                operation.database_backwards("companies", editor, after, before)


def colour() -> Operation:
    return AddField("registration", "colour", models.CharField(max_length=8, default="blue"))


@pytest.mark.django_db(transaction=True)
def test_a_table_can_be_built_anew_around_its_refusals() -> None:
    operations = triggers.around(colour())
    migrate(operations)
    assert triggers.missing() == []
    migrate(operations, forwards=False)
    assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
def test_sqlite_does_not_let_it_be_forgotten() -> None:
    """PostgreSQL changes a table where it stands."""
    if connection.vendor == "postgresql":
        return
    with pytest.raises(OperationalError, match="error in trigger"):
        migrate([colour()])
    assert triggers.missing() == []
