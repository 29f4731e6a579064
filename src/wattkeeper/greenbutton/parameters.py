"""ESPI query parameters (function block 37): which entries of a feed are asked for.

Windows are half-open: from the minimum up to, not including, the maximum. They choose among entries that carry
data of a time (IntervalBlock, UsageSummary: `published` is the start of the period they tell of) and among
Authorizations. Entries that only describe have no such time: a UsagePoint and its LocalTimeParameters always come, a
MeterReading and its ReadingType come in a batch where one of their blocks does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.http import QueryDict

from wattkeeper.common import clock
from wattkeeper.greenbutton.errors import invalid

LATEST = 2**36
EPOCH_SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]+)?")
ISO_8601 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)([T ](?P<time>\d\d:\d\d(:\d\d([.,]\d+)?)?)(?P<zone>Z|[+ -]\d\d:?\d\d)?)?", re.ASCII
)
COUNT = re.compile(r"[0-9]{1,9}")
NAMES = (
    "published-min", "published-max", "updated-min", "updated-max", "start-index", "max-results", "depth",
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """Bounds are [low, high) in epoch seconds; `start_index` counts from 1, `max_results` None for all."""

    published: tuple[int, int] = (0, LATEST)
    updated: tuple[int, int] = (0, LATEST)
    start_index: int = 1
    max_results: int | None = None

    @classmethod
    def of(cls, params: QueryDict) -> "Query":
        """What a request asks for; RefusedError 400 where a value makes no sense.

        `depth` is checked, not used: ESPI names it without saying what it bounds.
        """
        for name in NAMES:
            if len(params.getlist(name)) > 1:
                raise invalid(name, "stands twice.")
        _count(params, "depth")
        start_index = _count(params, "start-index")
        if start_index == 0:
            raise invalid("start-index", "counts from 1.")
        return cls(
            _bounds(params, "published"), _bounds(params, "updated"), start_index or 1, _count(params, "max-results")
        )

    @property
    def asked(self) -> dict[str, datetime]:
        """The bounds that the request names, as it calls them."""
        ends = {"published": self.published, "updated": self.updated}
        return {
            f"{name}-{end}": clock.from_epoch(bound)
            for name, bounds in ends.items()
            for end, bound, default in zip(("min", "max"), bounds, (0, LATEST), strict=True)
            if bound != default
        }

    def admits(self, published: int, updated: int) -> bool:
        return self.published[0] <= published < self.published[1] and self.updated[0] <= updated < self.updated[1]

    def page(self, entries: Iterable[bytes]) -> Iterator[bytes]:
        first = self.start_index - 1
        return islice(entries, first, None if self.max_results is None else first + self.max_results)


def _bounds(params: QueryDict, name: str) -> tuple[int, int]:
    low, high = _moment(params, f"{name}-min", 0), _moment(params, f"{name}-max", LATEST)
    if low > high:
        raise invalid(f"{name}-min", f"is later than {name}-max.")
    return low, high


def _moment(params: QueryDict, name: str, default: int) -> int:
    """RFC 3339, or what clients send for it: no zone (taken as UTC), a bare date, epoch seconds, a space for `+`.

    Fractions of a second are dropped; what lies outside our times becomes the nearest end of them.
    """
    value = params.get(name, "").strip()
    if not value:
        return default
    if EPOCH_SECONDS.fullmatch(value):
        return min(int(float(value)), LATEST)
    try:
        parts = ISO_8601.fullmatch(value.upper())
        if parts is None:
            raise ValueError
        zone = (parts["zone"] or "Z").replace(" ", "+")
        moment = datetime.fromisoformat(f"{parts['date']}T{parts['time'] or '00:00'}{zone}")
    except ValueError:
        raise invalid(name, "takes a date and time with its zone, such as 2026-01-31T07:00:00Z.") from None
    return min(max(clock.epoch(moment), 0), LATEST)


def _count(params: QueryDict, name: str) -> int | None:
    value = params.get(name, "").strip()
    if not value:
        return None
    if not COUNT.fullmatch(value):
        raise invalid(name, "takes a whole number.")
    return int(value)
