"""Writing readings: the one path for simulated and real data. A value that changes makes a new revision."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from wattkeeper.common import clock, days
from wattkeeper.readings.coverage import joined, runs_of, without
from wattkeeper.readings.models import Channel, DayBlock, SupersededDay
from wattkeeper.readings.packing import MARKS, Column, Readings, pack, unpack


@dataclass(frozen=True)
class ReadingType:
    """What one stream of readings is (ESPI ReadingType): the fields of a Channel."""

    flow_direction: int
    uom: int
    interval_length: int
    multiplier: int = 0
    commodity: int = 1
    kind: int = 12
    accumulation: int = 4
    data_qualifier: int = 0
    time_attribute: int = 0
    phase: int = 0
    consumption_tier: int = 0
    tou: int = 0
    cpp: int = 0
    currency: int = 840
    default_quality: int = 0


@dataclass(frozen=True)
class Reading:
    """One reading: start in epoch seconds, duration in seconds, value before the multiplier, marks by name."""

    start: int
    duration: int
    value: int
    marks: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Counts:
    """Days written, and readings in them that were new or changed."""

    added: int = 0
    changed: int = 0
    same: int = 0

    def __iadd__(self, other: "Counts") -> "Counts":
        self.added += other.added
        self.changed += other.changed
        self.same += other.same
        return self


def channel_for(service_id: int, reading_type: ReadingType, at: datetime | None = None) -> Channel:
    """The service's channel of this type, made if it is not there. `at`: now, in its world."""
    fields = asdict(reading_type)
    defaults = {name: fields.pop(name) for name in ("currency", "default_quality")} | {"created": at or clock.now()}
    channel, _ = Channel.objects.get_or_create(service_id=service_id, **fields, defaults=defaults)
    return channel


def put_days(channel: Channel, blocks: Mapping[date, Readings], at: datetime | None = None) -> Counts:
    """Writes whole local days. A day already there and different is kept as superseded and gets a new revision.

    `at`: now, in the service's world.
    """
    at = at or clock.now()
    updated = clock.epoch(at)
    wanted = {day: pack(readings) for day, readings in blocks.items()}
    own = {"service_id": channel.service_id, "channel_id": channel.pk}
    with transaction.atomic():
        there = {
            block.day: block
            for block in DayBlock.objects.select_for_update().filter(
                **own, day__gte=min(wanted, default=date.min), day__lte=max(wanted, default=date.min)
            )
        }
        new = [
            DayBlock(**own, day=day, packed=packed, updated=updated)
            for day, packed in wanted.items()
            if day not in there
        ]
        changed = [
            (there[day], packed)
            for day, packed in wanted.items()
            if day in there and not _says_the_same(there[day].packed, packed)
        ]
        DayBlock.objects.bulk_create(new, batch_size=500)
        SupersededDay.objects.bulk_create(
            [
                SupersededDay(**own, day=old.day, revision=old.revision, packed=old.packed, replaced=at)
                for old, _ in changed
            ],
            batch_size=500,
        )
        for old, packed in changed:
            DayBlock.objects.filter(**own, day=old.day).update(
                packed=packed, revision=old.revision + 1, updated=updated
            )
        replaced = {old.day: unpack(old.packed) for old, _ in changed}
        _cover(channel, replaced.values(), [blocks[day] for day in (*replaced, *(block.day for block in new))])
    return Counts(added=len(new), changed=len(changed), same=len(wanted) - len(new) - len(changed))


def _says_the_same(old: bytes | memoryview, new: bytes) -> bool:
    """Whether two packed days do: another zlib may have made other bytes of the same day."""
    return bytes(old) == new or unpack(old) == unpack(new)


def _cover(channel: Channel, removed: Iterable[Readings], added: Iterable[Readings]) -> None:
    """Keeps the channel's coverage in step with the days just written."""
    gone = [run for day in removed for run in runs_of(day)]
    come = [run for day in added for run in runs_of(day)]
    if gone == come:
        return
    row = Channel.objects.select_for_update().only("coverage").get(pk=channel.pk)
    runs = [(start, step, count) for start, step, count in row.coverage]
    for start, step, count in gone:
        runs = without(runs, start, start + step * (count - 1))
    row.coverage = channel.coverage = joined(runs + come)
    row.save(update_fields=["coverage"])


def put_readings(channel: Channel, zone: ZoneInfo, readings: Iterable[Reading], at: datetime | None = None) -> Counts:
    """Writes single readings into the local days they start in, over what those days already say."""
    by_day: dict[date, dict[int, Reading]] = {}
    for reading in readings:
        by_day.setdefault(days.local_day(reading.start, zone), {})[reading.start] = reading
    if not by_day:
        return Counts()
    with transaction.atomic():
        there = DayBlock.objects.filter(
            service_id=channel.service_id, channel_id=channel.pk, day__gte=min(by_day), day__lte=max(by_day)
        )
        for block in there:
            if block.day in by_day:
                by_day[block.day] = _singles(unpack(block.packed)) | by_day[block.day]
        blocks = {day: gather(list(found.values()), channel.interval_length) for day, found in by_day.items()}
        return put_days(channel, blocks, at)


def gather(readings: list[Reading], step: int) -> Readings:
    """A day of single readings in time order: on an even grid with gaps where they fit one, else as they are."""
    readings = sorted(readings, key=lambda reading: reading.start)
    even = step > 0 and all(
        reading.duration == step and (reading.start - readings[0].start) % step == 0 for reading in readings
    )
    if not even:
        return _columns(readings, [reading.start for reading in readings], 0, [r.duration for r in readings])
    grid = range(readings[0].start, readings[-1].start + step, step)
    return _columns(readings, grid, step, None)


def _columns(readings: list[Reading], starts: range | list[int], step: int, durations: list[int] | None) -> Readings:
    by_start = {reading.start: reading for reading in readings}
    slots = [by_start.get(start) for start in starts]
    marks: dict[str, Column] = {
        name: [slot.marks.get(name) if slot else None for slot in slots]
        for name in MARKS
        if any(name in reading.marks for reading in readings)
    }
    return Readings(starts, step, [slot.value if slot else None for slot in slots], durations, marks)


def _singles(day: Readings) -> dict[int, Reading]:
    """The readings of a packed day, one by one, by their start."""
    found = {}
    for index, (start, duration, value) in enumerate(day):
        if value is not None:
            marks = {name: mark for name, column in day.marks.items() if (mark := column[index]) is not None}
            found[start] = Reading(start, duration, value, marks)
    return found
