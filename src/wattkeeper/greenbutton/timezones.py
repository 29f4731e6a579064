"""ESPI TimeConfiguration of a time zone: when its clocks change, worked out from the zone's own rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

NO_DST = "FFFFFFFF"
# Years for which the time zone database only projects the rule in force.
YEARS = range(2030, 2037)
LAST = 7


@dataclass(frozen=True)
class TimeRules:
    """DstRuleType values are 8 hex digits; offsets are seconds, `offset` east of UTC in standard time."""

    offset: int
    dst_offset: int
    dst_start: str
    dst_end: str


@lru_cache
def time_rules(zone: ZoneInfo) -> TimeRules:
    """The rules of a zone that changes its clocks twice a year, or never."""
    starts: list[datetime] = []
    ends: list[datetime] = []
    offset = min(_offset(datetime(YEARS[0], month, 1, tzinfo=UTC), zone) for month in (1, 7))
    forward = timedelta(0)
    for year in YEARS:
        for change in _changes(year, zone):
            before = _offset(change - timedelta(seconds=1), zone)
            step = _offset(change, zone) - before
            (starts if step > timedelta(0) else ends).append((change + before).replace(tzinfo=None))
            forward = max(forward, step)
    if not starts or not ends:
        return TimeRules(int(offset.total_seconds()), 0, NO_DST, NO_DST)
    return TimeRules(int(offset.total_seconds()), int(forward.total_seconds()), _rule(starts), _rule(ends))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _changes(year: int, zone: ZoneInfo) -> list[datetime]:
    """The moments of a year at which the zone's offset changes, to the minute."""
    months = [datetime(year + index // 12, index % 12 + 1, 1, tzinfo=UTC) for index in range(13)]
    spans = [span for span in pairwise(months) if _offset(span[0], zone) != _offset(span[1], zone)]
    return [_change(low, high, zone) for low, high in spans]


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def _rule(moments: list[datetime]) -> str:
    """DstRuleType of local wall-clock moments, one a year: the nth, or the last, such weekday of the month.

    Bits 31-28 month, 27-25 operator (2 to 6 first to fifth, 7 last), 24-20 day of month (none), 19-17 weekday,
    16-12 hour, 11-0 seconds into the hour.
    """
    first = moments[0]
    weeks = {(moment.day - 1) // 7 for moment in moments}
    operator = LAST if all(_is_last(moment.date()) for moment in moments) else min(weeks) + 2
    seconds = first.minute * 60 + first.second
    return f"{first.month << 28 | operator << 25 | first.isoweekday() << 17 | first.hour << 12 | seconds:08X}"


def _is_last(day: date) -> bool:
    return (day + timedelta(days=7)).month != day.month
