"""The objects that say what a utility offers. The original platform has none; field names follow its style."""

from typing import Annotated, Literal

from pydantic import Field

from wattkeeper.api.schemas import Object, Stamp

ClassName = Literal["intervals", "bills", "account"]
Commodity = Literal["electricity", "gas", "water"]
Texts = Annotated[dict[str, str], Field(description="Language (`en`, `es`) to text")]


class UtilitySummary(Object):
    utility: Annotated[str, Field(description="Its id in both APIs, case-sensitive")]
    name: str
    capabilities_url: Annotated[str, Field(description="Where `get_utility` answers for it")]
    docs_url: Annotated[str, Field(description="Its page in these docs")]


class UtilityListing(Object):
    utilities: list[UtilitySummary]


class DataClass(Object):
    name: Annotated[ClassName, Field(description="As in `scope.shares`")]
    function_block: Annotated[int, Field(description="What to write behind `FB=` in a scope")]


class History(Object):
    default_days: Annotated[int, Field(description="How far back, where a scope does not say")]
    longest_days: Annotated[int, Field(description="How far back at most, whatever a scope says")]


class Stream(Object):
    """One kind of reading, as the test accounts' homes have it."""

    commodity: Commodity
    type: Annotated[str, Field(description="As in an interval's `datapoints`")]
    unit: Annotated[str | None, Field(description="Null where it has none, such as a power factor")]
    interval_seconds: Annotated[int, Field(description="0 where readings have no fixed length")]
    first_reading: Annotated[Stamp | None, Field(description="Start of the first reading that is there")]
    last_reading: Annotated[Stamp | None, Field(description="End of the newest reading that is there")]


class SignInMethod(Object):
    method: Annotated[
        Literal["sso", "code", "bill", "test"],
        Field(description="The utility's own sign-in; a code by email; a recent bill; a test account"),
    ]
    is_connected: Annotated[bool, Field(description="False: its page says that it is not there yet")]
    scope_options: Annotated[list[str], Field(description="What `AdditionalScope` can say of it")]


class Scopes(Object):
    example: Annotated[str, Field(description="A scope that asks for every class of data")]
    parameters: Annotated[list[str], Field(description="What a scope can say")]
    options: Annotated[list[str], Field(description="What `AdditionalScope` can hold")]


class OnDemandReads(Object):
    """Reading a meter's register now, rather than waiting for the utility to deliver."""

    is_available: bool
    description: str


class RequestLimit(Object):
    """A moving window, as `RateLimit-Policy` has it."""

    name: Annotated[str, Field(description="`client`: of one company. `token`: with one token. `address`: without one")]
    requests: int
    seconds: int


class Endpoints(Object):
    json_api: str
    openapi: str
    green_button: str
    oauth_metadata: Annotated[str, Field(description="RFC 8414")]
    authorize: Annotated[str, Field(description="Where to send a customer's browser")]
    token: str
    registration: Annotated[str, Field(description="How to become a third party here")]


class TestAccountOffer(Object):
    """A made-up customer to sign in as."""

    username: str
    password: Annotated[str, Field(description="It is no secret")]
    scenario: str
    descriptions: Texts


class Capabilities(UtilitySummary):
    """Everything a client can know of a utility before it asks a customer."""

    descriptions: Texts
    website: str | None
    support_email: str | None
    support_phone: str | None
    time_zone: Annotated[str, Field(description="In which its days begin and its bills are dated")]
    currency: Annotated[str, Field(description="ISO 4217")]
    languages: Annotated[list[str], Field(description="Of its pages, the default first")]
    function_blocks: Annotated[list[int], Field(description="Green Button function blocks that it serves")]
    data_classes: Annotated[list[DataClass], Field(description="What can be asked for")]
    history: History
    sandbox_streams: Annotated[list[Stream], Field(description="What the test accounts' homes measure")]
    sign_in_methods: Annotated[list[SignInMethod], Field(description="The default first")]
    scopes: Scopes
    on_demand_reads: OnDemandReads
    limits: list[RequestLimit]
    formats: Annotated[dict[str, list[str]], Field(description="Media types of `json_api` and `green_button`")]
    endpoints: Endpoints
    test_accounts: list[TestAccountOffer]
