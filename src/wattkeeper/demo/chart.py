"""A bar chart of a Tally as plain numbers for an inline SVG: across in per cent of the width, up and down in pixels, so
that it fills any width and its letters keep their size."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from wattkeeper.demo import figures
from wattkeeper.demo.usage import Bar, Period, Tally

HEIGHT = 220  # of the plot, in pixels
TOP = 10  # above it, for the uppermost label
GAP = 0.12  # of a slot, between two bars
LINES = 4
NICE = [Decimal(step) for step in ("1", "1.2", "1.6", "2", "2.4", "3.2", "4", "4.8", "6", "8", "10")]


class Rectangle(NamedTuple):
    x: str
    width: str
    y: float
    height: float
    kind: str  # full, partial, estimated, none
    title: str


class Mark(NamedTuple):
    """A label with the place along an axis that its middle is at."""

    at: str | float
    text: str
    is_minor: bool = False


class Row(NamedTuple):
    """A line of the table under the chart."""

    when: str
    amount: str
    readings: str
    note: str


@dataclass(frozen=True)
class Chart:
    bars: list[Rectangle]
    lines: list[Mark]
    marks: list[Mark]
    rows: list[Row]
    summary: str
    height: int = TOP + HEIGHT


def chart(tally: Tally, first: date, last: date) -> Chart:
    """Of one stream's tally: values in watt-hours, bars in kWh. What lies outside the days that the meter's data covers
    (`first` to `last`) is no gap, and is not shown."""
    span = tally.period
    begin, end = span.zone.midnight(first), span.zone.midnight(last + timedelta(days=1))
    slots = tally.bars()
    bars = [bar for bar in slots if bar.watt_hours is not None or (bar.end > begin and bar.start < end)]
    known = [bar.watt_hours for bar in bars if bar.watt_hours is not None]
    top, places = _nice(max(known, default=Decimal(0))), figures.places(amount / 1000 for amount in known)
    return Chart(
        bars=[_rectangle(bar, span, top) for bar in bars],
        lines=_lines(top),
        marks=_marks(slots, span),
        rows=[Row(slot_name(bar, span), _amount(bar, places), _readings(bar), _note(bar)) for bar in bars],
        summary=_summary(tally, bars, last),
    )


def slot_name(bar: Bar, span: Period) -> str:
    """When a bar is, in words: a time of day, a date or a month."""
    start = span.zone.local(bar.start)
    if span.view == "day":
        return f"{figures.clock(bar.start, span.zone)}–{figures.clock(bar.end, span.zone)}"
    return figures.short_day(start) if span.view == "month" else figures.month(start)


def _nice(most: Decimal) -> Decimal:
    """The next of NICE times a power of ten: its quarters are short numbers."""
    if most <= 0:
        return Decimal(1000)
    power = Decimal(10) ** most.adjusted()
    return next(power * step for step in NICE if power * step >= most)


def _lines(top: Decimal) -> list[Mark]:
    amounts = [top * n / LINES for n in range(LINES + 1)]
    places = figures.places(amount / 1000 for amount in amounts)
    return [
        Mark(TOP + HEIGHT - HEIGHT * n / LINES, figures.kwh(amount, places) if n else "0")
        for n, amount in enumerate(amounts)
    ]


def _rectangle(bar: Bar, span: Period, top: Decimal) -> Rectangle:
    whole = span.stop - span.start
    width = (bar.end - bar.start) / whole * 100
    x = (bar.start - span.start) / whole * 100 + width * GAP / 2
    if bar.watt_hours is None:
        height, kind = float(HEIGHT), "none"
    else:
        height = float(max(bar.watt_hours, Decimal(0)) / top * HEIGHT)
        kind = "estimated" if bar.is_estimated else "partial" if bar.readings < bar.expected else "full"
    title = f"{slot_name(bar, span)}: {_amount(bar)}"
    return Rectangle(
        f"{x:.3f}%", f"{width * (1 - GAP):.3f}%", round(TOP + HEIGHT - height, 2), round(height, 2), kind, title
    )


def _marks(bars: list[Bar], span: Period) -> list[Mark]:
    """Names under the bars: every third hour where it begins, every seventh day and every month at its middle; the
    minor ones go on narrow screens."""
    marks = []
    whole = span.stop - span.start
    for number, bar in enumerate(bars):
        start = span.zone.local(bar.start)
        middle = bar.start if span.view == "day" else (bar.start + bar.end) / 2
        at = f"{(middle - span.start) / whole * 100:.3f}%"
        if span.view == "day" and (start.hour % 3, start.minute) == (0, 0):
            marks.append(Mark(at, figures.hour(bar.start, span.zone), is_minor=start.hour % 6 != 0))
        elif span.view == "month" and number % 7 == 0:
            marks.append(Mark(at, str(start.day)))
        elif span.view == "year":
            marks.append(Mark(at, figures.short_month(start), is_minor=number % 2 == 1))
    return marks


def _summary(tally: Tally, bars: list[Bar], last: date) -> str:
    """What the chart says, for who does not see it: how much, the peak, what is missing, estimated, or yet to come."""
    span = tally.period
    if not tally.count:
        return _("No readings came for %(when)s.") % {"when": title(span)}
    highest = max((bar for bar in bars if bar.watt_hours is not None), key=lambda bar: bar.watt_hours or 0)
    said = _("%(total)s on record for %(when)s. The highest bar, %(slot)s, is %(highest)s.") % {
        "total": figures.kwh(tally.total),
        "when": title(span),
        "highest": figures.kwh(highest.watt_hours or Decimal(0)),
        "slot": slot_name(highest, span),
    }
    if any(bar.watt_hours is None for bar in bars):
        said += " " + _("Shaded parts have no reading.")
    if any(bar.is_estimated for bar in bars):
        said += " " + _("Hatched bars are estimates.")
    if last < span.last:
        said += " " + _("The newest reading is of %(day)s.") % {"day": figures.day(last)}
    return said


def title(span: Period) -> str:
    """The period in words: a day with its weekday, a month, a year."""
    if span.view == "day":
        return figures.day_with_weekday(span.first)
    return figures.month(span.first) if span.view == "month" else str(span.first.year)


def _amount(bar: Bar, places: int = 2) -> str:
    return _("no data") if bar.watt_hours is None else figures.kwh(bar.watt_hours, places)


def _readings(bar: Bar) -> str:
    return _("%(count)s of %(expected)s") % {
        "count": figures.count(bar.readings),
        "expected": figures.count(bar.expected),
    }


def _note(bar: Bar) -> str:
    if bar.is_estimated:
        return _("estimated")
    return _("incomplete") if 0 < bar.readings < bar.expected else ""
