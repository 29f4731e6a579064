"""The chain that makes the audit trail tamper-evident: each sealed row's hash covers the row and the hash before it.

A row that was changed, taken out or moved no longer fits. Whoever may write everything could still build the chain
anew from some row on; an anchor (position and hash) kept elsewhere shows that.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Coalesce

from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry, AuditHead

log = logging.getLogger(__name__)

ONLY = 1
BATCH = 1000
PAGE = 2000
CONTENT = ("id", "at", "action", "actor_kind", "actor", "utility_code", "registration_uid", "authorization_uid", "data")
SEAL = "UPDATE common_auditentry SET position = %s, hash = %s WHERE id = %s AND position IS NULL"


@dataclass(frozen=True)
class Anchor:
    """Where the chain stood at some time. As text: `POSITION:HASH`."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """ValueError if it is none."""
        position, colon, digest = text.strip().partition(":")
        if not (colon and position.isdecimal() and len(digest) == 64 and set(digest) <= set("0123456789abcdef")):
            raise ValueError(f"{text!r} is not an anchor: POSITION:HASH, as `wattkeeper audit head` prints it")
        return cls(int(position), digest)


BEGINNING = Anchor(0, "0" * 64)


@dataclass(frozen=True)
class Fault:
    """One place where the chain is not whole. `entry` is the id of the row there, if it is there."""

    position: int
    entry: int | None
    what: str

    def __str__(self) -> str:
        row = f"row {self.entry}" if self.entry is not None else "no row"
        return f"position {self.position} ({row}): {self.what}"


def link(previous: str, content: Iterable[Any]) -> str:
    """The hash of a row in its place: SHA-256 over the hash before it and the row (CONTENT) as a JSON array."""
    entry, at, *words = content
    row = [entry, at.astimezone(UTC).isoformat(timespec="microseconds"), *(_word(word) for word in words)]
    return hashlib.sha256(f"{previous}\n{json.dumps(row, separators=(',', ':'))}".encode()).hexdigest()


def head() -> Anchor:
    """Where the chain ends."""
    found = AuditHead.objects.filter(pk=ONLY).first()
    return Anchor(found.position, found.hash) if found is not None else BEGINNING


def unsealed() -> tuple[int, datetime | None]:
    """How many rows wait for their place, and when the first of them was written."""
    waiting = AuditEntry.objects.filter(position__isnull=True).order_by("id")
    return waiting.count(), waiting.values_list("at", flat=True).first()


def seal() -> int:
    """Gives every row that waits its place, in the order of their ids; how many that were.

    A row that is committed after a later one was sealed is sealed after it. One sealer works at a time: it holds the
    head's row (SQLite: the database) until it is done.
    """
    sealed = 0
    try:
        while AuditEntry.objects.filter(position__isnull=True).exists():
            count = _seal_batch()
            sealed += count
            if count < BATCH:
                break
    except IntegrityError as error:
        log.critical("the audit chain does not go on from its head (see `wattkeeper audit verify`): %s", error)
    return sealed


@transaction.atomic
def _seal_batch() -> int:
    end, made = AuditHead.objects.select_for_update().get_or_create(
        pk=ONLY, defaults={"position": BEGINNING.position, "hash": BEGINNING.hash}
    )
    if made and AuditEntry.objects.filter(position__isnull=False).exists():
        raise IntegrityError("the head of the chain is gone")
    waiting = AuditEntry.objects.filter(position__isnull=True).order_by("id").values_list(*CONTENT)[:BATCH]
    places: list[tuple[int, str, int]] = []
    for content in waiting:
        end.position += 1
        end.hash = link(end.hash, content)
        places.append((end.position, end.hash, content[0]))
    with connection.cursor() as cursor:
        cursor.executemany(SEAL, places)
    end.at = clock.now()
    end.save()
    return len(places)


class Verification:
    """Reads the chain from its beginning, or from the anchor `start`, and compares it with itself and with anchors.

    It only reads, a page at a time. `checked` and `end` tell how far it came.
    """

    def __init__(self, anchors: Iterable[Anchor] = (), start: Anchor | None = None) -> None:
        self.start = start or BEGINNING
        self.anchors = {anchor.position: anchor for anchor in (*anchors, self.start) if anchor != BEGINNING}
        self.checked = 0
        self.end = self.start

    def faults(self) -> Iterator[Fault]:
        """Every fault in the order of positions."""
        end = head()
        yield from self._rows(end)
        if self.end.position < end.position:
            cut = end.position - self.end.position
            yield Fault(self.end.position + 1, None, f"the last {cut} of {end.position} rows were cut off")
        elif self.end.position == end.position and self.end.hash != end.hash:
            yield Fault(end.position, None, "the head of the chain is not the hash of its last row: it was changed")
        yield from _beyond_head()
        for position in sorted(self.anchors):
            yield Fault(position, None, "this is anchored elsewhere and not there any more: rows were cut off")

    def _rows(self, end: Anchor) -> Iterator[Fault]:
        """Faults of the rows up to the head as it was at the beginning: rows are sealed meanwhile."""
        previous: str | None = BEGINNING.hash
        place = 0
        if self.start != BEGINNING:
            place = self.start.position - 1
            previous = AuditEntry.objects.filter(position=place).values_list("hash", flat=True).first()
            previous = BEGINNING.hash if place == 0 else previous
        for position, digest, content in _pages(place, end.position):
            if position > place + 1:
                gone = f"{position - place - 1} rows are missing, before row {content[0]}"
                yield Fault(place + 1, None, gone if position > place + 2 else f"missing, before row {content[0]}")
                previous = None
            if previous is not None and digest != link(previous, content):
                yield Fault(position, content[0], "not what was sealed here, or not after the row it was sealed after")
            anchor = self.anchors.pop(position, None)
            if anchor is not None and anchor.hash != digest:
                yield Fault(position, content[0], "another hash is anchored: the chain was built anew up to here")
            place, previous = position, digest
            self.checked += 1
            self.end = Anchor(position, digest)


def _beyond_head() -> Iterator[Fault]:
    """The first row behind the head. One statement, because the head moves on meanwhile."""
    ends = Coalesce(AuditHead.objects.filter(pk=ONLY).values("position"), 0)
    behind = AuditEntry.objects.filter(position__gt=ends).order_by("position")
    for position, entry in behind.values_list("position", "id")[:1]:
        yield Fault(
            position or 0, entry, "it and all after it stand behind the chain's head, which was set back or lost"
        )


def _pages(after: int, last: int) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    """(position, hash, content) of sealed rows after a position, up to another; memory stays flat."""
    rows = AuditEntry.objects.order_by("position").values_list("position", "hash", *CONTENT)
    while True:
        page = list(rows.filter(position__gt=after, position__lte=last)[:PAGE])
        for position, digest, *content in page:
            yield position, digest, tuple(content)
        if len(page) < PAGE:
            return
        after = page[-1][0]


def _word(word: object) -> str | None:
    return None if word is None else str(word)
