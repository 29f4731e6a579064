"""What status a registration has, and what becomes of its grants when that changes."""

from django.db import transaction
from django.db.models import Q

from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import audit, clock
from wattkeeper.common.audit import Actor
from wattkeeper.companies.models import Registration
from wattkeeper.utilities.models import World

AT_REST = {Registration.Status.SUSPENDED, Registration.Status.REJECTED}


def change_status(registration: Registration, status: Registration.Status, by: Actor) -> int:
    """Gives a registration another status; returns how many grants that ended.

    Suspended or rejected, it keeps its grants, but they open nothing until it is live again. Leaving live for a status
    in which it may go on (sandbox, approved) ends every grant of a real customer: the database would refuse the change
    while one is in force.
    """
    with transaction.atomic():
        locked = Registration.objects.select_for_update(of=("self",)).select_related("utility").get(pk=registration.pk)
        registration.status = status
        if locked.status == status:
            return 0
        ended = 0 if status in {Registration.Status.LIVE, *AT_REST} else _end_real(locked, by)
        Registration.objects.filter(pk=locked.pk).update(status=status)
        audit.record(
            "registration_status_changed",
            actor=by,
            utility_code=locked.utility.code,
            registration_uid=locked.uid,
            data={"before": locked.status, "after": status.value, "grants_ended": ended},
        )
    return ended


def _end_real(registration: Registration, by: Actor) -> int:
    in_force = Authorization.objects.filter(
        Q(expires__isnull=True) | Q(expires__gt=clock.now()),
        registration=registration,
        world__kind=World.Kind.LIVE,
        declined__isnull=True,
        revoked__isnull=True,
    )
    grants = list(in_force.select_related("registration__utility", "world"))
    for grant in grants:
        lifecycle.revoke(grant, by="utility", actor=by)
    return len(grants)
