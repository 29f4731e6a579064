"""How a client proves who it is: one way at a time, its own, and never in the address (RFC 6749 section 2.3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.companies.registrations import rotate_secret
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db
ASKED = {"grant_type": "client_credentials"}


@pytest.fixture
def native(sunny: cast.ThirdParty) -> cast.ThirdParty:
    """Sunny's client as an app, which can keep no secret."""
    become(sunny, Registration.AuthMethod.NONE)
    return sunny


def become(party: cast.ThirdParty, method: str) -> None:
    party.registration.token_endpoint_auth_method = method
    party.registration.save()


def in_body(party: cast.ThirdParty) -> dict[str, str]:
    return {"client_id": party.registration.client_id, "client_secret": party.client_secret}


def error_of(response: Any) -> tuple[int, str]:
    assert flow.in_force() == 0
    return response.status_code, response.json()["error"]


def test_a_secret_may_stand_in_the_body(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    assert flow.post(client, ASKED | in_body(sunny), {}).status_code == 200
    body = flow.redemption(sunny, flow.code_for(client, sunny, service)) | in_body(sunny)
    assert flow.post(client, body, {}).status_code == 200


@pytest.mark.parametrize("name", ["client_id", "client_secret", "client_assertion", "client_assertion_type"])
def test_two_ways_at_once_are_refused_though_either_would_do(client: Client, sunny: cast.ThirdParty, name: str) -> None:
    """[OAD003: client_id sent together with Basic]"""
    body = ASKED | {name: in_body(sunny).get(name, "x")}
    assert error_of(flow.post(client, body, flow.basic(sunny))) == (400, "invalid_request")


def test_a_secret_beside_an_assertion_is_two_ways(client: Client, sunny: cast.ThirdParty) -> None:
    body = ASKED | in_body(sunny) | {"client_assertion": "x.y.z"}
    assert error_of(flow.post(client, body, {})) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "f" * 64},
        {"client_secret": ""},
        {"client_id": "EPE_nobody"},
        {"client_id": "a\0b"},
        {"client_id": ""},
        {"client_id": "", "client_secret": ""},
    ],
)
def test_wrong_credentials_in_the_body_are_refused(
    client: Client, sunny: cast.ThirdParty, changes: dict[str, str]
) -> None:
    response = flow.post(client, ASKED | in_body(sunny) | changes, {})
    assert error_of(response) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("address", [flow.TOKEN, flow.REVOKE, flow.INTROSPECT, flow.PAR])
@pytest.mark.parametrize("name", ["client_secret", "client_assertion", "refresh_token", "code", "token"])
def test_secrets_in_the_address_are_refused(client: Client, sunny: cast.ThirdParty, address: str, name: str) -> None:
    response = flow.post(client, ASKED | {"token": "x"}, flow.basic(sunny), f"{address}?{name}=x")
    assert error_of(response) == (400, "invalid_request")


def test_the_old_secret_works_until_its_date(
    client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None]
) -> None:
    set_clock(at := clock.now())
    new = rotate_secret(sunny.registration, at + timedelta(hours=1))

    def works(secret: str) -> bool:
        return bool(flow.post(client, ASKED, flow.basic(sunny, secret)).status_code == 200)

    set_clock(at + timedelta(minutes=59))
    assert (works(sunny.client_secret), works(new)) == (True, True)
    set_clock(at + timedelta(minutes=60))
    assert (works(sunny.client_secret), works(new)) == (False, True)


def test_there_are_never_more_than_two_secrets(client: Client, sunny: cast.ThirdParty) -> None:
    later = clock.now() + timedelta(days=1)
    secrets = [sunny.client_secret, *(rotate_secret(sunny.registration, later) for _ in range(3))]
    statuses = [flow.post(client, ASKED, flow.basic(sunny, secret)).status_code for secret in secrets]
    assert statuses == [401, 401, 200, 200]


def test_a_failed_attempt_costs_the_same_for_known_and_unknown_clients(
    client: Client, sunny: cast.ThirdParty, django_assert_num_queries: Any
) -> None:
    for client_id in (sunny.registration.client_id, "EPE_nobody"):
        body = ASKED | {"client_id": client_id, "client_secret": "f" * 64}
        with django_assert_num_queries(3):
            flow.post(client, body, {})


class TestPublicClient:
    """Native apps: nothing proves who they are but the verifier of each code."""

    def test_it_redeems_and_refreshes_with_its_id_alone(
        self, client: Client, native: cast.ThirdParty, service: Service
    ) -> None:
        mine = {"client_id": native.registration.client_id}
        body = flow.redemption(native, flow.code_for(client, native, service)) | mine
        first = flow.post(client, body, {})
        assert first.status_code == 200
        body = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]} | mine
        assert flow.post(client, body, {}).status_code == 200

    def test_its_code_needs_the_verifier(self, client: Client, native: cast.ThirdParty, service: Service) -> None:
        code = flow.code_for(client, native, service)
        body = flow.redemption(native, code, code_verifier="") | {"client_id": native.registration.client_id}
        assert error_of(flow.post(client, body, {})) == (400, "invalid_request")

    def test_it_gets_no_token_for_itself(self, client: Client, native: cast.ThirdParty) -> None:
        body = ASKED | {"client_id": native.registration.client_id}
        assert error_of(flow.post(client, body, {})) == (400, "unauthorized_client")

    def test_a_secret_it_once_had_counts_no_more(self, client: Client, native: cast.ThirdParty) -> None:
        assert error_of(flow.post(client, ASKED, flow.basic(native))) == (401, "invalid_client")
        assert error_of(flow.post(client, ASKED | in_body(native), {})) == (401, "invalid_client")

    def test_it_may_give_tokens_back_but_not_ask_about_them(self, client: Client, native: cast.ThirdParty) -> None:
        body = {"token": "x", "client_id": native.registration.client_id}
        assert flow.post(client, body, {}, flow.REVOKE).status_code == 200
        assert error_of(flow.post(client, body, {}, flow.INTROSPECT)) == (401, "invalid_client")


@pytest.mark.parametrize("method", [Registration.AuthMethod.SECRET, Registration.AuthMethod.KEY])
def test_a_client_id_alone_is_nobody_elses_proof(
    client: Client, sunny: cast.ThirdParty, service: Service, method: str
) -> None:
    code = flow.code_for(client, sunny, service)
    become(sunny, method)
    body = flow.redemption(sunny, code) | {"client_id": sunny.registration.client_id}
    assert error_of(flow.post(client, body, {})) == (401, "invalid_client")
