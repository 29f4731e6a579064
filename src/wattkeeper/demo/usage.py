"""Electricity use over one day, month or year: the span to ask for, and readings added up into the bars shown."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from wattkeeper.demo.zone import LocalTime

View = Literal["day", "month", "year"]
VIEWS: tuple[View, ...] = ("day", "month", "year")


class Reading(NamedTuple):
    """One interval: epoch seconds, seconds, watt-hours."""

    start: int
    duration: int
    watt_hours: Decimal
    is_estimated: bool = False


class Bar(NamedTuple):
    """A slot of the chart. `watt_hours` is None where no reading came; `expected` counts a complete slot's readings."""

    start: int
    end: int
    watt_hours: Decimal | None
    readings: int
    expected: int
    is_estimated: bool


@dataclass(frozen=True)
class Period:
    """Local days [first, end) with the epoch seconds they start and end at."""

    view: View
    first: date
    end: date
    zone: LocalTime

    @property
    def start(self) -> int:
        return self.zone.midnight(self.first)

    @property
    def stop(self) -> int:
        return self.zone.midnight(self.end)

    @property
    def previous(self) -> date:
        return self.first - timedelta(days=1)

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    def edges(self) -> list[int]:
        """Where the bars of a month (local days) or a year (local months) begin, and where the last one ends."""
        days = _days(self.first, self.end)
        return [self.zone.midnight(day) for day in days if self.view == "month" or day.day == 1] + [self.stop]


def period(view: View, day: date, zone: LocalTime) -> Period:
    """The day, calendar month or calendar year that holds a day."""
    if view == "day":
        return Period(view, day, day + timedelta(days=1), zone)
    if view == "month":
        first = day.replace(day=1)
        return Period(view, first, (first + timedelta(days=31)).replace(day=1), zone)
    return Period(view, date(day.year, 1, 1), date(day.year + 1, 1, 1), zone)


@dataclass
class Tally:
    """Readings of one period, added up as they stream by: memory stays flat whatever the span."""

    period: Period
    total: Decimal = Decimal(0)
    count: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    slots: dict[int, tuple[Decimal, int, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._start, self._stop = self.period.start, self.period.stop
        self._edges = [] if self.period.view == "day" else self.period.edges()

    def add(self, reading: Reading) -> None:
        """Readings that start outside the period are left out: feeds may answer whole blocks."""
        if not self._start <= reading.start < self._stop:
            return
        slot = self._edges[bisect_right(self._edges, reading.start) - 1] if self._edges else reading.start
        amount, count, is_estimated = self.slots.get(slot, (Decimal(0), 0, False))
        self.slots[slot] = (amount + reading.watt_hours, count + 1, is_estimated or reading.is_estimated)
        self.total += reading.watt_hours
        self.count += 1
        self.lengths[reading.duration] += 1

    def add_all(self, readings: Iterable[Reading]) -> "Tally":
        for reading in readings:
            self.add(reading)
        return self

    @property
    def interval_length(self) -> int:
        """Seconds of one reading (the commonest when they differ); 900 while there is none."""
        return self.lengths.most_common(1)[0][0] if self.lengths else 900

    @property
    def expected(self) -> int:
        """How many readings a complete period has: 92, 96 or 100 quarter-hours a day."""
        return (self._stop - self._start) // self.interval_length

    def bars(self) -> list[Bar]:
        length = self.interval_length
        edges = self._edges or [*range(self._start, self._stop, length), self._stop]
        bars = []
        for start, end in pairwise(edges):
            amount, count, is_estimated = self.slots.get(start, (None, 0, False))
            bars.append(Bar(start, end, amount, count, (end - start) // length, is_estimated))
        return bars


def _days(first: date, end: date) -> Iterator[date]:
    day = first
    while day < end:
        yield day
        day += timedelta(days=1)
