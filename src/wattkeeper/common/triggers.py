"""What the database itself refuses, whoever asks: triggers, written once for SQLite and PostgreSQL.

A migration builds them with `Refuse`. SQLite changes most of a table by building it anew, which loses the triggers on
it and fails on those that mention it: the operations of such a migration go into `around`. `missing` names what does
not stand; a test and `wattkeeper doctor` ask.
"""

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.db import IntegrityError, connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import StateApps

REFUSED = "the database refuses: "

SQLITE = """
CREATE TRIGGER {name} BEFORE {moment} ON {table} {when}
BEGIN
    SELECT RAISE(ABORT, '{message}');
END
"""
POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
    END IF;
    {rest}
END $$;
CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH {unit} EXECUTE FUNCTION {name}();
"""
# What the two call differently. A condition that reads another table's row has it locked where rows are locked one
# by one, so that nobody changes it meanwhile.
WORDS = {
    "sqlite": {"now": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "locked": ""},
    "postgresql": {"now": "now()", "locked": "FOR SHARE"},
}


@dataclass(frozen=True)
class Refusal:
    """Refuses a `moment` (`INSERT`, `UPDATE OF status`, `DELETE`, `TRUNCATE`) on a table with IntegrityError.

    `condition` is SQL over NEW and OLD that both databases read; `{now}` and `{locked}` stand for WORDS. SQLite has no
    TRUNCATE, so there it is no trigger.
    """

    name: str
    table: str
    moment: str
    message: str
    condition: str = "TRUE"

    def building(self, vendor: str) -> list[str]:
        if vendor == "sqlite" and self.moment == "TRUNCATE":
            return []
        condition = self.condition.format(**WORDS[vendor])
        parts = {
            "name": self.name,
            "table": self.table,
            "moment": self.moment,
            "message": (REFUSED + self.message).replace("'", "''"),
            "condition": condition,
            "when": f"WHEN {condition}",
            "unit": "STATEMENT" if self.moment == "TRUNCATE" else "ROW",
            "rest": "RETURN OLD;" if self.moment in {"DELETE", "TRUNCATE"} else "RETURN NEW;",
        }
        return [(SQLITE if vendor == "sqlite" else POSTGRESQL).format(**parts)]

    def dropping(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {self.name}"]
        return [f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}", f"DROP FUNCTION IF EXISTS {self.name}()"]


class Refuse(migrations.RunPython):
    """The operation that builds refusals."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        super().__init__(lambda apps, editor: build(*refusals), lambda apps, editor: drop(*refusals))


def around(*operations: Operation) -> list[Operation]:
    """The operations with every trigger of a SQLite database taken away before them and put back after."""
    kept: list[str] = []

    def take(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                found = cursor.fetchall()
            kept[:] = [sql for _, sql in found]
            _execute([f"DROP TRIGGER {name}" for name, _ in found])

    def put(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        _execute(kept)

    return [migrations.RunPython(take, put), *operations, migrations.RunPython(put, take)]


def build(*refusals: Refusal) -> None:
    drop(*refusals)
    _execute([sql for refusal in refusals for sql in refusal.building(connection.vendor)])


def drop(*refusals: Refusal) -> None:
    _execute([sql for refusal in refusals for sql in refusal.dropping(connection.vendor)])


def expected() -> dict[str, Refusal]:
    """Every refusal that a migration of ours builds, by name."""
    found: dict[str, Refusal] = {}
    for config in apps.get_app_configs():
        if not config.name.startswith("wattkeeper."):
            continue
        for module in sorted(found.name for found in iter_modules([f"{config.path}/migrations"])):
            migration = import_module(f"{config.name}.migrations.{module}").Migration
            for operation in migration.operations:
                if isinstance(operation, Refuse):
                    found |= {refusal.name: refusal for refusal in operation.refusals}
    return found


def missing() -> list[str]:
    """Names of the refusals that do not stand in this database, or are switched off in it."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        standing = {str(name) for (name,) in cursor.fetchall()}
    wanted = (refusal for refusal in expected().values() if refusal.building(connection.vendor))
    return sorted(refusal.name for refusal in wanted if refusal.name not in standing)


def is_refusal(error: IntegrityError) -> bool:
    """Whether it was one of these that refused."""
    return REFUSED in str(error)


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
