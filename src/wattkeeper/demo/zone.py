"""A meter's local time, computed from its ESPI LocalTimeParameters alone (no zone name, no zone database)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

NO_RULE = 0xFFFFFFFF
LAST = 7


@dataclass(frozen=True)
class LocalTime:
    """`tz_offset`, `dst_offset`: seconds; the rules are ESPI's DstRuleType, 32 bits (espi.xsd)."""

    tz_offset: int
    dst_offset: int
    dst_start_rule: int
    dst_end_rule: int

    def offset(self, moment: int) -> int:
        """Seconds east of UTC at an epoch second."""
        if NO_RULE in (self.dst_start_rule, self.dst_end_rule) or not self.dst_offset:
            return self.tz_offset
        year = _utc(moment + self.tz_offset).year
        starts = _rule_seconds(self.dst_start_rule, year) - self.tz_offset
        ends = _rule_seconds(self.dst_end_rule, year) - self.tz_offset - self.dst_offset
        in_summer = starts <= moment < ends if starts < ends else not ends <= moment < starts
        return self.tz_offset + (self.dst_offset if in_summer else 0)

    def local(self, moment: int) -> datetime:
        """The wall clock at an epoch second, as a datetime without zone."""
        return _utc(moment + self.offset(moment)).replace(tzinfo=None)

    def midnight(self, day: date) -> int:
        """The epoch second at which a local day starts."""
        at_utc = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        summer = at_utc - self.tz_offset - self.dst_offset
        return summer if self.offset(summer) == at_utc - summer else at_utc - self.tz_offset


def _utc(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _rule_seconds(rule: int, year: int) -> int:
    """The wall-clock moment a rule names in a year, written as if it were UTC."""
    seconds, hour, weekday = rule & 0xFFF, rule >> 12 & 0x1F, rule >> 17 & 0x7
    day, operator, month = rule >> 20 & 0x1F, rule >> 25 & 0x7, rule >> 28
    if operator == 0:
        chosen = date(year, month, day)
    elif operator == 1:
        chosen = _weekday_from(date(year, month, day), weekday)
    elif operator == LAST:
        chosen = _weekday_from(date(year, month, monthrange(year, month)[1] - 6), weekday)
    else:
        chosen = _weekday_from(date(year, month, 1), weekday) + timedelta(weeks=operator - 2)
    midnight = datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC)
    return int(midnight.timestamp()) + hour * 3600 + seconds


def _weekday_from(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.isoweekday()) % 7)
