"""Tokens that are of no use any longer go; those whose loss would hide a theft stay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from mydata.homes import token
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.common import clock
from wattkeeper.oauth import tasks

pytestmark = pytest.mark.django_db
Kind = Token.Kind


@pytest.fixture
def at(set_clock: Callable[[datetime], None]) -> datetime:
    set_clock(present := clock.now())
    return present


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AT_ONCE", 2)


@pytest.fixture
def first(client: Client, sunny: cast.ThirdParty, at: datetime) -> Any:
    """The first pair of tokens of a grant."""
    return flow.redeem(client, sunny, flow.code_for(client, sunny, cast.customer())).json()


def test_what_has_expired_goes_after_a_day(
    client: Client, sunny: cast.ThirdParty, first: Any, at: datetime, set_clock: Callable[[datetime], None]
) -> None:
    flow.post(client, {"grant_type": "client_credentials"}, flow.basic(sunny))
    set_clock(at + timedelta(hours=24))
    tasks.forget.func()
    assert Token.objects.filter(kind__in=[Kind.ACCESS, Kind.CLIENT]).count() == 2
    set_clock(at + timedelta(hours=26))
    tasks.forget.func()
    assert set(Token.objects.values_list("kind", flat=True)) == {Kind.REFRESH, Kind.API}
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 200


def test_a_customer_s_own_token_goes_a_day_after_its_end(at: datetime, set_clock: Callable[[datetime], None]) -> None:
    token(cast.customer(), timedelta(days=30))
    for days, left in ((30, 1), (32, 0)):
        set_clock(at + timedelta(days=days))
        tasks.forget.func()
        assert Token.objects.filter(kind=Kind.PERSONAL).count() == left


def test_a_stolen_token_is_found_out_by_a_client_that_comes_once_a_month(
    client: Client, sunny: cast.ThirdParty, first: Any, at: datetime, set_clock: Callable[[datetime], None]
) -> None:
    thief = flow.refresh(client, sunny, first["refresh_token"]).json()
    set_clock(at + timedelta(days=31))
    tasks.forget.func()
    assert flow.refresh(client, sunny, first["refresh_token"]).status_code == 400
    assert flow.refresh(client, sunny, thief["refresh_token"]).status_code == 400
    assert flow.in_force() == 0


def test_replaced_refresh_tokens_go_in_the_end_and_the_newest_stays(
    client: Client,
    sunny: cast.ThirdParty,
    first: Any,
    at: datetime,
    set_clock: Callable[[datetime], None],
) -> None:
    newest = first
    for _ in range(5):
        newest = flow.refresh(client, sunny, newest["refresh_token"]).json()
    set_clock(at + timedelta(days=36))
    tasks.forget.func()
    assert Token.objects.exclude(kind=Kind.API).get().kind == Kind.REFRESH
    assert flow.refresh(client, sunny, newest["refresh_token"]).status_code == 200
    assert Authorization.objects.get().is_active(clock.now())


def test_an_api_token_that_has_expired_stays_to_be_seen(sunny: cast.ThirdParty, at: datetime) -> None:
    Token.objects.filter(kind=Kind.API).update(expires=at - timedelta(days=400))
    tasks.forget.func()
    assert Token.objects.filter(kind=Kind.API).exists()
