"""Tasks that run again and again: settings.SCHEDULED_TASKS names each with its period in seconds.

When each is due is a row, moved on by a conditional UPDATE, so that of several workers one alone enqueues it.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from wattkeeper.common import clock
from wattkeeper.common.models import ScheduledTask

LATE = timedelta(minutes=2)


def enqueue_due() -> list[str]:
    """Enqueues what is due and says when it is due next; the names enqueued."""
    present = clock.now()
    enqueued = []
    for name, period in settings.SCHEDULED_TASKS.items():
        row, _ = ScheduledTask.objects.get_or_create(name=name)
        if row.due > present:
            continue
        with transaction.atomic():
            mine = ScheduledTask.objects.filter(pk=row.pk, due=row.due)
            if mine.update(due=present + timedelta(seconds=period)):
                import_string(name).enqueue()
                enqueued.append(name)
    return enqueued


def is_running() -> bool:
    """Whether a worker keeps up: every scheduled task has a row, and none is long overdue."""
    on_time = ScheduledTask.objects.filter(due__gt=clock.now() - LATE).values_list("name", flat=True)
    return set(settings.SCHEDULED_TASKS) <= set(on_time)
