"""The use of one meter in one period, bar by bar: intervals of a day, days of a month, months of a year."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from wattkeeper.authorizations.contents import SHORTEST_DAY
from wattkeeper.common import days
from wattkeeper.mydata.measures import Counted, DayOfUse, Measure
from wattkeeper.mydata.periods import Kind, Period

HOUR = 3600


@dataclass(frozen=True)
class Bar:
    """[start, end) in epoch seconds, and the period it is where it is one; amounts in the unit of the use.

    `is_due`: readings of it could be there. `is_partial`: some are, some are missing.
    """

    start: int
    end: int
    part: Period | None
    delivered: Decimal | None
    received: Decimal | None
    is_estimated: bool
    is_partial: bool
    is_due: bool

    @property
    def is_empty(self) -> bool:
        return self.delivered is None and self.received is None


@dataclass(frozen=True)
class Use:
    """`step`: seconds of a bar of a day."""

    period: Period
    unit: str
    is_net: bool
    bars: list[Bar]
    step: int

    @property
    def delivered(self) -> Decimal | None:
        return _sum(bar.delivered for bar in self.bars)

    @property
    def received(self) -> Decimal | None:
        return _sum(bar.received for bar in self.bars)

    @property
    def is_empty(self) -> bool:
        return self.delivered is None and self.received is None

    @property
    def highest(self) -> Bar | None:
        """The bar with most delivered; of equals the first."""
        known = [bar for bar in self.bars if bar.delivered is not None]
        return max(known, key=lambda bar: bar.delivered or 0, default=None)


class Tally:
    """What is counted of one bar while days are read."""

    def __init__(self) -> None:
        self.delivered: int | None = None
        self.received: int | None = None
        self.seconds = 0
        self.is_estimated = False

    def add(self, delivered: int | None, received: int | None, seconds: int, is_estimated: bool) -> None:
        if delivered is not None:
            self.delivered = (self.delivered or 0) + delivered
        if received is not None:
            self.received = (self.received or 0) + received
        self.seconds += seconds
        self.is_estimated = self.is_estimated or is_estimated


def read(measure: Measure, period: Period) -> Use:
    """The use of a period, read through the window. A day that the clock changes has 23 or 25 hours."""
    zone = measure.window.zone
    start, end = days.day_start(period.start, zone), days.day_start(period.end, zone)
    found = measure.days(start, end)
    if period.kind == "day":
        whole = list(found)
        step = _step(measure, whole)
        starts = list(range(start, end, step))
        tallies = [Tally() for _ in starts]
        _count_intervals(measure, whole, starts, tallies)
        parts: list[Period | None] = [None] * len(starts)
    else:
        step = 0
        parts = list(period.parts)
        starts = [days.day_start(part.start, zone) for part in period.parts]
        tallies = [Tally() for _ in starts]
        _count_days(found, starts, tallies)
    bars = [
        _bar(measure, tally, first, last, part)
        for tally, first, last, part in zip(tallies, starts, [*starts[1:], end], parts, strict=True)
    ]
    return Use(period, measure.unit, measure.is_net, bars, step)


def newest(measure: Measure, kind: Kind) -> Period | None:
    """The last period that has readings."""
    if measure.span is None:
        return None
    return Period.of(kind, days.local_day(measure.span[1] - 1, measure.window.zone))


def _step(measure: Measure, whole: list[DayOfUse]) -> int:
    """Of the bars of a day: as the day was measured."""
    found = [part.readings.step for day in whole for part in (*day.delivered, *day.received)]
    step = min((length for length in found if 0 < length <= 24 * HOUR), default=measure.step)
    return step if 0 < step < SHORTEST_DAY else 25 * HOUR if step else HOUR


def _count_intervals(measure: Measure, whole: list[DayOfUse], starts: list[int], tallies: list[Tally]) -> None:
    for interval in (interval for day in whole for interval in day.intervals()):
        leading = interval.delivered if measure.delivered else interval.received
        seconds = interval.end - interval.start if leading is not None else 0
        tally = tallies[bisect_right(starts, interval.start) - 1]
        tally.add(interval.delivered, interval.received, seconds, interval.is_estimated)


def _count_days(found: Iterator[DayOfUse], starts: list[int], tallies: list[Tally]) -> None:
    for day in found:
        first = min(part.readings.starts[0] for part in (*day.delivered, *day.received))
        measured = day.delivered or day.received
        tallies[bisect_right(starts, first) - 1].add(
            _total(day.delivered),
            _total(day.received),
            sum(part.seconds for part in measured),
            any(part.has_estimates for part in (*day.delivered, *day.received)),
        )


def _total(parts: list[Counted]) -> int | None:
    known = [part.total for part in parts if part.total is not None]
    return sum(known) if known else None


def _bar(measure: Measure, tally: Tally, start: int, end: int, part: Period | None) -> Bar:
    due = _due(measure, start, end)
    # A day's one reading is as long as a day is, whatever the clock does on it.
    allowed = HOUR if measure.step >= SHORTEST_DAY else 0
    is_empty = tally.delivered is None and tally.received is None
    return Bar(
        start,
        end,
        part,
        measure.amount(tally.delivered) if tally.delivered is not None else None,
        measure.amount(tally.received) if tally.received is not None else None,
        tally.is_estimated,
        not is_empty and due - tally.seconds > allowed,
        due > 0,
    )


def _due(measure: Measure, start: int, end: int) -> int:
    """Seconds of a bar for which there should be readings: inside the window, between the first and the last."""
    span = measure.span
    if span is None:
        return 0
    low, high = max(start, span[0]), min(end, span[1])
    return sum(max(min(high, last) - max(low, first), 0) for first, last in measure.window.spans)


def _sum(amounts: Iterator[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
