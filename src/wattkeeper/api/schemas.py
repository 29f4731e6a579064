"""The objects of the JSON API, field by field (utilityapi-json-api: sections 1, 5, 6, 7). Timestamps are ISO 8601."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Span = tuple[Stamp, Stamp]
PowerType = Literal["reactive_demand", "reactive_usage", "real_demand", "apparent_demand", "power_factor"]


class Object(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Error(Object):
    error: Annotated[str, Field(examples=["invalid_param"])]
    error_description: str
    url: str | None


class Note(Object):
    """`type` is stable; `msg` is for people."""

    type: str
    msg: str
    ts: Stamp


class Export(Object):
    name: str
    link: str


class Signature(Object):
    type: Literal["confirmation"]
    ts: Stamp


class Scope(Object):
    """What was granted; empty where the customer declined."""

    expires: Annotated[str, Field(description="Timestamp, or `until_revoked`")] = ""
    ongoing_end: Stamp | None = None
    history_start: Annotated[str, Field(description="Timestamp")] = ""
    shares: Annotated[list[str], Field(description="Of `intervals`, `bills`, `account`")] = []
    green_button: Annotated[str, Field(description="The final OAuth scope")] = ""


class MeterBase(Object):
    """Address, meter numbers and billing fields are null (or empty) where the customer shares no account details."""

    service_identifier: str
    service_tariff: str
    service_class: str
    service_address: str | None
    meter_numbers: list[str]
    billing_contact: str | None
    billing_address: str | None
    billing_account: str | None


class OngoingMonitoring(Object):
    frequency: Literal["off", "daily", "weekly", "monthly"]
    next_refresh: Stamp | None
    fixed_refresh_day: int | None
    prepay: str | None
    next_prepay: Stamp | None


class Source(Object):
    type: str
    raw_url: str


class Meter(Object):
    """A service as seen through one authorization. `interval_count` counts readings. `is_activated`: a collection or
    monitoring was asked for; its data can be read before that too."""

    uid: str
    authorization_uid: str
    created: Stamp
    user_email: str | None
    user_uid: str | None
    is_archived: bool
    is_activated: bool
    is_expanded: bool
    notes: list[Note]
    status: Literal["pending", "updated", "errored"]
    status_message: str
    status_ts: Stamp
    ongoing_monitoring: OngoingMonitoring
    utility: str
    bill_count: int
    bill_coverage: list[Span]
    bill_sources: list[str]
    interval_count: int
    interval_coverage: list[Span]
    interval_sources: list[str]
    exports: dict[str, str]
    exports_list: list[Export]
    blocks: list[str]
    base: MeterBase


class MeterListing(Object):
    meters: list[Meter]
    next: str | None


class Success(Object):
    success: Literal[True] = True


class Collection(Success):
    """`meters`: those of authorizations in force."""

    meters: list[str]
    collection_duration: int


class Monitoring(Success):
    """`meters`: those of authorizations in force. `fixed_refresh_day` is there with the frequency `monthly`."""

    meters: list[str]
    frequency: Literal["off", "daily", "weekly", "monthly"]
    fixed_refresh_day: int | None = None


class Authorization(Object):
    """A customer's grant. `meters` is there only with `include=meters`. `is_test`: of a sandbox customer."""

    uid: str
    created: Stamp
    customer_email: str
    customer_signature: Signature | None
    declined: Stamp | None
    is_declined: bool
    expires: Annotated[str | None, Field(description="Timestamp, or `until_revoked`; null where declined")]
    is_expired: bool
    exports: dict[str, str]
    exports_list: list[Export]
    form_uid: str | None
    template_uid: str | None
    referrals: list[str]
    is_archived: bool
    is_test: bool
    nickname: str | None
    notes: list[Note]
    revoked: Stamp | None
    is_revoked: bool
    scope: Scope
    status: Literal["pending", "updated", "errored"]
    status_message: str
    status_ts: Stamp
    user_email: str | None
    user_uid: str | None
    user_status: str
    utility: str
    meters: MeterListing = MeterListing(meters=[], next=None)


class AuthorizationListing(Object):
    authorizations: list[Authorization]
    next: str | None


class BillBase(MeterBase):
    """Local midnights; `bill_end_date` is the midnight that ends the last day."""

    bill_start_date: Stamp
    bill_end_date: Stamp
    bill_statement_date: Stamp | None
    bill_total_cost: float
    bill_total_volume: float | None
    bill_total_unit: str | None
    bill_total_kwh: float | None


class LineItem(Object):
    name: str
    start: Stamp
    end: Stamp
    cost: float
    volume: float | None
    rate: float | None
    unit: str | None
    kind: Literal["delivery", "supply", "other"]


class Tier(Object):
    name: str
    level: int
    cost: float
    volume: float
    unit: str | None


class TouBucket(Object):
    name: str
    bucket: Literal["peak", "off-peak", "part-peak", "super-peak", "super-off-peak", "other"]
    cost: float
    volume: float
    unit: str | None


class Demand(Object):
    """`demand` in kW."""

    name: str
    cost: float
    demand: float


class Power(Object):
    type: PowerType
    name: str
    volume: float
    unit: str | None


class OfMeter(Object):
    """`blocks` names the blocks that follow."""

    uid: str
    meter_uid: str
    authorization_uid: str
    created: Stamp
    updated: Stamp
    notes: list[Note]
    utility: str
    blocks: list[str]


class Bill(OfMeter):
    """The last four blocks are there only where the bill has such charges."""

    base: BillBase
    sources: list[Source]
    line_items: list[LineItem]
    tiers: list[Tier] = []
    tou: list[TouBucket] = []
    demand: list[Demand] = []
    power: list[Power] = []


class BillListing(Object):
    bills: list[Bill]
    next: str | None


class IntervalBase(Object):
    service_identifier: str
    service_tariff: str
    service_address: str | None
    meter_numbers: list[str]
    qualities: list[str]


class Datapoint(Object):
    type: Annotated[str, Field(examples=["fwd", "rev", "net", "power_factor"])]
    unit: str | None
    value: float


class Reading(Object):
    """`kwh` is net energy: what was delivered less what was received; null where energy is not measured."""

    start: Stamp
    end: Stamp
    kwh: float | None
    datapoints: list[Datapoint]


class Interval(OfMeter):
    """The readings of one meter in one local day, latest first. `created` is when they were last written."""

    base: IntervalBase
    sources: list[Source]
    readings: list[Reading]


class IntervalListing(Object):
    intervals: list[Interval]
    is_incomplete: bool
    next: str | None
