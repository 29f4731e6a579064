import zlib
from datetime import date

import pytest

import cast
from wattkeeper.common import days
from wattkeeper.customers.models import Service
from wattkeeper.readings.models import DayBlock, SupersededDay
from wattkeeper.readings.packing import Readings, unpack
from wattkeeper.readings.store import Counts, Reading, channel_for, put_days, put_readings

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)


def kept(service: Service) -> dict[date, Readings]:
    return {block.day: unpack(block.packed) for block in DayBlock.objects.filter(service=service)}


def test_the_same_days_again_change_nothing(service: Service) -> None:
    cast.fill(service, DAY, date(2026, 11, 4))
    channel = cast.fill(service, DAY, date(2026, 11, 4))
    assert put_days(channel, kept(service)) == Counts(same=3)
    assert set(DayBlock.objects.values_list("revision", flat=True)) == {1}
    assert not SupersededDay.objects.exists()


def test_the_same_day_packed_by_another_zlib_is_no_change(service: Service) -> None:
    channel = cast.fill(service, DAY, date(2026, 11, 2))
    block = DayBlock.objects.get()
    block.packed = zlib.compress(zlib.decompress(block.packed, -15), 1, -15)
    block.save()
    assert put_days(channel, kept(service)) == Counts(same=1)
    assert not SupersededDay.objects.exists()


def test_a_changed_value_is_a_new_revision_and_the_old_day_is_kept(service: Service) -> None:
    channel = cast.fill(service, DAY, date(2026, 11, 2))
    before = kept(service)[DAY]
    after = Readings(before.starts, before.step, [*before.values[:-1], 7])
    assert put_days(channel, {DAY: after}) == Counts(changed=1)
    assert DayBlock.objects.get().revision == 2
    old = SupersededDay.objects.get()
    assert (old.revision, unpack(old.packed).values) == (1, before.values)


def test_single_readings_go_over_what_their_day_already_says(service: Service) -> None:
    zone = service.world.utility.zone
    channel = cast.fill(service, DAY, date(2026, 11, 2))
    start = days.day_start(DAY, zone)
    assert put_readings(channel, zone, [Reading(start + 900, 900, 5000)]) == Counts(changed=1)
    assert kept(service)[DAY].values[:3] == [1, 5000, 3]
    assert len(kept(service)[DAY].values) == 100


def test_readings_of_a_month_each_are_kept_as_they_are(service: Service) -> None:
    zone = service.world.utility.zone
    channel = channel_for(service.pk, cast.QUARTER_HOURS)
    month = Reading(days.day_start(DAY, zone), 30 * 86_400, 812, {"quality": 8})
    put_readings(channel, zone, [month])
    day = kept(service)[DAY]
    assert list(day) == [(month.start, month.duration, 812)]
    assert day.marks == {"quality": [8]}


def test_one_channel_per_reading_type(service: Service) -> None:
    assert channel_for(service.pk, cast.QUARTER_HOURS) == channel_for(service.pk, cast.QUARTER_HOURS)
