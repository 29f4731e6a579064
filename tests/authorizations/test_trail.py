"""What the audit trail holds of a consent: every step, by whom, in ids alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.lifecycle import NotAllowed
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.authorizations.scope import parse
from wattkeeper.common import ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import ScopeOfUse

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
DOOR = AuthorizationRequest.Door.OAUTH


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def ask(party: cast.ThirdParty, scope: str = "FB=4_16_51") -> AuthorizationRequest:
    return lifecycle.open_request(party.registration, door=DOOR, scope=parse(scope), browser="b")


def told(action: str) -> tuple[AuditEntry, Any]:
    """The one row of an action, and its data."""
    row = AuditEntry.objects.get(action=action)
    return row, json.loads(row.data)


def test_a_request_is_told_without_what_its_scope_says_of_a_person(sunny: cast.ThirdParty) -> None:
    request = ask(sunny, "FB=4_16;AdditionalScope=auth-email-heather@example.com")
    assert "heather@example.com" in request.scope
    row, data = told("consent_requested")
    assert (row.actor_kind, row.actor) == ("client", str(sunny.registration.uid))
    assert (row.utility_code, row.registration_uid, row.authorization_uid) == ("EPE", sunny.registration.uid, None)
    assert data == {"request": str(request.uid), "door": "oauth", "blocks": [4, 16]}


def test_a_grant_is_told_with_all_that_it_opens(sunny: cast.ThirdParty) -> None:
    ScopeOfUse.objects.create(registration=sunny.registration, texts={"en": "We plan your roof."})
    service = cast.customer()
    grant = flow.grant(request := ask(sunny), service, shares_bills=False)
    row, data = told("consent_granted")
    assert (row.actor_kind, row.actor) == ("customer", str(grant.customer.uid))
    assert (row.registration_uid, row.authorization_uid) == (sunny.registration.uid, grant.uid)
    assert data == {
        "request": str(request.uid),
        "shares": ["intervals", "account"],
        "history_start": grant.history_start.isoformat(),
        "ongoing_end": None,
        "expires": grant.expires.isoformat() if grant.expires else None,
        "meters": [str(grant.meters.get().uid)],
        "language": "en",
        "purpose_digest": ids.digest("We plan your roof."),
    }


def test_nothing_of_a_person_stands_in_the_trail(sunny: cast.ThirdParty) -> None:
    service = cast.customer()
    lifecycle.revoke(flow.grant(ask(sunny), service), "customer")
    lifecycle.decline(ask(sunny), cast.owner(service))
    written = " ".join(map(str, AuditEntry.objects.values_list()))
    account = cast.owner(service).accounts.get()
    for secret in ("Heather", "heather", service.street, service.identifier, service.meter_number, account.number):
        assert secret not in written


def test_granting_twice_is_told_once_and_a_refusal_not_at_all(sunny: cast.ThirdParty) -> None:
    service, request = cast.customer(), ask(sunny)
    flow.grant(request, service)
    flow.grant(request, service)
    with pytest.raises(NotAllowed):
        flow.grant(ask(sunny), service, services=[])
    assert AuditEntry.objects.filter(action="consent_granted").count() == 1


def test_declining_is_told_with_or_without_a_customer(sunny: cast.ThirdParty) -> None:
    service = cast.customer()
    declined = lifecycle.decline(ask(sunny), cast.owner(service))
    assert declined is not None
    row, _ = told("consent_declined")
    assert (row.actor, row.authorization_uid) == (str(cast.owner(service).uid), declined.uid)
    lifecycle.decline(nobody := ask(sunny), None)
    row = AuditEntry.objects.filter(action="consent_declined").latest("id")
    assert (row.actor_kind, row.actor, row.authorization_uid) == ("customer", "", None)
    assert json.loads(row.data) == {"request": str(nobody.uid)}


STAFF = Actor(Kind.STAFF, ids.new_uid())


@pytest.mark.parametrize(
    ("by", "actor", "expected"),
    [
        ("customer", None, lambda grant: ("customer", str(grant.customer.uid))),
        ("company", None, lambda grant: ("client", str(grant.registration.uid))),
        ("utility", None, lambda grant: ("staff", "")),
        ("utility", STAFF, lambda grant: ("staff", str(STAFF.uid))),
    ],
)
def test_revoking_is_told_once_and_by_whom(
    sunny: cast.ThirdParty, by: str, actor: Actor | None, expected: Callable[[Authorization], tuple[str, str]]
) -> None:
    grant = cast.authorize(sunny, cast.customer())
    lifecycle.revoke(grant, by, actor)
    lifecycle.revoke(grant, "customer")
    row, data = told("consent_revoked")
    assert (row.actor_kind, row.actor) == expected(grant)
    assert (row.authorization_uid, data) == (grant.uid, {"by": by})
