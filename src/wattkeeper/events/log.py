"""Recording events. Call it inside the transaction of the change they tell of."""

from uuid import UUID

from wattkeeper.events.models import Event

COLLECTION = "meter_historical_collection_"
TYPES = frozenset({
    "form_created",
    "authorization_created",
    "authorization_declined",
    "authorization_renewed",
    "authorization_shortened",
    "authorization_update_started",
    "authorization_update_finished_successful",
    "authorization_expiring_soon",
    "authorization_expired",
    "authorization_revoked",
    "meter_created",
    "meter_removed",
    "meter_bills_added",
    "meter_intervals_added",
    f"{COLLECTION}started",
    f"{COLLECTION}progress",
    f"{COLLECTION}finished_successful",
})  # fmt: skip
"""UtilityAPI's (utilityapi-json-api: section 12) as far as they happen here, and two of our own. Where data lies ready
nothing is delayed, retried or fails."""


def event(
    type_: str,
    *,
    utility_code: str,
    company_id: int | None,
    registration_uid: UUID | None = None,
    authorization_uid: UUID | None = None,
    meter_uid: UUID | None = None,
    form_uid: UUID | None = None,
    is_set_aside: bool = False,
    data: dict[str, object] | None = None,
) -> Event:
    """One to record, of one of the TYPES.

    `company_id`: the company that may know, None where none may. `is_set_aside`: of test data, of a registration that
    is live; it stays out of lists as that data does.
    """
    assert type_ in TYPES, type_
    return Event(
        type=type_,
        utility_code=utility_code,
        company_id=company_id,
        registration_uid=registration_uid,
        authorization_uid=authorization_uid,
        meter_uid=meter_uid,
        form_uid=form_uid,
        is_set_aside=is_set_aside,
        data=data or {},
    )


def record(*events: Event) -> None:
    """Appends events in this order, in one statement."""
    Event.objects.bulk_create(events)
