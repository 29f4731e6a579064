"""What an import tells the log: every grant in force that shares what is new, and nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import cast
from ingest.feeds import MIDNIGHT, feed, imported, reading, summary
from wattkeeper.common import clock
from wattkeeper.customers.models import Service
from wattkeeper.events.models import Event
from wattkeeper.readings.models import DayBlock

pytestmark = pytest.mark.django_db

BILL = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"
BILL += "<billLastPeriod>5</billLastPeriod>"
FILE = feed(reading(5), more=summary(BILL))


def news(service: Service) -> list[str]:
    uids = {meter.uid for meter in service.meters.all()}
    return sorted(event.type for event in Event.objects.all() if event.meter_uid in uids)


def test_new_readings_and_bills_are_told_once(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service)
    imported(FILE, tmp_path, service)
    assert news(service) == ["meter_bills_added", "meter_intervals_added"]
    imported(FILE, tmp_path, service)
    assert len(news(service)) == 2


def test_only_what_a_grant_shares_is_told(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service, shares_intervals=False)
    imported(FILE, tmp_path, service)
    assert news(service) == ["meter_bills_added"]


@pytest.mark.parametrize("ended", ["revoked", "expires", "declined"])
def test_a_grant_that_has_ended_is_told_nothing(ended: str, tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service, **{ended: clock.now() - timedelta(days=1)})
    imported(FILE, tmp_path, service)
    assert news(service) == []


def test_what_is_new_is_dated_by_the_clock_of_its_world(tmp_path: Path, set_clock: Callable[[datetime], None]) -> None:
    service, present = cast.customer(), datetime(2026, 11, 24, 19, tzinfo=UTC)
    set_clock(present)
    service.world.clock_offset_seconds = 86_400
    service.world.save()
    imported(FILE, tmp_path, service)
    there = present + timedelta(days=1)
    bill = service.bills.get()
    assert (bill.created, bill.updated, service.channels.get().created) == (there, there, there)
    assert DayBlock.objects.get().updated == clock.epoch(there)


def test_a_refused_file_is_no_news(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service)
    imported(feed(reading(5), reading("x")), tmp_path, service)
    assert news(service) == []
