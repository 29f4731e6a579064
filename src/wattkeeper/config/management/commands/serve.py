"""`wattkeeper serve`: the platform on granian."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

HEADER_SECONDS = 10
# Queries may hold a state, a login hint, a token: what is not there to be read is not there to leak.
ACCESS_LINE = '%(addr)s [%(time)s] "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms'


def refuse_limits_too_small_for(processes: int) -> None:
    """Without a shared cache each process has its part of every limit, and a part is at least one."""
    if settings.SHARED_CACHE:
        return
    for name, item in settings.LIMITS.items():
        if item.amount < processes:
            raise CommandError(
                f"WATTKEEPER_LIMIT_{name.upper()} is {item.amount}, too small to share out among {processes} processes."
                " Raise it, start fewer, or name a Redis in WATTKEEPER_SHARED_CACHE."
            )


class Command(BaseCommand):
    help = "Serve the platform over HTTP (WSGI on granian). Put TLS in front, or give granian its certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="processes")
        parser.add_argument("--threads", type=int, default=32, help="requests at once in each process")
        parser.add_argument("--grace", type=int, default=30, help="seconds that requests under way get at a stop")
        parser.add_argument("--access-log", action="store_true", help="a line for each request, without its query")

    def handle(self, *args: Any, **options: Any) -> None:
        processes = max(settings.SERVER_PROCESSES, options["workers"])
        refuse_limits_too_small_for(processes)
        os.environ["WATTKEEPER_SERVER_PROCESSES"] = str(processes)
        call_command("collectstatic", interactive=False, verbosity=0)
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"]
        command += ["--host", options["host"], "--port", str(options["port"])]
        command += ["--workers", str(options["workers"]), "--blocking-threads", str(options["threads"])]
        command += ["--http1-header-read-timeout", str(HEADER_SECONDS * 1000), "--log-level", "error"]
        # A process that is told to stop while it starts does not hear it, and would be waited for without an end.
        command += ["--workers-kill-timeout", str(options["grace"])]
        if options["access_log"]:
            command += ["--access-log", "--access-log-fmt", ACCESS_LINE]
        command += ["--respawn-failed-workers", "wattkeeper.config.wsgi:application"]
        self.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell
