"""Every event gets its place once it is committed, behind all that have one, and keeps it until it is forgotten."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import QuerySet

from wattkeeper.api.event_routes import list_events
from wattkeeper.common import clock, retention
from wattkeeper.events import log, order, tasks
from wattkeeper.events.models import Event

pytestmark = pytest.mark.django_db


def tell(count: int = 1) -> None:
    log.record(*(log.event("meter_created", utility_code="EPE", company_id=1) for _ in range(count)))


def in_order() -> QuerySet[Event]:
    return Event.objects.filter(position__isnull=False).order_by("position")


def test_places_follow_each_other() -> None:
    tell(3)
    assert (order.place(), order.place()) == (3, 0)
    tell()
    assert order.place() == 1
    assert list(in_order().values_list("position", "id")) == list(
        enumerate(Event.objects.order_by("id").values_list("id", flat=True), start=1)
    )


def test_what_is_committed_late_stands_at_the_end() -> None:
    """Its id was drawn before those of the others, which somebody has read by now."""
    late, *others = (log.event("meter_created", utility_code="EPE", company_id=1) for _ in range(3))
    late.pk, others[0].pk, others[1].pk = 101, 102, 103
    log.record(*others)
    order.place()
    log.record(late)
    order.place()
    assert list(in_order().values_list("id", flat=True)) == [102, 103, 101]


@pytest.mark.django_db(transaction=True)
def test_many_workers_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many at once, each with a connection of its own, small batches: every event has one place, without a gap."""
    monkeypatch.setattr(order, "BATCH", 5)
    tell(100)
    gate = threading.Barrier(6)

    def go() -> int:
        try:
            gate.wait()
            return order.place()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(future.result() for future in [pool.submit(go) for _ in range(6)]) == 100
    assert list(in_order().values_list("position", flat=True)) == list(range(1, 101))


def test_old_events_are_forgotten_and_their_places_not_given_again(
    set_clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    present = clock.now()
    set_clock(present)
    tell(5)
    order.place()
    set_clock(present + timedelta(days=30))
    tell(2)
    tasks.forget.func()
    assert Event.objects.count() == 7, "they are kept for a month at least"
    set_clock(present + retention.EVENTS)
    tasks.forget.func()
    assert Event.objects.count() == 7
    set_clock(present + retention.EVENTS + timedelta(seconds=1))
    tasks.forget.func()
    assert Event.objects.count() == 2
    set_clock(present + timedelta(days=90))
    tasks.forget.func()
    assert Event.objects.count() == 0
    tell()
    order.place()
    assert in_order().get().position == 6


def test_a_type_that_nobody_knows_is_not_recorded() -> None:
    with pytest.raises(AssertionError, match="meter_painted"):
        log.event("meter_painted", utility_code="EPE", company_id=1)


def test_the_page_of_the_docs_names_every_type_and_how_long_events_are_kept() -> None:
    page = (Path(__file__).parents[2] / "docs/use-the-api/events.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == log.TYPES
    assert set(re.findall(r"(\d+) days", page)) == {str(retention.EVENTS.days)}
    assert f"{retention.EVENTS.days} days" in (list_events.__doc__ or "")
