"""The mapping file that says what the columns of a CSV file mean. TOML; docs/operate/importing-data.md has the keys."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from wattkeeper.ingest.records import LONGEST, SMALL, FileError

T = TypeVar("T")

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
FLOWS = {"delivered": 1, "received": 19, "net": 4}  # ESPI FlowDirectionKind
ENERGY, POWER, VOLUME = 12, 37, 58  # ESPI MeasurementKind
REGISTER, DELTA, INSTANTANEOUS = 1, 4, 12  # ESPI AccumulationKind
SHOWS = {"interval": False, "register": True}


@dataclass(frozen=True)
class Unit:
    """ESPI UnitSymbolKind, its power of ten, and what is measured in it."""

    uom: int
    power: int
    kind: int
    accumulation: int = DELTA


UNITS = {
    "Wh": Unit(72, 0, ENERGY),
    "kWh": Unit(72, 3, ENERGY),
    "MWh": Unit(72, 6, ENERGY),
    "VAh": Unit(71, 0, ENERGY),
    "kVAh": Unit(71, 3, ENERGY),
    "varh": Unit(73, 0, ENERGY),
    "kvarh": Unit(73, 3, ENERGY),
    "W": Unit(38, 0, POWER, INSTANTANEOUS),
    "kW": Unit(38, 3, POWER, INSTANTANEOUS),
    "VA": Unit(61, 0, ENERGY, INSTANTANEOUS),
    "kVA": Unit(61, 3, ENERGY, INSTANTANEOUS),
    "var": Unit(63, 0, ENERGY, INSTANTANEOUS),
    "kvar": Unit(63, 3, ENERGY, INSTANTANEOUS),
    "therm": Unit(169, 0, ENERGY),
    "dth": Unit(169, 1, ENERGY),
    "BTU": Unit(132, 0, ENERGY),
    "MMBtu": Unit(132, 6, ENERGY),
    "m3": Unit(42, 0, VOLUME),
    "ft3": Unit(119, 0, VOLUME),
    "ccf": Unit(119, 2, VOLUME),
    "hcf": Unit(119, 2, VOLUME),
    "mcf": Unit(119, 3, VOLUME),
    "gal": Unit(128, 0, VOLUME),
    "kgal": Unit(128, 3, VOLUME),
    "L": Unit(134, 0, VOLUME),
}


@dataclass(frozen=True)
class TimeColumns:
    """Columns (joined by a space) that hold a moment; `format` is `iso`, `epoch` or one of strptime's."""

    columns: tuple[str, ...]
    format: str


@dataclass(frozen=True)
class ValueColumn:
    """A column of numbers: kept to `decimals` places of `unit`, never rounded.

    `is_register`: what the meter showed at the start, not what went through it in the interval.
    """

    column: str
    unit: Unit
    flow: int
    decimals: int
    is_register: bool = False


@dataclass(frozen=True)
class CsvMap:
    """What the columns mean. `interval` is how long a reading lasts, in seconds, where no column says otherwise."""

    start: TimeColumns
    values: tuple[ValueColumn, ...]
    interval: int
    zone: ZoneInfo
    end: TimeColumns | None = None
    duration: tuple[str, int] | None = None
    quality: tuple[str, dict[str, int]] | None = None
    decimal: str = "."
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    skip_lines: int = 0
    repeated_hour: Literal["refuse", "in order"] = "refuse"

    @property
    def columns(self) -> list[str]:
        """Every column the map speaks of."""
        named = [*self.start.columns, *(self.end.columns if self.end else ()), *(v.column for v in self.values)]
        return [*named, *(pair[0] for pair in (self.duration, self.quality) if pair)]


