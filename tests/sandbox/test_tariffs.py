"""A bill is its tariff applied to the period's readings, equal to the cent, as a customer would check it by hand."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wattkeeper.common.days import days
from wattkeeper.customers.billing import BillRecord, LineItem
from wattkeeper.sandbox.cycles import next_read
from wattkeeper.sandbox.loads import REGISTER, REVERSE, VARS, WATTS, Kind, Load
from wattkeeper.sandbox.ratebook import tariff_of
from wattkeeper.sandbox.tariffs import Basis, Charge, Tariff, half_up, make_bill
from wattkeeper.sandbox.weather import local_day

DENVER = ZoneInfo("America/Denver")
CENT = Decimal("0.01")
Interval = tuple[int, int, datetime, int]  # uom, flow direction, local start, value
NET = 4


def bill_of(load: Load, start: date, end: date) -> BillRecord:
    return make_bill(
        tariff_of(load.kind), start, end, [(local_day(day, DENVER), load.day(day)) for day in days(start, end)]
    )


def intervals(load: Load, start: date, end: date) -> Iterator[Interval]:
    """Every reading of the period, one by one, placed by its own start and nothing else. Registers cost nothing."""
    for day in days(start, end):
        for stream, readings in load.day(day).items():
            if stream.accumulation == REGISTER:
                continue
            for second, _, value in readings:
                if value is not None:
                    yield stream.uom, stream.flow_direction, datetime.fromtimestamp(second, DENVER), value


def is_under(charge: Charge, tariff: Tariff, start: datetime) -> bool:
    """Whether the tariff sheet puts a reading under a charge on use."""
    season = "summer" if start.month in tariff.summer else "winter"
    bucket = "off-peak" if tariff.windows else None
    for window in tariff.windows:
        if start.hour in range(window.first, window.end) and (not window.weekdays_only or start.isoweekday() < 6):
            bucket = window.bucket
    return charge.season in {None, season} and charge.bucket in {None, bucket}


def quantity(charge: Charge, tariff: Tariff, readings: list[Interval]) -> int:
    if charge.basis is Basis.DEMAND:
        return max(value for uom, _, _, value in readings if uom == WATTS)
    if charge.basis is Basis.REACTIVE:
        return max(value for uom, _, _, value in readings if uom == VARS)
    energy = [(flow, start, value) for uom, flow, start, value in readings if uom == tariff.uom]
    if charge.basis is Basis.EXPORT:
        over = -sum(value for flow, _, value in energy if flow == NET)
        return sum(value for flow, _, value in energy if flow == REVERSE) + max(0, over)
    used = sum(value for flow, start, value in energy if flow != REVERSE and is_under(charge, tariff, start))
    beyond = max(0, used - charge.above)
    return beyond if charge.upto is None else min(beyond, charge.upto - charge.above)


def dollars(amount: int | None) -> Decimal:
    assert amount is not None
    return Decimal(amount) / 100_000


def by_hand(tariff: Tariff, readings: list[Interval], printed: dict[str, LineItem]) -> Iterator[tuple[str, Decimal]]:
    """Name and cost of every line, from the readings and the rates that the bill itself prints."""
    taxable = Decimal()
    for charge in tariff.charges:
        if charge.basis is Basis.TAX:
            percent = re.search(r"([\d.]+) %", charge.name)
            assert percent
            yield charge.name, (taxable * Decimal(percent[1]) / 100).quantize(CENT, ROUND_HALF_UP)
            continue
        if charge.basis is Basis.PERIOD:
            cost = dollars(charge.rate)
        elif volume := quantity(charge, tariff, readings):
            cost = (Decimal(volume) / 1000 * dollars(printed[charge.name].rate)).quantize(CENT, ROUND_HALF_UP)
        else:
            continue
        taxable += max(cost, Decimal())
        yield charge.name, cost


@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(Kind),
    read=st.builds(date, st.integers(2022, 2030), st.integers(1, 12), st.integers(1, 28)),
)
@example(seed=1, kind=Kind.EV, read=date(2026, 3, 1)).via("the spring change of the clock")
@example(seed=1, kind=Kind.COMMERCIAL, read=date(2026, 3, 5)).via("the spring change of the clock")
@example(seed=1, kind=Kind.EV, read=date(2026, 10, 20)).via("the autumn change, and the end of summer rates")
@example(seed=1, kind=Kind.COMMERCIAL, read=date(2026, 10, 20)).via("the autumn change, and the end of summer rates")
@example(seed=1, kind=Kind.SOLAR, read=date(2026, 4, 12)).via("more fed in than used")
@example(seed=1, kind=Kind.NET, read=date(2026, 4, 12)).via("net below nothing")
@example(seed=1, kind=Kind.DEMAND, read=date(2026, 4, 12)).via("reactive demand")
@example(seed=1, kind=Kind.REGISTERS, read=date(2026, 4, 12)).via("a register beside the intervals")
def test_every_bill_is_the_tariff_applied_to_its_intervals(seed: int, kind: Kind, read: date) -> None:
    load, end = Load(f"{seed}/home", kind, DENVER), next_read(read, read.day)
    bill, tariff = bill_of(load, read, end), tariff_of(kind)
    printed = {item.name: item for item in bill.details.line_items}
    lines = dict(by_hand(tariff, list(intervals(load, read, end)), printed))
    assert {name: dollars(item.cost) for name, item in printed.items()} == lines
    assert dollars(bill.total_cost) == sum(lines.values())


@given(seed=st.integers(0, 10**6), month=st.integers(1, 12))
def test_buckets_tiers_and_demand_add_up_to_their_lines(seed: int, month: int) -> None:
    start = date(2025, month, 9)
    shop = bill_of(Load(f"{seed}/shop", Kind.COMMERCIAL, DENVER), start, next_read(start, 9))
    energy = [item for item in shop.details.line_items if "peak" in item.name]
    assert sum(bucket.cost for bucket in shop.details.tou) == sum(item.cost for item in energy)
    assert sum(bucket.volume for bucket in shop.details.tou) == shop.total_volume
    assert [d.demand for d in shop.details.demand] == [i.volume for i in shop.details.line_items if i.uom == WATTS]

    home = bill_of(Load(f"{seed}/home", Kind.RESIDENTIAL, DENVER), start, next_read(start, 9))
    priced = [item for item in home.details.line_items if item.item_kind == 3]
    assert sum(item.volume or 0 for item in priced) == home.total_volume
    assert all(tier.volume <= 600_000 for tier in home.details.tiers if tier.level == 1)


def test_a_bill_of_gas_counts_therms() -> None:
    bill = bill_of(Load("1/home", Kind.GAS, DENVER), date(2025, 1, 9), date(2025, 2, 9))
    assert (bill.uom, bill.multiplier) == (169, -3)
    assert {item.rate_unit for item in bill.details.line_items if item.volume} == {"therms"}


@pytest.mark.parametrize(
    ("numerator", "denominator", "nearest"),
    [(5, 10, 1), (4, 10, 0), (15, 10, 2), (-5, 10, -1), (-14, 10, -1), (0, 7, 0)],
)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int, nearest: int) -> None:
    assert half_up(numerator, denominator) == nearest


def test_a_bill_of_water_has_blocks_of_use() -> None:
    bill = bill_of(Load("1/home", Kind.WATER, DENVER), date(2025, 7, 9), date(2025, 8, 9))
    first, second = bill.details.tiers
    assert (bill.uom, bill.multiplier, first.level, second.level) == (128, -3, 1, 2)
    assert first.volume == 4_000_000
    assert first.volume + second.volume == bill.total_volume
    assert {item.rate_unit for item in bill.details.line_items if item.volume} == {"gallons"}


def test_a_sunny_month_of_net_metering_is_a_credit() -> None:
    bill = bill_of(Load("1/home", Kind.NET, DENVER), date(2026, 4, 12), date(2026, 5, 12))
    assert bill.total_volume is not None
    (credit,) = [item for item in bill.details.line_items if item.cost < 0]
    assert credit.volume == -bill.total_volume > 0
    assert not [item for item in bill.details.line_items if item.name == "Net energy"]
