"""Query parameters, typed for the API document. Unknown ones are ignored; a bad one is named in the error."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, BaseModel, Field, StrictBool

from wattkeeper.api import stamps
from wattkeeper.api.errors import ApiError, invalid
from wattkeeper.authorizations.windows import Window

PAGE = 1000


def printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a character that no text has")
    return text


Text = Annotated[str, AfterValidator(printable)]
Listed = Annotated[Text | None, Field(description="Comma-separated")]
Flag = bool | None


class Paging(Schema):
    after: Annotated[Text | None, Field(description="List what comes after the item of this uid")] = None
    limit: Annotated[int, Field(ge=1, description="Items on a page; more than 1000 is taken as 1000")] = PAGE

    @property
    def size(self) -> int:
        return min(self.limit, PAGE)


class MeterBlocks(Schema):
    expand_meter_blocks: Annotated[
        Flag, Field(description="Accepted for compatibility: meter blocks are always expanded here")
    ] = None


class Inclusion(MeterBlocks):
    include: Annotated[Text | None, Field(description="Comma-separated; `meters` nests the authorization's meters")] = (
        None
    )

    @property
    def includes_meters(self) -> bool:
        return "meters" in split(self.include)


class AuthorizationFilters(Paging, Inclusion):
    uids: Listed = None
    forms: Listed = None
    templates: Listed = None
    users: Annotated[Text | None, Field(description="Comma-separated uids of members")] = None
    referrals: Listed = None
    utility: Annotated[Text | None, Field(description="Comma-separated utility ids, e.g. EPE")] = None
    is_archived: Flag = None
    is_declined: Flag = None
    is_test: Flag = None
    is_revoked: Flag = None
    is_expired: Flag = None


class MeterFilters(Paging, MeterBlocks):
    uids: Listed = None
    authorizations: Listed = None
    users: Annotated[Text | None, Field(description="Comma-separated uids of members")] = None
    utility: Annotated[Text | None, Field(description="Comma-separated utility ids, e.g. EPE")] = None
    is_activated: Flag = None
    is_archived: Flag = None
    is_monitored: Flag = None


class DataFilters(Paging):
    """What `/bills` and `/intervals` take: at least one of `authorizations` and `meters`."""

    authorizations: Annotated[Text | None, Field(description="Comma-separated uids")] = None
    meters: Annotated[Text | None, Field(description="Comma-separated uids")] = None
    start: Annotated[
        str | None,
        Field(description="From this date (in the utility's time zone) or timestamp on", examples=["2026-01-31"]),
    ] = None
    end: Annotated[str | None, Field(description="Ending on or before this date (its first moment) or timestamp")] = (
        None
    )
    order: Annotated[Literal["latest_first", "earliest_first"], Field(description="By date")] = "latest_first"

    @property
    def newest_first(self) -> bool:
        return self.order == "latest_first"

    def check(self) -> None:
        """Raises ApiError where what pydantic can't see is wrong."""
        if not split(self.authorizations) and not split(self.meters):
            raise ApiError(400, "required_param_missing", "Name the authorizations or the meters whose data you want.")
        _ = self.bounds

    @property
    def bounds(self) -> dict[str, date | datetime | None]:
        """`start` and `end` as they were given; ApiError where one is neither date nor timestamp."""
        return {"start": _moment("start", self.start), "end": _moment("end", self.end)}

    def narrow(self, window: Window) -> Window:
        """The part of a window that was asked for, dates taken in its utility's time zone."""
        start, end = self.bounds.values()
        return window.narrowed(
            stamps.seconds(start, window.zone, rounds_up=True) if start is not None else None,
            stamps.seconds(end, window.zone) if end is not None else None,
        )


class MeterChange(BaseModel):
    """A key that is not there leaves its field as it is."""

    is_archived: StrictBool = False


class AuthorizationChange(MeterChange):
    nickname: Annotated[str, Field(max_length=120), AfterValidator(printable)] | None = None


def split(listed: str | None) -> list[str]:
    """The items of a comma-separated parameter."""
    return [part for item in (listed or "").split(",") if (part := item.strip())]


def uuids(listed: str | None) -> list[UUID]:
    """The items that can be a uid of ours; others name nothing."""
    return [uid for item in split(listed) if (uid := uuid_of(item))]


def exactly(text: str) -> list[UUID]:
    """One uid, or none if that is no uid of ours."""
    uid = uuid_of(text)
    return [uid] if uid is not None else []


def uuid_of(text: str) -> UUID | None:
    """A uid in its one spelling, hyphenated."""
    try:
        uid = UUID(text)
    except ValueError:
        return None
    return uid if str(uid) == text.lower() else None


def _moment(name: str, text: str | None) -> date | datetime | None:
    if text is None:
        return None
    moment = stamps.read(text)
    if moment is None:
        raise invalid(
            name, f"is {text[:40]!r}; it takes a date such as 2026-01-31 or a timestamp such as 2026-01-31T12:00:00Z"
        )
    return moment
