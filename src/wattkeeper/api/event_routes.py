"""What happened, in order: to be asked for, and to be ticked off (utilityapi-json-api: sections 2 and 12)."""

from django.db.models import QuerySet
from ninja import Query, Router

from wattkeeper.api import events, finding
from wattkeeper.api.errors import ApiError, invalid, not_found
from wattkeeper.api.events import EventChange, EventFilters
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.api.pages import cut
from wattkeeper.api.params import exactly, uuids
from wattkeeper.authorizations import reads
from wattkeeper.events.models import Event

router = Router()


@router.get("", response=answers(events.EventListing), operation_id="list_events", exclude_unset=True)
def list_events(request: ApiRequest, filters: Query[EventFilters]) -> events.EventListing:
    """What happened in the last 35 days, newest first. An event is listed about a second after it happened, behind all
    that were listed before: to read on, ask for `order=oldest_first` and what comes `after` the last you have."""
    mine = _heard(request)
    rows = list(_page(_listed(request, mine, filters), mine, filters))
    page, following = cut(request, rows, filters)
    reads.record_events(finding.look(request.auth, "events"))
    return events.EventListing(events=[events.written(event) for event in page], next=following)


@router.get("/{uid}", response=answers(events.Event, 404), operation_id="get_event", exclude_unset=True)
def get_event(request: ApiRequest, uid: str) -> events.Event:
    """One event of the last 35 days, also before it is listed."""
    return events.written(_one(request, uid))


@router.patch("/{uid}", response=answers(events.Event, 404), operation_id="modify_event", exclude_unset=True)
def modify_event(request: ApiRequest, uid: str, change: EventChange) -> events.Event:
    """Ticks an event off, so that it is not delivered (again); `false` puts it back among those that wait."""
    event = _one(request, uid)
    if "is_delivered" in change.model_fields_set:
        Event.objects.filter(pk=event.pk, is_delivered=not change.is_delivered).update(is_delivered=change.is_delivered)
        event.is_delivered = change.is_delivered
    return events.written(event)


def _heard(request: ApiRequest) -> QuerySet[Event]:
    """The caller's events. ApiError 403 for a customer's own program: nothing is told of what customers have for
    themselves, so that it would wait for ever."""
    if request.auth.customer_uid is not None:
        raise ApiError(403, "insufficient_scope", "Events are told to third parties. A personal token has none.")
    return request.auth.events()


def _one(request: ApiRequest, uid: str) -> Event:
    """ApiError 404 where there is none, it is another's, or was forgotten."""
    event = _heard(request).filter(uid__in=exactly(uid)).first()
    if event is None:
        raise not_found("There is no such event, or not any longer.")
    reads.record_events(finding.look(request.auth, "events"))
    return event


def _listed(request: ApiRequest, mine: QuerySet[Event], filters: EventFilters) -> QuerySet[Event]:
    """Those that match every filter. A live registration's test data is there where its authorization is named, or the
    token is of that one alone.

    SQLite finds `x IN (0)` by an index, and not Django's `NOT x`.
    """
    rows = mine
    if filters.authorizations is not None:
        rows = rows.filter(authorization_uid__in=uuids(filters.authorizations))
    elif request.auth.authorization is None:
        rows = rows.filter(is_set_aside__in=[False])
    return rows if filters.is_delivered is None else rows.filter(is_delivered__in=[filters.is_delivered])


def _page(rows: QuerySet[Event], mine: QuerySet[Event], filters: EventFilters) -> QuerySet[Event]:
    """One page of those that have their place, and one more if there is a further page."""
    end = "lt" if filters.newest_first else "gt"
    placed: dict[str, object] = {"position__isnull": False}
    if filters.after is not None:
        place = mine.filter(uid__in=exactly(filters.after)).values_list("position", flat=True).first()
        if place is None:
            raise invalid("after", "names no event of this list, or one that is forgotten by now")
        placed = {f"position__{end}": place}
    return rows.filter(**placed).order_by("-position" if filters.newest_first else "position")[: filters.size + 1]
