"""What a large CSV file costs: 25 meters, 13 months of quarter hours in two directions, read as fast as it comes.

    WATTKEEPER_VAR=$(mktemp -d) .venv/bin/python bench/files.py

Prints bytes, seconds and how much the memory of the process grew from the first chunk to the last.
"""

import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
METERS, FIRST, END = 25, date(2025, 10, 24), date(2026, 11, 24)
WARM = 20


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    import cast
    from wattkeeper.api import file_intervals
    from wattkeeper.authorizations import windows
    from wattkeeper.authorizations.models import Meter
    from wattkeeper.authorizations.sending import gathered
    from wattkeeper.customers.models import Occupancy, Service
    from wattkeeper.readings.store import ReadingType

    first = cast.customer()
    account = cast.owner(first).accounts.get()
    grant = cast.authorize(cast.third_party(), first)
    for number in range(METERS - 1):
        service = Service.objects.create(world=first.world, identifier=f"B{number}", meter_number=f"M{number}")
        Occupancy.objects.create(account=account, service=service, start=date(2020, 1, 1))
        Meter.objects.create(authorization=grant, service=service)
    for meter in grant.meters.select_related("service"):
        cast.fill(meter.service, FIRST, END)
        cast.fill(meter.service, FIRST, END, ReadingType(flow_direction=19, uom=72, interval_length=900))
    opened = windows.unseen_windows(windows.in_force(grant.meters.all()))
    chunks = gathered(file_intervals.rows(opened, windows.channels(opened)))
    size = sum(len(next(chunks)) for _ in range(WARM))
    before, began = memory(), time.perf_counter()
    for chunk in chunks:
        size += len(chunk)
    seconds = time.perf_counter() - began
    print(f"{size / 1e6:.0f} MB in {seconds:.1f} s, {size / 1e6 / seconds:.0f} MB/s")
    print(f"memory grew {memory() - before:.1f} MB")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
