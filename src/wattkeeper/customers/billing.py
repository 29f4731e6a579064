"""What a bill says, and writing it. Money is integers of 1/100 000 of the currency unit."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.db import transaction

from wattkeeper.common import clock
from wattkeeper.customers.models import Bill, Statement

Outcome = Literal["added", "changed", "same"]
CURRENCIES = {"USD": 840, "CAD": 124, "MXN": 484, "EUR": 978, "GBP": 826, "AUD": 36}
"""ISO 4217: the number of a currency, as ESPI says it. 0 is any other."""


@dataclass(frozen=True)
class LineItem:
    """One charge (ESPI LineItem, JSON line item).

    `kind` is the JSON API's (delivery, supply, other), `item_kind` ESPI's ItemKind 1 to 10. `volume` is an integer in
    `uom` (ESPI UnitSymbolKind: 72 Wh, 38 W, 169 therm ...) times ten to the `multiplier`, `rate` money per
    `rate_unit` (kwh, kw, therms, days ...); all None on flat charges.
    """

    name: str
    cost: int
    kind: Literal["delivery", "supply", "other"] = "other"
    item_kind: int = 3
    volume: int | None = None
    uom: int | None = None
    multiplier: int = 0
    rate: int | None = None
    rate_unit: str | None = None


@dataclass(frozen=True)
class TouBucket:
    """Use and cost of one time-of-use bucket; volume as the bill's total volume is."""

    name: str
    bucket: Literal["peak", "off-peak", "part-peak", "super-peak", "super-off-peak", "other"]
    cost: int
    volume: int


@dataclass(frozen=True)
class Tier:
    name: str
    level: int
    cost: int
    volume: int


@dataclass(frozen=True)
class DemandCharge:
    """`demand` in watts."""

    name: str
    cost: int
    demand: int


@dataclass(frozen=True)
class Details:
    """Everything on a bill below its totals. `quality`: ESPI's QualityOfReading, None where the bill does not say."""

    line_items: list[LineItem] = field(default_factory=list)
    tou: list[TouBucket] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)
    demand: list[DemandCharge] = field(default_factory=list)
    quality: int | None = None

    @classmethod
    def of(cls, bill: Bill) -> "Details":
        """The details kept with a bill."""
        kept: dict[str, Any] = bill.details
        return cls(
            [LineItem(**item) for item in kept.get("line_items", [])],
            [TouBucket(**item) for item in kept.get("tou", [])],
            [Tier(**item) for item in kept.get("tiers", [])],
            [DemandCharge(**item) for item in kept.get("demand", [])],
            kept.get("quality"),
        )


@dataclass(frozen=True)
class BillRecord:
    """A bill as it comes in: local days, `end` the day after the last."""

    start: date
    end: date
    total_cost: int
    total_volume: int | None
    uom: int = 72
    multiplier: int = 0
    statement_date: date | None = None
    tariff: str = ""
    details: Details = field(default_factory=Details)


def _said(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What differs from a flat charge's defaults; the rest comes back when the details are read."""
    return {
        name: value for name, value in pairs if value is not None and value != [] and (name, value) != ("multiplier", 0)
    }


def put_bill(service_id: int, record: BillRecord, at: datetime | None = None) -> Outcome:
    """Writes the bill of a period; one already there and different gets a new revision. `at`: now, in its world."""
    at = at or clock.now()
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__ if name not in {"start", "end"}}
    fields["details"] = asdict(record.details, dict_factory=_said)
    with transaction.atomic():
        there = Bill.objects.select_for_update().filter(service_id=service_id, start=record.start, end=record.end)
        old = there.first()
        if old is None:
            Bill.objects.create(
                service_id=service_id, start=record.start, end=record.end, created=at, updated=at, **fields
            )
            return "added"
        if all(getattr(old, name) == value for name, value in fields.items()):
            return "same"
        there.update(**fields, revision=old.revision + 1, updated=at)
        return "changed"


@dataclass(frozen=True)
class StatementRecord:
    """An account's statement as it comes in, one a day at most."""

    statement_date: date
    previous_balance: int
    payments: int
    new_charges: int
    amount_due: int
    due_date: date


def put_statement(
    account_id: int, record: StatementRecord, service_ids: Iterable[int], at: datetime | None = None
) -> Outcome:
    """Writes an account's statement of a day; the bills of these services that carry its date are on it."""
    at = at or clock.now()
    with transaction.atomic():
        fields = asdict(record)
        day = fields.pop("statement_date")
        there = Statement.objects.select_for_update().filter(account_id=account_id, date=day)
        old = there.first()
        statement = old or Statement.objects.create(account_id=account_id, date=day, created=at, **fields)
        bills = Bill.objects.filter(service_id__in=list(service_ids), statement_date=day)
        bills.update(statement_uid=statement.uid)
        if old is None:
            return "added"
        if all(getattr(old, name) == value for name, value in fields.items()):
            return "same"
        there.update(**fields)
        return "changed"
