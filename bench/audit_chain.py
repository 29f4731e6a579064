"""The audit trail: rows told, sealed and verified a second, what a row takes, and memory while verifying.

    make bench, or: PYTHONPATH=tests python bench/audit_chain.py

SQLite in a folder of its own; rows are those of an ordinary look at one meter's intervals.
"""

import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import django

ROWS = 100_000
AT_ONCE = 1_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WATTKEEPER_VAR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "wattkeeper.config.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        empty = size(folder)
        measure(lambda: tell(AT_ONCE, together=False), AT_ONCE, "told one by one")
        measure(lambda: tell(ROWS - AT_ONCE, together=True), ROWS - AT_ONCE, "told by the thousand")
        from wattkeeper.common import chain

        measure(chain.seal, ROWS, "sealed")
        print(f"a row takes              {(size(folder) - empty) / ROWS:,.0f} bytes, indexes included")
        measure(verify, ROWS, "verified")
        tracemalloc.start()
        verify()
        print(f"held while verifying     {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")


def tell(count: int, together: bool) -> None:
    from wattkeeper.common import audit, ids
    from wattkeeper.common.audit import Actor, Entry, Kind

    client = Actor(Kind.CLIENT, ids.new_uid())
    uids = {"registration_uid": ids.new_uid(), "authorization_uid": ids.new_uid()}
    data: dict[str, audit.Value] = {
        "api": "json",
        "what": "intervals",
        "shows": ["intervals"],
        "meters": [ids.new_uid()],
        "start": "2026-01-31",
    }
    entries = [Entry("data_read", client, "EPE", data=data, **uids) for _ in range(count)]
    for first in range(0, count, AT_ONCE if together else 1):
        audit.record_all(entries[first : first + (AT_ONCE if together else 1)])


def verify() -> None:
    from wattkeeper.common.chain import Verification

    verification = Verification()
    assert not list(verification.faults())
    assert verification.checked == ROWS


def measure(work: Callable[[], object], rows: int, what: str) -> None:
    began = time.perf_counter()
    work()
    print(f"{what:<24} {rows / (time.perf_counter() - began):,.0f} rows a second")


def size(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).glob("wattkeeper.sqlite3*"))


if __name__ == "__main__":
    main()
