"""Waiting for SQLite's one writer, and as many rows in a statement as it takes. Django looks for an engine in a module
of this name.

SQLite would wait by itself (`busy_timeout`), but holds the connection's mutex all the while. Python's garbage collector
runs in whatever thread it likes, and to clear away a cursor it takes that mutex. Where it runs in the thread that is
writing, that thread waits for one that waits for it, until both fail with "database is locked". So here a thread waits
outside SQLite. Threads of a process go one after the other, so that nobody waits much longer than the others.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

PATIENCE_SECONDS = 20
"""How long a write waits for others before it fails with "database is locked"."""
PAUSE_SECONDS = 0.0005

T = TypeVar("T")
_turn = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA busy_timeout=0")
        # Django believes in the 999 of old ones, and cuts what is to be written in one go.
        most = connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        self.features.max_query_params = most  # type: ignore[misc]  # the stubs are of a later Django
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)


class Cursor(base.SQLiteCursorWrapper):
    def execute(self, query: str, params: Any = None) -> Any:
        """Inside a transaction there is nothing to wait for: it began with the right to write (IMMEDIATE)."""
        try:
            return super().execute(query, params)
        except sqlite3.OperationalError as error:
            if self.connection.in_transaction or not _is_busy(error):
                raise
        return _in_turn(lambda: super(Cursor, self).execute(query, params))


def _in_turn(run: Callable[[], T]) -> T:
    end = time.monotonic() + PATIENCE_SECONDS
    has_turn = _turn.acquire(timeout=PATIENCE_SECONDS)
    try:
        while True:
            try:
                return run()
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > end:
                    raise
            time.sleep(PAUSE_SECONDS)
    finally:
        if has_turn:
            _turn.release()


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
