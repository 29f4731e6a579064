"""Where the parts of a chart stand. Sideways everything is a share of the width, so that text keeps its size; up and
down it is pixels. What was delivered stands on the line of zero, what was received hangs from it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from wattkeeper.common import formats
from wattkeeper.mydata.use import Bar, Use

TOP, BOTTOM, HEIGHT = 28, 196, 220
MOST_LINES = 4
NOTHING = Decimal(0)
FILLED = 0.8  # of a bar's place


@dataclass(frozen=True)
class Rectangle:
    """`x` and `width` in per cent, `y` and `height` in pixels."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Place:
    """One bar: its text, where it leads to, and what is drawn of it. `gap` stands where a reading is missing."""

    text: str
    key: str
    is_estimated: bool
    delivered: Rectangle | None
    received: Rectangle | None
    gap: Rectangle | None


@dataclass(frozen=True)
class Label:
    """`is_minor`: left out where there is little room."""

    at: str
    text: str
    anchor: str = "end"
    is_minor: bool = False


@dataclass(frozen=True)
class Chart:
    """`lines` are amounts in the unit of the use, their `at` in pixels; `ticks` stand below, theirs in per cent."""

    places: list[Place]
    lines: list[Label]
    ticks: list[Label]
    zero: str
    has_estimates: bool
    has_gaps: bool


@dataclass(frozen=True)
class _Frame:
    """`wide`: per cent of a bar's place; `zero`: pixels; `scale`: pixels of one unit."""

    wide: float
    zero: float
    scale: float


def draw(use: Use, text: Callable[[Bar], str], ticks: list[tuple[int, str]]) -> Chart:
    """`text` says a bar in words; `ticks` are numbers of bars with their labels."""
    up = max([NOTHING, *(bar.delivered or NOTHING for bar in use.bars)])
    down = max(
        [NOTHING, *(bar.received or NOTHING for bar in use.bars), *(-(bar.delivered or NOTHING) for bar in use.bars)]
    )
    step = _nice((up + down) / MOST_LINES)
    scale = float(BOTTOM - TOP) / float((up + down) or 1)
    zero = TOP + float(up) * scale
    frame = _Frame(100 / max(len(use.bars), 1), zero, scale)
    places = [_place(bar, number, text(bar), frame) for number, bar in enumerate(use.bars)]
    above, below = (int(amount / step) for amount in (up, down))
    lines = [
        Label(f"{zero - number * float(step) * scale:.1f}", _short((number if use.is_net else abs(number)) * step))
        for number in range(-below, above + 1)
        if number
    ]
    return Chart(
        places,
        lines,
        [_tick(use, number, label, is_odd=bool(at % 2)) for at, (number, label) in enumerate(ticks)],
        f"{zero:.1f}",
        any(bar.is_estimated for bar in use.bars),
        any(place.gap for place in places),
    )


def _place(bar: Bar, number: int, text: str, frame: _Frame) -> Place:
    wide, zero, scale = frame.wide, frame.zero, frame.scale
    left = number * wide
    x, width = f"{left + wide * (1 - FILLED) / 2:.2f}%", f"{wide * FILLED:.2f}%"
    delivered = float(bar.delivered or 0) * scale
    received = float(bar.received or 0) * scale
    drawn = Rectangle(x, f"{zero - max(delivered, 0):.1f}", width, f"{abs(delivered):.1f}") if delivered else None
    hanging = Rectangle(x, f"{zero:.1f}", width, f"{received:.1f}") if received else None
    missing = bar.is_due and (bar.is_empty or bar.is_partial)
    gap = Rectangle(f"{left:.2f}%", str(TOP), f"{wide:.2f}%", str(BOTTOM - TOP)) if missing else None
    return Place(text, bar.part.key if bar.part else "", bar.is_estimated, drawn, hanging, gap)


def _tick(use: Use, number: int, label: str, *, is_odd: bool) -> Label:
    """An hour stands where its bar begins; a day or a month in the middle of its bar. Days are short enough for all."""
    count = max(len(use.bars), 1)
    if use.period.kind == "day":
        return Label(f"{100 * number / count:.2f}%", label, "middle" if number else "start", is_odd)
    return Label(f"{100 * (number + 0.5) / count:.2f}%", label, "middle", is_odd and use.period.kind == "year")


def _nice(rough: Decimal) -> Decimal:
    """The next of 1, 2 or 5 times a power of ten."""
    if rough <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(rough.adjusted())
    return next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough)


def _short(amount: Decimal) -> str:
    places = max(-int(amount.normalize().as_tuple().exponent), 0)
    return formats.number(amount, places)
