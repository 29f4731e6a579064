"""Finding billing accounts and their statements page by page.

Which there might be is known from ids and dates alone; only what may stand on the page is opened, and only what does is
told to the trail.
"""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from wattkeeper.api import finding
from wattkeeper.api.errors import invalid
from wattkeeper.api.pages import NO_ITEM
from wattkeeper.api.params import BillingAccountFilters, BillingSummaryFilters, dated_uid, split, uuid_of, uuids
from wattkeeper.authorizations import reads, statements, windows
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.models import Meter
from wattkeeper.authorizations.statements import Pair, Seen, Summary
from wattkeeper.authorizations.windows import Window

Spot = tuple[date, int, int]
"""Where a summary stands: its date, then primary keys of account and authorization; a list begins with the greatest."""


def accounts(caller: Caller, filters: BillingAccountFilters) -> tuple[list[tuple[Seen, list[Summary]]], UUID | None]:
    """A page of accounts, each with its statements, and the uid after which the next page begins."""
    found = statements.pairs(finding.accounting_meters(caller, filters))
    order = {uid: position for position, uid in enumerate(statements.pairs(caller.meters()))}
    named = set(uuids(filters.uids)) if filters.uids is not None else set(found)
    passed = -1
    if filters.after is not None:
        passed = order.get(uuid_of(filters.after) or UUID(int=0), -1)
        if passed < 0:
            raise invalid("after", NO_ITEM)
    wanted = [uid for uid in found if uid in named and order[uid] > passed]
    page = wanted[: filters.size]
    opened = _open(caller, [found[uid] for uid in page])
    seen = {each.uid: each for each in statements.accounts(opened)}
    shown = [seen[uid] for uid in page if uid in seen]
    issued: dict[UUID, list[Summary]] = {}
    for summary in statements.summaries(opened):
        issued.setdefault(statements.account_uid(summary.grant.uid, summary.account.uid), []).append(summary)
    _record(caller, "billing_accounts", (window for each in shown for window in each.windows))
    return [(each, issued.get(each.uid, [])) for each in shown], page[-1] if len(wanted) > len(page) else None


def summaries(caller: Caller, filters: BillingSummaryFilters) -> tuple[list[Summary], bool]:
    """A page of statements, newest first, and whether another follows it."""
    named = statements.pairs(finding.accounting_meters(caller, filters))
    if filters.billing_accounts is not None:
        kept = set(uuids(filters.billing_accounts))
        named = {uid: pair for uid, pair in named.items() if uid in kept}
    spots = _spots(named.values())
    if filters.uids is not None:
        wanted = {_spot(named, uid) for uid in split(filters.uids)}
        spots = [spot for spot in spots if spot in wanted]
    if filters.after is not None:
        passed = _spot(statements.pairs(caller.meters()), filters.after)
        if passed is None:
            raise invalid("after", NO_ITEM)
        spots = [spot for spot in spots if spot < passed]
    shown: list[Summary] = []
    while spots and len(shown) <= filters.size:
        some, spots = spots[: filters.size + 1], spots[filters.size + 1 :]
        opened = _open(caller, {(grant, account) for _, account, grant in some})
        at = {(each.statement.date, each.account.pk, each.grant.pk): each for each in statements.summaries(opened)}
        shown += [at[spot] for spot in some if spot in at]
    page = shown[: filters.size]
    _record(caller, "billing_summaries", (window for each in page for window in each.windows))
    return page, len(shown) > len(page)


def _spots(pairs: Iterable[Pair]) -> list[Spot]:
    grants: dict[int, list[int]] = {}
    for grant, account in pairs:
        grants.setdefault(account, []).append(grant)
    places = statements.places(grants.keys())
    return sorted(((day, account, grant) for day, account in places for grant in grants[account]), reverse=True)


def _spot(pairs: dict[UUID, Pair], uid: str) -> Spot | None:
    """Where the summary of a uid stands, or would stand: `<billing account uid>-<date>`."""
    named = dated_uid(uid)
    if named is None or named[0] not in pairs:
        return None
    grant, pk = pairs[named[0]]
    return named[1], pk, grant


def _open(caller: Caller, pairs: Collection[Pair]) -> list[Window]:
    """The windows of the grants of these pairs, newest meter first."""
    meters = caller.meters().filter(authorization__in={grant for grant, _ in pairs})
    return windows.unseen_windows(windows.in_force(meters.order_by("-created", "-pk")), caller.kinds)


def _record(caller: Caller, what: str, shown: Iterable[Window]) -> None:
    """Tells the trail of the meters whose accounts stand in the answer."""
    meters: dict[int, Meter] = {window.meter.pk: window.meter for window in shown}
    reads.record(finding.look(caller, what, "bills", "account"), meters.values())
