"""What stands on the page of a bill that we draw, in the customer's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.utils import translation
from django.utils.translation import gettext, ngettext

from wattkeeper.authorizations import statements
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import formats
from wattkeeper.customers import units
from wattkeeper.customers.billing import Details, LineItem, Tier, TouBucket
from wattkeeper.customers.models import Bill, Service, Statement
from wattkeeper.utilities import branding

WATTS = 38
Row = tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Words and rows, ready to be drawn. `balance` is empty where the statement cannot be seen."""

    language: str
    accent: str
    utility: str
    contact: list[str]
    title: str
    mark: str
    recipient: list[str]
    facts: list[Row]
    amount: Row
    due: str
    charges_head: Row
    charges: list[Row]
    total: Row
    parts_head: Row
    parts: list[Row]
    balance_head: str
    balance: list[Row]
    footer: str


def sheet(window: Window, bill: Bill) -> Sheet:
    """The page of a bill that the window holds; it shares account details. Six queries."""
    customer = window.meter.authorization.customer
    with translation.override(customer.language if customer.language in {"en", "es"} else "en"):
        return _sheet(window, bill)


def _sheet(window: Window, bill: Bill) -> Sheet:
    utility, service, account = window.meter.authorization.world.utility, window.service, window.account
    assert account is not None
    statement, due = _statement(window, bill), statements.due_date(window, bill)
    money = partial(formats.amount, currency=utility.currency)
    return Sheet(
        language=translation.get_language() or "en",
        accent=branding.accent_for_light(utility.accent),
        utility=utility.name,
        contact=[
            line for line in (*utility.postal_address.splitlines(), utility.support_phone, utility.website) if line
        ],
        title=_title(service),
        mark=gettext("Test data. Made up. Not a bill to pay."),
        recipient=[account.billing_name, *_address_lines(account.billing_address or service.address)],
        facts=_facts(window, bill),
        amount=(gettext("Total of this bill"), money(bill.total_cost)),
        due=gettext("Due by %(day)s") % {"day": formats.day(due)} if due is not None else "",
        charges_head=(gettext("Charge"), gettext("Use"), gettext("Price"), gettext("Cost")),
        charges=[
            (item.name, _volume(item), _price(item, utility.currency), money(item.cost))
            for item in Details.of(bill).line_items
        ],
        total=(gettext("Total"), "", "", money(bill.total_cost)),
        parts_head=(gettext("How your use is made up"), gettext("Use"), gettext("Cost")),
        parts=_parts(bill, money),
        balance_head=gettext("Your account"),
        balance=_balance(statement, money) if statement is not None else [],
        footer=gettext(
            "This page shows how a bill could look. The customer, the address and every number on it are made up."
        ),
    )


def _title(service: Service) -> str:
    return {
        Service.Kind.ELECTRICITY: gettext("Electricity bill"),
        Service.Kind.GAS: gettext("Gas bill"),
        Service.Kind.WATER: gettext("Water bill"),
    }[Service.Kind(service.kind)]


def _facts(window: Window, bill: Bill) -> list[Row]:
    service, account = window.service, window.account
    assert account is not None
    last, length = bill.end - timedelta(days=1), (bill.end - bill.start).days
    days = ngettext("%(count)s day", "%(count)s days", length) % {"count": length}
    bounds = {"first": formats.day(bill.start), "last": formats.day(last)}
    used = units.charged(bill.total_volume, bill.uom, bill.multiplier) if bill.total_volume is not None else ""
    rows = [
        (gettext("Account number"), account.number),
        (gettext("Service number"), service.identifier),
        (gettext("Meter number"), service.meter_number),
        (gettext("Service address"), service.address),
        (gettext("Billing period"), f"{gettext('%(first)s to %(last)s') % bounds} ({days})"),
        (gettext("Billed on"), formats.day(bill.statement_date) if bill.statement_date is not None else ""),
        (gettext("Rate"), bill.tariff or service.tariff),
        (gettext("Use"), used),
    ]
    return [(label, text) for label, text in rows if text]


def _parts(bill: Bill, money: Callable[[int], str]) -> list[Row]:
    """Steps, times of use and demand, as far as the bill has them."""
    details = Details.of(bill)
    used: list[Tier | TouBucket] = [*details.tiers, *details.tou]
    return [
        *((part.name, units.charged(part.volume, bill.uom, bill.multiplier), money(part.cost)) for part in used),
        *((part.name, units.charged(part.demand, WATTS, 0), money(part.cost)) for part in details.demand),
    ]


def _balance(statement: Statement, money: Callable[[int], str]) -> list[Row]:
    return [
        (gettext("Balance before"), money(statement.previous_balance)),
        (gettext("Payments, thank you"), money(-statement.payments)),
        (gettext("New charges"), money(statement.new_charges)),
        (gettext("Amount due"), money(statement.amount_due)),
    ]


def _statement(window: Window, bill: Bill) -> Statement | None:
    """The statement that this bill is on, where it can be seen through this window alone."""
    seen = (found.statement for found in statements.summaries([window]))
    return next((statement for statement in seen if statement.uid == bill.statement_uid), None)


def _volume(item: LineItem) -> str:
    return "" if item.volume is None or item.uom is None else units.charged(item.volume, item.uom, item.multiplier)


def _price(item: LineItem, currency: str) -> str:
    if item.rate is None or item.rate_unit not in units.PRICED:
        return ""
    return f"{formats.price(item.rate, currency)}/{units.PRICED[item.rate_unit]}"


def _address_lines(address: str) -> list[str]:
    street, _, rest = address.partition(", ")
    return [street, rest] if rest else [street]
