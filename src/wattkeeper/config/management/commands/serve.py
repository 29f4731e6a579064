"""`wattkeeper serve`: the platform on granian."""

import os
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Serve the platform over HTTP (WSGI on granian). Put TLS in front, or give granian its certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="processes")
        parser.add_argument("--threads", type=int, default=32, help="requests at once in each process")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"]
        command += ["--host", options["host"], "--port", str(options["port"])]
        command += ["--workers", str(options["workers"]), "--blocking-threads", str(options["threads"])]
        command += ["--log-level", "error", "--respawn-failed-workers", "wattkeeper.config.wsgi:application"]
        self.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell
