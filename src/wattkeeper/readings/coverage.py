"""What a channel has readings for, kept as a few runs, so that counting them never unpacks a day.

A run is `(start, step, count)`: `count` readings back to back, each `step` seconds long, the first at epoch second
`start`. Two years without a gap are one run. `Channel.coverage` holds a channel's runs in time order.
"""

from collections.abc import Iterable
from itertools import groupby

from wattkeeper.readings.packing import Readings

Run = tuple[int, int, int]


def runs_of(readings: Readings) -> list[Run]:
    """The runs of one day; slots without a value are gaps."""
    if isinstance(readings.starts, range) and readings.starts and readings.is_plain:
        return [(readings.starts[0], readings.step, len(readings.values))]
    return joined((start, duration, 1) for start, duration, value in readings if value is not None)


def joined(runs: Iterable[Run]) -> list[Run]:
    """The same readings in as few runs as can be, in time order."""
    whole: list[Run] = []
    for start, step, count in sorted(runs):
        if whole and step and whole[-1][1] == step and end(whole[-1]) == start:
            first, _, before = whole[-1]
            whole[-1] = (first, step, before + count)
        else:
            whole.append((start, step, count))
    return whole


def end(run: Run) -> int:
    """The second at which its last reading ends."""
    start, step, count = run
    return start + step * count


def clipped(run: Run, low: int, high: int) -> Run | None:
    """The readings of a run that lie wholly inside [low, high); one without length (of a register) by its start."""
    start, step, count = run
    if step == 0:
        return run if low <= start < high else None
    first = max(0, -(-(low - start) // step))
    last = min(count, (high - start) // step)
    return (start + first * step, step, last - first) if last > first else None


def without(runs: Iterable[Run], first: int, last: int) -> list[Run]:
    """The runs less every reading that starts in [first, last]."""
    kept: list[Run] = []
    for start, step, count in runs:
        if step == 0:
            kept += [] if first <= start <= last else [(start, step, count)]
            continue
        before = min(count, max(0, -(-(first - start) // step)))
        after = min(count, max(0, (last - start) // step + 1))
        kept += [(start, step, before)] if before else []
        kept += [(start + after * step, step, count - after)] if after < count else []
    return kept


def distinct(runs: Iterable[Run]) -> int:
    """How many readings differ in start or length, over the runs of several channels of one service."""
    total = 0
    by_grid = sorted(runs, key=_grid)
    for (step, _), found in groupby(by_grid, key=_grid):
        if step == 0:
            total += 1
            continue
        total += sum(last - first for first, last in merged((run[0], end(run)) for run in found)) // step
    return total


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of seconds, those that touch or overlap made one, in time order."""
    whole: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if whole and first <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], last))
        else:
            whole.append((first, last))
    return whole


def _grid(run: Run) -> tuple[int, int]:
    start, step, _ = run
    return (step, start % step) if step else (0, start)
