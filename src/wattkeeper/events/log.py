"""Recording an event. Call it inside the transaction of the change it tells of."""

from uuid import UUID

from wattkeeper.events.models import Event


def record(
    type_: str,
    *,
    utility_code: str,
    registration_uid: UUID | None = None,
    authorization_uid: UUID | None = None,
    meter_uid: UUID | None = None,
    data: dict[str, object] | None = None,
) -> Event:
    """Appends one event, e.g. `authorization_created` (utilityapi-json-api.md section 12 names the types)."""
    return Event.objects.create(
        type=type_,
        utility_code=utility_code,
        registration_uid=registration_uid,
        authorization_uid=authorization_uid,
        meter_uid=meter_uid,
        data=data or {},
    )
