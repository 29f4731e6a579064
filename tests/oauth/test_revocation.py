"""Giving tokens back (RFC 7009): at once, the client's own alone, and without telling whose a token is."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access
from wattkeeper.authorizations.models import Authorization, Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def rival() -> cast.ThirdParty:
    return cast.third_party("Rival")


@pytest.fixture
def first(client: Client, sunny: cast.ThirdParty) -> dict[str, Any]:
    body: dict[str, Any] = flow.redeem(client, sunny, flow.code_for(client, sunny, cast.customer())).json()
    return body


def revoke(client: Client, party: cast.ThirdParty, token: str, **more: str) -> int:
    response = flow.post(client, {"token": token} | more, flow.basic(party), flow.REVOKE)
    assert response["Cache-Control"] == "no-store"
    return int(response.status_code)


@pytest.mark.parametrize("hint", ["", "refresh_token", "access_token", "id_token", "x" * 1000])
def test_a_refresh_token_goes_with_all_that_came_of_it(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], hint: str
) -> None:
    assert revoke(client, sunny, first["refresh_token"], token_type_hint=hint) == 200
    assert access.identify(first["access_token"]) is None
    assert flow.in_force() == 0
    assert flow.refresh(client, sunny, first["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("hint", ["", "refresh_token"])
def test_an_access_token_goes_alone(client: Client, sunny: cast.ThirdParty, first: dict[str, Any], hint: str) -> None:
    assert revoke(client, sunny, first["access_token"], token_type_hint=hint) == 200
    assert access.identify(first["access_token"]) is None
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 200


def test_the_customers_authorization_stays(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    revoke(client, sunny, first["refresh_token"])
    assert Authorization.objects.get().revoked is None


def test_the_grace_of_a_replaced_token_ends_too(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    assert revoke(client, sunny, second["refresh_token"]) == 200
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 400
    assert flow.in_force() == 0


def test_a_replaced_token_given_back_ends_its_successors(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    flow.refresh(client, sunny, first["refresh_token"])
    assert revoke(client, sunny, first["refresh_token"]) == 200
    assert flow.in_force() == 0


def test_a_strangers_token_is_left_as_it_is(
    client: Client, rival: cast.ThirdParty, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    for token in (first["access_token"], first["refresh_token"], sunny.api_token, rival.api_token, "0" * 64, "\0é"):
        assert revoke(client, rival, token) == 200
    assert flow.in_force() == 2
    assert None not in map(access.identify, (first["access_token"], sunny.api_token, rival.api_token))


def test_a_clients_own_token_goes(client: Client, sunny: cast.ThirdParty) -> None:
    token = cast.client_token(sunny)
    assert (revoke(client, sunny, token), revoke(client, sunny, token)) == (200, 200)
    assert access.identify(token) is None


def test_who_is_not_known_ends_nothing(client: Client, first: dict[str, Any]) -> None:
    response = flow.post(client, {"token": first["refresh_token"]}, {}, flow.REVOKE)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert flow.in_force() == 2


def test_what_is_missing_is_an_invalid_request(client: Client, sunny: cast.ThirdParty) -> None:
    response = flow.post(client, {}, flow.basic(sunny), flow.REVOKE)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert client.get(flow.REVOKE).status_code == 405


def test_it_says_done_only_when_it_is(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> int:
        raise DatabaseError("disk full")

    monkeypatch.setattr("wattkeeper.authorizations.tokens.revoke_family", fail)
    response = flow.post(client, {"token": first["refresh_token"]}, flow.basic(sunny), flow.REVOKE)
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
    assert "disk" not in response.content.decode()
    assert Token.objects.filter(revoked__isnull=False).count() == 0
