"""What each address of the retail customer tree answers with."""

from uuid import UUID

from wattkeeper.authorizations import windows
from wattkeeper.authorizations.models import Meter
from wattkeeper.greenbutton import retail
from wattkeeper.greenbutton.asking import Ask, Feed
from wattkeeper.greenbutton.atom import CUSTOMER, Entry
from wattkeeper.greenbutton.errors import not_found


def everything(ask: Ask, subscription: UUID) -> Feed:
    return Feed("RetailCustomer", (entry.xml() for entry in _tree(ask, subscription)), CUSTOMER)


def collection(ask: Ask, subscription: UUID, **ids: UUID) -> Feed:
    """The entries that stand directly below an address, which must itself be of the tree."""
    found = _tree(ask, subscription, ids.get("agreement"))
    above, _, kind = ask.href.rpartition("/")
    if above not in {retail.root(subscription), *(entry.href for entry in found)}:
        raise not_found()
    return Feed(kind, [entry.xml() for entry in found if entry.up == ask.href], CUSTOMER)


def member(ask: Ask, subscription: UUID, **ids: UUID) -> bytes:
    for entry in _tree(ask, subscription, ids.get("agreement")):
        if entry.href == ask.href:
            return entry.xml()
    raise not_found()


def _tree(ask: Ask, subscription: UUID, agreement: UUID | None = None) -> list[Entry]:
    """The tree of an authorization; below an agreement, as far as that alone goes."""
    meters = ask.caller.meters().filter(authorization__uid=subscription, authorization__shares_account=True)
    if agreement is not None:
        meters = meters.filter(uid=agreement)
    if "account" not in ask.caller.kinds:
        meters = Meter.objects.none()
    in_force = windows.in_force(meters.select_related("authorization__customer").order_by("pk"))
    found = retail.tree(windows.open_windows(ask.look, in_force))
    if not found:
        raise not_found()
    return found
