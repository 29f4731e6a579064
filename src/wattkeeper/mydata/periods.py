"""The days, months and years a chart can show. An address names one as `2026`, `2026-03` or `2026-03-08`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from wattkeeper.common import formats

Kind = Literal["day", "month", "year"]
KINDS: tuple[Kind, ...] = ("day", "month", "year")
WRITTEN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
YEARS = range(1970, 9999)


@dataclass(frozen=True)
class Period:
    """Local days [start, end)."""

    kind: Kind
    start: date

    @classmethod
    def of(cls, kind: Kind, day: date) -> "Period":
        """The one that a day lies in."""
        month = day.month if kind != "year" else 1
        return cls(kind, date(day.year, month, day.day if kind == "day" else 1))

    @property
    def end(self) -> date:
        if self.kind == "day":
            return self.start + timedelta(days=1)
        if self.kind == "year" or self.start.month == 12:
            return date(self.start.year + 1, 1, 1)
        return date(self.start.year, self.start.month + 1, 1)

    @property
    def key(self) -> str:
        """How an address names it."""
        return self.start.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.kind]]

    @property
    def label(self) -> str:
        """`Sunday, March 8, 2026`, `March 2026`, `2026`."""
        if self.kind == "day":
            return formats.capital(formats.weekday(self.start))
        return formats.capital(formats.month(self.start)) if self.kind == "month" else str(self.start.year)

    @property
    def before(self) -> "Period":
        return self.of(self.kind, self.start - timedelta(days=1))

    @property
    def after(self) -> "Period":
        return self.of(self.kind, self.end)

    @property
    def parts(self) -> list["Period"]:
        """The days of a month, the months of a year; a day has none."""
        if self.kind == "day":
            return []
        smaller: Kind = "day" if self.kind == "month" else "month"
        found = [self.of(smaller, self.start)]
        while found[-1].end < self.end:
            found.append(found[-1].after)
        return found


def parse(text: str) -> Period | None:
    """The period an address names, None where it names none."""
    found = WRITTEN.fullmatch(text)
    if found is None or int(found[1]) not in YEARS:
        return None
    kind: Kind = "day" if found[3] else "month" if found[2] else "year"
    try:
        return Period(kind, date(int(found[1]), int(found[2] or 1), int(found[3] or 1)))
    except ValueError:
        return None
