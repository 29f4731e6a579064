"""The wall between sandbox and live, where code runs into it. It stands in the database (migrations/0002_wall)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from wattkeeper.authorizations import telling
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.authorizations.offers import NotAllowed, Refusal
from wattkeeper.common import triggers
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.customers.models import Customer

log = logging.getLogger(__name__)


@contextmanager
def heeded(request: AuthorizationRequest, customer: Customer) -> Iterator[None]:
    """A transaction in which the database's refusal becomes NotAllowed.

    It is logged and told: no check of the code should have let it come so far.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not triggers.is_refusal(error):
            raise
        log.critical("only the database kept request %s from going through the wall: %s", request.uid, error)
        telling.of_request("wall_refused", Actor(Kind.CUSTOMER, customer.uid), request)
        raise NotAllowed(Refusal.WALL) from error
