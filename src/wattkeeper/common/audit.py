"""The audit trail: who did what, in ids. Call `record` inside the transaction of what it tells of.

Recording is one plain INSERT without a lock; `common.chain` gives rows their place afterwards.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from wattkeeper.common.models import AuditEntry

Value = str | int | bool | None | UUID | date | Iterable["Value"]

# What ids, times, names of things and scopes are written in. No space and no @: a person's name, an address or an
# e-mail address cannot be written in it.
PLAIN = re.compile(r"[A-Za-z0-9_.:;=+/-]*")


class Kind(StrEnum):
    """What an actor is."""

    CUSTOMER = "customer"
    CLIENT = "client"
    MEMBER = "member"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts. `uid` is the customer's, the registration's or the user's; operators and the system have none."""

    kind: Kind
    uid: UUID | None = None


OPERATOR, SYSTEM = Actor(Kind.OPERATOR), Actor(Kind.SYSTEM)


@dataclass(frozen=True)
class Entry:
    """What is told of one action. Strings in `data` are ids, times and names of things: ValueError for others."""

    action: str
    actor: Actor
    utility_code: str = ""
    registration_uid: UUID | None = None
    authorization_uid: UUID | None = None
    data: Mapping[str, Value] = field(default_factory=dict)

    def row(self) -> AuditEntry:
        return AuditEntry(
            action=self.action,
            actor_kind=self.actor.kind.value,
            actor=str(self.actor.uid or ""),
            utility_code=self.utility_code,
            registration_uid=self.registration_uid,
            authorization_uid=self.authorization_uid,
            data=json.dumps({name: _plain(value) for name, value in self.data.items()}, separators=(",", ":")),
        )


def record(
    action: str,
    *,
    actor: Actor,
    utility_code: str = "",
    registration_uid: UUID | None = None,
    authorization_uid: UUID | None = None,
    data: Mapping[str, Value] | None = None,
) -> None:
    """Appends one row."""
    record_all([Entry(action, actor, utility_code, registration_uid, authorization_uid, data or {})])


def record_all(entries: Iterable[Entry]) -> None:
    """Appends several rows in one statement."""
    rows = [entry.row() for entry in entries]
    if len(rows) == 1:
        rows[0].save(force_insert=True)
    elif rows:
        AuditEntry.objects.bulk_create(rows)


def _plain(value: Value) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, UUID | date):
        value = str(value) if isinstance(value, UUID) else value.isoformat()
    if isinstance(value, str):
        if not PLAIN.fullmatch(value):
            raise ValueError("the audit trail holds ids, times and names of things, nothing of a person")
        return str(value)
    return [_plain(part) for part in value]
