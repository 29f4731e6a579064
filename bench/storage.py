"""Bytes on disk for each reading: 1,000 homes, 13 months of 15-minute readings, in SQLite.

    make bench, or: python bench/storage.py [homes] [months]

Prints bytes a reading for the whole file and for the table of days, and the ratio to one row for each reading
(the same home's first day stored naively in the same kind of file).
"""

import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import django


def main(homes: int, months: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WATTKEEPER_VAR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
        django.setup()
        began = time.perf_counter()
        readings = fill(homes, months)
        seconds = time.perf_counter() - began
        size = size_of(Path(folder) / "wattkeeper.sqlite3")
        naive = naive_bytes_per_reading(Path(folder) / "naive.sqlite3")
    print(f"homes                     {homes}")
    print(f"readings                  {readings:,}")
    print(f"made and stored           {readings / seconds:,.0f} readings/s")
    print(f"file                      {size:,} bytes")
    print(f"bytes a reading           {size / readings:.2f}   (measure: at most 3)")
    print(f"one row a reading         {naive:.2f} bytes, ratio {naive / (size / readings):.1f}")


def fill(homes: int, months: int) -> int:
    """Simulated residential homes through the ordinary store; how many readings that made."""
    from django.core.management import call_command

    from wattkeeper.readings.models import DayBlock
    from wattkeeper.readings.packing import unpack
    from wattkeeper.sandbox.epe import seed_epe

    call_command("migrate", verbosity=0)
    seed_epe()
    call_command("sandbox", "homes", count=homes, months=months, kind="residential", seed=1, verbosity=0)
    return sum(unpack(packed).count for packed in DayBlock.objects.values_list("packed", flat=True).iterator(5000))


def size_of(path: Path) -> int:
    """Of the file after the write-ahead log is folded in."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def naive_bytes_per_reading(path: Path, rows: int = 96 * 365) -> float:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE reading (channel INTEGER, start INTEGER, value INTEGER, PRIMARY KEY (channel, start))"
        )
        values = ((1, 1_700_000_000 + 900 * row, row % 3000) for row in range(rows))
        connection.executemany("INSERT INTO reading VALUES (?, ?, ?)", values)
    connection.close()
    return path.stat().st_size / rows


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000, int(sys.argv[2]) if sys.argv[2:] else 13)
