"""How threads wait for SQLite's one writer. On a file of their own, whatever database the other tests run on."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from wattkeeper.common.sqlite import base

pytestmark = pytest.mark.django_db  # which lets the tests open connections
ENOUGH_SECONDS = 10
"""Less than the wait of a thread that waits in vain."""


class Ledger:
    """A table in a file, and a connection to it for each thread."""

    def __init__(self, path: Path) -> None:
        options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
        self._connections = ConnectionHandler(
            {"default": {"ENGINE": "wattkeeper.common.sqlite", "NAME": path, "OPTIONS": options}}
        )
        self.run("CREATE TABLE line (writer TEXT)")

    @property
    def connection(self) -> base.DatabaseWrapper:
        found: base.DatabaseWrapper = self._connections["default"]  # type: ignore[assignment]
        return found

    def run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def write(self, writer: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """One transaction that writes a line, and is not over before `meanwhile` is."""
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        try:
            self.run(f"INSERT INTO line VALUES ('{writer}')")
            meanwhile()
            self.connection.commit()
        finally:
            self.connection.close()

    def lines(self) -> list[str]:
        with self.connection.cursor() as cursor:
            return [writer for (writer,) in cursor.execute("SELECT writer FROM line")]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def until_somebody_waits() -> None:
    end = time.monotonic() + ENOUGH_SECONDS
    while not base._turn.locked():
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.001)


def test_who_writes_may_clear_away_a_cursor_of_who_waits(ledger: Ledger) -> None:
    """As Python's garbage collector does, in any thread."""
    left_over: list[object] = []
    cleared = threading.Event()

    def waiter() -> None:
        cursor = ledger.connection.cursor().cursor
        cursor.execute("SELECT 1 UNION SELECT 2").fetchone()
        left_over.append(cursor)
        del cursor
        ledger.write("waiter")

    def clear() -> None:
        pool.submit(waiter)
        until_somebody_waits()
        left_over.clear()
        cleared.set()

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(ledger.write, "writer", clear)
        assert cleared.wait(ENOUGH_SECONDS), "the writer waits for who waits for it"
        writing.result()
    assert ledger.lines() == ["writer", "waiter"]


def test_a_statement_outside_a_transaction_waits_too(ledger: Ledger) -> None:
    def meanwhile() -> None:
        waiting.append(pool.submit(ledger.run, "INSERT INTO line VALUES ('single')"))
        until_somebody_waits()

    waiting: list[object] = []
    with ThreadPoolExecutor(2) as pool:
        pool.submit(ledger.write, "writer", meanwhile).result()
    assert ledger.lines() == ["writer", "single"]


def test_many_writers_all_get_their_turn(ledger: Ledger) -> None:
    names = [f"{number:03}" for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.write, names))
    assert sorted(ledger.lines()) == names


def test_patience_ends(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE_SECONDS", 0.05)

    def meanwhile() -> None:
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="locked"):
            pool.submit(ledger.write, "waiter").result()

    ledger.write("writer", meanwhile)
    assert ledger.lines() == ["writer"]
    assert not base._turn.locked()
