"""What the log need not remember any longer: the worker runs this on a schedule."""

from django_tasks import task

from wattkeeper.common import clock, retention
from wattkeeper.events.models import Event

AT_ONCE = 5000


@task()
def forget() -> None:
    """Removes old events, delivered or not, some at a time: whoever waits to write gets a turn.

    The log grows at its end, so it looks at its beginning alone.
    """
    limit = clock.now() - retention.EVENTS
    while True:
        first = Event.objects.order_by("id").values_list("pk", "at")[:AT_ONCE]
        old = [pk for pk, at in first if at < limit]
        Event.objects.filter(pk__in=old).delete()
        if len(old) < AT_ONCE:
            return
