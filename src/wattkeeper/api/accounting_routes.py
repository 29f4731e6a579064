"""Billing accounts and billing summaries (utilityapi-json-api: section 8)."""

from ninja import Query, Router

from wattkeeper.api import accounting, ledger
from wattkeeper.api.accounting_schemas import (
    BillingAccount,
    BillingAccountListing,
    BillingSummary,
    BillingSummaryListing,
)
from wattkeeper.api.errors import not_found
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.api.pages import next_link
from wattkeeper.api.params import BillingAccountFilters, BillingSummaryFilters
from wattkeeper.authorizations import statements

router = Router()
ACCOUNTS, SUMMARIES = "/billing-accounts", "/billing-summaries"


@router.get(ACCOUNTS, response=answers(BillingAccountListing), operation_id="list_billing_accounts")
def list_billing_accounts(request: ApiRequest, filters: Query[BillingAccountFilters]) -> BillingAccountListing:
    """The billing accounts of the authorizations in force, newest first. Filters combine with AND."""
    page, last = ledger.accounts(request.auth, filters)
    return BillingAccountListing(
        billing_accounts=[accounting.billing_account(seen, issued) for seen, issued in page],
        next=next_link(request, last) if last is not None else None,
    )


@router.get(f"{ACCOUNTS}/{{uid}}", response=answers(BillingAccount, 404), operation_id="get_billing_account")
def get_billing_account(request: ApiRequest, uid: str) -> BillingAccount:
    """One billing account of an authorization in force."""
    page, _ = ledger.accounts(request.auth, BillingAccountFilters.model_construct(uids=uid))
    if [str(seen.uid) for seen, _ in page] != [uid.lower()]:
        raise not_found("There is no such billing account.")
    return accounting.billing_account(*page[0])


@router.get(SUMMARIES, response=answers(BillingSummaryListing), operation_id="list_billing_summaries")
def list_billing_summaries(request: ApiRequest, filters: Query[BillingSummaryFilters]) -> BillingSummaryListing:
    """The statements of these accounts, newest first. One is there where every bill on it is shared."""
    page, has_more = ledger.summaries(request.auth, filters)
    details = statements.details(page)
    return BillingSummaryListing(
        billing_summaries=[accounting.billing_summary(summary, details) for summary in page],
        next=next_link(request, accounting.summary_uid(page[-1])) if has_more else None,
    )


@router.get(f"{SUMMARIES}/{{uid}}", response=answers(BillingSummary, 404), operation_id="get_billing_summary")
def get_billing_summary(request: ApiRequest, uid: str) -> BillingSummary:
    """One statement."""
    page, _ = ledger.summaries(request.auth, BillingSummaryFilters.model_construct(uids=uid))
    if [accounting.summary_uid(summary) for summary in page] != [uid.lower()]:
        raise not_found("There is no such billing summary.")
    return accounting.billing_summary(page[0], statements.details(page))
