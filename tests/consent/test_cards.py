"""The small chart and its table: every reading has its bar, gaps stay gaps, days of 23 and 25 hours are that long."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

import cast
from wattkeeper.authorizations.preview import AMOUNTS_OF_USE, Holding, holdings, newest_use
from wattkeeper.common import days
from wattkeeper.consent import cards
from wattkeeper.customers.models import Service
from wattkeeper.customers.units import USED
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days


def held(service: Service) -> list[Holding]:
    return holdings(cast.owner(service), [service])


def shown(service: Service) -> cards.UseCard:
    use = newest_use(held(service))
    assert use is not None
    return cards.use_card(use)


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2025, 11, 2), 25)])
def test_a_day_has_the_hours_and_bars_it_had(day: date, hours: int) -> None:
    cast.fill(service := cast.customer(), day, day + timedelta(days=1))
    card = shown(service)
    assert (len(card.hours), card.path.count("z"), card.is_partial) == (hours, 4 * hours, False)
    assert card.total == f"{4 * hours * (4 * hours + 1) / 2000:.1f} kWh"


@pytest.mark.django_db
def test_gaps_are_left_empty_and_said() -> None:
    service = cast.customer()
    start = days.day_start(date(2026, 3, 9), cast.epe().zone)
    readings = Readings(range(start, start + 7200, 900), 900, [None, None, None, None, 1000, None, 0, 500])
    put_days(channel_for(service.pk, cast.QUARTER_HOURS), {date(2026, 3, 9): readings})
    card = shown(service)
    assert card.is_partial
    assert card.path.count("z") == 2
    assert [words for _, words in card.hours] == ["no reading", "1.50 kWh"]


@pytest.mark.django_db
def test_demand_and_returned_energy_are_not_taken_for_use() -> None:
    service = cast.customer()
    cast.fill(service, date(2026, 3, 9), date(2026, 3, 10), ReadingType(flow_direction=1, uom=38, interval_length=900))
    cast.fill(service, date(2026, 3, 9), date(2026, 3, 10), ReadingType(flow_direction=19, uom=72, interval_length=900))
    assert newest_use(held(service)) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("uom", "multiplier", "said"),
    [(72, 0, "0.3 kWh"), (169, -2, "3.0 therm"), (132, 5, "300.0 therm"), (119, 0, "300.0 ft³"), (42, -1, "30.0 m³"),
     (128, 0, "300.0 gal"), (134, 0, "300.0 L")],
)  # fmt: skip
def test_each_commodity_in_its_unit(uom: int, multiplier: int, said: str) -> None:
    service, kind = cast.customer(), ReadingType(flow_direction=1, uom=uom, multiplier=multiplier, interval_length=3600)
    cast.fill(service, date(2026, 3, 9), date(2026, 3, 10), kind)
    assert shown(service).total == said


@pytest.mark.django_db
def test_a_net_meter_is_drawn_above_nothing_and_a_register_not_at_all() -> None:
    service, day = cast.customer(), date(2026, 3, 9)
    cast.fill(service, day, day + timedelta(days=1), replace(cast.QUARTER_HOURS, accumulation=1))
    assert newest_use(held(service)) is None
    start = days.day_start(day, cast.epe().zone)
    net = Readings(range(start, start + 3600, 900), 900, [500, -200, -400, 300])
    put_days(channel_for(service.pk, replace(cast.QUARTER_HOURS, flow_direction=4)), {day: net})
    card = shown(service)
    assert (card.total, card.path.count("z"), card.is_partial) == ("0.2 kWh", 2, False)


def test_every_unit_that_is_looked_for_has_a_name() -> None:
    assert set(AMOUNTS_OF_USE) == set(USED)


def test_bars_stand_on_the_ground_and_reach_no_higher_than_the_box() -> None:
    assert cards.bars([0, 5, None, 10], 10) == "M240.0 200v-100.0h192.0v100.0zM720.0 200v-200.0h192.0v200.0z"
    assert cards.bars([], 0) == ""
    assert cards.bars([0, 0], 0) == ""


@pytest.mark.parametrize(("seconds", "words"), [(60, "every minute"), (900, "every 15 minutes"), (3600, "every hour")])
def test_how_often_is_said_in_words(seconds: int, words: str) -> None:
    assert cards.every(seconds) == words
