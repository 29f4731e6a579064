"""The wall between sandbox and live, where code runs into it. It stands in the database (migrations/0002_wall)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.authorizations.offers import NotAllowed, Refusal
from wattkeeper.common import audit, triggers
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.customers.models import Customer

log = logging.getLogger(__name__)


@contextmanager
def heeded(about: AuthorizationRequest | Authorization, customer: Customer) -> Iterator[None]:
    """A transaction about a request or a grant in which the database's refusal becomes NotAllowed.

    It is logged and told: no check of the code should have let it come so far.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not triggers.is_refusal(error):
            raise
        log.critical("only the database kept %s from going through the wall: %s", about.uid, error)
        audit.record(
            "wall_refused",
            actor=Actor(Kind.CUSTOMER, customer.uid),
            utility_code=about.registration.utility.code,
            registration_uid=about.registration.uid,
            authorization_uid=about.uid if isinstance(about, Authorization) else None,
            data={"request": about.uid} if isinstance(about, AuthorizationRequest) else {},
        )
        raise NotAllowed(Refusal.WALL) from error
