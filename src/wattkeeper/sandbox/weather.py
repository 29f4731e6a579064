"""The weather over the synthetic homes: one sky for all of them, shaped like El Paso's, the same for ever.

Only + - * / are used on floats: these give the same bits on every machine, which sines and powers do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from wattkeeper.common import clock
from wattkeeper.common.days import day_end, day_start
from wattkeeper.sandbox import chance

QUARTER = 900
QUARTERS = 96
MID_MONTH_CELSIUS = (8.0, 11.0, 15.0, 19.5, 24.5, 29.0, 29.0, 28.0, 25.0, 19.0, 12.0, 8.0)
MID_MONTH_DAYLIGHT_HOURS = (10.3, 11.1, 12.0, 12.9, 13.7, 14.1, 13.9, 13.2, 12.3, 11.4, 10.6, 10.1)
SOLAR_NOON = 12.1  # hours of standard time


def spread(morning: Sequence[float], afternoon: Sequence[float]) -> tuple[float, ...]:
    """24 values at full hours as 96 at quarter hours, straight lines between them, the last joined to the first."""
    hourly = [*morning, *afternoon]
    return tuple(
        hourly[hour] + (hourly[(hour + 1) % 24] - hourly[hour]) * quarter / 4
        for hour in range(24)
        for quarter in range(4)
    )


DAILY_SWING = spread(
    [-3.5, -4.4, -5.2, -6.0, -6.7, -7.3, -7.5, -6.0, -3.6, -1.0, 1.6, 3.9],
    [5.6, 6.7, 7.3, 7.5, 7.3, 6.5, 5.0, 3.2, 1.5, 0.0, -1.2, -2.4],
)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A local day as 92, 96 or 100 quarter hours.

    `wall` and `sun` give each one's number in the day (0 to 95) by the clock on the wall, which people live by, and
    by standard time, which the sun keeps.
    """

    day: date
    start: int
    wall: tuple[int, ...]
    sun: tuple[int, ...]


@lru_cache(maxsize=4096)
def local_day(day: date, zone: ZoneInfo) -> LocalDay:
    start = day_start(day, zone)
    wall, sun = [], []
    for second in range(start, day_end(day, zone), QUARTER):
        local = clock.from_epoch(second).astimezone(zone)
        wall.append((local.hour * 60 + local.minute) // 15)
        standard = local.replace(tzinfo=None) - (local.dst() or timedelta())
        sun.append((standard.hour * 60 + standard.minute) // 15)
    return LocalDay(day, start, tuple(wall), tuple(sun))


def seasonal(mid_month: Sequence[float], day: date) -> float:
    """The value of a day between the middles of two months."""
    earlier = day.replace(day=15) if day.day >= 15 else (day.replace(day=1) - timedelta(days=1)).replace(day=15)
    later = (earlier.replace(day=28) + timedelta(days=4)).replace(day=15)
    share = (day - earlier).days / (later - earlier).days
    low, high = mid_month[earlier.month - 1], mid_month[later.month - 1]
    return low + (high - low) * share


@lru_cache(maxsize=4096)
def temperature(day: date) -> tuple[float, ...]:
    """Degrees Celsius at the 96 quarter hours of standard time. Warm and cold spells last a few days."""
    spell = 0.0
    for back in range(3):
        spell += chance.between(-3.5, 3.5, "spell", day - timedelta(days=back))
    mean = seasonal(MID_MONTH_CELSIUS, day) + spell
    return tuple(mean + swing for swing in DAILY_SWING)


@lru_cache(maxsize=4096)
def sunshine(day: date) -> tuple[float, ...]:
    """Output of a solar panel as a share of its rating at the 96 quarter hours of standard time: 0 at night."""
    half_day = seasonal(MID_MONTH_DAYLIGHT_HOURS, day) / 2
    overcast = chance.draw("overcast", day)
    strength = 0.92 if overcast < 0.7 else 0.92 - 0.7 * (overcast - 0.7) / 0.3
    clouds = chance.octets(QUARTERS, "clouds", day)
    shares = []
    for quarter, cloud in enumerate(clouds):
        distance = ((quarter + 0.5) / 4 - SOLAR_NOON) / half_day
        height = max(0.0, 1 - distance * distance)
        shares.append(height * half_day / 7 * strength * (1 - 0.15 * cloud / 255))
    return tuple(shares)
