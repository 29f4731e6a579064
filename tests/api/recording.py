"""Records what the sandbox answers to the calls of api/calls.py, as the package keeps it in api/examples.json.

Time stands still and random identifiers are replaced in the order in which they come, so that the same code records the
same file, byte by byte.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from limits import parse

import cast
from wattkeeper.api import calls, document, idempotency
from wattkeeper.api.problems import KINDS
from wattkeeper.authorizations import lifecycle, tokens
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import clock, ids, limits
from wattkeeper.common.limit_stores import Memory
from wattkeeper.companies.models import Member
from wattkeeper.config import settings as configured
from wattkeeper.customers.models import Occupancy
from wattkeeper.people.models import User
from wattkeeper.sandbox.epe import seed_epe
from wattkeeper.sandbox.seeding import SeedResult
from wattkeeper.utilities.models import World

BASE = "http://localhost:8000"
RANDOM = r"\b([0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\b"
"""What is random, or derived from what is: referrals, and all other identifiers."""
PRESENT = datetime(2026, 11, 24, 19, tzinfo=UTC)
MOST_ITEMS = 3
HOW_TO_MEND = "The examples are no longer what the API answers. Look why; if it is meant: python bin/examples.py"


@contextmanager
def sandbox() -> Iterator[tuple[str, SeedResult]]:
    """The sandbox as it is seeded, with the residential test account sharing everything: a token, and what stands."""
    source = clock.set_source(lambda: PRESENT)
    try:
        with override_settings(BASE_URL=BASE, LIMITS=configured.LIMITS), patch.object(limits, "MEMORY", Memory()):
            seeded = seed_epe()
            company = seeded.registration.company
            user = User.objects.create_user("developer@testcompany.example")
            member = Member.objects.create(company=company, user=user)
            party = cast.ThirdParty(company, member, seeded.registration, "", issue_api_token(member, "examples"))
            home = seeded.test_accounts[0].customer
            assert home is not None
            stay = Occupancy.objects.select_related("service").get(account__customer=home)
            cast.tell(cast.authorize(party, stay.service))
            yield party.api_token, seeded
    finally:
        clock.set_source(source)


def record() -> dict[str, Any]:
    """What `document.examples` reads. AssertionError where an operation has no call, or a call fails."""
    with sandbox() as (token, seeded):
        values: calls.Values = {}
        recorded: dict[str, Any] = {}
        failures: dict[str, HttpResponseBase] = {}
        for name, call in calls.in_order():
            if call.ends and not failures:
                failures = {kind: fail(token, seeded, values) for kind, fail in FAILURES.items()}
            with patch.object(limits, "MEMORY", Memory()):  # all this happens in one moment
                response = send(name, call, values, token)
            assert response.status_code == HTTPStatus.OK, f"{name}: {text(response)}"
            recorded[name] = {"content_type": response["Content-Type"].partition(";")[0]}
            if recorded[name]["content_type"] == "application/json":
                answer = json.loads(text(response))
                values |= calls.kept(call, answer)
                recorded[name]["answer"] = shortened(answer)
    errors = {kind: json.loads(text(response)) for kind, response in failures.items()}
    assert [body["error"] for body in errors.values()] == list(KINDS)
    return settled({"values": values, "calls": recorded, "errors": errors})


def send(name: str, call: calls.Call, values: calls.Values, token: str) -> HttpResponseBase:
    """The answer to a call, as a client of the document would make it."""
    path, method = next(
        (path, method)
        for path, method, operation in document.operations(document.document())
        if operation["operationId"] == name
    )
    address = calls.filled(path, calls.filled(call.path, values))
    body = "" if call.body is None else json.dumps(calls.filled(call.body, values))
    return ask(token, method, address, body, call.headers, **calls.filled(call.query, values))


def ask(
    token: str | None,
    method: str,
    address: str,
    content: str = "",
    headers: calls.Values | None = None,
    /,
    **query: str,
) -> HttpResponseBase:
    client = Client(raise_request_exception=False)
    sent = (headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    response: HttpResponseBase = client.generic(
        method.upper(),
        f"{address}?{urlencode(query)}",
        content,
        content_type="application/json",
        headers=sent,
    )
    return response


def text(response: Any) -> str:
    content: bytes = response.getvalue() if response.streaming else response.content
    return content.decode()


def shortened(answer: Any) -> Any:
    """Lists of objects cut to their first items."""
    if isinstance(answer, dict):
        return {name: shortened(value) for name, value in answer.items()}
    if isinstance(answer, list):
        is_plain = all(not isinstance(item, dict) for item in answer)
        return answer if is_plain else [shortened(item) for item in answer[:MOST_ITEMS]]
    return answer


def settled(recorded: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from run to run: random identifiers, the base address."""
    known: dict[str, str] = {}
    made = json.dumps(recorded).replace(BASE, "{base_url}")
    made = re.sub(RANDOM, lambda found: known.setdefault(found[0], stable(found[0], len(known))), made)
    result: dict[str, Any] = json.loads(made)
    return result


