"""Who looked at what of a customer's data: written to the audit trail before the first byte, read back to the customer.

One statement writes a look, with a row for each authorization that it opens.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db.models import OuterRef, QuerySet, Subquery

from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.common import audit
from wattkeeper.common.audit import Actor, Entry, Kind
from wattkeeper.common.models import AuditEntry

DATA, RECORD, LIST, EVENTS = "data_read", "authorization_read", "authorizations_listed", "events_read"


@dataclass(frozen=True)
class Look:
    """One request for customers' data: who asks through which API (`page`: the customer's own) for what, as it is
    called there.

    `shows` are the kinds of data (intervals, bills, account) that the answer can hold, `asked` the bounds it names.
    """

    caller: Caller
    api: Literal["json", "espi", "page"]
    what: str
    shows: tuple[str, ...] = ()
    asked: Mapping[str, audit.Value] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        registration = self.caller.registration
        if self.caller.customer_uid is not None:
            return Actor(Kind.CUSTOMER, self.caller.customer_uid)
        if self.caller.member is not None:
            return Actor(Kind.MEMBER, self.caller.user_uid)
        return Actor(Kind.CLIENT, registration.uid if registration is not None else None)

    def entry(self, action: str, grant: Authorization | None = None, **data: audit.Value) -> Entry:
        told = {"api": self.api, "what": self.what, **data, **self.asked}
        if self.caller.token_id is not None:
            told["token"] = self.caller.token_id
        if grant is None:
            registration = self.caller.registration
            return Entry(action, self.actor, registration_uid=registration.uid if registration else None, data=told)
        return Entry(action, self.actor, grant.world.utility.code, grant.registration.uid, grant.uid, told)


@dataclass(frozen=True)
class Read:
    """A look at one authorization's data; `shows` as in Look, as far as it was shared."""

    at: datetime
    shows: tuple[str, ...]


def record(look: Look, meters: Iterable[Meter], grants: Iterable[Authorization] = ()) -> None:
    """Tells of a look at these meters, given with their authorization, its registration, world and utility; and at what
    was granted by `grants`, given so too, in the same statement."""
    shown = [kind for kind in look.shows if kind in look.caller.kinds]
    looks = [
        look.entry(
            DATA,
            grant,
            shows=[kind for kind in shown if kind in grant.shares],
            meters=[meter.uid for meter in found],
        )
        for grant, found in _by_grant(meters)
    ]
    audit.record_all([*(look.entry(RECORD, grant) for grant in grants), *looks])


def record_wish(look: Look, action: str, meters: Iterable[Meter]) -> None:
    """Tells of what was asked for these meters, given as for `record`, without any data being shown."""
    audit.record_all(
        look.entry(action, grant, meters=[meter.uid for meter in found]) for grant, found in _by_grant(meters)
    )


def _by_grant(meters: Iterable[Meter]) -> list[tuple[Authorization, list[Meter]]]:
    opened: dict[int, list[Meter]] = {}
    for meter in meters:
        opened.setdefault(meter.authorization_id, []).append(meter)
    return [(found[0].authorization, found) for found in opened.values()]


def record_grants(look: Look, grants: Iterable[Authorization]) -> None:
    """Tells of a look at what was granted, given with registration, world and utility, not at data."""
    audit.record_all(look.entry(RECORD, grant) for grant in grants)


def record_list(look: Look) -> None:
    """Tells of a look at a list that says nothing of a customer."""
    audit.record_all([look.entry(LIST)])


def record_events(look: Look) -> None:
    """Tells of a look at what happened: when, to which authorizations and meters, and nothing of a customer."""
    audit.record_all([look.entry(EVENTS)])


def with_last(grants: QuerySet[Authorization]) -> QuerySet[Authorization]:
    """The grants with `last_read`: when their data was looked at last, or None."""
    looks = AuditEntry.objects.filter(authorization_uid=OuterRef("uid"), action=DATA).order_by("-id")
    return grants.annotate(last_read=Subquery(looks.values("at")[:1]))


def latest(authorization: Authorization, limit: int) -> list[Read]:
    """The newest looks at an authorization's data, newest first. One query."""
    rows = AuditEntry.objects.filter(authorization_uid=authorization.uid, action=DATA).order_by("-id")
    return [Read(at, tuple(json.loads(data)["shows"])) for at, data in rows.values_list("at", "data")[:limit]]
