"""Who is at a place from when to when, when their bills close, and what they pay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wattkeeper.sandbox import chance
from wattkeeper.sandbox.dwellings import vacancy

DAYS_TO_PAY = 18


def read_day(key: str) -> int:
    """Day of the month, 1 to 28, on which the meters of a home are read for billing."""
    return chance.whole(1, 28, key, "read day")


def next_read(day: date, on: int) -> date:
    """The first read day after a day."""
    if day.day < on:
        return day.replace(day=on)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=on)


def closed_periods(on: int, start: date, end: date | None, today: date) -> Iterator[tuple[date, date]]:
    """The billing periods [first, end) that are over by today: from start to the first read day, then from read
    day to read day, the last one cut off where the customer left."""
    while True:
        close = next_read(start, on)
        if end is not None:
            close = min(close, end)
        if close > today or close <= start:
            return
        yield start, close
        start = close


def payment(key: str, statement: date, owed: int) -> int:
    """What has been paid of the balance by the time a statement is made: nearly always all of it, now and then
    half or nothing. Money in 1/100 000 of the currency unit, in whole cents."""
    if owed <= 0:
        return 0
    luck = chance.draw(key, "payment", statement)
    if luck < 0.03:
        return 0
    return owed // 2000 * 1000 if luck < 0.06 else owed


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last."""
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


@dataclass(frozen=True)
class Stay:
    """Someone's time at a place: local days, the end not included, none while it lasts."""

    number: int
    start: date
    end: date | None


def stays(key: str, changes_hands: bool, since: date, today: date) -> list[Stay]:
    """Who has been at a place since a day, after who was there before. One that changes hands stands empty once a
    year in between."""
    if not changes_hands:
        moved_in = date(chance.whole(1996, 2009, key, "moved in"), chance.whole(1, 12, key, "moved in month"), 1)
        return [Stay(0, min(moved_in, since), None)]
    found = []
    for year in range(since.year - 1, today.year + 1):
        start, end = vacancy(key, year)[1], vacancy(key, year + 1)[0]
        if start <= today:
            found.append(Stay(year, start, end if end <= today else None))
    return found
