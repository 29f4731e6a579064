"""A period of use in words: what stands over, in and under its chart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from wattkeeper.common import clock, days, formats
from wattkeeper.mydata.use import Bar, Use

HOUR = 3600
EVERY = 6


@dataclass(frozen=True)
class Row:
    """One line of the table under the chart; `key` leads to the period it tells of."""

    label: str
    key: str
    delivered: str
    received: str
    notes: list[str]


class Words:
    """Speaks of one Use, in the active language and the utility's time zone."""

    def __init__(self, use: Use, zone: ZoneInfo) -> None:
        self.use = use
        self.zone = zone

    @property
    def total(self) -> str:
        return self.amount(self.use.delivered)

    @property
    def sent(self) -> str:
        """What was received from the customer; empty where nothing is measured in that direction."""
        return self.amount(self.use.received) if self.use.received is not None else ""

    @property
    def totals(self) -> tuple[str, str]:
        """Both without their unit, as they stand under the columns of the table."""
        return self._number(self.use.delivered), self._number(self.use.received)

    @property
    def highest(self) -> str:
        """`The highest day: Sunday, March 8, 2026, with 31.2 kWh.`"""
        bar = self.use.highest
        if bar is None or not bar.delivered or len(self.use.bars) < 2:
            return ""
        texts = {
            "day": gettext("Most was used from %(when)s on: %(amount)s."),
            "month": gettext("The highest day was %(when)s: %(amount)s."),
            "year": gettext("The highest month was %(when)s: %(amount)s."),
        }
        if bar.part is None:
            when = self._time(bar.start)
        else:
            when = formats.month(bar.part.start) if bar.part.kind == "month" else formats.weekday(bar.part.start)
        return texts[self.use.period.kind] % {"when": when, "amount": self.amount(bar.delivered)}

    @property
    def clock_change(self) -> str:
        """On the two days of the year that are not 24 hours long."""
        if self.use.period.kind != "day":
            return ""
        day = self.use.period.start
        hours = (days.day_end(day, self.zone) - days.day_start(day, self.zone)) // HOUR
        if hours == 24:
            return ""
        return gettext("The clock changed on this day: it has %(hours)s hours.") % {"hours": hours}

    def amount(self, amount: Decimal | None) -> str:
        return f"{self._number(amount)} {self.use.unit}" if amount is not None else gettext("no reading")

    def bar(self, bar: Bar) -> str:
        """All that is known of it: `March 8: 31.2 kWh used, 4 kWh sent back, estimated`."""
        said = [gettext("%(amount)s used") % {"amount": self.amount(bar.delivered)}] if not bar.is_empty else []
        if bar.received is not None:
            said.append(gettext("%(amount)s sent back") % {"amount": self.amount(bar.received)})
        return f"{self._label(bar)}: {', '.join([*said, *self._notes(bar)])}"

    def rows(self) -> Iterator[Row]:
        """Without what lies before the first reading or after the last."""
        for bar in self.use.bars:
            if bar.is_due or not bar.is_empty:
                yield Row(
                    self._label(bar),
                    bar.part.key if bar.part is not None else "",
                    self._number(bar.delivered),
                    self._number(bar.received),
                    self._notes(bar),
                )

    def ticks(self) -> list[tuple[int, str]]:
        """What stands under which bar, by its number: every sixth hour, every seventh day, every month."""
        bars = self.use.bars
        if self.use.period.kind == "year":
            return [(number, formats.short_month(bar.part.start)) for number, bar in enumerate(bars) if bar.part]
        if self.use.period.kind == "month":
            return [(number, str(number + 1)) for number in range(0, len(bars), 7)]
        hours = [(number, self._local(bar.start)) for number, bar in enumerate(bars)]
        found = [(number, at) for number, at in hours if at.hour % EVERY == 0 and at.minute == 0]
        return [(number, formats.hour(at, self.zone)) for number, at in found]

    def _number(self, amount: Decimal | None) -> str:
        places = 3 if self.use.period.kind == "day" else 1
        return formats.number(amount, places) if amount is not None else ""

    def _label(self, bar: Bar) -> str:
        if bar.part is None:
            return self._time(bar.start)
        day = bar.part.start
        if bar.part.kind == "month":
            return formats.capital(f"{formats.short_month(day)} {day.year}")
        return formats.capital(formats.short_day(day))

    def _time(self, seconds: int) -> str:
        return formats.time_of_day(clock.from_epoch(seconds), self.zone)

    def _local(self, seconds: int) -> datetime:
        return clock.from_epoch(seconds).astimezone(self.zone)

    def _notes(self, bar: Bar) -> list[str]:
        if bar.is_empty:
            return [gettext("no reading")]
        notes = []
        if bar.is_estimated:
            notes.append(gettext("estimated") if bar.part is None else gettext("partly estimated"))
        if bar.is_partial:
            notes.append(gettext("some readings are missing"))
        return notes
