"""What status a registration has, and what becomes of its grants when that changes."""

from django.db import transaction
from django.db.models import Q

from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.common.audit import Actor
from wattkeeper.companies import registrations
from wattkeeper.companies.models import Registration
from wattkeeper.companies.telling import of_registration
from wattkeeper.utilities.models import World

AT_REST = {Registration.Status.SUSPENDED, Registration.Status.REJECTED}


def change_status(registration: Registration, status: str, by: Actor) -> int:
    """Gives a registration another status; returns how many grants that ended. Raises RegistrationError.

    Suspended or rejected, it keeps its grants, but they open nothing until it is live again. Leaving live for a status
    in which it may go on (sandbox, approved) ends every grant of a real customer: the database would refuse the change
    while one is in force.
    """
    with transaction.atomic():
        locked = Registration.objects.select_for_update(of=("self",)).select_related("utility").get(pk=registration.pk)
        before, ended = locked.status, 0
        if before == status:
            return ended
        if status not in {Registration.Status.LIVE, *AT_REST}:
            ended = _end_real(locked, by)
        registrations.set_status(locked, status)
        action = "registration_status_changed"
        of_registration(action, locked, by, before=before, after=str(status), grants_ended=ended)
    registration.status = status
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
