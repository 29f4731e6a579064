"""docs/operate/audit.md is so: it names every action, and its database user cannot do what it says it cannot."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from wattkeeper.common import audit, chain
from wattkeeper.common.models import AuditEntry

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/operate/audit.md").read_text()
TELLING = r"(?:record|of_request|of_grant|of_client|of_registration|end_family|end_locked_family|_tell|tell)"


def actions() -> set[str]:
    """Those that stand in the code: the first text in a call that tells, or made of one and an ending."""
    found = {"data_read", "authorization_read", "authorizations_listed", "events_read"}
    for path in (ROOT / "src/wattkeeper").rglob("*.py"):
        source = path.read_text()
        if "audit" in source or "telling" in source or "token_response" in source:
            found |= set(re.findall(rf"\b{TELLING}\([^\"()]*\"([a-z]+_[a-z_]+)\"", source))
            found |= set(re.findall(r"\baction\b(?:, \w+)? = \"([a-z_]+)\"", source))
    return found


def test_the_page_names_every_action() -> None:
    table = PAGE.partition("| Action | When |")[2].partition("Each row")[0]
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", table))
    events = {name for name in actions() - named if name.startswith(("authorization_", "meter_"))}
    assert actions() - events <= named
    assert {"consent_granted", "code_replayed", "refresh_token_replayed", "registration_status_changed"} <= actions()


@contextmanager
def as_the_program() -> Iterator[None]:
    """The user of the page, made by the commands of the page."""
    with connection.cursor() as cursor:
        cursor.execute(PAGE.partition("```sql")[2].partition("```")[0])
        cursor.execute("SET LOCAL ROLE wattkeeper_program")
        yield
        cursor.execute("RESET ROLE")


@pytest.mark.django_db
def test_the_database_user_of_the_page_can_tell_and_seal_and_nothing_else() -> None:
    """SQLite has no users."""
    if connection.vendor == "sqlite":
        return
    with as_the_program():
        audit.record("tried", actor=audit.SYSTEM)
        assert chain.seal() == 1
        for forbidden in (
            "UPDATE common_auditentry SET action = 'forged'",
            "DELETE FROM common_auditentry",
            "TRUNCATE common_auditentry",
            "DELETE FROM common_audithead",
            "ALTER TABLE common_auditentry DISABLE TRIGGER ALL",
            "DROP TRIGGER audit_keeps_rows ON common_auditentry",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(forbidden)
        assert AuditEntry.objects.get().action == "tried"
