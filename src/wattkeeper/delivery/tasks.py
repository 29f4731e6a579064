"""The first try of a mail, enqueued with it."""

from uuid import UUID

from django_tasks import task

from wattkeeper.delivery import outbox
from wattkeeper.delivery.models import Mail


@task()
def post(uid: str) -> None:
    for mail in Mail.objects.filter(uid=UUID(uid)):
        outbox.attempt(mail)
