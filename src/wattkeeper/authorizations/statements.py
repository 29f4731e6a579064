"""Billing accounts and their statements as seen through grants.

An account is seen where its details or bills are shared. A statement adds up what the account owes, so it is seen where
bills are shared and every bill on it lies in the windows of one grant, and it is dated within what that grant covers:
else its sums would tell of a service, or of a time, that is not shared.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from django.db.models import F, Q, QuerySet

from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock, days, ids
from wattkeeper.customers.billing import Details
from wattkeeper.customers.models import Bill, CustomerAccount, Occupancy, Statement

Pair = tuple[int, int]
"""Primary keys of an authorization and of an account seen through it."""
Place = tuple[date, int]
"""Where a statement stands among those of many accounts: its date and its account's primary key."""
ITS_CUSTOMER = Q(service__occupancies__account__customer=F("authorization__customer"))


@dataclass(frozen=True)
class Seen:
    """An account through one grant; `windows` are those of its services, newest meter first."""

    grant: Authorization
    account: CustomerAccount
    windows: tuple[Window, ...]

    @property
    def uid(self) -> UUID:
        return account_uid(self.grant.uid, self.account.uid)


@dataclass(frozen=True)
class Summary:
    """A statement of an account as seen through one grant, with the bills on it and the windows that show them.

    `strange`: the previous balance it names is not what the statement before left to pay.
    """

    grant: Authorization
    account: CustomerAccount
    statement: Statement
    windows: tuple[Window, ...]
    bills: tuple[Bill, ...]
    strange: bool = False

    @property
    def is_audited(self) -> bool:
        """Whether the bills on it add up to its new charges."""
        return sum(bill.total_cost for bill in self.bills) == self.statement.new_charges


def account_uid(grant: UUID, account: UUID) -> UUID:
    """It belongs to the grant, so that two companies can't find out by it that they look at the same customer."""
    return ids.stable_uid(grant, "billing account", account)


def pairs(meters: QuerySet[Meter]) -> dict[UUID, Pair]:
    """Every account that might be seen through the grants of these meters, by its uid there, newest grant first. One
    light query."""
    account = "service__occupancies__account"
    rows = meters.filter(ITS_CUSTOMER).order_by("-authorization__created", "-authorization_id", f"-{account}_id")
    found = rows.values_list("authorization__uid", f"{account}__uid", "authorization_id", f"{account}_id")
    return {account_uid(grant, uid): (grant_pk, pk) for grant, uid, grant_pk, pk in found}


def places(accounts: Collection[int]) -> list[Place]:
    """Where the statements of these accounts stand, seen or not, newest first. One light query."""
    rows = Statement.objects.filter(account_id__in=accounts).order_by("-date", "-account_id")
    return list(rows.values_list("date", "account_id"))


def accounts(opened: Iterable[Window]) -> list[Seen]:
    """The accounts seen through these windows, as the first window of each stands."""
    found: dict[Pair, list[Window]] = {}
    for window in opened:
        if window.account is not None and (window.shares_account or window.shares_bills):
            found.setdefault((window.meter.authorization_id, window.account.pk), []).append(window)
    return [
        Seen(windows[0].meter.authorization, windows[0].account, tuple(windows))
        for windows in found.values()
        if windows[0].account is not None
    ]


def summaries(opened: Iterable[Window]) -> list[Summary]:
    """The statements seen through these windows, oldest first, account by account. Three queries."""
    seen = accounts(window for window in opened if window.shares_bills)
    keys = {found.account.pk for found in seen}
    issued: dict[int, list[Statement]] = {}
    for statement in Statement.objects.filter(account_id__in=keys).order_by("date"):
        issued.setdefault(statement.account_id, []).append(statement)
    billed = _billed(keys)
    return [summary for found in seen for summary in _summaries(found, issued.get(found.account.pk, []), billed)]


def due_date(window: Window, bill: Bill) -> date | None:
    """By when a bill that the window holds is to be paid: the one thing of its statement that stands on the bill."""
    if window.account is None or bill.statement_uid is None:
        return None
    rows = Statement.objects.filter(account_id=window.account.pk, uid=bill.statement_uid)
    return rows.values_list("due_date", flat=True).first()


def details(wanted: Iterable[Summary]) -> dict[UUID, Details]:
    """What the bills on these statements say, by the bill's uid. One query."""
    bills = [bill for summary in wanted for bill in summary.bills]
    rows = Bill.objects.filter(service_id__in={bill.service_id for bill in bills}, uid__in={bill.uid for bill in bills})
    return {bill.uid: Details.of(bill) for bill in rows}


def _billed(keys: set[int]) -> dict[UUID, list[Bill]]:
    """The bills of every service that these accounts have or had, shared or not, by the statement they are on."""
    services = Occupancy.objects.filter(account_id__in=keys).values_list("service_id", flat=True)
    found: dict[UUID, list[Bill]] = {}
    rows = Bill.objects.filter(service_id__in=set(services), statement_uid__isnull=False).defer("details")
    for bill in rows.order_by("service_id"):
        if bill.statement_uid is not None:
            found.setdefault(bill.statement_uid, []).append(bill)
    return found


def _summaries(found: Seen, issued: list[Statement], billed: dict[UUID, list[Bill]]) -> Iterator[Summary]:
    """A statement is strange by the one issued just before it, if that is seen too."""
    before: dict[UUID, Statement] = {later.uid: earlier for earlier, later in pairwise(issued)}
    shown: dict[UUID, Summary] = {}
    for statement in issued:
        bills = billed.get(statement.uid, [])
        windows = _holding(found.windows, bills)
        if not windows or not _is_covered(found.grant, statement.date):
            continue
        last = before.get(statement.uid)
        is_strange = last is not None and last.uid in shown and last.amount_due != statement.previous_balance
        shown[statement.uid] = Summary(found.grant, found.account, statement, windows, tuple(bills), is_strange)
    yield from shown.values()


def _holding(windows: tuple[Window, ...], bills: list[Bill]) -> tuple[Window, ...]:
    """The windows that hold the bills of a statement; none where one of the bills is in none of them."""
    holding = []
    for bill in bills:
        holder = next(
            (each for each in windows if each.service.pk == bill.service_id and each.holds(bill.start, bill.end)), None
        )
        if holder is None:
            return ()
        holding.append(holder)
    return tuple(dict.fromkeys(holding))


def _is_covered(grant: Authorization, day: date) -> bool:
    """Whether a statement of this local day is no later than what a grant covers; its bills say it is no earlier."""
    return grant.ongoing_end is None or days.day_end(day, grant.world.utility.zone) <= clock.epoch(grant.ongoing_end)
