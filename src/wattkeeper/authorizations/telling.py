"""Telling of a consent: to the log of events, which others read on, and to the audit trail, which nobody changes."""

from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, Meter
from wattkeeper.common import audit
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.companies.telling import itself
from wattkeeper.events import log
from wattkeeper.events.models import Event

REVOKERS = {"customer": Kind.CUSTOMER, "company": Kind.CLIENT, "utility": Kind.STAFF}


def tell(authorization: Authorization, type_: str, **data: object) -> None:
    """Records an event of an authorization."""
    log.record(event(authorization, type_, data=data))


def event(
    authorization: Authorization, type_: str, meter: Meter | None = None, data: dict[str, object] | None = None
) -> Event:
    """An event of an authorization, or of a meter of it, to record with others. What customers have for themselves is
    nobody's news."""
    registration = authorization.registration
    return log.event(
        type_,
        utility_code=authorization.world.utility.code,
        company_id=None if registration.is_own_access else registration.company_id,
        registration_uid=registration.uid,
        is_set_aside=registration.is_live and not authorization.world.is_live,
        authorization_uid=authorization.uid,
        meter_uid=meter.uid if meter is not None else None,
        data=data,
    )


def event_of_request(request: AuthorizationRequest, type_: str) -> Event:
    """An event of a request of which no authorization came."""
    registration = request.registration
    return log.event(
        type_,
        utility_code=registration.utility.code,
        company_id=registration.company_id,
        registration_uid=registration.uid,
    )


def of_request(
    action: str,
    actor: Actor,
    request: AuthorizationRequest,
    authorization: Authorization | None = None,
    **data: audit.Value,
) -> None:
    """A row of the trail about a request, and the authorization that came of it."""
    audit.record(
        action,
        actor=actor,
        utility_code=request.registration.utility.code,
        registration_uid=request.registration.uid,
        authorization_uid=authorization.uid if authorization is not None else None,
        data={"request": request.uid, **data},
    )


def of_grant(action: str, actor: Actor, authorization: Authorization, **data: audit.Value) -> None:
    """A row of the trail about an authorization."""
    audit.record(
        action,
        actor=actor,
        utility_code=authorization.registration.utility.code,
        registration_uid=authorization.registration.uid,
        authorization_uid=authorization.uid,
        data=data,
    )


def of_client(action: str, grant: Authorization, **data: audit.Value) -> None:
    """A row of the trail about what the client did with an authorization."""
    of_grant(action, itself(grant.registration), grant, **data)


def revoker(authorization: Authorization, by: str) -> Actor:
    """Who revoked, as far as `by` (customer, company or utility) tells."""
    uids = {"customer": authorization.customer.uid, "company": authorization.registration.uid}
    return Actor(REVOKERS[by], uids.get(by))
