"""CSV files, read by a map of their columns: decimals become exact integers, local times become seconds of UTC."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import BinaryIO

from wattkeeper.ingest.batch import Batch, Terms
from wattkeeper.ingest.csv_map import REGISTER, CsvMap, TimeColumns, ValueColumn
from wattkeeper.ingest.records import INT48, LONGEST, FileError, RecordError, moment, shown, whole
from wattkeeper.ingest.staging import Arrived, Staging
from wattkeeper.readings.store import ReadingType

MAX_LINE = 1 << 16
MAX_FIELD = 24  # characters of a number
UTF16 = (b"\xff\xfe", b"\xfe\xff")

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


def read(source: BinaryIO, mapping: CsvMap, staging: Staging, terms: Terms, progress: Callable[[int], None]) -> Batch:
    """Reads a whole file into the staging, one stream per value column.

    FileError where the file does not fit its map; rows that can't be read are noted in the staging.
    """
    batch = Batch()
    for number, column in enumerate(mapping.values):
        batch.streams[number] = _reading_type(column, mapping.interval, terms)
        staging.assign(number, number)
    if len(set(batch.streams.values())) < len(batch.streams):
        raise FileError("two [[values]] of the map are the same thing: unit, flow and shows are alike")
    rows = csv.reader(_lines(source, mapping, progress), delimiter=mapping.delimiter, strict=True)
    try:
        header = next(rows, None)
        if header is None:
            raise FileError("there is no header line in this file")
        reader = RowReader(mapping, header, terms.latest)
        for row in rows:
            if any(row):
                _stage(staging, reader, row, rows.line_num + mapping.skip_lines)
    except csv.Error as error:
        line = rows.line_num + mapping.skip_lines
        raise FileError(f"this is not CSV as the map describes it: {error}", line) from None
    return batch


def _stage(staging: Staging, reader: "RowReader", row: list[str], line: int) -> None:
    try:
        for reading in reader.readings(row, line):
            staging.add(reading)
    except RecordError as refusal:
        staging.refuse(line, str(refusal))


class RowReader:
    """Turns rows into readings: finds the columns once, and remembers the last start, which settles repeated hours."""

    def __init__(self, mapping: CsvMap, header: list[str], latest: int) -> None:
        names = [name.strip() for name in header]
        for column in mapping.columns:
            if names.count(column) != 1:
                problem = "no column" if column not in names else "more than one column"
                raise FileError(f"{problem} {shown(column)} in this file; it has: " + ", ".join(map(shown, names)))
        self._at = {column: names.index(column) for column in mapping.columns}
        self._width = len(names)
        self._map = mapping
        self._latest = latest
        self._last_start = 0

    def readings(self, row: list[str], line: int) -> list[Arrived]:
        """The readings of a row; RecordError if any part of it can't be read. An empty value is a gap."""
        if len(row) != self._width:
            raise RecordError(f"{len(row)} fields where the header has {self._width}")
        start = moment(self._start(self._moments(row, self._map.start)), self._latest)
        duration = self._duration(row, start)
        marks = self._marks(row)
        found = []
        for number, column in enumerate(self._map.values):
            text = row[self._at[column.column]].strip()
            if text:
                value = scaled(text, column.decimals, self._map.decimal, column.column)
                length = 0 if column.is_register else duration
                found.append(Arrived(number, line, start, length, value, marks))
        self._last_start = start
        return found

    def _start(self, candidates: list[int]) -> int:
        if not candidates:
            raise RecordError("start is a local time that does not exist: the clocks go forward over it")
        if len(candidates) == 1:
            return candidates[0]
        if self._map.repeated_hour == "refuse":
            raise RecordError(
                "start is a local time that comes twice: the clocks go back over it "
                '(if the rows are in order, say repeated_hour = "in order" in the map)'
            )
        return next((moment for moment in candidates if moment > self._last_start), candidates[0])

    def _duration(self, row: list[str], start: int) -> int:
        mapping = self._map
        if mapping.duration:
            column, unit = mapping.duration
            return scaled_exactly(row[self._at[column]].strip(), unit, mapping.decimal, column)
        if mapping.end is None:
            return mapping.interval
        later = [end for end in self._moments(row, mapping.end, gap_is_next=True) if end > start]
        if not later:
            raise RecordError("the end is not after the start")
        duration = mapping.interval if start + mapping.interval in later else later[0] - start
        if duration > LONGEST:
            raise RecordError("the end is more than a year after the start")
        return duration

    def _marks(self, row: list[str]) -> dict[str, int]:
        if self._map.quality is None:
            return {}
        column, codes = self._map.quality
        text = row[self._at[column]].strip()
        if not text:
            return {}
        if text in codes:
            return {"quality": codes[text]}
        if not text.isdigit():
            raise RecordError(f"the quality {shown(text)} is not among the codes of the map")
        return {"quality": whole(text, column, 0, 255)}

    def _moments(self, row: list[str], columns: TimeColumns, gap_is_next: bool = False) -> list[int]:
        """The moments a time can mean: one; two where clocks go back; none (or the next) where they go forward."""
        text = " ".join(row[self._at[column]].strip() for column in columns.columns)
        if columns.format == "epoch":
            return [whole(text, columns.columns[0], 0)]
        try:
            read = datetime.fromisoformat(text) if columns.format == "iso" else _strptime(text, columns.format)
        except ValueError:
            raise RecordError(f"{shown(text)} is not a time of the form {columns.format}") from None
        return local_moments(read, self._map, gap_is_next)


