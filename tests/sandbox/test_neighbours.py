"""The demo's live customers come in as real data does: by rows and files; the simulator itself stays out."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

import cast
from wattkeeper.customers.models import Bill, Customer, Service
from wattkeeper.ingest import greenbutton
from wattkeeper.ingest.batch import Terms
from wattkeeper.ingest.staging import Staging
from wattkeeper.readings.models import DayBlock
from wattkeeper.sandbox import feed, neighbours
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import ENERGY, Kind, Load

NOON = datetime.fromisoformat("2026-11-24T19:00:00Z")
DENVER = ZoneInfo("America/Denver")


@pytest.mark.django_db
def test_they_have_data_up_to_yesterday_and_grow_by_what_is_missing(
    set_clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "HISTORY_MONTHS", 2)
    set_clock(NOON)
    neighbours.seed_neighbours(cast.live())
    services = Service.objects.filter(world=cast.live())
    assert (services.count(), Customer.objects.count()) == (3, 4)
    for service in services:
        days = DayBlock.objects.filter(service_id=service.pk)
        assert (days.count(), days.latest("day").day) == (61, date(2026, 11, 23))
    bills = Bill.objects.filter(service__in=services).count()
    assert bills >= 3
    set_clock(NOON + timedelta(days=31))
    neighbours.seed_neighbours(cast.live())
    assert DayBlock.objects.count() == 3 * (61 + 31)
    assert Bill.objects.count() == bills + 3
    assert Bill.objects.filter(revision__gt=1).count() == 0


@pytest.mark.django_db
def test_the_simulator_does_not_write_into_a_live_world() -> None:
    with pytest.raises(ValueError, match="sandbox world"):
        ensure_home(cast.live(), "key", Kind.RESIDENTIAL)


@pytest.mark.parametrize("kind", [Kind.RESIDENTIAL, Kind.GAPS, Kind.SOLAR])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_the_file_says_what_the_simulator_does(kind: Kind, day: date) -> None:
    """Also where clocks change and where readings are missing."""
    load, end = Load("somebody", kind, DENVER), day + timedelta(days=20)
    text = "".join(feed.green_button(load, day, day, end)).encode()
    with Staging() as staging:
        batch = greenbutton.read(BytesIO(text), staging, Terms(2**40, 840, 0), lambda _: None).batch(None)
        for stream, type_ in batch.streams.items():
            staging.settle(stream, type_.interval_length, 2**40)
        found = {
            type_.flow_direction: [(reading.start, reading.value) for reading in staging.readings(stream)]
            for stream, type_ in batch.streams.items()
        }
        assert staging.count(refused=True) == 0
    days = [load.day(day + timedelta(days=number)) for number in range(20)]
    for made in load.streams:
        assert found[made.flow_direction] == [
            (start, value) for each in days for start, _, value in each[made] if value is not None
        ]
    assert ENERGY in load.streams
