"""Query parameters, typed for the API document. Unknown ones are ignored; a bad one is named in the error."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, StrictStr

from wattkeeper.api import stamps
from wattkeeper.api.errors import ApiError, invalid
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import iso

PAGE = 1000
UID_LENGTH = 36


def printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a character that no text has")
    return text


Text = Annotated[str, AfterValidator(printable)]
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
    uids: Annotated[Text | None, Field(description="Comma-separated uids of authorizations")] = None
    forms: Annotated[Text | None, Field(description="Comma-separated uids of the forms they came from")] = None
    templates: Annotated[Text | None, Field(description="Comma-separated uids of those forms' templates")] = None
    users: Annotated[Text | None, Field(description="Comma-separated uids of members")] = None
    referrals: Annotated[Text | None, Field(description="Comma-separated referrals, as a redirect brings them")] = None
    utility: Annotated[Text | None, Field(description="Comma-separated utility ids, e.g. EPE")] = None
    is_archived: Annotated[Flag, Field(description="Those you have archived, or those you have not")] = None
    is_declined: Annotated[Flag, Field(description="Those the customer declined, or granted")] = None
    is_test: Annotated[Flag, Field(description="Those of test accounts, or of real customers")] = None
    is_revoked: Annotated[Flag, Field(description="Those that were ended, or not")] = None
    is_expired: Annotated[Flag, Field(description="Those past their end, or not")] = None


class MeterFilters(Paging, MeterBlocks):
    uids: Annotated[Text | None, Field(description="Comma-separated uids of meters")] = None
    authorizations: Annotated[Text | None, Field(description="Comma-separated uids of authorizations")] = None
    users: Annotated[Text | None, Field(description="Comma-separated uids of members")] = None
    utility: Annotated[Text | None, Field(description="Comma-separated utility ids, e.g. EPE")] = None
    is_activated: Annotated[Flag, Field(description="Those whose data has been collected, or not")] = None
    is_archived: Annotated[Flag, Field(description="Those you have archived, or those you have not")] = None
    is_monitored: Annotated[Flag, Field(description="Those whose data goes on being collected, or not")] = None


class BillingAccountFilters(Paging):
    uids: Annotated[Text | None, Field(description="Comma-separated uids of what is listed")] = None
    authorizations: Annotated[Text | None, Field(description="Comma-separated uids of authorizations")] = None
    meters: Annotated[Text | None, Field(description="Comma-separated uids of meters")] = None

    @property
    def is_named(self) -> bool:
        """Whether the caller says what it wants to see."""
        return (self.uids, self.authorizations, self.meters) != (None, None, None)


class BillingSummaryFilters(BillingAccountFilters):
    billing_accounts: Annotated[Text | None, Field(description="Comma-separated uids of billing accounts")] = None

    @property
    def is_named(self) -> bool:
        return super().is_named or self.billing_accounts is not None


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
            needed = "Name the authorizations or the meters whose data you want."
            raise ApiError(400, "required_param_missing", needed, "meters")
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

    is_archived: Annotated[StrictBool, Field(description="Whether to hide it from your own lists")] = False


class AuthorizationChange(MeterChange):
    nickname: Annotated[
        Annotated[str, Field(max_length=120), AfterValidator(printable)] | None,
        Field(description="Your own name for it, which customers never see"),
    ] = None


class MeterList(BaseModel):
    """Bodies that name meters, which may be of several authorizations."""

    meters: Annotated[
        list[Annotated[StrictStr, AfterValidator(printable)]], Field(max_length=PAGE, description="Uids of meters")
    ]

    def check(self) -> None:
        """Raises ApiError where what pydantic can't see is wrong."""
        if not self.meters:
            raise ApiError(400, "required_param_missing", "meters is empty. Name the meters you mean.")


class Collection(MeterList):
    collection_duration: Annotated[
        StrictInt,
        Field(ge=1, le=36, description="Months. Checked and echoed: everything that is shared can be read anyway"),
    ] = 36


class Monitoring(MeterList):
    frequency: Literal["off", "daily", "weekly", "monthly"]
    fixed_refresh_day: Annotated[
        StrictInt | None,
        Field(ge=1, le=31, description="Only with `monthly`, and on meters that are not monitored yet"),
    ] = None

    def check(self) -> None:
        super().check()
        if self.fixed_refresh_day is not None and self.frequency != "monthly":
            raise invalid("fixed_refresh_day", "goes with the frequency monthly alone")


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


def dated_uid(text: str) -> tuple[UUID, date] | None:
    """The parts of an id made of a uid and a local day, as `<meter uid>-2026-01-31`; None if it is none."""
    uid, day = uuid_of(text[:UID_LENGTH]), iso.read(text[UID_LENGTH + 1 :])
    if uid is None or type(day) is not date or text[UID_LENGTH] != "-":
        return None
    return uid, day


def _moment(name: str, text: str | None) -> date | datetime | None:
    if text is None:
        return None
    moment = iso.read(text)
    if moment is None:
        raise invalid(
            name, f"is {text[:40]!r}; it takes a date such as 2026-01-31 or a timestamp such as 2026-01-31T12:00:00Z"
        )
    return moment