def _strptime(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 - local_moments settles the zone


def local_moments(read: datetime, mapping: CsvMap, gap_is_next: bool = False) -> list[int]:
    """Epoch seconds a date and time can mean in the map's zone, earliest first."""
    if not 1900 < read.year < 9000:
        raise RecordError(f"the year {read.year} is out of range")
    if read.microsecond:
        raise RecordError("times are whole seconds")
    if read.tzinfo is not None:
        return [int(read.astimezone(UTC).timestamp())]
    first, second = (int(read.replace(tzinfo=mapping.zone, fold=fold).timestamp()) for fold in (0, 1))
    if first == second:
        return [first]
    if first > second:
        return [first] if gap_is_next else []
    return [first, second]


def scaled(text: str, decimals: int, sign: str, name: str) -> int:
    """A decimal number times ten to the `decimals`, exactly; RecordError if it has more places than that."""
    exact = _decimal(text, sign, name).scaleb(decimals)
    if exact != exact.to_integral_value():
        raise RecordError(f"{name} has more than the {decimals} decimals the map keeps: {shown(text)}")
    if not -INT48 <= exact < INT48:
        raise RecordError(f"{name} is out of range: {shown(text)}")
    return int(exact)


def scaled_exactly(text: str, unit: int, sign: str, name: str) -> int:
    """A duration in units of `unit` seconds as whole seconds."""
    exact = _decimal(text, sign, name) * unit
    if exact != exact.to_integral_value() or not 0 < exact <= LONGEST:
        raise RecordError(f"{name} is not a length of time: {shown(text)}")
    return int(exact)


def _decimal(text: str, sign: str, name: str) -> Decimal:
    plain = text.replace(",", ".") if sign == "," and "." not in text else text
    if len(text) > MAX_FIELD or not _NUMBER.fullmatch(plain):
        raise RecordError(f"{name} is not a number with {sign!r} before its decimals: {shown(text)}")
    return Decimal(plain)


def _reading_type(column: ValueColumn, interval: int, terms: Terms) -> ReadingType:
    return ReadingType(
        flow_direction=column.flow,
        uom=column.unit.uom,
        interval_length=0 if column.is_register else interval,
        multiplier=column.unit.power - column.decimals,
        commodity=terms.commodity,
        kind=column.unit.kind,
        accumulation=REGISTER if column.is_register else column.unit.accumulation,
        currency=terms.currency,
    )


def _lines(source: BinaryIO, mapping: CsvMap, progress: Callable[[int], None]) -> Iterator[str]:
    start = source.read(4096)
    source.seek(0)
    is_utf16 = start.startswith(UTF16)
    if b"\0" in start and not is_utf16 and not mapping.encoding.lower().startswith(("utf-16", "utf-32")):
        raise FileError("this is not a text file")
    encoding = "utf-16" if is_utf16 else mapping.encoding
    text = io.TextIOWrapper(source, encoding, newline="")
    number = unreported = 0
    while line := _next_line(text, number):
        number += 1
        unreported += len(line)
        if len(line) > MAX_LINE:
            raise FileError(f"a line is longer than {MAX_LINE >> 10} KiB", number)
        if unreported > MAX_LINE:
            progress(unreported)
            unreported = 0
        if number > mapping.skip_lines:
            yield line
    text.detach()


def _next_line(text: io.TextIOWrapper, before: int) -> str:
    """The line after so many others, empty at the end. Text is decoded in pieces, and only once a line needs one."""
    try:
        return text.readline(MAX_LINE + 1)
    except UnicodeDecodeError as error:
        line = before + 1 + error.object[: error.start].count(b"\n")
        raise FileError(f"the text is not {error.encoding}: name the right encoding in the map", line) from None
