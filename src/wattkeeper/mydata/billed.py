"""Bills in the customer's words."""

from dataclasses import dataclass
from datetime import date, timedelta

from wattkeeper.common import formats
from wattkeeper.customers import units
from wattkeeper.customers.billing import Details, LineItem
from wattkeeper.customers.models import Bill


@dataclass(frozen=True)
class Charge:
    name: str
    volume: str
    cost: str


@dataclass(frozen=True)
class BillView:
    """One bill. `use` is empty where the bill does not say any."""

    bill: Bill
    currency: str
    has_pdf: bool

    @property
    def first(self) -> date:
        return self.bill.start

    @property
    def last(self) -> date:
        return self.bill.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.bill.end - self.bill.start).days

    @property
    def cost(self) -> str:
        return formats.amount(self.bill.total_cost, self.currency)

    @property
    def use(self) -> str:
        bill = self.bill
        return "" if bill.total_volume is None else units.charged(bill.total_volume, bill.uom, bill.multiplier)

    @property
    def charges(self) -> list[Charge]:
        return [
            Charge(item.name, _volume(item), formats.amount(item.cost, self.currency))
            for item in Details.of(self.bill).line_items
        ]


def years(bills: list[Bill]) -> list[int]:
    """Those in which bills end, newest first."""
    return sorted({(bill.end - timedelta(days=1)).year for bill in bills}, reverse=True)


def of_year(bills: list[Bill], year: int) -> list[Bill]:
    return [bill for bill in bills if (bill.end - timedelta(days=1)).year == year]


def _volume(item: LineItem) -> str:
    if item.volume is None or item.uom is None:
        return ""
    return units.charged(item.volume, item.uom, item.multiplier)
