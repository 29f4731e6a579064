"""A utility's OpenID Connect provider: what it says of itself, its keys, the way to it, and what its answer proves.

Authlib's client writes and reads the messages; every call goes through the one outbound door.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import quote_plus, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.auth import ClientAuth, encode_client_secret_basic
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from requests import RequestException

from wattkeeper.common import clock, outbound
from wattkeeper.common.outbound import DoorAdapter, Fault, OutboundError
from wattkeeper.consent import id_token
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.utilities.models import SignInService

KEPT, KEPT_WHILE_DOWN = timedelta(hours=1), timedelta(days=1)
ASKED_AGAIN = timedelta(minutes=1)
"""The least time between two looks for a key that is not known: an answer with made-up keys costs no more."""
GIVEN_UP = timedelta(seconds=5)
"""For so long after a failed look nobody else has to wait for the next."""
PATIENCE = 8.0
CALLS_AT_ONCE = 8
"""To one provider, from this process. A slow one keeps so many threads waiting and no more."""
ASSERTION_SECONDS = 60
MOST_VALUES, LONGEST_VALUE = 50, 255


@dataclass
class _Kept:
    tried: datetime
    fetched: datetime | None = None
    content: dict[str, Any] | None = None
    failure: SignInFailed | None = None


_calls: defaultdict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(CALLS_AT_ONCE))
_shelf: dict[str, _Kept] = {}
_shelf_lock = Lock()


def document(url: str, is_outdated: bool = False) -> dict[str, Any]:
    """A JSON document of a provider, kept in this process: for an hour, for a day while it cannot be had anew.

    `is_outdated`: it lacks something that it should have by now. Raises SignInFailed.
    """
    present = clock.now()
    with _shelf_lock:
        kept = _shelf.get(url) or _Kept(present - ASKED_AGAIN)
        pause = present - kept.tried
        if kept.content is not None and kept.fetched is not None:
            is_old = is_outdated or present - kept.fetched > KEPT
            if not is_old or pause < ASKED_AGAIN:
                return kept.content
            if present - kept.fetched > KEPT_WHILE_DOWN:
                kept.content = None
        elif kept.failure is not None and pause < GIVEN_UP:
            raise SignInFailed(kept.failure.failure, kept.failure.detail)
        _shelf[url] = _Kept(present, kept.fetched, kept.content)
    try:
        content = _fetched(url)
    except SignInFailed as failure:
        _shelf[url].failure = failure
        if kept.content is not None:
            return kept.content
        raise
    _shelf[url] = _Kept(present, present, content)
    return content


def forget_documents() -> None:
    """Empties what this process keeps."""
    _shelf.clear()


class Provider:
    """One utility's sign-in service at work. `answer_url` is where it sends the browser back to."""

    def __init__(self, service: SignInService, answer_url: str) -> None:
        self._service = service
        self._answer_url = answer_url

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery section 4. Raises SignInFailed, also for one that is another issuer's."""
        issuer = self._service.issuer
        found = document(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise SignInFailed(Failure.REFUSED, "the discovery document names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            try:
                outbound.check(str(found.get(name, "")))
            except OutboundError as error:
                raise SignInFailed(Failure.REFUSED, f"{name} of the discovery document: {error}") from None
        return found

    def keys(self) -> int:
        """How many keys it publishes that an ID token may be signed with. Raises SignInFailed where there is none, and
        where our own secret cannot be read."""
        secret_of(self._service)
        found = id_token.keys_of(document(self.metadata["jwks_uri"]))
        if not found.keys:
            raise SignInFailed(Failure.REFUSED, "the provider publishes no key that an ID token may be signed with")
        return len(found.keys)

    def way_there(self, state: str, nonce: str, verifier: str, *, anew: bool, language: str) -> str:
        """The address to send the browser to. `anew`: no session that the person has there is enough."""
        extra = {"prompt": "login", "max_age": "0"} if anew else {}
        address, _ = self._session().create_authorization_url(
            self.metadata["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            ui_locales=language,
            **extra,
        )
        return str(address)

    def check_issuer(self, answer: Mapping[str, str]) -> None:
        """RFC 9207: that the answer is this provider's, where it says whose it is or should. Raises SignInFailed."""
        promised = self.metadata.get("authorization_response_iss_parameter_supported") is True
        if ("iss" in answer or promised) and answer.get("iss") != self._service.issuer:
            raise SignInFailed(Failure.UNTRUSTED, "the answer names another issuer")

    def identify(self, code: str, nonce: str, verifier: str, since: datetime | None) -> list[str]:
        """Redeems a code and returns what the provider calls the customer; several where one person has several.

        `since`: the person must have signed in there after this moment. Raises SignInFailed.
        """
        with self._session() as session:
            token = self._redeemed(session, code, verifier)
            claims = self._judged(token, nonce)
            if since is not None:
                id_token.check_fresh(claims, since)
            if self._service.claim not in claims and "userinfo_endpoint" in self.metadata:
                claims = self._user_info(session, claims["sub"])
        return _values(claims.get(self._service.claim))

    def _redeemed(self, session: OAuth2Session, code: str, verifier: str) -> dict[str, Any]:
        url = self.metadata["token_endpoint"]
        try:
            with _a_call(url):
                token: dict[str, Any] = session.fetch_token(
                    url, grant_type="authorization_code", code=code, code_verifier=verifier, allow_redirects=False
                )
        except OutboundError as error:
            raise _not_answered(error) from None
        except OAuthError as error:
            failure = Failure.EXPIRED if error.error == "invalid_grant" else Failure.REFUSED
            raise SignInFailed(failure, f"token endpoint: {plain(error.error)}") from None
        except RequestException as error:
            raise SignInFailed(Failure.DOWN, f"token endpoint: {type(error).__name__}") from None
        except id_token.UNREADABLE as error:
            raise SignInFailed(Failure.UNTRUSTED, f"token endpoint: {type(error).__name__}") from None
        return token

    def _judged(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The ID token's claims; a key that is not known is looked for once more, at a bounded rate."""
        url = self.metadata["jwks_uri"]
        for is_outdated in (False, True):
            try:
                return id_token.judge(
                    token.get("id_token"),
                    id_token.keys_of(document(url, is_outdated)),
                    issuer=self._service.issuer,
                    client_id=self._service.client_id,
                    nonce=nonce,
                    access_token=token.get("access_token"),
                )
            except id_token.UnknownKeyError:
                continue
        raise SignInFailed(Failure.UNTRUSTED, "ID token: signed with a key that the provider does not publish")

    def _user_info(self, session: OAuth2Session, subject: str) -> dict[str, Any]:
        """OpenID Connect Core section 5.3: only what is about the same subject counts."""
        url = str(self.metadata["userinfo_endpoint"])
        try:
            with _a_call(url):
                response = session.get(url, allow_redirects=False)
        except OutboundError as error:
            raise _not_answered(error) from None
        except (OAuthError, RequestException, *id_token.UNREADABLE) as error:
            raise SignInFailed(Failure.UNTRUSTED, f"userinfo: {type(error).__name__}") from None
        claims = _json_of(response.status_code, response.content)
        if claims.get("sub") != subject:
            raise SignInFailed(Failure.UNTRUSTED, "userinfo: it is about another subject")
        return claims

    def _session(self) -> OAuth2Session:
        service = self._service
        session = OAuth2Session(
            service.client_id,
            secret_of(service),
            token_endpoint_auth_method=service.client_auth,
            scope=service.scopes,
            redirect_uri=self._answer_url,
            code_challenge_method="S256",
            leeway=0,  # the access token is used at once, or never
            trust_env=False,
        )
        session.register_client_auth_method((SignInService.ClientAuth.BASIC.value, _basic))
        if service.client_auth == SignInService.ClientAuth.PRIVATE_KEY:
            expires = clock.epoch(clock.now()) + ASSERTION_SECONDS
            algorithm = "ES256" if isinstance(session.client_secret, ECKey) else "RS256"
            session.register_client_auth_method(PrivateKeyJWT(claims={"exp": expires}, alg=algorithm))
        for scheme in ("http://", "https://"):
            session.mount(scheme, DoorAdapter(PATIENCE))
        return session


def secret_of(service: SignInService) -> str | RSAKey | ECKey | None:
    """The client's secret or private key, read from its file each time so that a new one needs no restart."""
    if service.client_auth == SignInService.ClientAuth.NONE:
        return None
    try:
        text = Path(service.secret_file).read_text(encoding="utf-8").strip()
        if service.client_auth != SignInService.ClientAuth.PRIVATE_KEY:
            return text
        loaded = load_pem_private_key(text.encode(), password=None)
        return ECKey.import_key(text) if isinstance(loaded, EllipticCurvePrivateKey) else RSAKey.import_key(text)
    except (OSError, JoseError, UnsupportedAlgorithm, *id_token.UNREADABLE) as error:
        raise SignInFailed(Failure.REFUSED, f"the secret file cannot be used: {type(error).__name__}") from None


def plain(code: object) -> str:
    """An error code as a provider sent it, made safe for a log."""
    text = str(code)[:40]
    return text if text.replace("_", "").isalnum() and text.isascii() else "an error that is no code"


def _basic(client: ClientAuth, method: str, uri: str, headers: Any, body: Any) -> Any:
    """RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined."""
    encoded = ClientAuth(quote_plus(client.client_id), quote_plus(client.client_secret))
    return encode_client_secret_basic(encoded, method, uri, headers, body)


@contextmanager
def _a_call(url: str) -> Iterator[None]:
    """One of the calls that may wait for this provider at a time. Raises SignInFailed where there are enough."""
    places = _calls[urlsplit(url).netloc]
    if not places.acquire(blocking=False):
        raise SignInFailed(Failure.SLOW, f"{CALLS_AT_ONCE} calls to the provider are under way already")
    try:
        yield
    finally:
        places.release()


def _fetched(url: str) -> dict[str, Any]:
    try:
        with _a_call(url):
            answer = outbound.send("GET", url, {"Accept": "application/json"}, deadline=PATIENCE)
    except OutboundError as error:
        raise _not_answered(error) from None
    return _json_of(answer.status, answer.body)


def _json_of(status: int, body: bytes) -> dict[str, Any]:
    if status >= 500:
        raise SignInFailed(Failure.DOWN, f"the provider answered with status {status}")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if status != 200 or not isinstance(content, dict):
        raise SignInFailed(Failure.REFUSED, f"no JSON object came, but status {status}")
    return content


def _not_answered(error: OutboundError) -> SignInFailed:
    failures = {Fault.SLOW: Failure.SLOW, Fault.FORBIDDEN: Failure.REFUSED, Fault.TOO_LARGE: Failure.UNTRUSTED}
    return SignInFailed(failures.get(error.fault, Failure.DOWN), f"the call failed: {error}")


def _values(claim: object) -> list[str]:
    """What a claim names, as text. Raises SignInFailed where it is not there or nothing that names a customer."""
    found = claim if isinstance(claim, list) else [claim]
    if len(found) > MOST_VALUES:
        raise SignInFailed(Failure.UNTRUSTED, f"the claim lists more than {MOST_VALUES} customers")
    values = [str(value) for value in found if isinstance(value, (str, int)) and not isinstance(value, bool)]
    if len(values) < len(found) or not all(0 < len(value) <= LONGEST_VALUE for value in values):
        raise SignInFailed(Failure.UNKNOWN, "the claim that names the customer is missing or names nobody")
    return values
