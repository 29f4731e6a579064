"""Billing periods follow each other without a gap, and no account pays more than it owes."""

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.sandbox.cycles import closed_periods, next_read, payment, read_day

ANY_DAY = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(start=ANY_DAY, on=st.integers(1, 28))
def test_meters_are_read_once_a_month(start: date, on: int) -> None:
    read = next_read(start, on)
    assert read.day == on
    assert 1 <= (read - start).days <= 31
    assert 28 <= (next_read(read, on) - read).days <= 31


@given(start=ANY_DAY, today=ANY_DAY, on=st.integers(1, 28))
def test_closed_periods_join_and_lie_in_the_past(start: date, today: date, on: int) -> None:
    periods = list(closed_periods(on, start, None, today))
    assert all(first < end <= today for first, end in periods)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(periods))
    last = periods[-1][1] if periods else start
    assert next_read(last, on) > today


def test_the_last_period_ends_when_the_customer_leaves() -> None:
    periods = list(closed_periods(10, date(2026, 1, 5), date(2026, 2, 20), date(2026, 6, 1)))
    assert periods == [
        (date(2026, 1, 5), date(2026, 1, 10)),
        (date(2026, 1, 10), date(2026, 2, 10)),
        (date(2026, 2, 10), date(2026, 2, 20)),
    ]


@given(key=st.text(max_size=9), day=ANY_DAY, owed=st.integers(-(10**6), 10**7).map(lambda cents: cents * 1000))
def test_payments_are_whole_cents_of_what_is_owed(key: str, day: date, owed: int) -> None:
    paid = payment(key, day, owed)
    assert 0 <= paid <= max(owed, 0)
    assert paid % 1000 == 0


def test_a_bill_is_now_and_then_left_unpaid() -> None:
    paid = [payment("home", date(year, month, 9), 50_000) for year in range(2000, 2030) for month in range(1, 13)]
    assert {0, 25_000, 50_000} == set(paid)
    assert paid.count(50_000) > 300


@given(key=st.text(max_size=9))
def test_read_days_exist_in_every_month(key: str) -> None:
    assert 1 <= read_day(key) <= 28
