"""Recording events. Call it inside the transaction of the change they tell of."""

from uuid import UUID

from wattkeeper.events.models import Event


def event(
    type_: str,
    *,
    utility_code: str,
    registration_uid: UUID | None = None,
    authorization_uid: UUID | None = None,
    meter_uid: UUID | None = None,
    data: dict[str, object] | None = None,
) -> Event:
    """One to record, e.g. `authorization_created` (utilityapi-json-api.md section 12 names the types)."""
    return Event(
        type=type_,
        utility_code=utility_code,
        registration_uid=registration_uid,
        authorization_uid=authorization_uid,
        meter_uid=meter_uid,
        data=data or {},
    )


def record(*events: Event) -> None:
    """Appends events in this order, in one statement."""
    Event.objects.bulk_create(events)
