"""Reminding customers of what they share: 30, 7 and 1 days before it ends, and once a year while it lasts."""

from datetime import timedelta

from django.db import transaction

from wattkeeper.authorizations import changes, notices
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.notices import Kind
from wattkeeper.delivery import grants, mail
from wattkeeper.utilities.models import World


def queue_due() -> None:
    """Takes every notice that is due, in every world by its own clock, and queues the reminders among them."""
    for world in World.objects.select_related("utility"):
        for grant in notices.due(world):
            with transaction.atomic():
                kind = notices.take(grant)
                if kind is not None:
                    _remind(grant, kind)


def _remind(grant: Authorization, kind: Kind) -> None:
    to = grants.address(grant)
    if not to:
        return
    context = grants.facts(grant) | {
        "authorization": str(grant.uid),
        "is_yearly": kind == Kind.YEARLY,
        "days_left": _days_left(grant),
        "can_renew": changes.renewed_end(grant) is not None,
    }
    mail.send("reminder", to, grant.language, context)


def _days_left(grant: Authorization) -> int | None:
    """From today to the last day in force."""
    if grant.expires is None:
        return None
    return (grants.local_day(grant.expires - timedelta(seconds=1), grant) - grant.world.today).days
