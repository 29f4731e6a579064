"""The only clock. Time is asked of a world, so that a sandbox can travel in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timeline(Protocol):
    """Something with a time of its own: a World."""

    @property
    def clock_offset(self) -> timedelta: ...


def system_time() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


_source: Callable[[], datetime] = system_time


def set_source(source: Callable[[], datetime]) -> Callable[[], datetime]:
    """Replaces where time comes from (tests); returns the source replaced."""
    global _source
    previous, _source = _source, source
    return previous


def now(world: Timeline | None = None) -> datetime:
    """The present, aware, in UTC: the world's, or the platform's own where none is given."""
    present = _source()
    return present + world.clock_offset if world is not None else present


def epoch(moment: datetime) -> int:
    """Seconds since 1970-01-01T00:00:00Z (ESPI TimeType)."""
    return int(moment.timestamp())


def from_epoch(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
