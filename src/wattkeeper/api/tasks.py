"""What the JSON API need not remember any longer: the worker runs this on a schedule."""

from django_tasks import task

from wattkeeper.api.models import IdempotentPost
from wattkeeper.common import clock, retention


@task()
def forget_posts() -> None:
    """Removes the answers kept for requests that were sent with a key."""
    IdempotentPost.objects.filter(created__lte=clock.now() - retention.IDEMPOTENT_POSTS).delete()
