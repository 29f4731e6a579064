"""Templates and forms as the JSON API shows and takes them (utilityapi-json-api: section 4)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictStr

from wattkeeper.api.params import Flag, Paging, Text, printable
from wattkeeper.api.schemas import Object, Stamp
from wattkeeper.authorizations.scope import LONGEST

Written = Annotated[StrictStr, AfterValidator(printable)]
Short = Annotated[StrictStr, Field(max_length=40), AfterValidator(printable)]
Email = Annotated[StrictStr, Field(max_length=254), AfterValidator(printable)]
ScopeString = Annotated[StrictStr, Field(max_length=LONGEST), AfterValidator(printable)]


class Template(Object):
    """What all of a company's forms share. It is changed in the settings, not here."""

    uid: str
    created: Stamp
    updated: Stamp
    user_email: Annotated[str | None, Field(description="Its owner")]
    user_uid: str | None
    disabled: Annotated[bool, Field(description="Whether its links, and those of its forms, cannot be opened")]
    portal: Annotated[str, Field(description="The company's part of `base_url`", examples=["acme-solar"])]
    base_url: Annotated[str, Field(description="The link without a form; its authorizations have no `form_uid`")]
    redirect_uris: Annotated[list[str], Field(description="Where a link may send the customer; the first by default")]
    company_logo: str | None
    company_name: str
    company_email: str


class TemplateListing(Object):
    templates: list[Template]
    next: str | None


class FormScope(Object):
    """What a form asks for beside what your registration asks for by default; a key that was not given is not there."""

    expires: Annotated[str | None, Field(description="`until_revoked`, a length such as `3y` or `7d`, or a time")] = (
        None
    )
    ongoing_end: Annotated[str | None, Field(description="No data stamped later")] = None
    history_start: Annotated[str | None, Field(description="No data stamped earlier")] = None
    shares: Annotated[list[str] | None, Field(description="Of `intervals`, `bills`, `account`")] = None
    green_button: Annotated[str | None, Field(description="A scope string as OAuth takes it")] = None


class Form(Object):
    """One link to send to a customer, with what it is prefilled with."""

    uid: str
    created: Stamp
    updated: Stamp
    template_uid: str
    authorization_uid: Annotated[str | None, Field(description="The authorization it is to renew")]
    is_archived: bool
    disabled: Annotated[bool, Field(description="Whether its link cannot be opened")]
    user_email: Annotated[str | None, Field(description="Who made it")]
    user_uid: str | None
    url: Annotated[str, Field(description="The link")]
    customer_email: Annotated[str, Field(description="Empty where none was given")]
    utility: Annotated[str | None, Field(description="null: the customer chooses")]
    scope: FormScope


class FormListing(Object):
    forms: list[Form]
    next: str | None


class Submission(Object):
    referral: Annotated[str, Field(description="`GET /authorizations?referrals=` finds what came of it by this")]


class TemplateFilters(Paging):
    uids: Annotated[Text | None, Field(description="Comma-separated uids of templates")] = None
    disabled: Annotated[Flag, Field(description="Those whose links cannot be opened, or can")] = None


class FormFilters(Paging):
    uids: Annotated[Text | None, Field(description="Comma-separated uids of forms")] = None
    users: Annotated[Text | None, Field(description="Comma-separated uids of the members who made them")] = None
    templates: Annotated[Text | None, Field(description="Comma-separated uids of their templates")] = None
    is_archived: Annotated[Flag, Field(description="Those you have archived, or those you have not")] = None


class ScopeWanted(BaseModel):
    """The scope of a form. Keys that are not known are ignored."""

    expires: Annotated[Short | None, Field(examples=["3y", "until_revoked"])] = None
    ongoing_end: Annotated[Short | None, Field(examples=["2027-01-01T00:00:00Z"])] = None
    history_start: Annotated[Short | None, Field(examples=["2026-01-01"])] = None
    shares: list[Literal["intervals", "bills", "account"]] | None = None
    green_button: Annotated[ScopeString | None, Field(examples=["FB=4_16_51"])] = None


class FormWanted(BaseModel):
    """A new form; every key may be left out, and so may the body. null and an empty text mean the default."""

    template_uid: Annotated[Written | None, Field(description="Your newest enabled template by default")] = None
    authorization_uid: Annotated[Written | None, Field(description="To renew this authorization of yours")] = None
    customer_email: Annotated[Email | None, Field(description="What the form is prefilled with")] = None
    utility: Annotated[Written | None, Field(description="By default the customer chooses", examples=["EPE"])] = None
    scope: Annotated[ScopeWanted | None, Field(description="What to ask for, beside your defaults")] = None


class FormChange(FormWanted):
    """A key that is not there leaves its field as it is."""

    is_archived: Annotated[StrictBool, Field(description="Whether to hide it from your own lists")] = False
    disabled: Annotated[StrictBool, Field(description="Whether its link cannot be opened")] = False


class TestSubmit(BaseModel):
    """Who plays the customer."""

    utility: Annotated[Written, Field(description="The id of a utility", examples=["EPE"])]
    scenario: Annotated[Written, Field(description="A test account of its sandbox", examples=["residential"])]
