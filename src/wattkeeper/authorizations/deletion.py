"""Deleting a test customer's authorization, so that a third party can begin anew.

With it go its meters, tokens, codes and receipts. The log of events and the audit trail stay: they hold ids alone.
Whoever reads through it at that moment is broken off, as when it is revoked.
"""

from django.db import transaction

from wattkeeper.authorizations import lifecycle, telling
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.reads import Look


class NotTestDataError(Exception):
    """It is a real customer's: it can be revoked, and its record stays."""


def delete(look: Look, grant: Authorization) -> bool:
    """Deletes a grant, ended first if it is in force; False where somebody else just did. Raises NotTestDataError."""
    if grant.world.is_live:
        raise NotTestDataError
    with transaction.atomic():
        held = Authorization.objects.select_for_update().filter(pk=grant.pk)
        if not held.values_list("pk").first():
            return False
        lifecycle.revoke(grant, by="company")
        telling.of_grant("authorization_deleted", look.actor, grant)
        grant.delete()
    return True
