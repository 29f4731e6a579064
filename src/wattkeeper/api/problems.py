"""What can go wrong, by the kind that stands in `error`; and how an error says where to read on (RFC 9457)."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One kind of error. `is_common`: every operation that answers with one of the statuses may say it; other kinds
    stand with their operations in `calls.CALLS`."""

    statuses: tuple[int, ...]
    title: str
    meaning: str
    is_common: bool = True


KINDS = {
    "invalid_param": Problem(
        (400,), "A parameter is wrong", "`parameter` names it, and `error_description` says what it takes."
    ),
    "required_param_missing": Problem((400,), "A parameter is missing", "`parameter` names it, where it is one."),
    "expired_or_revoked": Problem(
        (400,), "Nothing left to do it for", "All meters named are of authorizations that have ended.", is_common=False
    ),
    "access_invalid": Problem(
        (400,), "No customer found", "The test account is one that finds nobody.", is_common=False
    ),
    "invalid_request": Problem(
        (400, 413, 414, 431),
        "The request cannot be read",
        "The body is no JSON object or too large, the query or the cookies are too long, or two tokens were sent.",
    ),
    "unauthorized": Problem(
        (401,), "No token in force", "The token is missing, unknown, expired or revoked. Get a new one."
    ),
    "insufficient_scope": Problem(
        (403,), "The token may not do this", "Tokens differ in what they open: an API token opens all of this."
    ),
    "forbidden": Problem(
        (403,), "Not for real customers", "Only test data can be deleted. To stop reading, revoke.", is_common=False
    ),
    "not_found": Problem(
        (404,), "Nothing here for you", "It does not exist, or you may not see it; which of the two is not said."
    ),
    "method_not_allowed": Problem((405,), "Another method", "The header field `Allow` lists those of this address."),
    "not_acceptable": Problem((406,), "No such shape", "`Accept` names none of the shapes that the answer can have."),
    "idempotency_key_in_use": Problem(
        (409,), "Still under way", "The first request with this `Idempotency-Key` has not ended. Send it again later."
    ),
    "idempotency_key_reused": Problem(
        (422,), "The key is taken", "This `Idempotency-Key` came with another request before. Make a new one."
    ),
    "too_many_requests": Problem(
        (429,), "Too many requests", "Wait as many seconds as `Retry-After` says. The refused request did not count."
    ),
    "server_error": Problem(
        (500,), "Something went wrong on our side", "The description has a case number, under which it is recorded."
    ),
}


@dataclass(frozen=True)
class Place:
    """Where an operation stands in the reference: its page, its id, and what its page has anchors for."""

    page: str
    operation: str
    parameters: frozenset[str]


Places = dict[tuple[str, str], Place]
"""By path as the API document has it, and method in lower case."""


def finish(request: HttpRequest, response: HttpResponse, places: Places | None = None) -> HttpResponse:
    """An error's answer with `url` leading to the anchor of its parameter or its kind, and in the form of RFC 9457
    where `Accept` names that form."""
    body: dict[str, Any] = json.loads(response.content)
    kind_url = f"{settings.BASE_URL}{reverse('public:api_errors')}#{body['error']}"
    body["url"] = _parameter_url(request, body.get("parameter", ""), places or {}) or kind_url
    if _asks_for_problem(request):
        known = KINDS.get(body["error"])
        problem = {"type": kind_url, "title": known.title if known else body["error"], "status": response.status_code}
        body = {**problem, "detail": body["error_description"], **body}
        response.headers["Content-Type"] = PROBLEM_JSON
    response.content = json.dumps(body).encode()
    patch_vary_headers(response, ["Accept"])
    return response


def _parameter_url(request: HttpRequest, parameter: str, places: Places) -> str:
    """Empty where the reference has no such parameter at this operation."""
    route = request.resolver_match.route if request.resolver_match else ""
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).rstrip("/")
    place = places.get((path, (request.method or "").lower()))
    name = parameter.partition(".")[0]
    if place is None or name not in place.parameters:
        return ""
    return f"{settings.BASE_URL}{reverse('public:api_group', args=[place.page])}#{place.operation}-{name}"


def _asks_for_problem(request: HttpRequest) -> bool:
    """Whether `Accept` names the form: a wildcard gets what clients of the original platform know."""
    named = (f"{one.main_type}/{one.sub_type}" for one in request.accepted_types if one.quality > 0)
    return PROBLEM_JSON in named
