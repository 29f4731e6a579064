"""The own server's database from its outside: what a thief of its disk sees, and what it refuses whoever asks."""

import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError, sqlite3.OperationalError, psycopg.errors.RaiseException)


@dataclass
class Database:
    """Statements are written with `%s`. Each call is a transaction of its own."""

    url: str
    maintenance: str = ""
    """Where a PostgreSQL database is made and dropped from."""

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:///")

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.is_sqlite:
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
            try:
                with connection:
                    return connection.execute(statement.replace("%s", "?"), values).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.url) as postgres:
            cursor = postgres.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def dump(self) -> str:
        """Every row of every table as text, but for packed readings, which are megabytes of numbers."""
        told = [table for table in self.tables() if not table.startswith("readings_")]
        return "\n".join(str(row) for table in told for row in self.run(f'SELECT * FROM "{table}"'))

    def tables(self) -> list[str]:
        names = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if not self.is_sqlite:
            names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [str(name) for (name,) in self.run(names)]

    def columns(self, table: str) -> list[str]:
        if self.is_sqlite:
            return [str(column[1]) for column in self.run(f'PRAGMA table_info("{table}")')]
        found = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        return [str(name) for (name,) in self.run(found, table)]

    def like(self, table: str, key: int, **changes: Any) -> int:
        """A new row like another one, with some columns changed; returns its key."""
        names = [name for name in self.columns(table) if name != "id"]
        quoted = ", ".join(f'"{name}"' for name in names)
        (model,) = self.run(f"SELECT {quoted} FROM {table} WHERE id = %s", key)
        values = dict(zip(names, model, strict=True)) | changes
        marks = ", ".join(["%s"] * len(names))
        self.run(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", *(_kept(values[name]) for name in names))
        return int(self.run(f"SELECT max(id) FROM {table}")[0][0])

    def new_id(self) -> str:
        """A random uid, as this database keeps it."""
        found = uuid.uuid4()
        return found.hex if self.is_sqlite else str(found)

    def drop(self) -> None:
        if self.maintenance:
            administer(self.maintenance, "DROP DATABASE IF EXISTS {} WITH (FORCE)", self.url)


def _kept(value: Any) -> Any:
    """A column as it is written again: psycopg reads JSON as what it says."""
    return Jsonb(value) if isinstance(value, dict | list) else value


def connect(folder: Path, server_url: str) -> Database:
    """A new database: a file in the folder, or one of its own at the PostgreSQL server of that URL."""
    if not server_url.startswith("postgres"):
        (folder / "var").mkdir()
        return Database(f"sqlite:///{folder / 'var' / 'wattkeeper.sqlite3'}")
    before, _, after = server_url.partition("?")
    name = f"conformance_{folder.parent.name}_{folder.name}".replace("-", "_")
    url = f"{before.rsplit('/', 1)[0]}/{name}" + (f"?{after}" if after else "")
    administer(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", url)
    administer(server_url, "CREATE DATABASE {}", url)
    return Database(url, server_url)


def administer(server_url: str, statement: str, url: str) -> None:
    name = url.partition("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))
