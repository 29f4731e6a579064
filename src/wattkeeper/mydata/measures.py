"""What counts as use: which channels of a meter, and what they say of a day.

The charts, their tables and the CSV file all read through here, so they add up to the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain

from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.contents import FilledSlot
from wattkeeper.authorizations.windows import Window
from wattkeeper.customers.units import USED
from wattkeeper.readings import coverage
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings

FORWARD, NET, REVERSE = {0, 1}, {4}, {19}  # ESPI FlowDirectionKind
AMOUNT = 4  # ESPI AccumulationKind: deltaData
OF_ITSELF = {0, 12}  # ESPI DataQualifierKind: neither an average nor a highest or lowest value
ESTIMATED = {8, 9, 12}  # ESPI QualityOfReading: from a reference day, by interpolation, projected


@dataclass(frozen=True)
class Interval:
    """Epoch seconds [start, end), what was delivered and what was received in it, None where there is no reading."""

    start: int
    end: int
    delivered: int | None
    received: int | None
    is_estimated: bool


@dataclass(frozen=True)
class Measure:
    """The channels of a window that count, by direction, the preferred one first.

    Amounts are integers of ten to the `exponent` of `uom`; `amount` brings them to `unit`. `is_net`: what the meter
    calls delivered is what was left of it after what was received.
    """

    window: Window
    uom: int
    exponent: int
    delivered: list[Channel]
    received: list[Channel]
    is_net: bool

    @property
    def unit(self) -> str:
        return USED[self.uom][0]

    @cached_property
    def counted(self) -> dict[int, list[Channel]]:
        """As `contents` takes channels."""
        return {self.window.meter.pk: self.delivered + self.received}

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """From the first reading there is to the end of the last, in epoch seconds; None where there is none."""
        runs = contents.runs(self.window, self.counted)
        return (min(run[0] for run in runs), max(map(coverage.end, runs))) if runs else None

    @property
    def step(self) -> int:
        """Seconds of an interval, as far as there is one length."""
        return min((channel.interval_length for channel in self.delivered or self.received), default=0)

    def amount(self, counted: int) -> Decimal:
        return Decimal(counted).scaleb(self.exponent) * USED[self.uom][1]

    def days(self, start: int, end: int) -> Iterator["DayOfUse"]:
        """Each day with readings in [start, end), in time order, read a batch at a time."""
        narrowed = self.window.narrowed(start, end)
        slots = contents.slots([narrowed], self.counted, newest_first=False)
        for filled in contents.fill(slots, self.counted):
            yield DayOfUse(
                self._of(filled, self.delivered),
                self._of(filled, self.received),
            )

    def _of(self, filled: FilledSlot, channels: list[Channel]) -> "list[Counted]":
        """Of the first channel that has readings that day: a meter can keep the same use in several lengths."""
        for channel in channels:
            found = [part for of_channel, part in filled.parts if of_channel.pk == channel.pk]
            if found:
                scale: int = 10 ** (channel.multiplier - self.exponent)
                return [Counted(part, scale, channel.default_quality in ESTIMATED) for part in found]
        return []


@dataclass(frozen=True)
class Counted:
    """Readings of a day, to be taken times `scale`."""

    readings: Readings
    scale: int
    is_estimated: bool

    @property
    def total(self) -> int | None:
        return self.readings.total * self.scale if self.readings.count else None

    @property
    def seconds(self) -> int:
        """How much of the day is measured."""
        return sum(duration for _, duration, value in self.readings if value is not None)

    @property
    def has_estimates(self) -> bool:
        return self.is_estimated or not ESTIMATED.isdisjoint(self.readings.marks.get("quality", ()))

    def slots(self) -> Iterator[tuple[tuple[int, int], int | None, bool]]:
        """(start, end), value and whether it is an estimate, of each slot."""
        qualities = self.readings.marks.get("quality") or [None] * len(self.readings.values)
        for (start, duration, value), quality in zip(self.readings, qualities, strict=True):
            is_estimated = value is not None and (quality in ESTIMATED if quality is not None else self.is_estimated)
            yield (start, start + duration), None if value is None else value * self.scale, is_estimated


@dataclass(frozen=True)
class DayOfUse:
    delivered: list[Counted]
    received: list[Counted]

    def intervals(self) -> list[Interval]:
        """In time order; what was delivered and received in the same stretch stands together."""
        delivered = {span: (value, guess) for part in self.delivered for span, value, guess in part.slots()}
        received = {span: (value, guess) for part in self.received for span, value, guess in part.slots()}
        nothing = (None, False)
        found = []
        for span in sorted(delivered.keys() | received.keys()):
            (used, used_guess), (sent, sent_guess) = delivered.get(span, nothing), received.get(span, nothing)
            found.append(Interval(*span, used, sent, used_guess or sent_guess))
        return found


def measure(window: Window, channels: Iterable[Channel]) -> Measure | None:
    """What a window's use is counted in; None where it has no channel of amounts."""
    candidates = [
        channel
        for channel in channels
        if channel.uom in USED and channel.accumulation == AMOUNT and channel.data_qualifier in OF_ITSELF
    ]
    uom = next((uom for uom in USED if any(channel.uom == uom for channel in candidates)), None)
    if uom is None:
        return None
    own = sorted((channel for channel in candidates if channel.uom == uom), key=_preference)
    forward = [channel for channel in own if channel.flow_direction in FORWARD]
    net = [] if forward else [channel for channel in own if channel.flow_direction in NET]
    reverse = [] if net else [channel for channel in own if channel.flow_direction in REVERSE]
    exponent = min((channel.multiplier for channel in chain(forward, net, reverse)), default=0)
    return Measure(window, uom, exponent, forward or net, reverse, bool(net))


def measures(opened: Iterable[Window]) -> list[Measure]:
    """Of the windows that have any. One query."""
    whole = list(opened)
    channels = windows.channels(whole)
    found = (measure(window, channels[window.meter.pk]) for window in whole if window.meter.pk in channels)
    return [each for each in found if each is not None]


def _preference(channel: Channel) -> tuple[bool, int, int]:
    """The whole before a part of it (a time of use, a tier), short intervals before long ones."""
    return bool(channel.tou or channel.consumption_tier), channel.interval_length, channel.pk
