"""One local day of a channel as bytes: about 150 for 96 quarter hours, and back without loss.

A day is a few columns of integers (the values, and where present their qualities, costs and tariff marks), each
stored as a base, then byte planes of the differences, then deflated together. Both directions are mostly work
done in C: a year unpacks in a few milliseconds.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

VERSION = 1
HEADER = struct.Struct("<BqIHB")  # version, first start, step, readings, which columns are present
BASE = struct.Struct("<qB")  # base, then width in bytes with the gap flag
GAPS = 0x80
MARKS = ("quality", "cost", "tou", "tier", "cpp")
DURATIONS, STARTS = 1 << 6, 1 << 7
WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}

Column = list[int | None]


@dataclass(slots=True)
class Readings:
    """The readings of one local day of one channel, in time order.

    `starts` are epoch seconds (a range where they are evenly spaced by `step`), `durations` seconds (none where
    each lasts `step`), `values` integers in the channel's unit before its multiplier, None where a reading is
    missing. `marks` holds further columns of the same length by name: ESPI quality, cost (1/100 000 of the
    currency unit), tou, tier (consumptionTier), cpp.
    """

    starts: Sequence[int]
    step: int
    values: Column
    durations: Sequence[int] | None = None
    marks: dict[str, Column] = field(default_factory=dict)

    def duration(self, index: int) -> int:
        return self.durations[index] if self.durations is not None else self.step

    def end(self, index: int) -> int:
        return self.starts[index] + self.duration(index)

    @property
    def last_end(self) -> int:
        """The end of the reading that ends last; where they overlap it need not be the last one."""
        if self.durations is None:
            return self.end(-1)
        return max(map(int.__add__, self.starts, self.durations))

    @property
    def count(self) -> int:
        """How many readings are there, gaps left out."""
        return len(self.values) - self.values.count(None)

    @property
    def total(self) -> int:
        """Sum of the values that are there."""
        return sum(value for value in self.values if value is not None)

    @property
    def is_plain(self) -> bool:
        """Evenly spaced, nothing missing, nothing marked: what nearly every day is."""
        return self.durations is None and not self.marks and None not in self.values

    def between(self, start: int, end: int) -> "Readings":
        """The readings that lie wholly inside [start, end); one without length (of a register) by its start."""
        if self.values and self.starts[0] >= start and self.starts[-1] < end and self.last_end <= end:
            return self
        inside = [i for i, first in enumerate(self.starts) if start <= first < end and self.end(i) <= end]
        if self.durations is None:
            part = slice(inside[0], inside[-1] + 1) if inside else slice(0)
            marks = {name: column[part] for name, column in self.marks.items()}
            return Readings(self.starts[part], self.step, self.values[part], marks=marks)
        return Readings(
            [self.starts[i] for i in inside],
            self.step,
            [self.values[i] for i in inside],
            [self.durations[i] for i in inside],
            {name: [column[i] for i in inside] for name, column in self.marks.items()},
        )

    def __iter__(self) -> Iterator[tuple[int, int, int | None]]:
        """(start, duration, value) of each slot."""
        for index, (start, value) in enumerate(zip(self.starts, self.values, strict=True)):
            yield start, self.duration(index), value


def pack(readings: Readings) -> bytes:
    """Bytes of a day. Values must fit 64 bits signed; ValueError if the columns differ in length."""
    count = len(readings.values)
    columns = [readings.values]
    present = 0
    for bit, name in enumerate(MARKS):
        if name in readings.marks:
            present |= 1 << bit
            columns.append(readings.marks[name])
    if readings.durations is not None:
        present |= DURATIONS
        columns.append(list(readings.durations))
    first = readings.starts[0] if count else 0
    if list(readings.starts) != list(_even(first, readings.step, count)):
        present |= STARTS
        columns.append([start - first for start in readings.starts])
    if any(len(column) != count for column in columns):
        raise ValueError("columns of a day differ in length")
    body = HEADER.pack(VERSION, first, readings.step, count, present) + b"".join(map(_pack_column, columns))
    return zlib.compress(body, 9, -15)


def unpack(packed: bytes | memoryview) -> Readings:
    """The day that `pack` was given."""
    body = zlib.decompress(packed, -15)
    version, first, step, count, present = HEADER.unpack_from(body)
    if version != VERSION:
        raise ValueError(f"a day packed by version {version}")
    at = HEADER.size
    values, at = _unpack_column(body, at, count)
    marks: dict[str, Column] = {}
    for bit, name in enumerate(MARKS):
        if present & 1 << bit:
            marks[name], at = _unpack_column(body, at, count)
    durations: list[int] | None = None
    if present & DURATIONS:
        column, at = _unpack_column(body, at, count)
        durations = [value for value in column if value is not None]
    starts: Sequence[int] = _even(first, step, count)
    if present & STARTS:
        column, at = _unpack_column(body, at, count)
        starts = [first + value for value in column if value is not None]
    return Readings(starts, step, values, durations, marks)


def _even(first: int, step: int, count: int) -> Sequence[int]:
    return range(first, first + step * count, step) if step else [first] * count


def _pack_column(column: Column) -> bytes:
    there = [value for value in column if value is not None]
    low, high = (min(there), max(there)) if there else (0, 0)
    base = 0 if low >= 0 and _width(high) == _width(high - low) else low
    width = _width(high - base)
    raw = array(WIDTHS[width], [0 if value is None else value - base for value in column]) if width else array("B")
    if sys.byteorder == "big":
        raw.byteswap()
    data = raw.tobytes()
    planes = b"".join(data[plane::width] for plane in range(width))
    if len(there) == len(column):
        return BASE.pack(base, width) + planes
    bits = sum(1 << index for index, value in enumerate(column) if value is None)
    return BASE.pack(base, width | GAPS) + bits.to_bytes((len(column) + 7) // 8, "little") + planes


def _unpack_column(body: bytes, at: int, count: int) -> tuple[Column, int]:
    base, flags = BASE.unpack_from(body, at)
    at += BASE.size
    width = flags & ~GAPS
    bits = 0
    if flags & GAPS:
        bits = int.from_bytes(body[at : at + (count + 7) // 8], "little")
        at += (count + 7) // 8
    column: Column
    if width:
        data = bytearray(width * count)
        for plane in range(width):
            data[plane::width] = body[at + plane * count : at + (plane + 1) * count]
        raw = array(WIDTHS[width])
        raw.frombytes(bytes(data))
        if sys.byteorder == "big":
            raw.byteswap()
        column = [value + base for value in raw] if base else list(raw)
    else:
        column = [base] * count
    while bits:
        lowest = bits & -bits
        column[lowest.bit_length() - 1] = None
        bits ^= lowest
    return column, at + width * count


def _width(span: int) -> int:
    if span == 0:
        return 0
    return next(width for width in WIDTHS if span < 1 << 8 * width)
