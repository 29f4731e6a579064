"""`wattkeeper work`: runs what is enqueued and what is scheduled, gives events their places and seals the audit
trail, until told to stop."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from wattkeeper.common import chain, schedule
from wattkeeper.events import order


class Command(BaseCommand):
    help = "Run background work: enqueued tasks and scheduled ones. SIGTERM lets the task in hand finish."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between looks when idle")
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(12),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        while True:
            schedule.enqueue_due()
            order.place()
            chain.seal()
            worker.run()
            if options["once"] or not worker.running:
                return
            time.sleep(options["interval"])
