"""Pushed requests (RFC 9126): judged at once, taken up once, by one browser, of this client."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.browser import COOKIE
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration
from wattkeeper.oauth.tasks import forget

pytestmark = pytest.mark.django_db
PREFIX = "urn:ietf:params:oauth:request_uri:"


def push(client: Client, party: cast.ThirdParty, **changes: str | None) -> Any:
    return flow.post(client, flow.question(party, **changes), flow.basic(party), flow.PAR)


def pushed(client: Client, party: cast.ThirdParty, **changes: str | None) -> str:
    response = push(client, party, **changes)
    assert response.status_code == 201, response.content
    return str(response.json()["request_uri"])


def present(client: Client, party: cast.ThirdParty, request_uri: str, **more: str) -> Any:
    asked = {"client_id": party.registration.client_id, "request_uri": request_uri}
    return client.get(flow.AUTHORIZE, asked | more)


def test_the_whole_flow(client: Client, sunny: cast.ThirdParty) -> None:
    response = push(Client(), sunny)
    said = response.json()
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    assert said == {"request_uri": said["request_uri"], "expires_in": 90}
    reference = said["request_uri"].removeprefix(PREFIX)
    assert len(bytes.fromhex(reference)) == 32
    assert AuthorizationRequest.objects.get().pushed_digest == ids.digest(reference)
    asking = flow.stored(present(client, sunny, said["request_uri"]))
    flow.grant(asking, cast.customer())
    _, query = flow.resume(client, asking)
    assert (query["state"], query["iss"]) == (flow.STATE, flow.ISSUER)
    assert flow.redeem(client, sunny, query["code"]).status_code == 200


def test_what_was_pushed_counts_and_nothing_beside_it(client: Client, sunny: cast.ThirdParty) -> None:
    request_uri = pushed(client, sunny)
    changed = {"scope": "FB=51", "redirect_uri": "https://evil.example", "state": "x", "response_type": "token"}
    asking = flow.stored(present(client, sunny, request_uri, **changed))
    assert (asking.scope, asking.redirect_uri, asking.state) == ("FB=4_16_51", flow.callback(sunny), flow.STATE)


def test_it_belongs_to_the_first_browser_that_brings_it(client: Client, sunny: cast.ThirdParty) -> None:
    asking = flow.stored(present(client, sunny, request_uri := pushed(client, sunny)))
    assert lifecycle.find_request(asking.uid, client.cookies[COOKIE].value) == asking
    for browser in (client, Client()):
        assert is_refused(present(browser, sunny, request_uri))


def is_refused(response: Any) -> bool:
    return (
        response.status_code == 400
        and "Location" not in response
        and b"invalid_request_uri" in response.content
        and COOKIE not in response.cookies
    )


def test_nobody_finds_it_before_a_browser_brought_it(client: Client, sunny: cast.ThirdParty) -> None:
    pushed(client, sunny)
    for secret in ("", "0" * 64):
        with pytest.raises(lifecycle.RequestUnknown):
            lifecycle.find_request(AuthorizationRequest.objects.get().uid, secret)


def test_it_waits_90_seconds_and_then_the_customer_has_the_hour(
    client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None]
) -> None:
    set_clock(at := clock.now())
    late, in_time = pushed(client, sunny), pushed(client, sunny)
    set_clock(at + timedelta(seconds=89))
    asking = flow.stored(present(client, sunny, in_time))
    set_clock(at + timedelta(seconds=90))
    assert is_refused(present(client, sunny, late))
    set_clock(at + timedelta(minutes=59))
    assert lifecycle.find_request(asking.uid, client.cookies[COOKIE].value) == asking


def test_another_client_cannot_bring_it_nor_spoil_it(client: Client, sunny: cast.ThirdParty) -> None:
    request_uri = pushed(client, sunny)
    assert is_refused(present(client, cast.third_party("Rival"), request_uri))
    assert client.get(flow.AUTHORIZE, {"request_uri": request_uri}).status_code == 401
    assert flow.stored(present(client, sunny, request_uri))


@pytest.mark.parametrize("reference", ["", "0" * 64, "é", "x" * 5000])
def test_an_unknown_reference_is_refused(client: Client, sunny: cast.ThirdParty, reference: str) -> None:
    assert is_refused(present(client, sunny, PREFIX + reference))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example", "scope": "FB=????"}, "invalid_request"),
        ({"client_id": "EPE_rivalxxxx"}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "FB=99"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"request_uri": f"{PREFIX}x"}, "request_uri_not_supported"),
        ({"request_uri": "https://sunny.example/r"}, "request_uri_not_supported"),
        ({"request": "x"}, "request_not_supported"),
    ],
)
def test_what_is_wrong_is_said_at_once(
    client: Client, sunny: cast.ThirdParty, changes: dict[str, str | None], error: str
) -> None:
    response = push(client, sunny, **changes)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert "Location" not in response
    assert not AuthorizationRequest.objects.exists()


def test_only_the_client_pushes(client: Client, sunny: cast.ThirdParty) -> None:
    for headers in ({}, flow.basic(sunny, "f" * 64)):
        response = flow.post(client, flow.question(sunny), headers, flow.PAR)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    secret = {"client_secret": sunny.client_secret}
    assert flow.post(client, flow.question(sunny) | secret, {}, flow.PAR).status_code == 201
    assert push(client, sunny, client_secret=sunny.client_secret).status_code == 400
    assert push(client, sunny, client_id=None).status_code == 201
    assert client.get(flow.PAR).status_code == 405


def test_a_public_client_pushes_with_its_id(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(token_endpoint_auth_method="none")
    assert flow.post(client, flow.question(sunny), {}, flow.PAR).status_code == 201


def test_a_suspended_client_is_told_so(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    assert push(client, sunny).json()["error"] == "unauthorized_client"


def test_what_nobody_took_up_is_forgotten(
    client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None]
) -> None:
    set_clock(at := clock.now())
    pushed(client, sunny)
    asking = flow.stored(present(client, sunny, pushed(client, sunny)))
    set_clock(at + timedelta(days=1))
    forget.func()
    assert AuthorizationRequest.objects.get() == asking
