"""Speaks to the platform: OAuth through Authlib's ordinary client, then the JSON API and the Green Button API."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import InvalidTokenError
from authlib.integrations.requests_client import OAuth2Session
from requests import HTTPError, RequestException

from wattkeeper.demo.calls import Call, Recorder
from wattkeeper.demo.configuration import CONFIG, Client

SECONDS_TO_WAIT = (5, 60)  # for the connection, for the next bytes
LARGEST_BODY = 64 * 1024 * 1024
CHUNK = 64 * 1024

Json = dict[str, Any]


class PlatformError(Exception):
    """A call that gave no usable answer. `code` is a short name of ours or the platform's, `detail` its words."""

    def __init__(self, code: str, detail: str = "", status: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.status = code, detail, status


def issuer(client: Client) -> str:
    """How the platform names itself in its answers (RFC 9207)."""
    return f"{CONFIG.platform_url}/DataCustodian/{client.utility}"


def endpoint(utility: str, name: str) -> str:
    """`name`: authorize or token."""
    return f"{CONFIG.platform_url}/DataCustodian/{utility}/oauth/{name}"


def authorize_url(client: Client, scope: str, state: str, verifier: str) -> str:
    """The address a customer's browser is sent to (RFC 6749 section 4.1.1), with the challenge of a verifier that
    stays here (RFC 7636)."""
    session = _oauth_session(client, scope=scope, code_challenge_method="S256")
    address = endpoint(client.utility, "authorize")
    url, _ = session.create_authorization_url(address, state=state, code_verifier=verifier)
    return str(url)


def _oauth_session(client: Client, **options: Any) -> Any:
    """A requests.Session that knows OAuth (Authlib has no types)."""
    return OAuth2Session(client.client_id, client.client_secret, redirect_uri=CONFIG.redirect_uri, **options)


class Platform:
    """One visitor's conversation with the platform. Every call is noted in `calls`."""

    def __init__(self, client: Client, token: Json | None = None) -> None:
        self._recorder = Recorder()
        self._client = client
        self._session = _oauth_session(client, token=token, default_timeout=SECONDS_TO_WAIT)
        self._session.trust_env = False  # no proxy, no .netrc of the machine
        self._session.mount("http://", self._recorder)
        self._session.mount("https://", self._recorder)
        self._session.headers["User-Agent"] = "SunnyLedger-Demo/1.0"

    @property
    def calls(self) -> list[Call]:
        return self._recorder.calls

    def exchange(self, code: str, verifier: str) -> Json:
        """A code for tokens (RFC 6749 section 4.1.3); the client says who it is by HTTP Basic."""
        with _explained():
            token = self._session.fetch_token(
                endpoint(self._client.utility, "token"),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                allow_redirects=False,
            )
        return dict(token)

    def refresh(self) -> Json:
        """A fresh access token, and maybe a fresh refresh token (RFC 6749 section 6)."""
        with _explained():
            old = self._session.token
            token = self._session.refresh_token(
                endpoint(self._client.utility, "token"), old.get("refresh_token"), allow_redirects=False
            )
        return dict(old) | dict(token)

    def get_json(self, path: str, parameters: Mapping[str, str]) -> Json:
        """One answer of the JSON API; numbers come as Decimal, exactly as they were written."""
        return self._json(f"{CONFIG.platform_url}/api/v2{path}{_query(parameters)}")

    def get_pages(self, plural: str, parameters: Mapping[str, str]) -> Iterator[Json]:
        """A listing's items, following `next` to its end."""
        page = self.get_json(f"/{plural}", parameters)
        yield from page[plural]
        while page.get("next"):
            page = self._json(page["next"])
            yield from page[plural]

    def get_feed(self, url: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """A Green Button document, in chunks as they arrive."""
        return self._body(url + _query(parameters or {}), "application/atom+xml")

    def _json(self, url: str) -> Json:
        body = b"".join(self._body(url, "application/json"))
        try:
            answer = json.loads(body, parse_float=Decimal)
        except ValueError as problem:
            raise PlatformError("not_json", str(problem)) from problem
        if not isinstance(answer, dict):
            raise PlatformError("not_json", "The answer is not a JSON object.")
        return answer

    def _body(self, url: str, accept: str) -> Iterator[bytes]:
        if not url.startswith(f"{CONFIG.platform_url}/"):
            raise PlatformError("foreign_address", url)  # never carry a token to another host
        with (
            _explained(),
            self._session.get(url, headers={"Accept": accept}, stream=True, allow_redirects=False) as answer,
        ):
            if answer.status_code != 200:
                raise _refusal(answer.status_code, next(answer.iter_content(CHUNK), b""))
            size = 0
            for chunk in answer.iter_content(CHUNK):
                size += len(chunk)
                if size > LARGEST_BODY:
                    raise PlatformError("too_large", url)
                yield chunk


def _query(parameters: Mapping[str, str]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""


def _refusal(status: int, body: bytes) -> PlatformError:
    """The error envelope both APIs share: `error`, `error_description`, `url`."""
    try:
        told = json.loads(body)
        return PlatformError(str(told["error"]), str(told.get("error_description") or ""), status)
    except (ValueError, KeyError, TypeError):
        return PlatformError("http_error", "", status)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except InvalidTokenError as problem:
        raise PlatformError("token_expired") from problem
    except AuthlibBaseError as problem:
        raise PlatformError(problem.error or "oauth_error", problem.description or "") from problem
    except HTTPError as problem:
        raise _refusal(problem.response.status_code, problem.response.content) from problem
    except RequestException as problem:
        raise PlatformError("unreachable", type(problem).__name__) from problem
    except ValueError as problem:
        raise PlatformError("not_json", str(problem)) from problem
