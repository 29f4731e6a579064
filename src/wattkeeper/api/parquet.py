"""Intervals as a Parquet file: a row for each datapoint, written a group of rows at a time.

What it holds in memory is one group. Every file has the same columns, so that any number of them can be read as one
table. `value` is the number of the JSON, `raw` times ten to `power_of_ten` the same without rounding.
"""

import io
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from wattkeeper.api import units
from wattkeeper.authorizations.contents import FilledSlot
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings

ROWS = 1 << 16
MOMENT = pa.timestamp("ms", "UTC")
NAME = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("meter_uid", NAME, nullable=False),
        pa.field("authorization_uid", NAME, nullable=False),
        pa.field("utility", NAME, nullable=False),
        pa.field("time_zone", NAME, nullable=False),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("start", MOMENT, nullable=False),
        pa.field("end", MOMENT, nullable=False),
        pa.field("type", NAME, nullable=False),
        pa.field("unit", NAME),
        pa.field("quality", NAME, nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("raw", pa.int64(), nullable=False),
        pa.field("power_of_ten", pa.int8(), nullable=False),
        pa.field("updated", MOMENT, nullable=False),
    ],
    metadata={"wattkeeper.intervals": "1"},
)
NAMES = [field.name for field in SCHEMA if field.type == NAME]
RISING = ["start", "end", "raw"]
CODES = {"day": "i", "start": "q", "end": "q", "value": "d", "raw": "q", "power_of_ten": "b", "updated": "q"}
DAY_ZERO = 719_163
"""Of 1970-01-01, as `date.toordinal` counts."""


class Outgoing(io.RawIOBase):
    """Where the file is written to: what has come since it was last asked."""

    def __init__(self) -> None:
        self.written = 0
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.written

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self.written += len(self.parts[-1])
        return len(self.parts[-1])

    def taken(self) -> bytes:
        parts, self.parts = self.parts, []
        return b"".join(parts)


class Rows:
    """A group of rows, column by column."""

    def __init__(self) -> None:
        self.count = 0
        self.numbers: dict[str, array[Any]] = {name: array(code) for name, code in CODES.items()}
        self.names: dict[str, list[int | None]] = {name: [] for name in NAMES}
        self.codes: dict[str, dict[str, int]] = {name: {} for name in NAMES}

    def add(self, filled: FilledSlot, channel: Channel, readings: Readings) -> None:
        """A row for each reading that is there."""
        there = [index for index, value in enumerate(readings.values) if value is not None]
        values = [value for value in readings.values if value is not None]
        unit, exponent = units.unit(channel.uom, channel.multiplier)
        slot, count = filled.slot, len(values)
        grant = slot.window.meter.authorization
        self.count += count
        self.numbers["day"].extend([slot.day.toordinal() - DAY_ZERO] * count)
        self.numbers["start"].extend([readings.starts[index] * 1000 for index in there])
        self.numbers["end"].extend([readings.end(index) * 1000 for index in there])
        self.numbers["value"].extend(units.numbers(values, exponent))
        self.numbers["raw"].extend(values)
        self.numbers["power_of_ten"].extend([exponent] * count)
        self.numbers["updated"].extend([filled.updated * 1000] * count)
        constant = {
            "meter_uid": str(slot.window.meter.uid),
            "authorization_uid": str(grant.uid),
            "utility": grant.world.utility.code,
            "time_zone": slot.window.zone.key,
            "type": units.datapoint_type(channel),
            "unit": unit,
        }
        for name, text in constant.items():
            self.names[name].extend([self._code(name, text)] * count)
        self.names["quality"].extend(self._qualities(channel, readings, there))

    def table(self) -> pa.Table:
        return pa.table([self._column(field) for field in SCHEMA], schema=SCHEMA)

    def _column(self, field: pa.Field) -> pa.Array:
        if field.name in self.names:
            codes = pa.array(self.names[field.name], pa.int32())
            return pa.DictionaryArray.from_arrays(codes, pa.array(list(self.codes[field.name]), pa.string()))
        return pa.Array.from_buffers(field.type, self.count, [None, pa.py_buffer(self.numbers[field.name])])

    def _code(self, name: str, text: str | None) -> int | None:
        codes = self.codes[name]
        return None if text is None else codes.setdefault(text, len(codes))

    def _qualities(self, channel: Channel, readings: Readings, there: list[int]) -> list[int | None]:
        default = channel.default_quality
        marks = readings.marks.get("quality")
        if marks is None:
            return [self._code("quality", units.quality(default))] * len(there)
        known = {mark: self._code("quality", units.quality(default if mark is None else mark)) for mark in set(marks)}
        return [known[marks[index]] for index in there]


def written(days: Iterable[FilledSlot]) -> Iterator[bytes]:
    """The file. It can be read only with its end, so that a download that was broken off is never taken for whole."""
    outgoing, rows = Outgoing(), Rows()
    writer = pq.ParquetWriter(
        outgoing,
        SCHEMA,
        compression="zstd",
        use_dictionary=[field.name for field in SCHEMA if field.name not in RISING],
        column_encoding=dict.fromkeys(RISING, "DELTA_BINARY_PACKED"),
    )
    for filled in days:
        for channel, readings in filled.parts:
            rows.add(filled, channel, readings)
        if rows.count >= ROWS:
            writer.write_table(rows.table())
            rows = Rows()
            yield outgoing.taken()
    if rows.count:
        writer.write_table(rows.table())
    writer.close()
    yield outgoing.taken()
