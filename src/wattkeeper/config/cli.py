"""The `wattkeeper` command: demo, receipt, serve, work, migrate, import, sandbox, doctor, and the rest of Django's."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from wattkeeper.config import demo, receipt


def main() -> None:
    if sys.argv[1:2] == ["demo"]:
        sys.exit(demo.main(sys.argv[2:]))
    if sys.argv[1:2] == ["receipt"]:
        sys.exit(receipt.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
    try:
        execute_from_command_line(["wattkeeper", *sys.argv[1:]])
    except ImproperlyConfigured as error:
        sys.exit(f"wattkeeper: a setting is wrong: {error}")
