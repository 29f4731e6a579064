"""What new data tells the log: every grant that can read it, and nobody else."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import cast
from ingest.feeds import MIDNIGHT, feed, imported, reading, summary
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.models import Service
from wattkeeper.events.models import Event
from wattkeeper.readings.models import DayBlock
from wattkeeper.sandbox import tasks
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind

pytestmark = pytest.mark.django_db

BILL = f"<billingPeriod><duration>2592000</duration><start>{MIDNIGHT}</start></billingPeriod>"
BILL += "<billLastPeriod>5</billLastPeriod>"
FILE = feed(reading(5), more=summary(BILL))
PRESENT = datetime(2024, 7, 10, 19, tzinfo=UTC)


@pytest.fixture(autouse=True)
def present(set_clock: Callable[[datetime], None]) -> None:
    set_clock(PRESENT)


def news(service: Service) -> list[str]:
    uids = {meter.uid for meter in service.meters.all()}
    return sorted(event.type for event in Event.objects.all() if event.meter_uid in uids)


def test_new_readings_and_bills_are_told_once(tmp_path: Path) -> None:
    service, party = cast.customer(), cast.third_party()
    grant = cast.authorize(party, service)
    imported(FILE, tmp_path, service)
    assert news(service) == ["meter_bills_added", "meter_intervals_added"]
    ids = Event.objects.values_list("utility_code", "registration_uid", "authorization_uid", "meter_uid")
    assert set(ids) == {("EPE", party.registration.uid, grant.uid, grant.meters.get().uid)}
    imported(FILE, tmp_path, service)
    assert len(news(service)) == 2


def test_the_audit_trail_is_told_of_each_import_and_not_what_was_in_it(tmp_path: Path) -> None:
    service = cast.customer()
    imported(FILE, tmp_path, service)
    imported(FILE, tmp_path, service)
    first, again = AuditEntry.objects.filter(action="data_imported").order_by("id")
    assert (first.actor_kind, first.actor, first.utility_code) == ("operator", "", "EPE")
    counts = {"days": 1, "days_changed": 0, "bills": 1, "bills_changed": 0}
    assert json.loads(first.data) == {"service": str(service.uid)} | counts
    assert json.loads(again.data) == {"service": str(service.uid)} | dict.fromkeys(counts, 0)


def test_only_what_a_grant_shares_is_told(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service, shares_intervals=False)
    imported(FILE, tmp_path, service)
    assert news(service) == ["meter_bills_added"]


@pytest.mark.parametrize("ended", ["revoked", "expires", "declined"])
def test_a_grant_that_has_ended_is_told_nothing(ended: str, tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service, **{ended: PRESENT - timedelta(days=1)})
    imported(FILE, tmp_path, service)
    assert news(service) == []


def test_a_grant_is_told_nothing_of_what_lies_outside_its_window(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service, history_start=datetime.fromtimestamp(MIDNIGHT + 900, UTC))
    imported(FILE, tmp_path, service)
    assert news(service) == []
    imported(feed(reading(5), reading(6, MIDNIGHT + 900)), tmp_path, service)
    assert news(service) == ["meter_intervals_added"]


def test_a_customer_who_has_moved_out_is_told_nothing(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service)
    service.occupancies.update(end=date(2024, 5, 1))
    imported(FILE, tmp_path, service)
    assert news(service) == []


def test_a_synthetic_home_tells_what_it_grows_by(set_clock: Callable[[datetime], None]) -> None:
    customer, _ = ensure_home(cast.sandbox(), "house", Kind.GAS, months=1)
    services = [stay.service for stay in customer.accounts.get().occupancies.all()]
    cast.authorize(cast.third_party(), *services)
    set_clock(PRESENT + timedelta(days=1))
    tasks.grow.func()
    assert [news(service) for service in services] == [["meter_intervals_added"]] * 2
    set_clock(PRESENT + timedelta(days=32))
    tasks.grow.func()
    assert [news(service) for service in services] == [["meter_bills_added", *["meter_intervals_added"] * 2]] * 2
    tasks.grow.func()
    assert len(news(services[0])) == 3


def test_what_is_new_is_dated_by_the_clock_of_its_world(tmp_path: Path) -> None:
    service = cast.customer()
    service.world.clock_offset_seconds = 86_400
    service.world.save()
    imported(FILE, tmp_path, service)
    there = PRESENT + timedelta(days=1)
    bill = service.bills.get()
    assert (bill.created, bill.updated, service.channels.get().created) == (there, there, there)
    assert DayBlock.objects.get().updated == clock.epoch(there)


def test_a_refused_file_is_no_news(tmp_path: Path) -> None:
    service = cast.customer()
    cast.authorize(cast.third_party(), service)
    imported(feed(reading(5), reading("x")), tmp_path, service)
    assert news(service) == []
