"""What is remembered of one visitor, in the session store on this side: links made, and the grant that came of one."""

import secrets
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest

from wattkeeper.demo.calls import Call
from wattkeeper.demo.configuration import CONFIG, Client
from wattkeeper.demo.platform import Json, Platform
from wattkeeper.demo.results import Grant

ATTEMPTS, GRANT = "attempts", "grant"
ATTEMPTS_KEPT = 10
OAUTH_CALLS_KEPT = 5


def remember_attempt(request: HttpRequest, state: str, client: Client, scope: str) -> tuple[str, str]:
    """Notes what is about to be asked and returns its `state`, the one given if it is this visitor's, else a new; and
    the verifier that belongs to it (RFC 7636 section 4.1)."""
    attempts = dict(request.session.get(ATTEMPTS, {}))
    if state not in attempts:
        state = secrets.token_urlsafe(24)
        for oldest in list(attempts)[: 1 - ATTEMPTS_KEPT]:
            del attempts[oldest]
    verifier = attempts.get(state, {}).get("verifier") or secrets.token_urlsafe(48)
    attempts[state] = {"client": _stored(client), "scope": scope, "verifier": verifier}
    request.session[ATTEMPTS] = attempts
    return state, verifier


def take_attempt(request: HttpRequest, state: str) -> Json | None:
    """The attempt a redirect answers, once."""
    attempts = dict(request.session.get(ATTEMPTS, {}))
    attempt: Json | None = attempts.pop(state, None)
    request.session[ATTEMPTS] = attempts
    return attempt


def keep_grant(request: HttpRequest, attempt: Json, token: Json, calls: list[Call]) -> None:
    """A new grant takes the place of the last one; the session gets a new name."""
    request.session.cycle_key()
    request.session[GRANT] = {
        "client": attempt["client"],
        "asked": attempt["scope"],
        "token": token,
        "calls": [asdict(call) for call in calls],
        "zones": {},
    }


def renew_grant(request: HttpRequest, token: Json | None, calls: list[Call]) -> None:
    """After a refresh: the new tokens when there are any, and what was said either way."""
    stored = request.session[GRANT]
    stored["token"] = token or stored["token"]
    stored["calls"] = [*stored["calls"], *(asdict(call) for call in calls)][-OAUTH_CALLS_KEPT:]
    request.session.modified = True


class Visit:
    """The grant a visitor has, opened for reading."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._stored: Json = request.session[GRANT]
        self.client = client_of(self._stored)
        self.grant = Grant(self._stored["token"], self._stored["asked"])
        self.platform = Platform(self.client, self._stored["token"])
        self.oauth_calls = [_call(stored) for stored in self._stored["calls"]]
        self.zones: Json = self._stored["zones"]

    def keep_zones(self) -> None:
        self._request.session.modified = True


def has_grant(request: HttpRequest) -> bool:
    return GRANT in request.session


def client_of(stored: Json) -> Client:
    """Our own clients' secrets are looked up, never kept in a session."""
    found = stored["client"]
    return CONFIG.client(found["client_id"]) or Client(**found)


def _stored(client: Client) -> Json:
    ours = CONFIG.client(client.client_id) is not None
    return asdict(client) | ({"client_secret": ""} if ours else {})


def _call(stored: dict[str, Any]) -> Call:
    call = Call(**stored)
    call.request_headers = [(name, value) for name, value in call.request_headers]
    call.headers = [(name, value) for name, value in call.headers]
    return call