def load(path: Path, zone: ZoneInfo) -> CsvMap:
    """The map in a file; `zone` is what local times are in where it names none. FileError if it can't be used."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"the map {path} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"the map {path} is not TOML: {error}") from None
    try:
        return _Table(table, "").csv_map(zone)
    except _MapError as error:
        raise FileError(f"the map {path} can't be used: {error}") from None


class _MapError(Exception):
    pass


class _Table:
    """One table of the map. Every key asked for is ticked off, so that a misspelt one can be pointed at."""

    def __init__(self, table: dict[str, Any], name: str) -> None:
        self._left = dict(table)
        self._name = name

    def csv_map(self, zone: ZoneInfo) -> CsvMap:
        name = self.text("time_zone", "")
        found = CsvMap(
            start=self.table("start").time(),
            values=tuple(table.value() for table in self.tables("values")),
            interval=self.number("interval", 1, LONGEST),
            zone=_zone(name) if name else zone,
            end=self.table("end").time() if "end" in self._left else None,
            duration=self.table("duration").duration() if "duration" in self._left else None,
            quality=self.table("quality").quality() if "quality" in self._left else None,
            decimal=self.choice("decimal", {".": ".", ",": ","}, "."),
            delimiter=self.choice("delimiter", {sign: sign for sign in ",;\t|"}, ","),
            encoding=self.encoding(),
            skip_lines=self.number("skip_lines", 0, 1000, 0),
            repeated_hour=self.choice("repeated_hour", {"refuse": "refuse", "in order": "in order"}, "refuse"),
        )
        self.finish()
        if found.end and found.duration:
            raise _MapError("it has both [end] and [duration]; one of them is enough")
        return found

    def time(self) -> TimeColumns:
        columns = self._left.pop("columns", None)
        if columns is None:
            columns = [self.text("column")]
        if not (isinstance(columns, list) and columns and all(isinstance(column, str) for column in columns)):
            raise _MapError(f"columns in [{self._name}] must be a list of column names")
        found = TimeColumns(tuple(columns), self.text("format", "iso"))
        self.finish()
        return found

    def value(self) -> ValueColumn:
        found = ValueColumn(
            self.text("column"), self.choice("unit", UNITS), self.choice("flow", FLOWS, "delivered"),
            self.number("decimals", 0, 9, 3), self.choice("shows", SHOWS, "interval"),
        )  # fmt: skip
        self.finish()
        return found

    def duration(self) -> tuple[str, int]:
        found = self.text("column"), self.choice("unit", SECONDS, "seconds")
        self.finish()
        return found

    def quality(self) -> tuple[str, dict[str, int]]:
        codes = self._left.pop("codes", {})
        if not isinstance(codes, dict) or not all(type(code) is int and 0 <= code <= SMALL for code in codes.values()):
            raise _MapError("codes in [quality] must give ESPI's number for each text, e.g. codes = { E = 8 }")
        found = self.text("column"), codes
        self.finish()
        return found

    def encoding(self) -> str:
        name = self.text("encoding", "utf-8")
        try:
            "".encode(name)
        except LookupError:
            raise _MapError(f"encoding {name!r} is not known") from None
        return "utf-8-sig" if name.lower() in {"utf-8", "utf8"} else name

    def table(self, key: str) -> "_Table":
        return _Table(self._typed(key, dict, "a table"), key)

    def tables(self, key: str) -> list["_Table"]:
        found = self._typed(key, list, "one or more [[tables]]")
        if not found or not all(isinstance(table, dict) for table in found):
            raise _MapError(f"{key} must be one or more [[{key}]] tables")
        return [_Table(table, key) for table in found]

    def text(self, key: str, default: str | None = None) -> str:
        found: str = self._typed(key, str, "text", default)
        return found

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        found: int = self._typed(key, int, "a whole number", default)
        if not low <= found <= high:
            raise _MapError(f"{key} must be from {low} to {high}, not {found}")
        return found

    def choice(self, key: str, options: dict[str, T], default: str | None = None) -> T:
        found = self.text(key, default)
        if found not in options:
            raise _MapError(f"{key} must be one of {', '.join(map(repr, options))}, not {found!r}")
        return options[found]

    def finish(self) -> None:
        if self._left:
            where = f" in [{self._name}]" if self._name else ""
            raise _MapError(f"unknown key{where}: {', '.join(sorted(self._left))}")

    def _typed(self, key: str, kind: type, described: str, default: Any = None) -> Any:
        found = self._left.pop(key, default)
        if found is None:
            where = f" in [{self._name}]" if self._name else ""
            raise _MapError(f"{key} is missing{where}")
        if type(found) is not kind:
            raise _MapError(f"{key} must be {described}")
        return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _MapError(f"time_zone {name!r} is not known (an IANA name is needed, e.g. America/Denver)") from None
