"""The BillingAccount and BillingSummary objects (utilityapi-json-api: section 8)."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from wattkeeper.api import accounting_schemas, schemas, stamps
from wattkeeper.authorizations import statements
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.statements import Seen, Summary
from wattkeeper.common.money import to_float
from wattkeeper.customers.billing import Details

STRANGE, UNAUDITED = "previous_balances_strange", "audit_failed_on_new_charges"
MESSAGES = {
    STRANGE: "The previous balance is not what was due on the statement before.",
    UNAUDITED: "The bills on this statement do not add up to its new charges.",
}


def summary_uid(summary: Summary) -> str:
    """`<billing account uid>-<date>`: an account has one statement a day at most."""
    return f"{statements.account_uid(summary.grant.uid, summary.account.uid)}-{summary.statement.date.isoformat()}"


def billing_account(seen: Seen, summaries: Sequence[Summary]) -> accounting_schemas.BillingAccount:
    """One account, with what it has of statements, oldest first."""
    shown = seen.account if any(window.shares_account for window in seen.windows) else None
    newest = summaries[::-1]
    return accounting_schemas.BillingAccount(
        uid=str(seen.uid),
        authorization_uid=str(seen.grant.uid),
        meter_uids=[str(window.meter.uid) for window in seen.windows],
        notes=[_summary_note(summary, type_) for summary in newest for type_ in _problems(summary)],
        statement_dates=[_stamp(summary.grant, summary.statement.date) for summary in newest],
        blocks=["base", "sources"],
        base=accounting_schemas.BillingAccountBase(
            billing_contact=shown.billing_name if shown is not None else None,
            billing_address=(shown.billing_address or None) if shown is not None else None,
            billing_account=shown.number if shown is not None else None,
        ),
        sources=[],
    )


def billing_summary(summary: Summary, details: Mapping[UUID, Details]) -> accounting_schemas.BillingSummary:
    """One statement, `details` those of the bills on it."""
    return accounting_schemas.BillingSummary(
        uid=summary_uid(summary),
        billing_account_uid=str(statements.account_uid(summary.grant.uid, summary.account.uid)),
        authorization_uid=str(summary.grant.uid),
        meter_uids=[str(window.meter.uid) for window in summary.windows],
        notes=[schemas.Note(type=type_, msg=MESSAGES[type_], ts=_written(summary)) for type_ in _problems(summary)],
        blocks=["base", "new_charges", "sources"],
        base=summary_base(summary),
        new_charges=_charges(summary, details),
        sources=[],
    )


def summary_base(summary: Summary) -> accounting_schemas.BillingSummaryBase:
    """Its dates and sums."""
    found, grant = summary.statement, summary.grant
    unpaid = found.previous_balance - found.payments
    return accounting_schemas.BillingSummaryBase(
        statement_date=_stamp(grant, found.date),
        previous_balance_amount=to_float(found.previous_balance),
        previous_balance_unpaid=to_float(unpaid),
        previous_payment_amount=to_float(found.payments),
        new_charges_amount=to_float(found.new_charges),
        new_balance_amount=to_float(unpaid + found.new_charges),
        amount_due=to_float(found.amount_due),
        amount_due_date=_stamp(grant, found.due_date),
    )


def _charges(summary: Summary, details: Mapping[UUID, Details]) -> list[accounting_schemas.Charge]:
    """Every line of the bills on it; a bill without lines is one charge."""
    charges = []
    for bill in summary.bills:
        lines = details[bill.uid].line_items if bill.uid in details else []
        charges += [accounting_schemas.Charge(name=line.name, cost=to_float(line.cost)) for line in lines]
        if not lines:
            charges.append(accounting_schemas.Charge(name="Charges", cost=to_float(bill.total_cost)))
    return charges


def _problems(summary: Summary) -> list[str]:
    return [STRANGE] * summary.strange + [UNAUDITED] * (not summary.is_audited)


def _summary_note(summary: Summary, type_: str) -> accounting_schemas.SummaryNote:
    return accounting_schemas.SummaryNote(
        type="billing_summaries_strange",
        msg=MESSAGES[type_],
        ts=_written(summary),
        billing_summary_note_type=type_,
        billing_summary_statement_date=_stamp(summary.grant, summary.statement.date),
        billing_summary_uid=summary_uid(summary),
    )


def _written(summary: Summary) -> str:
    return stamps.utc(summary.statement.created)


def _stamp(grant: Authorization, day: date) -> str:
    return stamps.midnight(day, grant.world.utility.zone)
