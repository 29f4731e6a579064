"""The worker's own tidying."""

from datetime import timedelta

import pytest
from django.db.models import F
from django_tasks_db.models import DBTaskResult

from wattkeeper.common.tasks import forget_finished

pytestmark = pytest.mark.django_db


def test_rows_of_tasks_done_long_ago_are_deleted() -> None:
    for _ in range(3):
        forget_finished.enqueue()
    rows = DBTaskResult.objects.order_by("pk")
    done, fresh, waiting = rows
    rows.exclude(pk=waiting.pk).update(status="SUCCESSFUL", finished_at=F("enqueued_at"))
    rows.filter(pk=done.pk).update(finished_at=F("enqueued_at") - timedelta(days=2))
    forget_finished.func()
    assert set(rows.all()) == {fresh, waiting}
