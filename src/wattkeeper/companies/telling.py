"""Telling the audit trail of a registration."""

from wattkeeper.common import audit
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.companies.models import Registration


def of_registration(action: str, registration: Registration, by: Actor, **data: audit.Value) -> None:
    """A row about a registration and what somebody made of it."""
    code = registration.utility.code
    audit.record(action, actor=by, utility_code=code, registration_uid=registration.uid, data=data)


def itself(registration: Registration) -> Actor:
    """The third party's program, as an actor."""
    return Actor(Kind.CLIENT, registration.uid)
