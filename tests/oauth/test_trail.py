"""What the audit trail holds of codes, tokens and clients: each step once, never a secret."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations.models import AuthorizationCode, Token
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import clock, ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies import registrations
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db


def told(since: int = 0) -> list[tuple[str, Any]]:
    """Actions and their data, in order, without those of consent and signing in."""
    rows = AuditEntry.objects.filter(id__gt=since).exclude(action__startswith="consent_").order_by("id")
    return [(row.action, json.loads(row.data)) for row in rows.exclude(action__startswith="customer_")]


def last() -> AuditEntry:
    return AuditEntry.objects.latest("id")


def redeemed(client: Client, sunny: cast.ThirdParty, service: Service) -> tuple[str, dict[str, str], str]:
    """A code, the tokens it gave, and their family; what came before is not told again."""
    code = flow.code_for(client, sunny, service)
    body: dict[str, str] = flow.redeem(client, sunny, code).json()
    return code, body, str(AuthorizationCode.objects.get(digest=ids.digest(code)).family)


def test_a_code_and_what_comes_of_it(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    before = last().pk
    _, body, family = redeemed(client, sunny, service)
    asking = AuthorizationCode.objects.get().request
    narrower = flow.refresh(client, sunny, body["refresh_token"], scope="FB=4").json()
    assert narrower["refresh_token"]
    assert told(before) == [
        ("code_issued", {"request": str(asking.uid), "family": family}),
        ("code_redeemed", {"family": family}),
        ("token_refreshed", {"family": family, "blocks": [1, 3, 4, 13, 31, 37]}),
    ]
    grant = asking.authorization
    assert grant is not None
    for row in AuditEntry.objects.filter(action__in=["code_issued", "code_redeemed", "token_refreshed"]):
        assert (row.actor_kind, row.actor) == ("client", str(sunny.registration.uid))
        assert (row.utility_code, row.authorization_uid) == ("EPE", grant.uid)


def test_a_code_that_comes_again(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    code, _, family = redeemed(client, sunny, service)
    assert flow.redeem(client, sunny, code).status_code == 400
    assert told()[-1] == ("code_replayed", {"family": family, "tokens_revoked": 2})
    assert flow.redeem(client, sunny, code).status_code == 400
    assert told()[-1] == ("code_replayed", {"family": family, "tokens_revoked": 0})


def test_a_refresh_token_that_comes_again(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    _, first, family = redeemed(client, sunny, service)
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    seen = last().pk
    again = flow.refresh(client, sunny, first["refresh_token"]).json()
    assert again["access_token"] == second["access_token"], "inside the grace: the same pair"
    assert told(seen) == []
    flow.refresh(client, sunny, second["refresh_token"])
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 400
    assert told()[-1] == ("refresh_token_replayed", {"family": family, "tokens_revoked": 2})


def test_tokens_given_back(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    _, body, family = redeemed(client, sunny, service)
    for _ in range(2):
        client.post(flow.REVOKE, {"token": body["access_token"]}, headers=flow.basic(sunny))
    client.post(flow.REVOKE, {"token": body["refresh_token"]}, headers=flow.basic(sunny))
    assert [row for row in told() if "given_back" in row[0]] == [
        ("token_given_back", {"family": family}),
        ("tokens_given_back", {"family": family, "tokens_revoked": 1}),
    ]
    assert AuditEntry.objects.get(action="token_given_back").authorization_uid is not None


def test_a_client_s_own_tokens(client: Client, sunny: cast.ThirdParty) -> None:
    body = flow.post(client, {"grant_type": "client_credentials"}, flow.basic(sunny)).json()
    assert (told()[-1], last().registration_uid) == (("token_issued", {"kind": "client"}), sunny.registration.uid)
    client.post(flow.REVOKE, {"token": body["access_token"]}, headers=flow.basic(sunny))
    assert told()[-1] == ("token_given_back", {"kind": "client"})


def test_nothing_is_told_of_what_is_refused(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    code = flow.code_for(client, sunny, service)
    seen = last().pk
    assert flow.redeem(client, sunny, code, code_verifier="x" * 43).status_code == 400
    assert flow.redeem(client, cast.third_party("Rival"), code).status_code == 400
    assert [action for action, _ in told(seen) if not action.startswith(("client_", "api_"))] == []


def test_what_becomes_of_a_client(sunny: cast.ThirdParty) -> None:
    staff, party = Actor(Kind.STAFF, ids.new_uid()), sunny.registration
    before = last().pk
    registrations.set_requires_pkce(party, False, by=staff)
    registrations.set_requires_pkce(party, False, by=staff)
    registrations.set_requires_pkce(party, True, by=staff)
    registrations.set_redirect_uris(party, ["https://sunny.example/new"], by=staff)
    registrations.set_purpose(party, {"en": "We plan your roof."}, by=staff)
    registrations.rotate_secret(party, clock.now(), by=staff)
    actions = [action for action, _ in told(before)]
    assert actions == [
        "pkce_excused", "pkce_required", "redirect_uris_changed", "purpose_changed", "client_secret_ends",
        "client_secret_issued",
    ]  # fmt: skip
    rows = AuditEntry.objects.filter(id__gt=before)
    assert set(rows.values_list("actor_kind", "actor", "registration_uid")) == {("staff", str(staff.uid), party.uid)}
    data = dict(told(before))
    assert data["redirect_uris_changed"] == {"digests": [ids.digest("https://sunny.example/new")]}
    assert data["purpose_changed"] == {"languages": ["en"], "digests": [ids.digest("We plan your roof.")]}


def test_an_api_token(sunny: cast.ThirdParty) -> None:
    secret = issue_api_token(sunny.member, "the office", by=Actor(Kind.MEMBER, sunny.member.user.uid))
    row, token = last(), Token.objects.get(digest=ids.digest(secret))
    assert (row.action, row.actor_kind, row.actor) == ("api_token_issued", "member", str(sunny.member.user.uid))
    assert json.loads(row.data) == {
        "token": token.pk, "expires": None, "member": str(sunny.member.user.uid), "company": str(sunny.company.uid),
    }  # fmt: skip


def test_an_operator_s_registration() -> None:
    cast.epe()
    call_command("registration", "add", "--company", "Sunny", "--member", "dev@sunny.example")
    assert [action for action, _ in told()] == ["registration_made", "client_secret_issued"]
    assert set(AuditEntry.objects.values_list("actor_kind", "actor")) == {("operator", "")}


def test_no_secret_stands_in_the_trail(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    code, first, _ = redeemed(client, sunny, service)
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    flow.redeem(client, sunny, code)
    written = " ".join(map(str, AuditEntry.objects.values_list()))
    secrets = [code, sunny.client_secret, sunny.api_token, flow.VERIFIER]
    secrets += [body[f"{kind}_token"] for body in (first, second) for kind in ("access", "refresh")]
    assert not [secret for secret in secrets if secret in written or ids.digest(secret) in written]
