"""What people, machines and the weather make a place use in each quarter hour of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from wattkeeper.sandbox import chance
from wattkeeper.sandbox.weather import LocalDay, spread, sunshine, temperature

WORKDAY_AT_HOME = spread(
    [0.25, 0.2, 0.18, 0.18, 0.2, 0.35, 0.7, 0.9, 0.65, 0.45, 0.4, 0.42],
    [0.48, 0.45, 0.45, 0.55, 0.8, 1.2, 1.55, 1.7, 1.6, 1.3, 0.85, 0.45],
)
WEEKEND_AT_HOME = spread(
    [0.35, 0.25, 0.2, 0.18, 0.18, 0.22, 0.35, 0.6, 0.9, 1.1, 1.1, 1.1],
    [1.15, 1.1, 1.0, 1.0, 1.1, 1.3, 1.55, 1.65, 1.5, 1.25, 0.95, 0.6],
)
OPENING_HOURS = spread(
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.15, 0.55, 0.95, 0.95, 0.95, 0.95],
    [0.9, 1.0, 1.0, 1.0, 1.0, 0.85, 0.5, 0.25, 0.1, 0.0, 0.0, 0.0],
)
SATURDAY_HOURS = spread(
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.55, 0.55, 0.55],
    [0.55, 0.55, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
)
CLOSED = (0.0,) * 96
HOT_WATER = spread(
    [0.1, 0.05, 0.05, 0.05, 0.1, 0.5, 1.6, 2.0, 1.3, 0.8, 0.6, 0.6],
    [0.7, 0.5, 0.4, 0.5, 0.8, 1.3, 1.8, 1.7, 1.4, 1.2, 0.8, 0.3],
)
TAPS = spread(
    [0.15, 0.1, 0.05, 0.05, 0.1, 0.5, 1.7, 2.1, 1.5, 0.9, 0.8, 0.8],
    [0.8, 0.7, 0.6, 0.7, 0.9, 1.3, 1.8, 1.7, 1.4, 1.1, 0.7, 0.4],
)
SPRINKLING_HOUR = 5


def week(day: date) -> int:
    """A number for the seven days that a day stands in."""
    return day.toordinal() // 7


def vacancy(key: str, year: int) -> tuple[date, date]:
    """The days, the last not included, for which a place that changes hands stands empty in a year."""
    first = date(year, 1, 1) + timedelta(days=chance.whole(40, 280, key, "moved out", year))
    return first, first + timedelta(days=chance.whole(35, 70, key, "empty for", year))


def is_vacant(key: str, day: date) -> bool:
    first, end = vacancy(key, day.year)
    return first <= day < end


@dataclass(frozen=True, slots=True)
class Household:
    """A home's habits: watts, and degrees Celsius above which it is cooled."""

    key: str
    standby: float
    activity: float
    comfort: float
    watts_per_degree: float
    cooling_limit: float

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(
            key,
            standby=chance.between(120, 260, key, "standby"),
            activity=chance.between(380, 800, key, "activity"),
            comfort=chance.between(23.0, 26.0, key, "comfort"),
            watts_per_degree=chance.between(150, 290, key, "cooling"),
            cooling_limit=chance.between(2400, 4200, key, "cooling limit"),
        )

    def is_away(self, day: date) -> bool:
        """On holiday: about two weeks a year."""
        return chance.draw(self.key, "away", week(day)) < 0.04

    def energy(self, local: LocalDay, empty: bool = False) -> list[int]:
        """Wh in each quarter hour."""
        nobody = empty or self.is_away(local.day)
        shape = WEEKEND_AT_HOME if local.day.weekday() >= 5 else WORKDAY_AT_HOME
        activity = 0.0 if nobody else self.activity / 255
        comfort = self.comfort + (100 if empty else 6 if nobody else 0)
        watts_per_degree, limit, standby = self.watts_per_degree, self.cooling_limit, self.standby
        celsius = temperature(local.day)
        noise = chance.octets(2 * len(local.wall), self.key, "energy", local.day)
        watts = [
            standby
            + activity * shape[wall] * (128 + chore)
            + min(limit, max(0.0, celsius[sun] - comfort) * watts_per_degree * (0.7 + cycle / 425))
            for wall, sun, chore, cycle in zip(local.wall, local.sun, noise[::2], noise[1::2], strict=True)
        ]
        if not nobody:
            self._run_appliances(local, watts)
        return [int(power / 4) for power in watts]

    def _run_appliances(self, local: LocalDay, watts: list[float]) -> None:
        """Oven, dryer and the like: a few strong loads at the times people are up."""
        strokes = chance.octets(12, self.key, "appliances", local.day)
        for number in range(strokes[0] % 4):
            start, length, power = strokes[1 + 3 * number : 4 + 3 * number]
            first = 32 + start % 52
            for quarter in range(first, first + 2 + length % 4):
                watts[quarter] += 900 + 10 * power


