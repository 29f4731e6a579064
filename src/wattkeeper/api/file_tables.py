"""The CSV files: columns, and rows made of the objects the JSON API answers with, so that the numbers are the same.

The first columns are UtilityAPI's (utilityapi-json-api: section 9.2), then come ours. Text that a spreadsheet would
take for a formula is made harmless; numbers are written plainly, and stay numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from wattkeeper.api import bills, objects, schemas
from wattkeeper.api.accounting import summary_base, summary_uid
from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.statements import Summary
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import tables
from wattkeeper.customers.models import Bill

Value = str | int | float | None
AT_ONCE = 64

WHOSE = (
    "meter_uid", "utility", "utility_service_id", "utility_billing_account", "utility_service_address",
    "utility_meter_number", "utility_tariff_name",
)  # fmt: skip
METERS = (
    *WHOSE, "utility_billing_contact", "utility_billing_address", "service_class", "authorization_uid", "created",
    "is_archived", "status", "bill_count", "bill_coverage_start", "bill_coverage_end", "interval_count",
    "interval_coverage_start", "interval_coverage_end",
)  # fmt: skip
BILLS = (
    *WHOSE, "bill_start_date", "bill_end_date", "bill_days", "bill_statement_date", "bill_total_kWh", "bill_total",
    "bill_volume", "bill_total_unit", "Demand_kw", "currency", "bill_uid", "authorization_uid", "updated",
)  # fmt: skip
LINE_ITEMS = (
    *WHOSE, "bill_start_date", "bill_end_date", "bill_statement_date", "bill_uid", "line_item_name", "line_item_kind",
    "line_item_cost", "line_item_volume", "line_item_unit", "line_item_rate", "currency", "authorization_uid",
)  # fmt: skip
SUMMARIES = (
    "billing_summary_uid", "utility", "utility_billing_account", "billing_contact", "billing_address",
    "statement_date", "previous_balance_amount", "previous_balance_unpaid", "previous_payment_amount",
    "new_charges_amount", "new_balance_amount", "amount_due", "amount_due_date", "currency", "meter_uids",
    "authorization_uid",
)  # fmt: skip


def cell(value: Value) -> str:
    """Text made harmless, a number without an exponent, nothing for None."""
    if isinstance(value, str):
        return tables.safe(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return "" if value is None else str(value)


def meters(opened: Sequence[Window]) -> Iterator[bytes]:
    """A row for each meter. Raises GrantEndedError."""
    yield line(METERS)
    for first in range(0, len(opened), AT_ONCE):
        page = opened[first : first + AT_ONCE]
        if first:
            windows.watch(*page)()
        for meter in objects.meters(page, None):
            yield line(_meter(meter))


def of_bills(periods: Iterable[Period]) -> Iterator[bytes]:
    """A row for each bill. Raises GrantEndedError."""
    yield line(BILLS)
    for period, row in contents.read_bills(periods):
        yield line(_bill(period, bills.bill(period, row)))


def line_items(periods: Iterable[Period]) -> Iterator[bytes]:
    """A row for each line item of each bill. Raises GrantEndedError."""
    yield line(LINE_ITEMS)
    for period, row in contents.read_bills(periods):
        for item in _line_items(period, row):
            yield line(item)


def summaries(found: Sequence[Summary]) -> Iterator[bytes]:
    """A row for each statement. Raises GrantEndedError."""
    yield line(SUMMARIES)
    for first in range(0, len(found), AT_ONCE):
        page = found[first : first + AT_ONCE]
        if first:
            windows.watch(*(window for summary in page for window in summary.windows))()
        for summary in page:
            yield line(_summary(summary))


def whose(meter_uid: str, utility: str, base: schemas.MeterBase) -> tuple[Value, ...]:
    """What WHOSE names."""
    number = ", ".join(base.meter_numbers)
    named = base.service_identifier, base.billing_account, base.service_address, number, base.service_tariff
    return meter_uid, utility, *named


def line(values: Iterable[Value]) -> bytes:
    return tables.lines([list(map(cell, values))]).encode()


def _meter(meter: schemas.Meter) -> tuple[Value, ...]:
    base = meter.base
    return (
        *whose(meter.uid, meter.utility, base), base.billing_contact, base.billing_address, base.service_class,
        meter.authorization_uid, meter.created, str(meter.is_archived).lower(), meter.status, meter.bill_count,
        *_ends(meter.bill_coverage), meter.interval_count, *_ends(meter.interval_coverage),
    )  # fmt: skip


def _bill(period: Period, bill: schemas.Bill) -> tuple[Value, ...]:
    base, highest = bill.base, max((part.demand for part in bill.demand), default=None)
    return (
        *whose(bill.meter_uid, bill.utility, base), base.bill_start_date, base.bill_end_date,
        (period.end - period.start).days, base.bill_statement_date, base.bill_total_kwh, base.bill_total_cost,
        base.bill_total_volume, base.bill_total_unit, highest, _currency(period.window), bill.uid,
        bill.authorization_uid, bill.updated,
    )  # fmt: skip


def _line_items(period: Period, row: Bill) -> Iterator[tuple[Value, ...]]:
    bill = bills.bill(period, row)
    base = bill.base
    for item in bill.line_items:
        yield (
            *whose(bill.meter_uid, bill.utility, base), base.bill_start_date, base.bill_end_date,
            base.bill_statement_date, bill.uid, item.name, item.kind, item.cost, item.volume, item.unit, item.rate,
            _currency(period.window), bill.authorization_uid,
        )  # fmt: skip


def _summary(summary: Summary) -> tuple[Value, ...]:
    account, utility, base = summary.account, summary.grant.world.utility, summary_base(summary)
    return (
        summary_uid(summary), utility.code, account.number, account.billing_name, account.billing_address,
        base.statement_date, base.previous_balance_amount, base.previous_balance_unpaid, base.previous_payment_amount,
        base.new_charges_amount, base.new_balance_amount, base.amount_due, base.amount_due_date, utility.currency,
        " ".join(str(window.meter.uid) for window in summary.windows), str(summary.grant.uid),
    )  # fmt: skip


def _ends(spans: Sequence[schemas.Span]) -> tuple[Value, Value]:
    """Where the first begins and the last ends."""
    return (spans[0][0], spans[-1][1]) if spans else (None, None)


def _currency(window: Window) -> str:
    return window.meter.authorization.world.utility.currency
