"""The statements of accounts as seen through windows.

A statement adds up what an account owes. It is seen where bills and account details are shared and every bill on it is
one of the windows': else its sums would tell of a service, or of a time, that is not shared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.windows import Window
from wattkeeper.customers.models import Bill, CustomerAccount, Occupancy, Statement

Account = tuple[int, int]


@dataclass(frozen=True)
class Summary:
    """A statement of an account, and the windows of one grant whose bills are on it."""

    grant: Authorization
    account: CustomerAccount
    statement: Statement
    windows: tuple[Window, ...]


def summaries(opened: Iterable[Window]) -> list[Summary]:
    """Oldest first, account by account. Three queries."""
    by_account: dict[Account, list[Window]] = {}
    for window in opened:
        if window.shares_bills and window.shares_account and window.account is not None:
            by_account.setdefault((window.meter.authorization_id, window.account.pk), []).append(window)
    accounts = {pk for _, pk in by_account}
    issued: dict[int, list[Statement]] = {}
    for statement in Statement.objects.filter(account_id__in=accounts).order_by("date"):
        issued.setdefault(statement.account_id, []).append(statement)
    billed = _billed(accounts)
    found = []
    for (_, pk), windows in by_account.items():
        account = windows[0].account
        assert account is not None
        for statement in issued.get(pk, []):
            if on_it := _seen(windows, billed.get(statement.uid, [])):
                found.append(Summary(windows[0].meter.authorization, account, statement, on_it))
    return found


def due_date(window: Window, bill: Bill) -> date | None:
    """By when a bill that the window holds is to be paid: the one thing of its statement that stands on the bill."""
    if window.account is None or bill.statement_uid is None:
        return None
    rows = Statement.objects.filter(account_id=window.account.pk, uid=bill.statement_uid)
    return rows.values_list("due_date", flat=True).first()


def _billed(accounts: set[int]) -> dict[UUID, list[Bill]]:
    """The bills of every service that these accounts have or had, shared or not, by the statement they are on."""
    services = set(Occupancy.objects.filter(account_id__in=accounts).values_list("service_id", flat=True))
    found: dict[UUID, list[Bill]] = {}
    rows = Bill.objects.filter(service_id__in=services, statement_uid__isnull=False)
    for bill in rows.only("service_id", "uid", "start", "end", "statement_uid"):
        assert bill.statement_uid is not None
        found.setdefault(bill.statement_uid, []).append(bill)
    return found


def _seen(windows: list[Window], bills: list[Bill]) -> tuple[Window, ...]:
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
