"""Signing a receipt for each thing that happens to a consent, inside the transaction of what happened."""

from datetime import datetime
from typing import Any

from django.conf import settings

from wattkeeper.authorizations import receipt_content, receipt_file
from wattkeeper.authorizations.models import Authorization, Meter, SignedReceipt
from wattkeeper.authorizations.receipt_file import Receipt
from wattkeeper.common import clock, ids

State = SignedReceipt.State
REVOKED_BY = {"customer": State.WITHDRAWN, "company": State.ENDED_BY_COMPANY, "utility": State.ENDED_BY_UTILITY}


def agreed(
    grant: Authorization, meters: list[Meter], *, purpose: str, locked: bool, asked: datetime, is_new: bool
) -> SignedReceipt:
    """For a consent just given, or given to new terms, as it was just written; `asked` by the platform's clock."""
    words: Any = {"meters": meters, "purpose": purpose, "locked": locked, "asked": asked + grant.world.clock_offset}
    kept = None if is_new else latest(grant)
    if kept is None:
        return _keep(grant, receipt_content.first(grant, ids.new_uid(), **words), State.GIVEN, grant.created)
    content = receipt_content.on_new_terms(kept[0], grant, ids.new_uid(), **words)
    return _keep(grant, content, State.CHANGED, grant.updated)


def changed(grant: Authorization, state: State) -> SignedReceipt:
    """For a consent that was changed or has ended, as it stands now in the database."""
    found = _loaded(grant)
    at = clock.now(found.world)
    if (kept := latest(found)) is not None:
        before, _ = kept
    else:
        before = receipt_content.first(
            found, ids.new_uid(), meters=found.meters.all(), purpose="", locked=False, asked=None
        )
    return _keep(found, receipt_content.following(before, found, ids.new_uid(), state, at), state, at)


def latest(grant: Authorization) -> tuple[Receipt, str] | None:
    """What the newest receipt of a grant says, and the fingerprint of the key that signed it."""
    document = grant.receipts.order_by("-pk").values_list("document", flat=True).first()
    return (receipt_file.signed_in(document), receipt_file.signer_of(document)) if document is not None else None


def _loaded(grant: Authorization) -> Authorization:
    return (
        Authorization.objects.select_related("registration__company", "world__utility", "customer")
        .prefetch_related("meters__service")
        .get(pk=grant.pk)
    )


def _keep(grant: Authorization, receipt: Receipt, state: State, at: datetime) -> SignedReceipt:
    return SignedReceipt.objects.create(
        uid=receipt["receipt_id"],
        authorization=grant,
        state=state,
        document=receipt_file.written(receipt, settings.RECEIPT_KEYS.ring()),
        created=at,
    )
