"""Where a file's readings wait until all of it has been read: a private SQLite file that vanishes when closed.

Sorting, finding repeats and late reading types need the whole file; memory must stay flat however large it is.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from wattkeeper.ingest.records import EARLIEST
from wattkeeper.readings.store import Reading

BATCH = 2000
MARKS = ("quality", "cost", "tou", "tier", "cpp")
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -4000;
CREATE TABLE arrived (
    seq INTEGER PRIMARY KEY, owner INTEGER, line INTEGER, start INTEGER, duration INTEGER, place INTEGER,
    value INTEGER, quality INTEGER, cost INTEGER, tou INTEGER, tier INTEGER, cpp INTEGER);
CREATE TABLE belongs (owner INTEGER PRIMARY KEY, stream INTEGER);
CREATE TABLE reading (
    stream INTEGER, start INTEGER, duration INTEGER, seq INTEGER, PRIMARY KEY (stream, start)) WITHOUT ROWID;
CREATE TABLE remark (line INTEGER, refused INTEGER, reason TEXT);
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A reading as it stood in the file.

    Without a period of its own (`duration` None) it is the `place`-th, from 0, of a block that starts at `start`
    and whose readings all last as long as its reading type says.
    """

    owner: int
    line: int
    start: int
    duration: int | None
    value: int
    marks: Mapping[str, int]
    place: int = 0


class Staging:
    """Readings by the group they came in (`owner`), groups by stream, and what was refused or skipped."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.executescript(SCHEMA)
        self._pending: list[tuple[int | None, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def add(self, reading: Arrived) -> None:
        marks = [reading.marks.get(name) for name in MARKS]
        self._pending.append(
            (reading.owner, reading.line, reading.start, reading.duration, reading.place, reading.value, *marks)
        )
        if len(self._pending) >= BATCH:
            self._flush()

    def assign(self, owner: int, stream: int) -> None:
        """Says which stream the readings of a group belong to."""
        self._db.execute("INSERT OR REPLACE INTO belongs VALUES (?, ?)", (owner, stream))

    def merge(self, stream: int, into: int) -> None:
        self._db.execute("UPDATE belongs SET stream = ? WHERE stream = ?", (into, stream))

    def refuse(self, line: int, reason: str) -> None:
        """A record that can't be trusted."""
        self._db.execute("INSERT INTO remark VALUES (?, 1, ?)", (line, reason))

    def skip(self, line: int, reason: str) -> None:
        """A record that is sound, but of a kind that is not kept here."""
        self._db.execute("INSERT INTO remark VALUES (?, 0, ?)", (line, reason))

    def streams(self) -> dict[int, tuple[int, int]]:
        """How many readings each stream has, and the line of the first."""
        self._flush()
        rows = self._db.execute(
            "SELECT stream, count(*), min(line) FROM arrived JOIN belongs USING (owner) GROUP BY stream"
        )
        return {stream: (count, line) for stream, count, line in rows}

    def settle(self, stream: int, interval_length: int, latest: int) -> None:
        """Puts a stream's readings in time order; a second one for the same start, or one out of time, is refused."""
        self._flush()
        own = {"stream": stream, "length": interval_length, "latest": latest, "earliest": EARLIEST}
        self._db.execute(
            """INSERT OR IGNORE INTO reading
               SELECT stream, start + place * :length, coalesce(duration, :length), seq
               FROM arrived JOIN belongs USING (owner) WHERE stream = :stream
                 AND start + place * :length BETWEEN :earliest AND :latest ORDER BY seq""",
            own,
        )
        self._db.execute(
            """INSERT INTO remark
               SELECT a.line, 1, CASE WHEN f.seq IS NULL THEN 'start is out of time: ' || (a.start + a.place * :length)
                   ELSE 'there is already a reading for this start, on line ' || f.line || CASE
                   WHEN f.value = a.value THEN ' with the same value' ELSE ' with another value' END END
               FROM arrived a JOIN belongs USING (owner)
               LEFT JOIN reading r ON r.stream = :stream AND r.start = a.start + a.place * :length
               LEFT JOIN arrived f ON f.seq = r.seq
               WHERE belongs.stream = :stream AND a.seq IS NOT r.seq""",
            own,
        )

    def readings(self, stream: int) -> Iterator[Reading]:
        """The settled readings of a stream in time order."""
        rows = self._db.execute(
            """SELECT r.start, r.duration, value, quality, cost, tou, tier, cpp FROM reading r JOIN arrived USING (seq)
               WHERE stream = ? ORDER BY r.start""",
            (stream,),
        )
        for start, duration, value, *marks in rows:
            there = {name: mark for name, mark in zip(MARKS, marks, strict=True) if mark is not None}
            yield Reading(start, duration, value, there)

    def remarks(self, refused: bool) -> Iterator[tuple[int, str]]:
        """(line, reason) of everything refused, or of everything skipped, in the order of the file."""
        yield from self._db.execute(
            "SELECT line, reason FROM remark WHERE refused = ? ORDER BY line, rowid", (refused,)
        )

    def count(self, refused: bool) -> int:
        number: int = self._db.execute("SELECT count(*) FROM remark WHERE refused = ?", (refused,)).fetchone()[0]
        return number

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO arrived VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?)", self._pending)
        self._pending.clear()
