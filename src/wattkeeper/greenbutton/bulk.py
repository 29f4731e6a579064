"""All that a registration may see in one download (ESPI function blocks 35 and 67): the energy data of every
authorization in force, or who and where the customers are. Without a live registration's test data, as in any list.

Authorizations are opened a batch at a time, so memory stays flat however many there are, and one that ended before its
batch is not in the feed.
"""

from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from wattkeeper.authorizations import windows
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.windows import Window
from wattkeeper.greenbutton import registry, retail
from wattkeeper.greenbutton.asking import Ask, Feed
from wattkeeper.greenbutton.atom import CUSTOMER
from wattkeeper.greenbutton.errors import not_found
from wattkeeper.greenbutton.points import Point
from wattkeeper.greenbutton.resources import everything

BATCH = 100


def energy(ask: Ask, bulk: UUID) -> Feed:
    """Of each batch the Authorizations that are asked for, then all energy data."""
    return Feed("Bulk", _energy(ask, _grants(ask, bulk)))


def customers(ask: Ask, bulk: UUID) -> Feed:
    return Feed("BulkRetailCustomerInfo", _customers(ask, _grants(ask, bulk).filter(shares_account=True)), CUSTOMER)


def _energy(ask: Ask, grants: QuerySet[Authorization]) -> Iterator[bytes]:
    for opened in _batches(ask, grants):
        for grant in {window.meter.authorization_id: window.meter.authorization for window in opened}.values():
            if registry.is_asked_for(grant, ask.query):
                yield registry.authorization(grant)
        yield from everything([Point(window) for window in opened], ask.query)


def _customers(ask: Ask, grants: QuerySet[Authorization]) -> Iterator[bytes]:
    for opened in _batches(ask, grants):
        for _, of_grant in groupby(opened, key=lambda window: window.meter.authorization_id):
            for entry in retail.tree(list(of_grant)):
                yield entry.xml()


def _grants(ask: Ask, bulk: UUID) -> QuerySet[Authorization]:
    """Those of the registration whose uid the bulk id is; RefusedError where it is not the caller's."""
    registration = ask.caller.registrations().filter(uid=bulk).first()
    if registration is None:
        raise not_found()
    return ask.caller.listed_authorizations().filter(registration=registration)


def _batches(ask: Ask, grants: QuerySet[Authorization]) -> Iterator[list[Window]]:
    """The windows of the grants in force, those of one grant together, a hundred grants at a time."""
    last = 0
    while batch := list(grants.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = batch[-1]
        meters = Meter.objects.filter(authorization__in=batch).select_related("authorization__customer")
        yield windows.open_windows(ask.look, windows.in_force(meters.order_by("authorization_id", "pk")))
