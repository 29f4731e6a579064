"""A customer changes how long a grant lasts: ends it earlier, or renews it, the same things under the same uid.

A grant can be renewed from shortly before its end until some time after it; the third party's refresh token works on,
as it belongs to the grant. What was stopped stays stopped: its tokens are gone, and the company has to ask anew. Nor is
one renewed beside another that is in force: one sharing with a company is enough.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from wattkeeper.authorizations import notices, receipts, telling, tokens, wall
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.authorizations.offers import NotAllowed, Refusal, check_may_grant, in_force, latest_end, lock, moment
from wattkeeper.authorizations.scope import parse
from wattkeeper.common import clock, days

State = SignedReceipt.State
NEAR_END = timedelta(days=31)
"""From when on a grant can be renewed: a day before the first reminder of its end."""
GRACE = timedelta(days=90)
"""Until when after its end it can be renewed."""
DEFAULT_TERM = 365


def shorten(grant: Authorization, last_day: date) -> None:
    """Has a grant in force end after an earlier local day. That a request was locked is no hindrance: who may stop at
    once may also stop earlier.

    Raises NotAllowed (NO_TIME: the day is past; ENDED; NOT_EARLIER). Access tokens live no longer than the grant.
    """
    at = clock.now(grant.world)
    end = moment(last_day + timedelta(days=1), grant.world.utility.zone)
    if end <= at:
        raise NotAllowed(Refusal.NO_TIME)
    if not grant.is_active(at):
        raise NotAllowed(Refusal.ENDED)
    longer = Q(expires__isnull=True) | Q(expires__gt=end)
    shorter = Authorization(expires=end, created=grant.created, world=grant.world)
    in_force = Authorization.objects.filter(longer, pk=grant.pk, revoked__isnull=True, declined__isnull=True)
    with transaction.atomic():
        if not in_force.update(expires=end, updated=at, next_notice=notices.first(shorter, at)):
            raise NotAllowed(Refusal.NOT_EARLIER)
        grant.expires = end
        tokens.shorten_access(grant)
        _tell(grant, "shortened", end)
        receipts.changed(grant, State.SHORTENED)
    grant.refresh_from_db(fields=["expires", "updated", "next_notice"])


def renewed_end(grant: Authorization) -> datetime | None:
    """When a grant would end if it were renewed now; None where it cannot be.

    It is renewed for as long as the customer said yes for before, and never beyond what the company asked for: a day it
    named stays that day, and a length it asked for counts anew.
    """
    at = clock.now(grant.world)
    if grant.expires is None or not _may_renew(grant, at):
        return None
    zone = grant.world.utility.zone
    last_day = days.local_day(clock.epoch(grant.expires) - 1, zone)
    new_last = max(last_day, grant.world.today) + timedelta(days=grant.term_days or DEFAULT_TERM)
    end, limit = moment(new_last + timedelta(days=1), zone), latest_end(parse(grant.requested_scope), at)
    if limit is not None:
        end = min(end, limit)
    return end if end >= max(grant.expires, at) + timedelta(days=1) else None


def renew(grant: Authorization) -> None:
    """Renews a grant until `renewed_end`. Pressed twice, or in two tabs, it is renewed once.

    Raises NotAllowed where it cannot be renewed.
    """
    at, seen = clock.now(grant.world), grant.expires
    same = Authorization.objects.filter(pk=grant.pk, revoked__isnull=True, declined__isnull=True, expires=seen)
    with wall.heeded(grant, grant.customer):
        lock(grant.customer)
        end = renewed_end(grant)
        if end is None:
            raise NotAllowed(Refusal.NOT_LATER)
        longer = Authorization(expires=end, created=grant.created, world=grant.world)
        if same.update(expires=end, updated=at, next_notice=notices.first(longer, at)):
            _tell(grant, "renewed", end)
            receipts.changed(grant, State.RENEWED)
    grant.refresh_from_db(fields=["expires", "updated", "next_notice", "revoked"])


def _may_renew(grant: Authorization, at: datetime) -> bool:
    if grant.expires is None or grant.revoked is not None or grant.declined is not None:
        return False
    if not grant.expires - NEAR_END <= at < grant.expires + GRACE:
        return False
    try:
        check_may_grant(grant.registration, grant.customer)
    except NotAllowed:
        return False
    return in_force(grant.registration, grant.customer) in {None, grant}


def _tell(grant: Authorization, how: str, end: datetime) -> None:
    telling.tell(grant, f"authorization_{how}", by="customer")
    telling.of_grant(f"consent_{how}", telling.revoker(grant, "customer"), grant, expires=end)
