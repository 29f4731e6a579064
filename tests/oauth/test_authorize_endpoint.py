"""Authorization requests: right ones are stored before any sign-in, wrong ones never leave by a wrong door."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.browser import COOKIE
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.companies.models import Registration
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
NO_SUCH = "https://evil.example/callback"


def test_a_right_request_is_stored_whole_and_handed_to_the_customers_pages(
    client: Client, sunny: cast.ThirdParty
) -> None:
    asking = flow.stored(flow.ask(client, sunny, scope="FB=46_4;AdditionalScope=auth-test-test_residential"))
    assert asking.registration == sunny.registration
    assert asking.scope == "FB=4_51;AdditionalScope=auth-test-test_residential"
    assert (asking.redirect_uri, asking.state) == (flow.callback(sunny), flow.STATE)
    assert (asking.door, asking.status) == (AuthorizationRequest.Door.OAUTH, AuthorizationRequest.Status.PENDING)
    assert not asking.forces_sign_in
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert lifecycle.find_request(asking.uid, cookie.value) == asking


@pytest.mark.parametrize("path", ["epe/oauth/authorize/", "EPE/oauth/authorize", "ePe/oauth/authorize/"])
def test_every_spelling_of_the_address_answers_directly(client: Client, sunny: cast.ThirdParty, path: str) -> None:
    assert flow.stored(client.get(f"/DataCustodian/{path}", flow.question(sunny)))


def test_another_utility_knows_neither_page_nor_client(client: Client, sunny: cast.ThirdParty) -> None:
    assert client.get("/DataCustodian/nowhere/oauth/authorize", flow.question(sunny)).status_code == 404
    Utility.objects.create(code="RIO", slug="rio", name="Rio Power", function_blocks=[4, 16, 51])
    assert client.get("/DataCustodian/rio/oauth/authorize", flow.question(sunny)).status_code == 401
    token = client.post("/DataCustodian/rio/oauth/token", {}, headers=flow.basic(sunny))
    assert (token.status_code, token.json()["error"]) == (401, "invalid_client")


def test_defaults_come_from_the_registration(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(default_scope="FB=16;HistoryLength=86400")
    asking = flow.stored(flow.ask(client, sunny, scope=None, redirect_uri=None, state=None, prompt="on"))
    assert (asking.scope, asking.redirect_uri, asking.state) == ("FB=16;HistoryLength=86400", "", "")
    assert asking.forces_sign_in


def test_an_empty_parameter_is_one_not_sent(client: Client, sunny: cast.ThirdParty) -> None:
    asking = flow.stored(flow.ask(client, sunny, scope="", redirect_uri="", prompt="", colour="blue"))
    assert (asking.scope, asking.redirect_uri) == ("FB=4_16_51", "")


def test_two_tabs_of_one_browser_ask_side_by_side(client: Client, sunny: cast.ThirdParty) -> None:
    first, second = flow.stored(flow.ask(client, sunny)), flow.stored(flow.ask(client, sunny))
    for asking in (first, second):
        assert lifecycle.find_request(asking.uid, client.cookies[COOKIE].value) == asking


def test_a_cookie_that_is_none_of_ours_is_replaced(client: Client, sunny: cast.ThirdParty) -> None:
    client.cookies[COOKIE] = "guessable"
    flow.ask(client, sunny)
    assert len(client.cookies[COOKIE].value) == 64


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": None}, 401),
        ({"client_id": "EPE_nobody"}, 401),
        ({"client_id": "a\0b"}, 401),
        ({"redirect_uri": NO_SUCH}, 403),
        ({"client_id": "EPE_nobody", "redirect_uri": NO_SUCH}, 401),
    ],
)
@pytest.mark.parametrize(
    "also",
    [
        {},
        {"response_type": None},
        {"response_type": "token"},
        {"response_mode": "fragment"},
        {"scope": "FB=????"},
        {"scope": "FB=99"},
        {"code_challenge": "x"},
        {"code_challenge": None, "code_challenge_method": None},
        {"prompt": "none"},
        {"state": "x" * 2049},
        {"request": "x"},
        {"request_uri": "https://sunny.example/request.jwt"},
    ],
)
def test_a_wrong_client_or_address_never_redirects(
    client: Client,
    sunny: cast.ThirdParty,
    changes: dict[str, str | None],
    status: int,
    also: dict[str, str | None],
) -> None:
    response = flow.ask(client, sunny, **(also | changes))
    assert response.status_code == status
    assert "Location" not in response
    page = response.content.decode()
    assert "This link does not work" in page
    assert NO_SUCH not in page
    assert "no-store" in response["Cache-Control"]
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize(
    "mutated",
    [
        "https://sunny.example/callback/",
        "https://sunny.example/callback?x=1",
        "https://sunny.example/callback#f",
        "https://sunny.example/callback;p=1",
        "https://sunny.example/x/../callback",
        "https://sunny.example/%63allback",
        "https://sunny.example:443/callback",
        "https://SUNNY.example/callback",
        "https://sunny.example/Callback",
        "http://sunny.example/callback",
        "https://evil@sunny.example/callback",
        "https://sunny.example\\@evil.example/callback",
        "https://sunny.example/callback\n",
        " https://sunny.example/callback",
        "https://sunny.example/callback" + "x" * 3000,
        "http://127.0.0.1:4711/callback",
    ],
)
def test_the_redirect_uri_is_compared_character_by_character(
    client: Client, sunny: cast.ThirdParty, mutated: str
) -> None:
    assert flow.ask(client, sunny, redirect_uri=mutated).status_code == 403


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "é\n"}, "unsupported_response_type"),
        ({"scope": "FB=????"}, "invalid_scope"),
        ({"scope": "FB=é"}, "invalid_scope"),
        ({"scope": "FB=99"}, "invalid_scope"),
        ({"scope": "FB=39"}, "invalid_scope"),
        ({"scope": "FB%3D4"}, "invalid_scope"),
        ({"scope": "FB=4 " * 1000}, "invalid_scope"),
        ({"scope": "FB=4;PreferredAuthEndDate=1"}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://sunny.example/request.jwt"}, "request_uri_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request"}, "request_uri_not_supported"),
        ({"state": "x" * 2049}, "invalid_request"),
        ({"state": "a\0b"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": "a" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "a" * 44, "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ],
)
def test_other_mistakes_are_told_the_client(
    client: Client, sunny: cast.ThirdParty, changes: dict[str, str | None], error: str
) -> None:
    response = flow.ask(client, sunny, **changes)
    assert response.status_code == 302
    address = urlsplit(response["Location"])
    said = parse_qs(address.query)
    assert address._replace(query="").geturl() == flow.callback(sunny)
    assert said["error"] == [error]
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", said["error_description"][0])
    assert said["state"] == [changes.get("state", flow.STATE)]
    assert said["iss"] == [flow.ISSUER]
    assert "code" not in said
    assert not AuthorizationRequest.objects.exists()


def test_a_suspended_client_is_told_so(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    said = parse_qs(urlsplit(flow.ask(client, sunny)["Location"]).query)
    assert said["error"] == ["unauthorized_client"]
    assert flow.ask(client, sunny, redirect_uri=None).status_code == 400


def test_without_an_address_a_mistake_is_told_the_customer(client: Client, sunny: cast.ThirdParty) -> None:
    response = flow.ask(client, sunny, redirect_uri=None, scope="FB=<b>")
    assert response.status_code == 400
    assert b"invalid_scope" in response.content
    assert b"<b>" not in response.content


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "prompt", "colour"]
)
def test_a_parameter_sent_twice_is_refused(client: Client, sunny: cast.ThirdParty, name: str) -> None:
    parameters = flow.question(sunny, prompt="on", colour="blue")
    response = client.get(f"{flow.AUTHORIZE}?{urlencode(parameters)}&{urlencode({name: parameters[name]})}")
    assert response.status_code == 400
    assert not AuthorizationRequest.objects.exists()


def test_what_is_too_long_is_refused_before_anything_is_looked_up(
    client: Client, sunny: cast.ThirdParty, django_assert_num_queries: Any
) -> None:
    for changes, cookie, status in (
        ({"scope": "FB=4 " * 10_000}, "", 414),
        ({"x": "y" * 10_000}, "", 414),
        ({}, "x" * 64_000, 431),
    ):
        question = flow.question(sunny, **changes)
        with django_assert_num_queries(0):
            response = client.get(flow.AUTHORIZE, question, headers={"Cookie": f"x={cookie}"})
        assert response.status_code == status
        assert "Location" not in response


def test_a_state_of_2_kb_in_any_script_comes_through(client: Client, sunny: cast.ThirdParty) -> None:
    state = "☀ñ+%&=" * 225
    assert 2000 <= len(state.encode()) <= 2048
    assert flow.stored(flow.ask(client, sunny, state=state)).state == state


def test_an_app_on_the_customers_machine_has_a_port_of_the_moment(client: Client, sunny: cast.ThirdParty) -> None:
    """RFC 8252 section 7.3; the code is bound to the address with its port."""
    Registration.objects.update(redirect_uris=["http://127.0.0.1/callback", "http://[::1]:80/callback"])
    for address in ("http://127.0.0.1:4711/callback", "http://127.0.0.1/callback", "http://[::1]:4711/callback"):
        assert flow.stored(flow.ask(client, sunny, redirect_uri=address)).redirect_uri == address
    for address in (
        "http://127.0.0.1:4711/other",
        "http://127.0.0.1:4711/callback?x=1",
        "https://127.0.0.1:4711/callback",
        "http://127.0.0.2:4711/callback",
        "http://localhost:4711/callback",
        "http://127.0.0.1.evil.example:4711/callback",
        "http://127.0.0.1:4711@evil.example/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1:/callback",
    ):
        assert flow.ask(client, sunny, redirect_uri=address).status_code == 403


def test_only_get_asks(client: Client, sunny: cast.ThirdParty) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(flow.AUTHORIZE, flow.question(sunny)).status_code == 405


def test_a_right_request_needs_few_queries(
    client: Client, sunny: cast.ThirdParty, django_assert_num_queries: Any
) -> None:
    """Utility, client, the request and its row of the audit trail; two mark the transaction."""
    with django_assert_num_queries(6):
        flow.ask(client, sunny)
