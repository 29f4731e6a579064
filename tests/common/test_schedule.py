from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from wattkeeper.common import schedule
from wattkeeper.common.models import ScheduledTask

TASK = "wattkeeper.sandbox.tasks.grow"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_task(settings: Settings, set_clock: Callable[[datetime], None]) -> None:
    settings.SCHEDULED_TASKS = {TASK: 900}
    set_clock(NOON)


def test_a_task_is_enqueued_once_a_period(set_clock: Callable[[datetime], None]) -> None:
    assert schedule.enqueue_due() == [TASK]
    assert schedule.enqueue_due() == []
    set_clock(NOON + timedelta(seconds=900))
    assert schedule.enqueue_due() == [TASK]
    assert DBTaskResult.objects.count() == 2


def test_another_worker_that_moved_it_on_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    ScheduledTask.objects.create(name=TASK, due=NOON)
    stale = ScheduledTask.objects.get()
    ScheduledTask.objects.update(due=NOON + timedelta(seconds=900))
    monkeypatch.setattr(ScheduledTask.objects, "get_or_create", lambda **_: (stale, False))
    assert schedule.enqueue_due() == []


def test_a_missing_worker_shows(set_clock: Callable[[datetime], None]) -> None:
    assert not schedule.is_running()
    schedule.enqueue_due()
    assert schedule.is_running()
    set_clock(NOON + timedelta(hours=1))
    assert not schedule.is_running()
