"""Who has a recent bill in hand: its account number, the postal code it is for, and its amount, all at once."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from wattkeeper.customers.finding import spellings
from wattkeeper.customers.models import Bill, Customer, CustomerAccount, Occupancy, Statement
from wattkeeper.utilities.models import Utility, World

RECENT = 2
"""Bills back from the newest: whoever signs in may not have opened the latest yet."""
MOST_ACCOUNTS, MOST_ROWS = 20, 200
NOBODY = [0]
"""Asked about where nobody was found, so that the answer takes as long."""


@dataclass(frozen=True)
class BillFacts:
    """As typed; `amount` in 1/100 000 of the currency: the bill's total, or what a statement says is new or due."""

    number: str
    postal_code: str
    amount: int


def holders(utility: Utility, facts: BillFacts) -> list[Customer]:
    """Real customers whose bill this is. The database is asked the same whether they exist or not."""
    live = {"customer__world__utility": utility, "customer__world__kind": World.Kind.LIVE}
    named = CustomerAccount.objects.filter(number__in=spellings([facts.number.strip()]), **live).select_related(
        "customer"
    )
    accounts = {account.pk: account for account in named.order_by("pk")[:MOST_ACCOUNTS]}
    stays = Occupancy.objects.filter(account_id__in=accounts or NOBODY).select_related("service")
    fitting = [stay for stay in stays if _code(stay.service.postal_code) == _code(facts.postal_code)]
    amounts = _amounts(fitting)
    return [account.customer for key, account in accounts.items() if facts.amount in amounts[key]]


def _amounts(stays: list[Occupancy]) -> dict[int, set[int]]:
    """What stood on the recent bills of each account, within its own stay."""
    found: dict[int, set[int]] = defaultdict(set)
    bills = list(
        Bill.objects.filter(service_id__in={stay.service_id for stay in stays} or NOBODY)
        .order_by("-end")
        .values_list("service_id", "start", "end", "total_cost")[:MOST_ROWS]
    )
    for stay in stays:
        own = [
            cost
            for service_id, start, end, cost in bills
            if service_id == stay.service_id and start >= stay.start and (stay.end is None or end <= stay.end)
        ]
        found[stay.account_id].update(own[:RECENT])
    statements = (
        Statement.objects.filter(account_id__in={stay.account_id for stay in stays} or NOBODY)
        .order_by("-date")
        .values_list("account_id", "new_charges", "amount_due")[:MOST_ROWS]
    )
    for account_id, rows in _newest(statements).items():
        found[account_id].update(*rows)
    return found


def _newest(rows: Iterable[tuple[int, int, int]]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for account_id, new_charges, amount_due in rows:
        if len(found[account_id]) < RECENT:
            found[account_id].append((new_charges, amount_due))
    return found


def _code(text: str) -> str:
    """A postal code without its spaces and hyphens; of a ZIP+4 the ZIP code."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return plain[:5] if plain.isdecimal() else plain
