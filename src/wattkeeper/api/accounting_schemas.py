"""The objects of the accounting endpoints, field by field (utilityapi-json-api: section 8)."""

from wattkeeper.api.schemas import Note, Object, Source, Stamp


class SummaryNote(Note):
    """A note of a billing account about one of its summaries."""

    billing_summary_note_type: str
    billing_summary_statement_date: Stamp
    billing_summary_uid: str


class BillingAccountBase(Object):
    """Null where the customer shares no account details."""

    billing_contact: str | None
    billing_address: str | None
    billing_account: str | None


class BillingAccount(Object):
    """An account as seen through one authorization. `statement_dates`: of its billing summaries, newest first."""

    uid: str
    authorization_uid: str
    meter_uids: list[str]
    notes: list[SummaryNote]
    statement_dates: list[Stamp]
    blocks: list[str]
    base: BillingAccountBase
    sources: list[Source]


class BillingAccountListing(Object):
    billing_accounts: list[BillingAccount]
    next: str | None


class BillingSummaryBase(Object):
    """`previous_balance_unpaid` is what is left of the previous balance after the payment."""

    statement_date: Stamp
    previous_balance_amount: float
    previous_balance_unpaid: float
    previous_payment_amount: float
    new_charges_amount: float
    new_balance_amount: float
    amount_due: float
    amount_due_date: Stamp


class Charge(Object):
    name: str
    cost: float


class BillingSummary(Object):
    """One statement of an account. It is there where every bill on it is shared."""

    uid: str
    billing_account_uid: str
    authorization_uid: str
    meter_uids: list[str]
    notes: list[Note]
    blocks: list[str]
    base: BillingSummaryBase
    new_charges: list[Charge]
    sources: list[Source]


class BillingSummaryListing(Object):
    billing_summaries: list[BillingSummary]
    next: str | None
