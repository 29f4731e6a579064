"""When a grant is to be told of: reminders 30, 7 and 1 days before its last day and once a year, and its end.

Each grant holds one moment, `next_notice`, by its world's clock. Whoever moves it on by the conditional UPDATE does
what was due; what was missed meanwhile is told once, by the last of it.
"""

import enum
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from wattkeeper.authorizations import receipts, telling
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.common import audit, clock
from wattkeeper.utilities.models import World

DAYS_BEFORE = (30, 7, 1)
HOUR = time(9)
"""Reminders are due in the morning, local time."""
SOON = timedelta(hours=24)
"""UtilityAPI tells third parties `authorization_expiring_soon` within a day of the end."""
QUIET = timedelta(hours=24)
"""Nobody needs reminding of what they decided within a day."""
LONGEST_WAIT = timedelta(days=400)
AT_ONCE = 500


class Kind(enum.Enum):
    YEARLY = "yearly"
    BEFORE_END = "before its end"
    SOON = "ends within a day"
    END = "has ended"


REMINDERS = {Kind.YEARLY, Kind.BEFORE_END}
Moment = tuple[datetime, Kind]


def first(grant: Authorization, at: datetime) -> datetime | None:
    """The first notice after the customer's decision at a moment."""
    found = [
        moment
        for moment, kind in between(grant, at, at + LONGEST_WAIT)
        if moment > at + (QUIET if kind in REMINDERS else timedelta(0))
    ]
    return min(found, default=None)


def between(grant: Authorization, low: datetime, high: datetime) -> list[Moment]:
    """The notices of a grant within (low, high], in time order."""
    return sorted((moment for moment in _moments(grant, high) if low < moment[0] <= high), key=lambda found: found[0])


def due(world: World) -> list[Authorization]:
    """Grants in force until now of which something is due, the longest due first."""
    return list(
        Authorization.objects.filter(world=world, next_notice__lte=clock.now(world))
        .select_related("registration__company", "registration__utility", "world__utility", "customer")
        .order_by("next_notice")[:AT_ONCE]
    )


def take(grant: Authorization) -> Kind | None:
    """Moves a due grant on to its next notice and returns the reminder that is due; None where none is, or another
    worker was first. The end is put on record here. Call it in the transaction that queues the reminder."""
    at, was_due = clock.now(grant.world), grant.next_notice
    if was_due is None or was_due > at:
        return None
    following = between(grant, at, at + LONGEST_WAIT)
    present = Authorization.objects.filter(pk=grant.pk, next_notice=was_due, expires=grant.expires)
    passed = [kind for _, kind in between(grant, was_due - timedelta(microseconds=1), at)]
    with transaction.atomic():
        if not present.update(next_notice=following[0][0] if following else None):
            return None
        if Kind.END in passed:
            telling.tell(grant, "authorization_expired")
            telling.of_grant("consent_expired", audit.SYSTEM, grant)
            receipts.changed(grant, SignedReceipt.State.EXPIRED)
            return None
        if Kind.SOON in passed:
            telling.tell(grant, "authorization_expiring_soon")
    return next((kind for kind in reversed(passed) if kind in REMINDERS), None)


def _moments(grant: Authorization, high: datetime) -> Iterator[Moment]:
    zone = grant.world.utility.zone
    first_of_end = None
    if grant.expires is not None:
        last_day = (grant.expires - timedelta(seconds=1)).astimezone(zone).date()
        reminders = [_morning(last_day - timedelta(days=days), zone) for days in DAYS_BEFORE]
        first_of_end = reminders[0]
        yield from ((moment, Kind.BEFORE_END) for moment in reminders)
        yield grant.expires - SOON, Kind.SOON
        yield grant.expires, Kind.END
    born = grant.created.astimezone(zone).date()
    for years in range(1, high.year - born.year + 1):
        moment = _morning(_anniversary(born, years), zone)
        if first_of_end is None or moment < first_of_end:
            yield moment, Kind.YEARLY


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, HOUR, zone)


def _anniversary(born: date, years: int) -> date:
    """The same day of a later year; the last of February for its 29th."""
    leap_day = (born.month, born.day) == (2, 29)
    return date(born.year + years, born.month, 28 if leap_day else born.day)
