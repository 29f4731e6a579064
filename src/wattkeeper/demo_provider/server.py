"""The provider on Authlib's OpenID Connect core: authorization code with PKCE (S256 only), ID tokens signed with RS256.

Codes and access tokens live in the memory of its one process, and die with it.
"""

import hmac
import json
import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    grants,
    scope_to_list,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator, InvalidTokenError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode, UserInfo, UserInfoEndpoint
from django.http import HttpRequest, HttpResponse, QueryDict
from joserfc.jwk import KeySet, RSAKey

from wattkeeper.demo_provider.configuration import CONFIG, Client, Person

SCOPES = ("openid", "profile", "customers")
CODE_SECONDS, TOKEN_SECONDS = 60, 300


def now() -> int:
    return int(datetime.now(UTC).timestamp())  # noqa: TID251 - a program of its own, with the machine's clock


def signing_keys(path: Path) -> KeySet:
    """The keys made at the first start."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return KeySet.import_key_set(json.loads(path.read_text(encoding="ascii")))
    keys = KeySet([RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)])
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(keys.as_dict(private=True), file)
    return keys


KEYS = signing_keys(CONFIG.var / "keys.json")


@dataclass(frozen=True)
class Grant:
    """What a code, and later an access token, stands for."""

    client: "RelyingParty"
    person: Person
    redirect_uri: str
    scope: str
    nonce: str
    auth_time: int
    code_challenge: str
    expires: int
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        """Not said."""

    def get_amr(self) -> list[str]:
        return ["pwd"]

    def get_client(self) -> "RelyingParty":
        return self.client

    def get_user(self) -> Person:
        return self.person


_codes: dict[str, Grant] = {}
_tokens: dict[str, Grant] = {}


class RelyingParty(ClientMixin):
    """A client as Authlib asks about it."""

    client_metadata: dict[str, str] = {}

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in scope_to_list(scope) or [] if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.client.client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Payload(OAuth2Payload):
    """The query for authorize, also where a form is posted to it; the form for token."""

    def __init__(self, parameters: QueryDict) -> None:
        self._values = {name: [str(value) for value in values] for name, values in parameters.lists()}

    @property
    def data(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self._values.items() if values[-1]}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._values


class Request(OAuth2Request):
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.method or "", CONFIG.issuer + request.path, headers=request.headers)
        self.payload = Payload(request.GET if request.path.endswith("/authorize") else request.POST)
        self.auth_time = now()

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code: str, request: Request) -> None:
        asked: dict[str, str] = request.payload.data
        _codes[code] = Grant(
            client=request.client,
            person=request.user,
            redirect_uri=asked["redirect_uri"],
            scope=request.scope,
            nonce=asked["nonce"],
            auth_time=request.auth_time,
            code_challenge=asked["code_challenge"],
            expires=now() + CODE_SECONDS,
        )

    def query_authorization_code(self, code: str, client: RelyingParty) -> Grant | None:
        """Taken out as it is looked at: a code is worth one try."""
        found = _codes.pop(code, None)
        if found is None or found.expires < now() or found.client.get_client_id() != client.get_client_id():
            return None
        return found

    def delete_authorization_code(self, authorization_code: Grant) -> None:
        """It is gone already."""

    def authenticate_user(self, authorization_code: Grant) -> Person:
        return authorization_code.person


class Pkce(CodeChallenge):
    """RFC 7636, for every client, and never in the clear."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):
    def exists_nonce(self, nonce: str, request: Request) -> bool:
        return False

    def resolve_client_private_key(self, client: RelyingParty) -> KeySet:
        return KEYS

    def get_client_claims(self, client: RelyingParty) -> dict[str, Any]:
        return {"iss": CONFIG.issuer, "aud": client.get_client_id(), "exp": now() + TOKEN_SECONDS}

    def get_encode_header(self, client: RelyingParty) -> dict[str, str]:
        return {"alg": "RS256", "kid": str(KEYS.keys[0].kid)}

    def generate_user_info(self, user: Person, scope: str) -> UserInfo:
        return claims_about(user, scope)


class Issuer(IssuerParameter):
    def get_issuer(self) -> str:
        return CONFIG.issuer

    def add_issuer_parameter(self, authorization_server: "Server", response: HttpResponse) -> None:
        """RFC 9207 section 2. Django keeps the address among the headers."""
        if "Location" in response:
            response["Location"] = add_params_to_uri(response["Location"], {"iss": CONFIG.issuer})


class AboutPeople(UserInfoEndpoint):
    def generate_user_info(self, user: Person, scope: str) -> UserInfo:
        return claims_about(user, scope)


class Protector:
    """The access token of one request (RFC 6750)."""

    def __init__(self, request: HttpRequest) -> None:
        self._header = request.headers.get("Authorization", "")

    def acquire_token(self, scope: str) -> Grant:
        found = _tokens.get(self._header.removeprefix("Bearer "))
        if found is None or found.expires < now() or scope not in found.scope.split():
            raise InvalidTokenError
        return found


class Server(AuthorizationServer):
    """Made for each request, because its user info endpoint is asked without one."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(SCOPES)
        self.register_grant(CodeGrant, [Pkce(), IdToken(require_nonce=True)])
        self.register_extension(Issuer())
        self.register_token_generator("default", BearerTokenGenerator(_new_token, None, lambda *_: TOKEN_SECONDS))
        self.register_endpoint(AboutPeople(resource_protector=Protector(request)))

    def query_client(self, client_id: str) -> RelyingParty | None:
        found = CONFIG.client(client_id)
        return RelyingParty(found) if found is not None else None

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        grant: Grant = request.authorization_code
        _tokens[token["access_token"]] = replace(grant, expires=now() + TOKEN_SECONDS)
        for kept in (_codes, _tokens):
            for key in [key for key, found in kept.items() if found.expires < now()]:
                kept.pop(key, None)

    def create_oauth2_request(self, request: HttpRequest) -> Request:
        return Request(request)

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        return HttpResponse(json.dumps(body) if isinstance(body, dict) else body, status=status, headers=dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""


def claims_about(person: Person, scope: str) -> UserInfo:
    """OpenID Connect Core section 5.4: what each scope opens."""
    claims: dict[str, Any] = {"sub": person.subject}
    if "profile" in scope.split():
        claims["name"] = person.name
    if "customers" in scope.split():
        claims["customers"] = list(person.customers)
    return UserInfo(claims)


def metadata() -> dict[str, Any]:
    """OpenID Connect Discovery section 3."""
    return {
        "issuer": CONFIG.issuer,
        "authorization_endpoint": f"{CONFIG.issuer}/authorize",
        "token_endpoint": f"{CONFIG.issuer}/token",
        "userinfo_endpoint": f"{CONFIG.issuer}/userinfo",
        "jwks_uri": f"{CONFIG.issuer}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _new_token(*_: object, **__: object) -> str:
    return secrets.token_hex(32)
