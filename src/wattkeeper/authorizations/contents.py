"""What windows hold, told without reading it, and reading it a page at a time over many windows.

A list of a thousand meters says how much each has, and a page of readings knows where it ends before its first byte:
both come from the channels' coverage and the bills' dates alone. Everything here lies inside the windows it is given.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar
from uuid import UUID

from wattkeeper.authorizations.windows import Window, watch
from wattkeeper.common import days
from wattkeeper.customers.models import Bill
from wattkeeper.readings.coverage import Run, clipped, merged
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, unpack

SHORTEST_DAY = 23 * 3600
BATCH = 64

Channels = Mapping[int, list[Channel]]
Block = tuple[Channel, bytes | memoryview, int, int]
"""A day of a channel, packed, with its revision and when it was written (epoch seconds)."""
Item = TypeVar("Item")
Part = TypeVar("Part", "Period", "Slot")


@dataclass(frozen=True)
class Period:
    """A bill inside a window, before it is read: local days [start, end). `position` is the window's in its list,
    `document` the digest of the PDF that the utility gave, None where it gave none."""

    window: Window
    position: int
    uid: UUID
    start: date
    end: date
    document: str | None


@dataclass(frozen=True)
class Slot:
    """A local day on which a window has readings, before they are read. `position` is the window's in its list."""

    window: Window
    position: int
    day: date


@dataclass(frozen=True)
class FilledSlot:
    """A slot read: the day's readings inside the window, by channel. `updated`: epoch seconds, the latest of them."""

    slot: Slot
    parts: list[tuple[Channel, Readings]]
    updated: int


def runs(window: Window, channels: Channels) -> list[Run]:
    """The runs of readings inside a window, of all its channels."""
    return [
        inside
        for channel in channels.get(window.meter.pk, [])
        for start, step, count in channel.coverage
        for span in window.spans
        if (inside := clipped((start, step, count), *span))
    ]


def slots(
    windows: Iterable[Window], channels: Channels, *, newest_first: bool, after: tuple[date, int] | None = None
) -> Iterator[Slot]:
    """The days with readings over all windows, by day and then by window, past the day and position of `after`."""
    per_window = (
        _slots(window, position, runs(window, channels), newest_first, after) for position, window in enumerate(windows)
    )
    sign = -1 if newest_first else 1
    return heapq.merge(*per_window, key=lambda slot: (sign * slot.day.toordinal(), slot.position))


def fill(wanted: Iterable[Slot], channels: Channels) -> Iterator[FilledSlot]:
    """Reads slots in their order, one query for every 64 of them, and another whether their grants are still in force.

    Memory stays flat. Raises GrantEndedError.
    """
    for batch in _watched(wanted):
        for slot, blocks in _days(batch, channels):
            parts = [
                (channel, part) for channel, packed, _, _ in blocks for part in _inside(slot.window, unpack(packed))
            ]
            if parts:
                yield FilledSlot(slot, parts, max(updated for _, _, _, updated in blocks))


def unwatched_days(wanted: Iterable[Slot], channels: Channels) -> Iterator[tuple[Slot, list[Block]]]:
    """What `fill` reads, as it lies there: not to be shown, only to tell whether any of it is new."""
    for batch in _batches(wanted):
        yield from _days(batch, channels)


def periods(windows: Iterable[Window]) -> list[Period]:
    """The bills wholly inside each window, by their dates alone, in no order. One query."""
    opened = [(position, window) for position, window in enumerate(windows) if window.shares_bills]
    found: dict[int, list[tuple[UUID, date, date, str | None]]] = {}
    rows = Bill.objects.filter(service_id__in={window.service.pk for _, window in opened})
    for service, uid, start, end, document in rows.values_list("service_id", "uid", "start", "end", "document"):
        found.setdefault(service, []).append((uid, start, end, document))
    return [
        Period(window, position, uid, start, end, document)
        for position, window in opened
        for uid, start, end, document in found.get(window.service.pk, [])
        if window.holds(start, end)
    ]


def read_bills(wanted: Iterable[Period]) -> Iterator[tuple[Period, Bill]]:
    """Reads bills in the order of their periods, a batch at a time as `fill` does. Raises GrantEndedError."""
    for batch in _watched(wanted):
        yield from _bills(batch)


def unwatched_bills(wanted: Iterable[Period]) -> Iterator[tuple[Period, Bill]]:
    """The same, not to be shown, only to tell whether any of it is new."""
    for batch in _batches(wanted):
        yield from _bills(batch)


def _days(batch: list[Slot], channels: Channels) -> Iterator[tuple[Slot, list[Block]]]:
    opened = {channel.pk: channel for slot in batch for channel in channels[slot.window.meter.pk]}
    found = {
        (channel, day): (packed, revision, updated)
        for channel, day, packed, revision, updated in DayBlock.objects.filter(
            service_id__in={channel.service_id for channel in opened.values()},
            channel_id__in=opened.keys(),
            day__in={slot.day for slot in batch},
        ).values_list("channel_id", "day", "packed", "revision", "updated")
    }
    for slot in batch:
        mine = channels[slot.window.meter.pk]
        yield slot, [(channel, *found[channel.pk, slot.day]) for channel in mine if (channel.pk, slot.day) in found]


def _bills(batch: list[Period]) -> Iterator[tuple[Period, Bill]]:
    found = {
        (bill.service_id, bill.uid): bill
        for bill in Bill.objects.filter(
            service_id__in={period.window.service.pk for period in batch},
            uid__in={period.uid for period in batch},
        )
    }
    for period in batch:
        if bill := found.get((period.window.service.pk, period.uid)):
            yield period, bill


def _watched(wanted: Iterable[Part]) -> Iterator[list[Part]]:
    """Batches; each but the first, whose windows were opened a moment ago, only while its grants are in force."""
    for number, batch in enumerate(_batches(wanted)):
        if number:
            watch(*(part.window for part in batch))()
        yield batch


def _inside(window: Window, whole: Readings) -> list[Readings]:
    return [part for span in window.spans if (part := whole.between(*span)).values]


def _slots(
    window: Window, position: int, held: list[Run], newest_first: bool, after: tuple[date, int] | None
) -> Iterator[Slot]:
    low, high = date.min.toordinal(), date.max.toordinal()
    if after is not None:
        passed, at = after[0].toordinal(), position > after[1]
        low, high = (low, passed + at) if newest_first else (passed + (not at), high)
    spans = [(max(first, low), min(last, high)) for first, last in _local_days(held, window)]
    for first, last in reversed(spans) if newest_first else spans:
        for day in range(last - 1, first - 1, -1) if newest_first else range(first, last):
            yield Slot(window, position, date.fromordinal(day))


def _local_days(held: list[Run], window: Window) -> list[tuple[int, int]]:
    """Spans of local days (ordinals, the last not included) in which readings start."""
    starts: list[tuple[int, int]] = []
    for start, step, count in held:
        if step <= SHORTEST_DAY:
            starts.append((start, start + step * (count - 1)))
        else:
            starts += [(start + step * index, start + step * index) for index in range(count)]
    zone = window.zone
    return merged(
        (days.local_day(first, zone).toordinal(), days.local_day(last, zone).toordinal() + 1) for first, last in starts
    )


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
