"""Events as the JSON API takes and shows them (utilityapi-json-api: section 12)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from wattkeeper.api import stamps
from wattkeeper.api.params import Flag, Paging, Text
from wattkeeper.api.schemas import Object, Stamp
from wattkeeper.events import models


class EventFilters(Paging):
    authorizations: Annotated[
        Text | None, Field(description="Comma-separated uids. Names test data of a live registration, too")
    ] = None
    is_delivered: Annotated[Flag, Field(description="Those that were delivered, or those that wait")] = None
    order: Annotated[
        Literal["newest_first", "oldest_first"], Field(description="By place in the log; `after` goes on either way")
    ] = "newest_first"

    @property
    def newest_first(self) -> bool:
        return self.order == "newest_first"


class EventChange(BaseModel):
    """A key that is not there leaves its field as it is."""

    is_delivered: Annotated[
        StrictBool, Field(description="Whether you have it: `true` stops the attempts to deliver it")
    ] = False


class Event(Object):
    """One thing that happened. `authorization_uid`, `meter_uid` and `form_uid` are there where the type has them."""

    uid: str
    type: Annotated[str, Field(description="New ones may come: ignore those you do not know")]
    ts: Annotated[Stamp, Field(description="When it happened")]
    delivery_method: Annotated[
        Literal["webhook"] | None, Field(description="Null while no endpoint takes it: it waits to be fetched")
    ]
    delivery_target: Annotated[str | None, Field(description="The endpoint's address")]
    is_delivered: bool
    authorization_uid: str = ""
    meter_uid: str = ""
    form_uid: str = ""


class EventListing(Object):
    events: list[Event]
    next: Annotated[str | None, Field(description="The address of the following page")]


def written(event: models.Event) -> Event:
    """One Event, with the ids it has."""
    about = {name: getattr(event, name) for name in ("authorization_uid", "meter_uid", "form_uid")}
    return Event(
        uid=str(event.uid),
        type=event.type,
        ts=stamps.utc(event.at),
        delivery_method=None,
        delivery_target=None,
        is_delivered=event.is_delivered,
        **{name: str(uid) for name, uid in about.items() if uid is not None},
    )
