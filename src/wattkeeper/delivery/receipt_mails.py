"""A mail with the signed receipt for everything that happens to a consent, whoever did it and by whatever door.

A receipt is written in the transaction of what happened, and waits for its mail: none is forgotten, whenever a worker
looks.
"""

from django.db import transaction
from django.db.models import QuerySet

from wattkeeper.authorizations import receipt_file
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.common import clock
from wattkeeper.delivery import grants, mail

AT_ONCE = 500


def queue_due() -> None:
    """Queues the mail of every receipt that has had none; those whose mail would reach nobody are done with."""
    found = list(_untold()[:AT_ONCE])
    unreachable = [receipt.pk for receipt in found if not grants.address(receipt.authorization)]
    SignedReceipt.objects.filter(pk__in=unreachable, told__isnull=True).update(told=clock.now())
    for receipt in found:
        if receipt.pk not in unreachable:
            _queue(receipt)


def queue_for(grant: Authorization) -> None:
    """The same at once for one grant that a mail reaches, so that nobody waits for the worker."""
    if grants.address(grant):
        for receipt in _untold().filter(authorization=grant):
            _queue(receipt)


def _untold() -> QuerySet[SignedReceipt]:
    return (
        SignedReceipt.objects.filter(told__isnull=True)
        .select_related(
            "authorization__registration__company", "authorization__world__utility", "authorization__customer"
        )
        .order_by("pk")
    )


def _queue(receipt: SignedReceipt) -> None:
    grant = receipt.authorization
    with transaction.atomic():
        if not SignedReceipt.objects.filter(pk=receipt.pk, told__isnull=True).update(told=clock.now()):
            return
        said = receipt_file.signed_in(receipt.document)["content"]["green_button"]
        day = grants.local_day(receipt.created, grant).isoformat()
        own = {"until": said["until"], "state": receipt.state, "day": day, "receipt": str(receipt.uid)}
        mail.send("receipt", grants.address(grant), grant.language, grants.facts(grant) | own)
