"""The order of the log: an event gets its place after it was committed, and keeps it.

Ids are drawn before a commit, so of two events the one with the lower id can appear later. Whoever read on by ids would
never see it. Places are given by the worker to what is committed, by one at a time: what appears, appears at the end.
"""

from django.db import connection, transaction

from wattkeeper.events.models import Event, LogEnd

ONLY = 1
BATCH = 1000
PUT = "UPDATE events_event SET position = %s WHERE id = %s"


def place() -> int:
    """Gives every event that waits its place, in the order of their ids; how many that were."""
    placed = 0
    while Event.objects.filter(position__isnull=True).exists():
        count = _place_batch()
        placed += count
        if count < BATCH:
            break
    return placed


@transaction.atomic
def _place_batch() -> int:
    """Whoever holds the end of the log (SQLite: the database) is the one that gives places."""
    end, _ = LogEnd.objects.select_for_update().get_or_create(pk=ONLY)
    waiting = list(Event.objects.filter(position__isnull=True).order_by("id").values_list("id", flat=True)[:BATCH])
    with connection.cursor() as cursor:
        cursor.executemany(PUT, list(enumerate(waiting, start=end.position + 1)))
    end.position += len(waiting)
    end.save()
    return len(waiting)