def stable(replaced: str, number: int) -> str:
    """What takes the place of the n-th random identifier; it looks like one."""
    digest = ids.digest(f"example {number}")
    return str(UUID(hex=digest[:32], version=4)) if "-" in replaced else digest


def _too_often(token: str, _: SeedResult, __: calls.Values) -> HttpResponseBase:
    with override_settings(LIMITS=settings.LIMITS | {"token": parse("1/minute")}):
        ask(token, "get", "/api/v2/meters")
        return ask(token, "get", "/api/v2/meters")


def _broken(token: str, _: SeedResult, __: calls.Values) -> HttpResponseBase:
    logging.disable()  # what fails on purpose is no news
    try:
        with patch("wattkeeper.api.finding.owner", side_effect=RuntimeError("on purpose")):
            return ask(token, "get", "/api/v2/meters")
    finally:
        logging.disable(logging.NOTSET)


def _ended(token: str, _: SeedResult, values: calls.Values) -> HttpResponseBase:
    with transaction.atomic():
        lifecycle.revoke(Authorization.objects.get(uid=values["authorization_uid"]), by="company")
        response = _collect(token, values)
        transaction.set_rollback(True)
    return response


def _of_real_customer(token: str, _: SeedResult, values: calls.Values) -> HttpResponseBase:
    with patch.object(World, "is_live", True):
        return ask(token, "delete", f"/api/v2/authorizations/{values['authorization_uid']}")


def _under_way(token: str, _: SeedResult, values: calls.Values) -> HttpResponseBase:
    logging.disable()
    try:
        killed = patch.object(idempotency, "_done", side_effect=RuntimeError("killed"))
        with killed, patch.object(idempotency.Attempt, "let_go"):
            _collect(token, values, key="collect-2")
        return _collect(token, values, key="collect-2")
    finally:
        logging.disable(logging.NOTSET)


def _collect(token: str, values: calls.Values, *, key: str = "") -> HttpResponseBase:
    body = json.dumps({"meters": [values["meter_uid"]]})
    headers = {"Idempotency-Key": key} if key else {}
    return ask(token, "post", "/api/v2/meters/historical-collection", body, headers)


Fail = Callable[[str, SeedResult, calls.Values], HttpResponseBase]
FAILURES: dict[str, Fail] = {
    "invalid_param": lambda token, _, values: ask(
        token, "get", "/api/v2/intervals", meters=values["meter_uid"], start="yesterday"
    ),
    "required_param_missing": lambda token, *_: ask(token, "get", "/api/v2/bills"),
    "expired_or_revoked": _ended,
    "access_invalid": lambda token, _, values: ask(
        token, "post", f"/api/v2/forms/{values['form_uid']}/test-submit", '{"utility": "EPE", "scenario": "badlogin"}'
    ),
    "invalid_request": lambda token, *_: ask(token, "get", "/api/v2/meters", access_token=token),
    "unauthorized": lambda *_: ask(None, "get", "/api/v2/meters"),
    "insufficient_scope": lambda _, seeded, __: ask(
        tokens.issue(Token.Kind.CLIENT, seeded.registration), "get", "/api/v2/meters"
    ),
    "forbidden": _of_real_customer,
    "not_found": lambda token, *_: ask(token, "get", "/api/v2/meters/12345"),
    "method_not_allowed": lambda token, _, values: ask(token, "delete", f"/api/v2/meters/{values['meter_uid']}"),
    "not_acceptable": lambda token, _, values: ask(
        token, "get", "/api/v2/intervals", "", {"Accept": "text/plain"}, meters=values["meter_uid"]
    ),
    "idempotency_key_in_use": _under_way,
    "idempotency_key_reused": lambda token, _, values: _collect(
        token, values, key=calls.CALLS["collect_history"].headers["Idempotency-Key"]
    ),
    "too_many_requests": _too_often,
    "server_error": _broken,
}
"""How each kind of error comes about. A new kind of `problems.KINDS` needs a line here."""
