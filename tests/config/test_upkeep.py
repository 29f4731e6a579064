"""What the worker and the doctor do for the audit trail."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import processes
from wattkeeper.common import audit, chain, clock, triggers

pytestmark = pytest.mark.django_db


def look(name: str) -> str:
    """What the doctor says of one thing."""
    out = StringIO()
    with suppress(CommandError):  # whatever else is amiss with a database of tests
        call_command("doctor", stdout=out)
    return next(line for line in out.getvalue().splitlines() if line.startswith(name))


@pytest.mark.django_db(transaction=True)
def test_the_worker_seals_and_writes_an_anchor_to_its_log(tmp_path: Path) -> None:
    audit.record("tried", actor=audit.SYSTEM)
    processes.run(tmp_path, "work", "--once")  # the first look only notes when each task is due
    worked = processes.run(tmp_path, "work", "--once")
    assert (worked.returncode, chain.unsealed(), chain.head().position) == (0, (0, None), 1), worked.stderr
    assert f"the audit chain ends at {chain.head()}" in worked.stderr


def test_the_doctor_sees_rows_that_nobody_seals(set_clock: Callable[..., None]) -> None:
    present = clock.now()
    assert look("audit").startswith("audit       ok    the chain ends at 0:")
    set_clock(present)
    audit.record("tried", actor=audit.SYSTEM)
    assert "ok" in look("audit")
    set_clock(present + timedelta(minutes=6))
    assert "WRONG 1 rows wait to be sealed" in look("audit")


def test_the_doctor_sees_a_missing_trigger() -> None:
    assert "ok    all" in look("refusals")
    triggers.drop(triggers.expected()["audit_keeps_rows"])
    assert "WRONG the database does not refuse what it should, triggers are missing: audit_keeps_rows" in look(
        "refusals"
    )
