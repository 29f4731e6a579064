"""What every kind of file is turned into before anything is stored: numbers checked, units settled, lines kept."""

import re
from dataclasses import dataclass, field

INT48 = 2**47
EARLIEST = 631_152_000  # 1990-01-01: no interval meter was read before
LONGEST = 400 * 86_400  # seconds; a reading or a billing period lasts a year at most, and some grace
SMALL = 2**15 - 1

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


class FileError(Exception):
    """The file as a whole can't be imported. `line` is where it shows, counted from 1, None where no line does."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class RecordError(Exception):
    """One record can't be imported; the message says why in the reader's words."""


@dataclass(frozen=True)
class Measurement:
    """An amount: `value` times ten to the `multiplier`, in `uom` (ESPI SummaryMeasurement)."""

    value: int
    uom: int
    multiplier: int


@dataclass(frozen=True)
class Item:
    """One line of a bill (ESPI LineItem); amounts in 1/100 000 of the currency unit."""

    name: str
    amount: int
    kind: int
    measurement: Measurement | None = None
    unit_cost: int | None = None


@dataclass(frozen=True)
class Summary:
    """What was billed for a period (ESPI UsageSummary): epoch seconds, money in 1/100 000 of the currency unit.

    `quality` is ESPI's QualityOfReading.
    """

    line: int
    start: int
    duration: int
    bill: int
    additional: int | None = None
    currency: int | None = None
    consumption: Measurement | None = None
    quality: int | None = None
    tariff: str = ""
    items: list[Item] = field(default_factory=list)


def whole(text: str, name: str, low: int = -INT48, high: int = INT48 - 1) -> int:
    """A whole number written in decimal digits, from `low` to `high`; RecordError otherwise."""
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        raise RecordError(f"{name} is not a whole number: {shown(text)}")
    number = int(text)
    if not low <= number <= high:
        raise RecordError(f"{name} is out of range: {number} (from {low} to {high} is possible)")
    return number


def moment(seconds: int, latest: int, name: str = "start") -> int:
    """Epoch seconds between 1990 and `latest`; RecordError otherwise."""
    if seconds < EARLIEST:
        raise RecordError(f"{name} is too early: {seconds} seconds is before 1990")
    if seconds > latest:
        raise RecordError(f"{name} is in the future: {seconds} seconds")
    return seconds


def shown(text: str) -> str:
    """Foreign text as it may stand in a message: short, on one line, nothing a terminal would act on."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text[:60])
    return f"“{text}”" if text else "nothing"
