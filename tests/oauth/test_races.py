"""Many at once, on threads with connections of their own: one wins, the rest are told so, nobody gets a 500."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.lifecycle import Choices
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, Token
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Results of calls that all begin at the same moment."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


@pytest.fixture
def sunny() -> cast.ThirdParty:
    return cast.third_party()


@pytest.fixture
def service() -> Service:
    return cast.customer()


def winners(responses: list[Any]) -> list[dict[str, Any]]:
    assert {response.status_code for response in responses} <= {200, 400}
    refusals = {response.json()["error"] for response in responses if response.status_code == 400}
    assert refusals <= {"invalid_grant"}
    return [response.json() for response in responses if response.status_code == 200]


@pytest.mark.parametrize("attempt", range(5))
def test_one_of_many_redemptions_wins(sunny: cast.ThirdParty, service: Service, attempt: int) -> None:
    code = flow.code_for(Client(), sunny, service)
    won = winners(together(*[lambda: flow.redeem(Client(), sunny, code)] * MANY))
    assert len(won) == 1
    assert Token.objects.exclude(kind=Token.Kind.API).count() == 2


@pytest.mark.parametrize("attempt", range(5))
def test_many_refreshes_give_one_and_the_same_pair(sunny: cast.ThirdParty, service: Service, attempt: int) -> None:
    first = flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, service)).json()
    won = winners(together(*[lambda: flow.refresh(Client(), sunny, first["refresh_token"])] * MANY))
    assert len(won) == MANY
    assert len({(pair["access_token"], pair["refresh_token"]) for pair in won}) == 1
    assert flow.in_force(Token.Kind.ACCESS) == flow.in_force(Token.Kind.REFRESH) == 1


@pytest.mark.parametrize("attempt", range(3))
def test_revoking_while_tokens_change_hands_leaves_none(sunny: cast.ThirdParty, service: Service, attempt: int) -> None:
    first = flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, service)).json()
    grant = Authorization.objects.get()
    answers = together(
        lambda: flow.refresh(Client(), sunny, first["refresh_token"]), lambda: lifecycle.revoke(grant, "customer")
    )
    winners(answers[:1])
    assert flow.in_force(Token.Kind.ACCESS) == flow.in_force(Token.Kind.REFRESH) == 0


def test_one_of_many_answers_to_a_request_counts(sunny: cast.ThirdParty, service: Service) -> None:
    browser = Client()
    asking = flow.stored(flow.ask(browser, sunny))
    uid, secret = asking.uid, next(iter(browser.cookies.values())).value
    offered = lifecycle.offer(asking, person := cast.owner(service))
    chosen = Choices(
        offered.services, True, True, True, offered.history_start, offered.expires, offered.ongoing_end, "", "en"
    )
    granted = together(*[lambda: lifecycle.grant(lifecycle.find_request(uid, secret), person, chosen)] * MANY)
    assert len({grant.pk for grant in granted}) == Authorization.objects.count() == 1


def test_one_of_many_ways_back_gets_the_code(sunny: cast.ThirdParty, service: Service) -> None:
    browser = Client()
    asking = flow.stored(flow.ask(browser, sunny))
    flow.grant(asking, service)

    def go() -> str:
        visitor = Client()
        visitor.cookies = browser.cookies
        return str(visitor.get(f"/oauth/continue/{asking.uid}")["Location"])

    sent = together(*[go] * MANY)
    assert sum("code=" in address for address in sent) == AuthorizationCode.objects.count() == 1
