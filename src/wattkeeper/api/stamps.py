"""Timestamps as the JSON API writes and reads them: `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`."""

import math
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from wattkeeper.common import clock, days

DAY = 86400
UNIX_EPOCH = date(1970, 1, 1).toordinal()


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def utc_or_none(moment: datetime | None) -> str | None:
    return utc(moment) if moment is not None else None


def local(seconds: int, zone: ZoneInfo) -> str:
    """An epoch second with the zone's offset of that moment."""
    return clock.from_epoch(seconds).astimezone(zone).isoformat(timespec="microseconds")


def midnight(day: date, zone: ZoneInfo) -> str:
    """The start of a local day."""
    return datetime.combine(day, time.min, zone).isoformat(timespec="microseconds")


class LocalStamps:
    """`local` for many moments of about one day: where the clock does not change, text is only put together."""

    def __init__(self, zone: ZoneInfo, first: int, last: int) -> None:
        self.zone = zone
        self.offset = self._offset(first)
        self.is_steady = self.offset == self._offset(last)
        self.suffix = local(first, zone)[-6:]

    def __call__(self, seconds: int) -> str:
        if not self.is_steady:
            return local(seconds, self.zone)
        day, second = divmod(seconds + self.offset, DAY)
        return _day_text(day) + _clock_text(second) + self.suffix

    def _offset(self, seconds: int) -> int:
        offset = clock.from_epoch(seconds).astimezone(self.zone).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())


def seconds(moment: date | datetime, zone: ZoneInfo, *, rounds_up: bool = False) -> int:
    """Epoch seconds of a moment, down to or up to a whole one, or of the start of a day in a zone."""
    if isinstance(moment, datetime):
        return math.ceil(moment.timestamp()) if rounds_up else math.floor(moment.timestamp())
    return days.day_start(moment, zone)


@lru_cache(maxsize=1024)
def _day_text(day: int) -> str:
    return f"{date.fromordinal(UNIX_EPOCH + day).isoformat()}T"


@lru_cache(maxsize=DAY)
def _clock_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000000"
