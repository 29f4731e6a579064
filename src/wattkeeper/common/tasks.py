"""What the worker does now and then for everybody."""

import logging

from django.core.management import call_command
from django_tasks import task

from wattkeeper.common import chain

log = logging.getLogger(__name__)


@task()
def log_audit_head() -> None:
    """Writes where the audit chain ends to the log: an anchor wherever the log goes."""
    log.info("the audit chain ends at %s", chain.head())


@task()
def forget_finished() -> None:
    """Deletes sessions that have ended, and the rows of tasks done over a day ago; of failed ones after two weeks."""
    call_command("clearsessions")
    call_command(
        "prune_db_task_results", "--queue-name", "*", "--min-age-days", "1", "--failed-min-age-days", "14", verbosity=0
    )
