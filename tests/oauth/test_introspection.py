"""Asking about one's own tokens (RFC 7662): everything of one in force, nothing of any other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db
OVER = {"active": False}


@pytest.fixture
def first(client: Client, sunny: cast.ThirdParty) -> dict[str, Any]:
    body: dict[str, Any] = flow.redeem(client, sunny, flow.code_for(client, sunny, cast.customer())).json()
    return body


def introspect(client: Client, party: cast.ThirdParty, token: str) -> Any:
    response = flow.post(client, {"token": token}, flow.basic(party), flow.INTROSPECT)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    return response.json()


def test_a_token_in_force_is_described(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    grant = Authorization.objects.get()
    said = introspect(client, sunny, first["access_token"])
    issued = said.pop("iat")
    assert said == {
        "active": True,
        "client_id": sunny.registration.client_id,
        "scope": first["scope"],
        "iss": flow.ISSUER,
        "token_type": "Bearer",
        "sub": str(grant.uid),
        "exp": issued + 3600,
    }
    said = introspect(client, sunny, first["refresh_token"])
    assert said.keys() == {"active", "client_id", "scope", "iss", "sub", "iat"}
    assert introspect(client, sunny, cast.client_token(sunny))["active"]


def test_a_narrowed_token_says_its_own_scope(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"], scope="FB=4").json()
    assert introspect(client, sunny, second["access_token"])["scope"] == second["scope"] != first["scope"]
    assert introspect(client, sunny, second["refresh_token"])["scope"] == first["scope"]


def test_a_strangers_token_is_none(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    rival = cast.third_party("Rival")
    for token in (first["access_token"], first["refresh_token"], sunny.api_token, rival.api_token, "0" * 64, "\0é"):
        assert introspect(client, rival, token) == OVER


def test_consumed_and_revoked_tokens_are_over(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    assert introspect(client, sunny, first["access_token"]) == OVER
    assert introspect(client, sunny, first["refresh_token"]) == OVER
    lifecycle.revoke(Authorization.objects.get(), "customer")
    assert introspect(client, sunny, second["access_token"]) == OVER


def test_an_expired_token_is_over(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], set_clock: Callable[..., None]
) -> None:
    set_clock(clock.now() + timedelta(hours=1, seconds=1))
    assert introspect(client, sunny, first["access_token"]) == OVER
    grant = Authorization.objects.get()
    assert grant.expires is not None
    assert introspect(client, sunny, first["refresh_token"])["active"]
    set_clock(grant.expires)
    assert introspect(client, sunny, first["refresh_token"]) == OVER


def test_a_suspended_client_has_no_token_in_force(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    assert introspect(client, sunny, first["access_token"]) == OVER


def test_who_is_not_known_learns_nothing(client: Client, first: dict[str, Any]) -> None:
    response = flow.post(client, {"token": first["access_token"]}, {}, flow.INTROSPECT)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_what_is_missing_or_huge_is_refused(client: Client, sunny: cast.ThirdParty) -> None:
    assert flow.post(client, {}, flow.basic(sunny), flow.INTROSPECT).status_code == 400
    assert flow.post(client, {"token": "x" * 1_000_000}, flow.basic(sunny), flow.INTROSPECT).status_code == 413
