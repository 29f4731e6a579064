"""Many at once, on threads with connections of their own: one wins, the rest are told so, nobody gets a 500."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.browser import COOKIE
from wattkeeper.authorizations.lifecycle import Choices, NotAllowed, Refusal
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, Token
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.companies.registrations import set_keys
from wattkeeper.customers.models import Service
from wattkeeper.oauth.rfc7523_private_key_jwt import ASSERTION_TYPE

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
    granted = together(*[lambda: lifecycle.grant(lifecycle.find_request(uid, secret), person, chosen, offered)] * MANY)
    assert len({grant.pk for grant in granted}) == Authorization.objects.count() == 1


@pytest.mark.parametrize("begins_with", [0, 1])
def test_many_requests_answered_at_once_become_one_sharing(
    sunny: cast.ThirdParty, service: Service, begins_with: int
) -> None:
    for _ in range(begins_with):
        cast.share(sunny, service)
    asked = [cast.ask(sunny, scope) for scope in ("FB=4_16_51", "FB=16") * (MANY // 2)]
    granted = together(*[partial(cast.answer, request, service) for request in asked])
    assert len({grant.pk for grant in granted}) == Authorization.objects.count() == 1
    assert Authorization.objects.get().meters.count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_stopping_while_a_second_request_is_answered_leaves_nothing_half(
    sunny: cast.ThirdParty, service: Service, attempt: int
) -> None:
    """Either it was changed and then stopped, or stopped and then shared anew; and no token of the first is left."""
    first = flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, service)).json()
    grant, asking = Authorization.objects.get(), cast.ask(sunny, "FB=16")

    def answered() -> Authorization | Refusal:
        try:
            return cast.answer(asking, service)
        except NotAllowed as refused:
            return refused.reason

    second, _ = together(answered, lambda: lifecycle.revoke(grant, "customer"))
    grant.refresh_from_db()
    assert grant.revoked
    assert flow.refresh(Client(), sunny, first["refresh_token"]).status_code == 400
    assert second in {Refusal.CHANGED, grant} or second.shares == ["bills"]


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


@pytest.mark.parametrize("attempt", range(3))
def test_giving_back_while_tokens_change_hands_leaves_none(
    sunny: cast.ThirdParty, service: Service, attempt: int
) -> None:
    first = flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, service)).json()
    refreshed, given_back = together(
        lambda: flow.refresh(Client(), sunny, first["refresh_token"]),
        lambda: flow.post(Client(), {"token": first["refresh_token"]}, flow.basic(sunny), flow.REVOKE),
    )
    winners([refreshed])
    assert given_back.status_code == 200
    assert flow.in_force() == 0


def test_families_change_hands_side_by_side(sunny: cast.ThirdParty, service: Service) -> None:
    """Two customers of one company: neither waits for the other's tokens, nor loses them."""
    other = cast.customer("Oscar Other")
    firsts = [flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, who)).json() for who in (service, other)]
    refreshes = [lambda token=first["refresh_token"]: flow.refresh(Client(), sunny, token) for first in firsts]
    won = winners(together(*refreshes * (MANY // 2)))
    assert len(won) == MANY
    assert len({pair["access_token"] for pair in won}) == 2
    assert flow.in_force(Token.Kind.ACCESS) == flow.in_force(Token.Kind.REFRESH) == 2


def test_a_replay_in_one_family_leaves_the_other(sunny: cast.ThirdParty, service: Service) -> None:
    other = cast.customer("Oscar Other")
    mine, theirs = (
        flow.redeem(Client(), sunny, flow.code_for(Client(), sunny, who)).json() for who in (service, other)
    )
    newest = flow.refresh(Client(), sunny, mine["refresh_token"]).json()
    flow.refresh(Client(), sunny, newest["refresh_token"])
    replayed, refreshed = together(
        lambda: flow.refresh(Client(), sunny, mine["refresh_token"]),
        lambda: flow.refresh(Client(), sunny, theirs["refresh_token"]),
    )
    assert (replayed.status_code, refreshed.status_code) == (400, 200)
    assert flow.in_force() == 2


def test_one_of_many_browsers_takes_up_a_pushed_request(sunny: cast.ThirdParty) -> None:
    pushed = flow.post(Client(), flow.question(sunny), flow.basic(sunny), flow.PAR).json()
    presented = {"client_id": sunny.registration.client_id, "request_uri": pushed["request_uri"]}
    answers = together(*[lambda: Client().get(flow.AUTHORIZE, presented)] * MANY)
    assert sorted(answer.status_code for answer in answers) == [302, *[400] * (MANY - 1)]
    taken = next(answer for answer in answers if answer.status_code == 302)
    assert lifecycle.find_request(flow.stored(taken).uid, taken.cookies[COOKIE].value)


def test_one_of_many_uses_of_an_assertion_counts(sunny: cast.ThirdParty) -> None:
    key, registration = ECKey.generate_key("P-256"), sunny.registration
    registration.token_endpoint_auth_method = Registration.AuthMethod.KEY
    registration.save()
    set_keys(registration, json.dumps({"keys": [key.as_dict(private=False)]}))
    client_id = registration.client_id
    claims = {"iss": client_id, "sub": client_id, "aud": flow.ISSUER, "jti": "1", "exp": clock.epoch(clock.now()) + 60}
    body = {
        "grant_type": "client_credentials",
        "client_assertion": jwt.encode({"alg": "ES256"}, claims, key),
        "client_assertion_type": ASSERTION_TYPE,
    }
    answers = together(*[lambda: flow.post(Client(), body, {})] * MANY)
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * (MANY - 1)]
    assert flow.in_force() == 1
