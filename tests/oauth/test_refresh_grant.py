"""Refreshing: both tokens are replaced at once, replay is found, and a lost answer is not the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access, lifecycle, tokens
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(client: Client, sunny: cast.ThirdParty) -> dict[str, Any]:
    code = flow.code_for(client, sunny, cast.customer(), scope="FB=4_16_51")
    body: dict[str, Any] = flow.redeem(client, sunny, code).json()
    return body


def is_invalid_grant(response: Any) -> bool:
    return (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_refreshing_replaces_both_tokens(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    """[OAD012, OAD013]"""
    response = flow.refresh(client, sunny, first["refresh_token"])
    second = response.json()
    assert response.status_code == 200
    assert second.keys() == first.keys()
    assert {name for name in first if first[name] != second[name]} == {"access_token", "refresh_token"}
    assert tokens.find(first["access_token"]) is None
    assert tokens.find(second["access_token"]) is not None
    assert flow.in_force() == 2


def test_a_replaced_token_used_again_ends_the_family(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], set_clock: Callable[..., None]
) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    set_clock(clock.now() + timedelta(seconds=30))
    assert is_invalid_grant(flow.refresh(client, sunny, first["refresh_token"]))
    assert flow.in_force() == 0
    assert is_invalid_grant(flow.refresh(client, sunny, second["refresh_token"]))


def test_an_answer_that_got_lost_is_given_again(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], set_clock: Callable[..., None]
) -> None:
    set_clock(at := clock.now())
    lost = flow.refresh(client, sunny, first["refresh_token"]).json()
    set_clock(at + timedelta(seconds=29))
    for _ in range(3):
        again = flow.refresh(client, sunny, first["refresh_token"])
        assert (again.status_code, again.json()) == (200, lost | {"expires_in": 3571})
    assert flow.in_force() == 2


def test_of_two_holders_the_second_to_refresh_ends_it(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], set_clock: Callable[..., None]
) -> None:
    owners = flow.refresh(client, sunny, first["refresh_token"]).json()
    stolen = flow.refresh(client, sunny, first["refresh_token"]).json()
    set_clock(clock.now() + timedelta(hours=1))
    thiefs = flow.refresh(client, sunny, stolen["refresh_token"]).json()
    set_clock(clock.now() + timedelta(hours=1))
    assert is_invalid_grant(flow.refresh(client, sunny, owners["refresh_token"]))
    assert is_invalid_grant(flow.refresh(client, sunny, thiefs["refresh_token"]))
    assert flow.in_force() == 0


def test_a_grandparent_is_a_replay_at_once(client: Client, sunny: cast.ThirdParty, first: dict[str, Any]) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    flow.refresh(client, sunny, second["refresh_token"])
    assert is_invalid_grant(flow.refresh(client, sunny, first["refresh_token"]))
    assert flow.in_force() == 0


def test_a_replay_costs_the_same_however_old_the_family(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    newest = first
    for _ in range(5):
        newest = flow.refresh(client, sunny, newest["refresh_token"]).json()
    with django_assert_max_num_queries(13):
        flow.refresh(client, sunny, first["refresh_token"])


@pytest.mark.parametrize("changes", [{"grant_type": ""}, {"refresh_token": ""}])
def test_what_is_missing_is_an_invalid_request(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], changes: dict[str, str]
) -> None:
    """[OAD011]"""
    body = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]} | changes
    response = flow.post(client, body, flow.basic(sunny))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert flow.in_force() == 2


@pytest.mark.parametrize(
    "scope",
    [
        "FB=4_16_39_51",
        "FB=1_3",
        "FB=4;HistoryLength=63072001",
        "FB=4;PreferredAuthEndDate=0",
        "FB=4;AdditionalScope=noedit",
        "FB=????",
        "openid",
    ],
)
def test_more_than_was_granted_or_another_thing_is_refused(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], scope: str
) -> None:
    """[OAD011]"""
    response = flow.refresh(client, sunny, first["refresh_token"], scope=scope)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert flow.in_force() == 2


def opens(token: str) -> frozenset[int] | None:
    caller = access.identify(token)
    assert caller is not None
    return caller.data_blocks


def test_less_may_be_asked_for_and_the_refresh_token_keeps_the_whole(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"], scope="FB=16").json()
    granted = first["scope"]
    assert "FB=1_3_4_" in granted
    assert second["scope"] == granted.replace("_4_", "_").replace("_51", "")
    assert opens(second["access_token"]) == frozenset({16})
    again = flow.refresh(client, sunny, first["refresh_token"]).json()
    assert again["scope"] == second["scope"]
    third = flow.refresh(client, sunny, second["refresh_token"]).json()
    assert (third["scope"], opens(third["access_token"])) == (granted, None)


def test_the_granted_or_the_asked_scope_may_be_repeated(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    second = flow.refresh(client, sunny, first["refresh_token"], scope=first["scope"])
    third = flow.refresh(client, sunny, second.json()["refresh_token"], scope="FB=51_16_4")
    assert (second.status_code, third.status_code) == (200, 200)
    assert third.json()["scope"] == first["scope"]


def test_a_strangers_token_is_nothing_and_stays_usable(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any]
) -> None:
    assert is_invalid_grant(flow.refresh(client, cast.third_party("Rival"), first["refresh_token"]))
    assert is_invalid_grant(flow.refresh(client, sunny, first["access_token"]))
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 200


def test_nothing_is_refreshed_once_the_grant_has_ended(
    client: Client, sunny: cast.ThirdParty, first: dict[str, Any], set_clock: Callable[..., None]
) -> None:
    grant = Authorization.objects.get()
    assert grant.expires is not None
    set_clock(grant.expires)
    assert is_invalid_grant(flow.refresh(client, sunny, first["refresh_token"]))
    set_clock(grant.created + timedelta(seconds=5))
    lifecycle.revoke(grant, "customer")
    assert is_invalid_grant(flow.refresh(client, sunny, first["refresh_token"]))
    assert flow.in_force() == 0
