"""What a customer sees before sharing is the customer's own."""

from datetime import date, timedelta

import pytest

import cast
from wattkeeper.authorizations import preview
from wattkeeper.common import days
from wattkeeper.customers.models import Occupancy, Service
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 1)


def newest(service: Service) -> preview.DayOfUse | None:
    """To the customer who lived there up to LAST."""
    person = cast.owner(service)
    Occupancy.objects.filter(service=service).update(end=LAST + timedelta(days=1))
    return preview.newest_use(preview.holdings(person, [service]))


def test_the_newest_day_is_the_last_of_the_stay() -> None:
    service = cast.customer()
    cast.fill(service, LAST - timedelta(days=1), LAST + timedelta(days=3))
    use = newest(service)
    assert use is not None
    assert (use.day, use.readings.count) == (LAST, 96)


def test_a_reading_that_reaches_beyond_the_stay_is_not_shown() -> None:
    service = cast.customer()
    noon = days.day_start(LAST, cast.epe().zone) + 12 * 3600
    channel = channel_for(service.pk, ReadingType(flow_direction=1, uom=72, interval_length=3600))
    put_days(channel, {LAST: Readings([noon, noon + 7200], 0, [5, 7], [3600, 12 * 3600])})
    use = newest(service)
    assert use is not None
    assert list(use.readings) == [(noon, 3600, 5)]
