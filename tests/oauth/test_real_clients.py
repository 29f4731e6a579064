"""Ordinary OAuth client libraries do the whole flow over real HTTP, without a special case."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from pytest_django.live_server_helper import LiveServer
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access
from wattkeeper.authorizations.access import TokenClass
from wattkeeper.authorizations.browser import COOKIE
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_http_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def visit(address: str, service: Service) -> str:
    """A customer's browser that opens the link, shares, and ends at the third party: at which address?"""
    with requests.Session() as browser:
        start = browser.get(address, allow_redirects=False)
        asking = AuthorizationRequest.objects.get(uid=urlsplit(start.headers["Location"]).path.split("/")[2])
        assert browser.cookies[COOKIE]
        flow.grant(asking, service)
        back = browser.get(f"{_origin(address)}/oauth/continue/{asking.uid}", allow_redirects=False)
        return back.headers["Location"]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def opens(token: dict[str, Any]) -> TokenClass | None:
    caller = access.identify(token["access_token"])
    return caller.token_class if caller is not None else None


def test_requests_oauthlib(live_server: LiveServer, sunny: cast.ThirdParty, service: Service) -> None:
    client_id, token_url = sunny.registration.client_id, live_server.url + flow.TOKEN
    with OAuth2Session(client_id, redirect_uri=flow.callback(sunny), pkce="S256") as session:
        address, state = session.authorization_url(live_server.url + flow.AUTHORIZE)
        landed = visit(address, service)
        assert state in landed
        first = session.fetch_token(token_url, authorization_response=landed, client_secret=sunny.client_secret)
        assert opens(first) == TokenClass.ACCESS
        second = session.refresh_token(token_url, auth=HTTPBasicAuth(client_id, sunny.client_secret))
        assert (opens(first), opens(second)) == (None, TokenClass.ACCESS)
        assert second["scope"] == first["scope"]


def test_authlib_with_pkce(live_server: LiveServer, sunny: cast.ThirdParty, service: Service) -> None:
    verifier, token_url = "v" * 64, live_server.url + flow.TOKEN
    with AuthlibSession(
        sunny.registration.client_id,
        sunny.client_secret,
        scope="FB=4_16_51;HistoryLength=86400",
        redirect_uri=flow.callback(sunny),
        code_challenge_method="S256",
    ) as session:
        address, _ = session.create_authorization_url(live_server.url + flow.AUTHORIZE, code_verifier=verifier)
        landed = visit(address, service)
        first = session.fetch_token(token_url, authorization_response=landed, code_verifier=verifier)
        second = session.refresh_token(token_url)
        assert (opens(first), opens(second)) == (None, TokenClass.ACCESS)
        assert "HistoryLength=86400" in second["scope"]


def test_client_credentials(live_server: LiveServer, sunny: cast.ThirdParty) -> None:
    token_url = live_server.url + flow.TOKEN
    with OAuth2Session(client=BackendApplicationClient(sunny.registration.client_id)) as session:
        token = session.fetch_token(token_url, client_secret=sunny.client_secret)
        assert opens(token) == TokenClass.CLIENT
    with AuthlibSession(sunny.registration.client_id, sunny.client_secret, scope="FB=36_40") as session:
        assert opens(session.fetch_token(token_url)) == TokenClass.REGISTRATION
