"""What a synthetic service reads: the right number of intervals, believable shapes, the same for ever."""

import hashlib
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.common.days import day_end, day_start, days
from wattkeeper.readings.packing import Readings
from wattkeeper.sandbox.loads import (
    APPARENT_DEMAND,
    BUSINESS_ENERGY,
    DEMAND,
    ENERGY,
    EXPORT,
    FROM_REFERENCE_DAY,
    GAS,
    INTERPOLATED,
    NET_ENERGY,
    PIPES,
    POWER_FACTOR,
    REACTIVE,
    REACTIVE_DEMAND,
    TOTAL,
    Kind,
    Load,
)

DENVER = ZoneInfo("America/Denver")
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
YEAR = [*days(date(2025, 1, 1), date(2026, 1, 1))]
ANY_DAY = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def load(kind: Kind, key: str = "7/0001") -> Load:
    return Load(key, kind, DENVER)


def energy(day: date, kind: Kind = Kind.RESIDENTIAL, key: str = "7/0001") -> Readings:
    return load(kind, key).day(day)[ENERGY]


def some(readings: Readings, first: int, end: int) -> int:
    return sum(value for value in readings.values[first:end] if value is not None)


def total(kind: Kind, first: date, end: date) -> int:
    plan = load(kind)
    return sum(plan.day(day)[plan.streams[0]].total for day in days(first, end))


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (date(2026, 3, 9), 24), (AUTUMN, 25)])
@pytest.mark.parametrize("kind", Kind)
def test_a_day_has_as_many_intervals_as_the_clock_has(kind: Kind, day: date, hours: int) -> None:
    for stream, readings in load(kind).day(day).items():
        assert len(readings.values) == (hours * 3600 // stream.interval_length if stream.interval_length else 1)


@given(key=st.text(max_size=20), kind=st.sampled_from(Kind).filter(lambda kind: kind != Kind.REGISTERS), day=ANY_DAY)
def test_readings_fill_the_local_day(key: str, kind: Kind, day: date) -> None:
    plan = load(kind, key)
    streams = plan.day(day)
    assert tuple(streams) == plan.streams
    for stream, readings in streams.items():
        assert readings.starts[0] == day_start(day, DENVER)
        assert readings.end(len(readings.values) - 1) == day_end(day, DENVER)
        assert {later - earlier for earlier, later in pairwise(readings.starts)} == {stream.interval_length}
        assert stream == NET_ENERGY or all(value is None or value >= 0 for value in readings.values)


FIRST_KINDS = list(Kind)[:8]


@pytest.mark.parametrize(
    ("kinds", "digest"),
    [
        (FIRST_KINDS, "9c0c6f6630aae2465e9d089e0015aa08afabd4376f6d5124d59c1ea196dcbede"),
        (
            [kind for kind in Kind if kind not in FIRST_KINDS],
            "25c5872e0753030de111b29afdf0f8484c08fe786411537c8e79302c286bd1eb",
        ),
    ],
    ids=["first", "later"],
)
def test_what_a_service_read_never_changes(kinds: list[Kind], digest: str) -> None:
    """Pinned: what is stored must equal what is generated again, in any process, machine or release."""
    found = hashlib.sha256()
    for kind in kinds:
        for day in (*YEAR[::3], SPRING, AUTUMN):
            for readings in load(kind).day(day).values():
                found.update(repr((list(readings.starts), readings.values, readings.marks)).encode())
    assert found.hexdigest() == digest


def test_two_homes_differ() -> None:
    assert energy(SPRING, key="7/0001").values != energy(SPRING, key="7/0002").values


def test_a_home_uses_most_in_summer_and_in_the_evening() -> None:
    july = total(Kind.RESIDENTIAL, date(2025, 7, 1), date(2025, 8, 1))
    march = total(Kind.RESIDENTIAL, date(2025, 3, 1), date(2025, 4, 1))
    assert 800_000 < july < 2_500_000
    assert 300_000 < march < 0.7 * july
    evenings = sum(some(energy(day), 72, 84) for day in YEAR)
    assert evenings > 2 * sum(some(energy(day), 8, 20) for day in YEAR)


def test_a_home_is_busier_by_day_at_weekends() -> None:
    winter = [day for day in YEAR if day.month in {1, 2, 12}]
    weekend = [some(energy(day), 36, 60) for day in winter if day.weekday() >= 5]
    workday = [some(energy(day), 36, 60) for day in winter if day.weekday() < 5]
    assert sum(weekend) / len(weekend) > 1.3 * sum(workday) / len(workday)


def test_a_household_goes_on_holiday() -> None:
    winter = [energy(day).total for day in YEAR if day.month in {1, 2, 3, 11, 12}]
    quiet = [used for used in winter if used < 0.5 * sum(winter) / len(winter)]
    assert 3 <= len(quiet) <= 30


def test_a_business_keeps_business_hours() -> None:
    plan = load(Kind.COMMERCIAL)
    sunday, monday, christmas_eve, christmas = (
        some(plan.day(day)[BUSINESS_ENERGY], 36, 64)
        for day in (date(2025, 1, 12), date(2025, 1, 13), date(2025, 12, 24), date(2025, 12, 25))
    )
    assert monday > 3 * sunday
    assert christmas_eve > 3 * christmas


@given(key=st.text(max_size=20), day=ANY_DAY)
def test_demand_reactive_energy_and_power_factor_agree_with_the_energy(key: str, day: date) -> None:
    streams = load(Kind.COMMERCIAL, key).day(day)
    rows = zip(*(streams[s].values for s in (BUSINESS_ENERGY, DEMAND, REACTIVE, POWER_FACTOR)), strict=True)
    for wh, watts, varh, factor in rows:
        assert wh is not None
        assert varh is not None
        assert watts == 4 * wh
        assert factor == pytest.approx(1000 * wh / abs(complex(wh, varh)), abs=0.5001)


def test_a_power_factor_is_lower_at_night() -> None:
    factors = [factor or 0 for factor in load(Kind.COMMERCIAL).day(date(2025, 7, 15))[POWER_FACTOR].values]
    assert 700 < min(factors[:20]) < 960 < min(factors[44:60]) <= 1000


def test_a_roof_feeds_in_by_day_what_the_home_does_not_use() -> None:
    fed_in = 0
    for day in YEAR:
        streams = load(Kind.SOLAR).day(day)
        forward, back = streams[ENERGY].values, streams[EXPORT].values
        assert not any(taken and fed for taken, fed in zip(forward, back, strict=True))
        assert not any(back[:16] + back[84:])
        fed_in += streams[EXPORT].total
    assert 1_500_000 < fed_in < 15_000_000


def test_a_car_charges_after_midnight_on_some_nights() -> None:
    charged = [some(energy(day, Kind.EV), 0, 24) - some(energy(day), 0, 24) for day in YEAR]
    nights = [wh for wh in charged if wh]
    assert 150 < len(nights) < 280
    assert all(wh % 1800 == 0 and wh > 0 for wh in nights)


def test_gas_heats_in_winter() -> None:
    january = total(Kind.GAS, date(2025, 1, 1), date(2025, 2, 1))
    july = total(Kind.GAS, date(2025, 7, 1), date(2025, 8, 1))
    assert 30_000 < january < 150_000
    assert 2_000 < july < january / 4
    assert load(Kind.GAS).day(SPRING)[GAS].step == 3600


def test_an_empty_place_uses_next_to_nothing() -> None:
    empty = [day for day in YEAR if energy(day, Kind.VACANCY).values != energy(day).values]
    assert 30 <= len(empty) <= 70
    assert max(energy(day, Kind.VACANCY).total for day in empty) < 7_000


def test_gaps_are_stretches_and_whole_days() -> None:
    missing = [energy(day, Kind.GAPS).values.count(None) for day in YEAR]
    assert 10 < sum(0 < count < 92 for count in missing) < 60
    assert any(count >= 92 for count in missing)


def estimated(mark: int) -> dict[date, list[int]]:
    """The days of the year that carry a mark, and the intervals that do."""
    marked = {}
    for day in YEAR:
        qualities = energy(day, Kind.ESTIMATED).marks.get("quality", [])
        if at := [number for number, quality in enumerate(qualities) if quality == mark]:
            marked[day] = at
    return marked


def test_short_estimates_lie_on_a_straight_line() -> None:
    found = estimated(INTERPOLATED)
    assert len(found) > 20
    for day, at in found.items():
        line = [value or 0 for value in energy(day, Kind.ESTIMATED).values[at[0] - 1 : at[-1] + 2]]
        steps = [later - earlier for earlier, later in pairwise(line)]
        assert max(steps) - min(steps) <= 1


def test_long_estimates_repeat_the_week_before() -> None:
    found = estimated(FROM_REFERENCE_DAY)
    assert len(found) > 8
    for day, at in found.items():
        if day in YEAR[7:] and len(energy(day).values) == 96:
            week_before = energy(YEAR[YEAR.index(day) - 7]).values
            readings = energy(day, Kind.ESTIMATED).values
            assert [readings[number] for number in at] == [week_before[number] for number in at]


def test_a_register_rises_by_what_the_intervals_say() -> None:
    """Over the end of a month and both changes of the clock."""
    plan = load(Kind.REGISTERS)
    for day in (SPRING, AUTUMN, date(2025, 12, 31)):
        today, tomorrow = plan.day(day), plan.day(day + timedelta(days=1))
        assert (list(today[TOTAL].starts), today[TOTAL].durations) == ([day_start(day, DENVER)], [0])
        assert tomorrow[TOTAL].total - today[TOTAL].total == today[ENERGY].total > 0
    assert plan.day(date(2020, 1, 1))[TOTAL].total == plan.day(date(2019, 6, 1))[TOTAL].total == 0


def test_a_net_meter_says_what_two_directions_come_to() -> None:
    both, net = load(Kind.SOLAR).day(SPRING), load(Kind.NET).day(SPRING)[NET_ENERGY]
    assert net.total == both[ENERGY].total - both[EXPORT].total
    assert min(value or 0 for value in net.values) < 0 < max(value or 0 for value in net.values)


def test_apparent_demand_is_the_hypotenuse() -> None:
    plant = load(Kind.DEMAND).day(SPRING)
    for watts, vars_, volt_amperes in zip(
        *(plant[stream].values for stream in (DEMAND, REACTIVE_DEMAND, APPARENT_DEMAND)), strict=True
    ):
        assert watts is not None
        assert vars_ is not None
        assert volt_amperes
        assert abs(volt_amperes**2 - watts**2 - vars_**2) < 9 * volt_amperes
        assert 0.75 < watts / volt_amperes < 0.95


@pytest.mark.parametrize(
    ("kind", "of", "step"),
    [
        (Kind.GAS_CCF, Kind.GAS, 1.037),
        (Kind.GAS_M3, Kind.GAS, 0.366213),
        (Kind.WATER_CCF, Kind.WATER, 748.052),
        (Kind.WATER_M3, Kind.WATER, 264.172),
    ],
)
def test_the_same_gas_and_water_in_other_units(kind: Kind, of: Kind, step: float) -> None:
    """As many therms to a hundred cubic feet, or gallons to a cubic metre, as there are."""
    there, here = (PIPES[each].stream for each in (of, kind))
    for first, second in zip(load(of).day(SPRING)[there].values, load(kind).day(SPRING)[here].values, strict=True):
        assert second == int((first or 0) / step)
    assert total(kind, date(2025, 1, 1), date(2025, 2, 1)) > 0


def test_a_garden_is_watered_in_summer() -> None:
    july = total(Kind.WATER, date(2025, 7, 1), date(2025, 8, 1))
    assert july > 1.5 * total(Kind.WATER, date(2025, 1, 1), date(2025, 2, 1)) > 1_000_000