@dataclass(frozen=True, slots=True)
class Business:
    """A shop or office: watts, and the capacitors that stand across its supply (var, always leading)."""

    key: str
    base: float
    trade: float
    watts_per_degree: float
    cooling_limit: float

    @classmethod
    def at(cls, key: str) -> Self:
        size = chance.between(0.6, 2.2, key, "size")
        return cls(
            key,
            base=size * chance.between(4200, 5600, key, "base"),
            trade=size * chance.between(14000, 20000, key, "trade"),
            watts_per_degree=size * 1200,
            cooling_limit=size * 18000,
        )

    def energy(self, local: LocalDay) -> tuple[list[int], list[int]]:
        """Wh taken and varh fed back in each quarter hour.

        Capacitors of a fixed size outweigh the lag of the motors at every load, so reactive energy only ever flows
        back: little while the machines run, most of it at night.
        """
        shape = opening_hours(local.day)
        base, trade = self.base, self.trade / 255
        per_degree, limit = self.watts_per_degree, self.cooling_limit
        bank = 0.16 * limit + 0.07 * self.trade
        celsius = temperature(local.day)
        noise = chance.octets(2 * len(local.wall), self.key, "energy", local.day)
        active, reactive = [], []
        for wall, sun, till, fan in zip(local.wall, local.sun, noise[::2], noise[1::2], strict=True):
            open_share = shape[wall]
            sold = trade * open_share * (215 + till / 5)
            wanted = max(0.0, celsius[sun] - 20) * per_degree * (0.15 + 0.85 * open_share)
            cooled = min(limit, wanted * (0.9 + fan / 1275))
            active.append(int((base * (0.95 + fan / 2550) + sold + cooled) / 4))
            reactive.append(int((bank - 0.10 * cooled - 0.04 * sold) / 4))
        return active, reactive


def opening_hours(day: date) -> tuple[float, ...]:
    """How much of the trade goes on at the 96 quarter hours of a day."""
    if day.weekday() == 6 or (day.month, day.day) in {(1, 1), (7, 4), (12, 25)}:
        return CLOSED
    return SATURDAY_HOURS if day.weekday() == 5 else OPENING_HOURS


def solar_output(key: str, local: LocalDay) -> list[int]:
    """Wh made by the panels on a roof in each quarter hour."""
    watts = chance.between(3500, 8000, key, "panels")
    shares = sunshine(local.day)
    return [int(watts * shares[sun] / 4) for sun in local.sun]


def car_charging(key: str, local: LocalDay) -> list[int]:
    """Wh into an electric car in each quarter hour: some nights, by a timer, after midnight."""
    if chance.draw(key, "charges", local.day) >= 0.6:
        return [0] * len(local.wall)
    first = chance.whole(0, 4, key, "plugged in", local.day)
    end = first + chance.whole(4, 15, key, "charging for", local.day)
    return [1800 if first <= wall < end else 0 for wall in local.wall]


def gas_burnt(key: str, local: LocalDay) -> list[int]:
    """Thousandths of a therm in each hour: hot water all year, heating in winter."""
    water = chance.between(9, 20, key, "hot water")
    per_degree = chance.between(6, 11, key, "heating")
    celsius = temperature(local.day)
    noise = chance.octets(len(local.wall) // 4, key, "gas", local.day)
    return [
        int((water * HOT_WATER[wall] + per_degree * max(0.0, 17 - celsius[sun])) * (0.7 + flame / 425))
        for wall, sun, flame in zip(local.wall[::4], local.sun[::4], noise, strict=True)
    ]


def water_drawn(key: str, local: LocalDay) -> list[int]:
    """Thousandths of a gallon in each hour: taps all year, and a garden that is watered early on dry, warm days."""
    taps = chance.between(4_000, 9_000, key, "taps")
    garden = chance.between(60_000, 250_000, key, "garden")
    celsius = temperature(local.day)
    thirst = max(0.0, celsius[56] - 16) / 16 if local.day.toordinal() % 2 else 0.0
    noise = chance.octets(len(local.wall) // 4, key, "water", local.day)
    return [
        int(taps * TAPS[wall] * (0.4 + drop / 213) + (garden * thirst if wall // 4 == SPRINKLING_HOUR else 0))
        for wall, drop in zip(local.wall[::4], noise, strict=True)
    ]


def lagging(key: str, local: LocalDay, active: Sequence[int]) -> list[int]:
    """varh that motors without capacitors take with so many Wh in each quarter hour: a power factor of 0.8 to 0.9."""
    share = chance.between(0.5, 0.7, key, "motors")
    noise = chance.octets(len(active), key, "reactive", local.day)
    return [int(wh * share * (0.95 + wobble / 2550)) for wh, wobble in zip(active, noise, strict=True)]
