"""ESPI IntervalBlocks, one for each local day: nearly every byte this API sends is written here.

The readings of a day are one format filled by one `%`. Where nothing is missing and nothing marked (nearly every day)
it asks for starts and values alone; marks add a fragment before and one after each reading.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.windows import Day
from wattkeeper.common import days
from wattkeeper.common.ids import stable_uid
from wattkeeper.greenbutton import atom
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.points import Stream
from wattkeeper.readings.packing import Readings

PLAIN = (
    b"<IntervalReading><timePeriod><duration>%d</duration><start>%%d</start></timePeriod>"
    b"<value>%%d</value></IntervalReading>\n"
)
MARKED = (
    b"<IntervalReading>%b<timePeriod><duration>%d</duration><start>%d</start></timePeriod>"
    b"<value>%d</value>%b</IntervalReading>\n"
)
MARKS = {
    "cost": b"<cost>%d</cost>",
    "quality": b"<ReadingQuality><quality>%d</quality></ReadingQuality>",
    "tier": b"<consumptionTier>%d</consumptionTier>",
    "tou": b"<tou>%d</tou>",
    "cpp": b"<cpp>%d</cpp>",
}
BEFORE, AFTER = ("cost", "quality"), ("tier", "tou", "cpp")


@dataclass(frozen=True)
class BlockNames:
    """All that a rendered block depends on besides its day's readings, revision and the time of that.

    `stem` is what the ids of the stream's blocks are derived from, together with the day.
    """

    stem: str
    collection: str
    default_quality: int

    @classmethod
    def of(cls, stream: Stream) -> "BlockNames":
        stem = f"{stream.point.uid}/block/{stream.channel.pk}"
        return cls(stem, stream.blocks, stream.channel.default_quality)

    def uid(self, day: Day) -> UUID:
        return stable_uid(self.stem, day.day)


def blocks(stream: Stream, query: Query) -> Iterator[bytes]:
    """The blocks of a stream that are asked for, in time order, month by month.

    Raises GrantEndedError where the grant ends while it is read.
    """
    names, require_grant = BlockNames.of(stream), windows.watch(stream.point.window)
    for _, month in groupby(_days(stream, query), key=lambda day: (day.day.year, day.day.month)):
        require_grant()
        yield from render_month(names, month)


def block(stream: Stream, uid: UUID) -> bytes | None:
    """One block by its id."""
    names = BlockNames.of(stream)
    found = (day for day in _days(stream, Query()) if names.uid(day) == uid)
    return next(render_month(names, found), None)


def has_blocks(stream: Stream) -> bool:
    """False where all the channel holds lies outside the window: such a channel is not shown at all. No query."""
    window = stream.point.window
    return bool(contents.runs(window, {window.meter.pk: [stream.channel]}))


def render_month(names: BlockNames, rows: Iterable[Day]) -> Iterator[bytes]:
    """The blocks of some days, an entry each: a pure function of its arguments."""
    head, tail = _frame(names.collection)
    forms: dict[tuple[int, int], bytes] = {}
    for day in rows:
        readings = day.readings
        there = span(readings)
        if there is None:
            continue
        start, end = there
        uid = str(names.uid(day)).encode()
        described = (uid, uid, atom.stamp(start).encode(), atom.stamp(day.updated).encode(), end - start, start)
        if readings.is_plain:
            shape = readings.step, len(readings.values)
            form = forms.get(shape)
            if form is None:
                form = forms[shape] = head + PLAIN % readings.step * len(readings.values) + tail
            yield form % (*described, *_plain(readings))
        else:
            marked = _marked(readings, names.default_quality)
            yield (head + MARKED * (len(marked) // 5) + tail) % (*described, *marked)


def span(readings: Readings) -> tuple[int, int] | None:
    """Start of the first and end of the last reading that is there, or None."""
    values = readings.values
    first, last = 0, len(values) - 1
    while first <= last and values[first] is None:
        first += 1
    while last > first and values[last] is None:
        last -= 1
    return (readings.starts[first], readings.end(last)) if first <= last else None


def _days(stream: Stream, query: Query) -> Iterator[Day]:
    window = stream.point.window
    low, high = query.published
    low = days.day_start(days.local_day(low, window.zone), window.zone)
    for day in windows.readings(window.narrowed(start=low), stream.channel):
        there = span(day.readings)
        if there is not None and there[0] >= high:
            return
        if there is not None and query.admits(there[0], day.updated):
            yield day


def _frame(collection: str) -> tuple[bytes, bytes]:
    """Formats of what stands before a block's readings and after them.

    They take the block's id twice, its published and updated, its duration and start.
    """
    up = collection.replace("%", "%%")
    links = atom.link("self", f"{up}/%b", "IntervalBlock"), atom.link("up", up, "IntervalBlock", "feed")
    content = "<interval><duration>%d</duration><start>%d</start></interval>\n|"
    head, _, tail = atom.frame("IntervalBlock", "%b", links, ("%b", "%b"), content).partition("|")
    return head.encode(), tail.encode()


def _plain(readings: Readings) -> list[int | None]:
    """Start and value of each reading, as PLAIN takes them."""
    numbers: list[int | None] = [0] * (2 * len(readings.values))
    numbers[::2], numbers[1::2] = readings.starts, readings.values
    return numbers


def _marked(readings: Readings, default_quality: int) -> list[bytes | int]:
    """What MARKED takes of each reading that is there."""
    columns = zip(
        _marks(readings, BEFORE, default_quality),
        readings.durations or [readings.step] * len(readings.values),
        readings.starts,
        readings.values,
        _marks(readings, AFTER, default_quality),
        strict=True,
    )
    return [
        part
        for before, duration, start, value, after in columns
        if value is not None
        for part in (before, duration, start, value, after)
    ]


def _marks(readings: Readings, names: tuple[str, ...], default_quality: int) -> list[bytes]:
    """What each reading says besides period and value; a quality only where it is not the stream's default."""
    fragments = [b""] * len(readings.values)
    for name in names:
        form = MARKS[name]
        for index, mark in enumerate(readings.marks.get(name, ())):
            if mark is not None and not (name == "quality" and mark == default_quality):
                fragments[index] += form % mark
    return fragments
