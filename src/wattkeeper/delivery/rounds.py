"""What the worker looks after every minute."""

from django_tasks import task

from wattkeeper.delivery import outbox, receipt_mails, reminders


@task()
def tell() -> None:
    """Queues the reminders and receipts that are due, tries the mails that wait, forgets those long sent."""
    reminders.queue_due()
    receipt_mails.queue_due()
    outbox.send_due()
    outbox.forget_sent()
