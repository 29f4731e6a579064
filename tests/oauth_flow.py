"""What the tests of the authorization server share: asking, answering for the customer, redeeming."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.test import Client

import cast
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.browser import COOKIE
from wattkeeper.authorizations.lifecycle import Choices
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, Token
from wattkeeper.customers.models import Service

AUTHORIZE = "/DataCustodian/epe/oauth/authorize"
TOKEN, REVOKE, INTROSPECT, PAR = (
    f"/DataCustodian/epe/oauth/{name}" for name in ("token", "revoke", "introspect", "par")
)
ISSUER = f"{settings.BASE_URL}/DataCustodian/epe"
VERIFIER = "a-verifier-is-43-to-128-characters" + "x" * 20
STATE = "a state & more = ñ+%/☀"


def callback(party: cast.ThirdParty) -> str:
    return str(party.registration.redirect_uris[0])


def question(party: cast.ThirdParty, **changes: str | None) -> dict[str, str]:
    """A right authorization request, with some parameters changed, or left out by None."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": party.registration.client_id,
        "redirect_uri": callback(party),
        "scope": "FB=4_16_51",
        "state": STATE,
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (parameters | changes).items() if value is not None}


def ask(client: Client, party: cast.ThirdParty, **changes: str | None) -> Any:
    return client.get(AUTHORIZE, question(party, **changes))


def stored(response: Any) -> AuthorizationRequest:
    """The request that an answer of the authorize endpoint handed to the customer's pages."""
    assert response.status_code == 302, response.content
    path = urlsplit(response["Location"]).path
    assert path.startswith("/consent/")
    return AuthorizationRequest.objects.get(uid=UUID(path.split("/")[2]))


def grant(asking: AuthorizationRequest, service: Service, **changes: Any) -> Authorization:
    """Answers as a customer who takes the form as it is, but for the changes."""
    person = cast.owner(service)
    offered = lifecycle.offer(asking, person)
    names = ("services", "shares_intervals", "shares_bills", "shares_account", "history_start", "expires")
    values = {name: getattr(offered, name) for name in names} | {"ongoing_end": offered.ongoing_end} | changes
    return lifecycle.grant(asking, person, Choices(email="heather@example.com", language="en", **values), offered)


def resume(client: Client, asking: AuthorizationRequest) -> tuple[str, dict[str, str]]:
    """Where the browser is sent at the end: the address without its query, and the query."""
    response = client.get(f"/oauth/continue/{asking.uid}")
    assert response.status_code == 302, response.content
    parts = urlsplit(response["Location"])
    query = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
    return parts._replace(query="").geturl(), query


def code_for(client: Client, party: cast.ThirdParty, service: Service, **changes: str | None) -> str:
    """Walks from the request to the code."""
    asking = stored(ask(client, party, **changes))
    grant(asking, service)
    return resume(client, asking)[1]["code"]


def basic(party: cast.ThirdParty, secret: str | None = None) -> dict[str, str]:
    pair = f"{party.registration.client_id}:{secret or party.client_secret}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def redeem(client: Client, party: cast.ThirdParty, secret_code: str, /, **changes: str) -> Any:
    return post(client, redemption(party, secret_code, **changes), basic(party))


def redemption(party: cast.ThirdParty, secret_code: str, /, **changes: str) -> dict[str, str]:
    """The body of a right token request, with some parameters changed."""
    body = {"grant_type": "authorization_code", "code": secret_code, "redirect_uri": callback(party)}
    return body | {"code_verifier": VERIFIER} | changes


def refresh(client: Client, party: cast.ThirdParty, token: str, **changes: str) -> Any:
    return post(client, {"grant_type": "refresh_token", "refresh_token": token} | changes, basic(party))


def post(client: Client, body: dict[str, str], headers: dict[str, str], address: str = TOKEN) -> Any:
    return client.post(address, urlencode(body), content_type="application/x-www-form-urlencoded", headers=headers)


def in_force(*kinds: Token.Kind) -> int:
    """How many tokens that came of OAuth are in force: of these kinds, or of any."""
    found = Token.objects.filter(revoked__isnull=True).exclude(kind=Token.Kind.API)
    return (found.filter(kind__in=kinds) if kinds else found).count()


def has_cookie(client: Client) -> bool:
    return COOKIE in client.cookies
