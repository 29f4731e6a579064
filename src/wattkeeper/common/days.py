"""Local days of a time zone as spans of UTC epoch seconds: 23, 24 or 25 hours long."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from wattkeeper.common import clock


@lru_cache(maxsize=8192)
def day_start(day: date, zone: ZoneInfo) -> int:
    """The epoch second at which a local day begins."""
    return int(datetime.combine(day, time.min, zone).timestamp())


def day_end(day: date, zone: ZoneInfo) -> int:
    return day_start(day + timedelta(days=1), zone)


def local_day(seconds: int, zone: ZoneInfo) -> date:
    return clock.from_epoch(seconds).astimezone(zone).date()


def days(first: date, end: date) -> Iterator[date]:
    """Every day from first up to, not including, end."""
    for offset in range((end - first).days):
        yield first + timedelta(days=offset)
