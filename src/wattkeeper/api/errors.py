"""Every answer that is not a success has the one body `{"error", "error_description", "url"}`, and `parameter` where
one is to blame. `problems.finish` makes `url` lead to the place in the reference."""

import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from wattkeeper.authorizations.bearer import challenge
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.common import cases
from wattkeeper.common.limits import TooManyError

log = logging.getLogger(__name__)

RESOURCE = "api/v2"
DOUBLED = "is given more than once"
PLAIN_WORDS = {
    "bool_parsing": "takes true or false",
    "int_parsing": "takes a whole number",
    "int_parsing_size": "is too large a number",
    "int_type": "takes a whole number",
    "greater_than_equal": "takes a number from {ge} up",
    "less_than_equal": "takes a number up to {le}",
    "list_type": "takes a list",
    "too_long": "has more than {max_length} items",
    "literal_error": "takes one of {expected}",
    "model_type": "takes a JSON object",
    "model_attributes_type": "takes a JSON object",
    "string_too_long": "is longer than {max_length} characters",
    "bool_type": "takes true or false",
    "string_type": "takes text or null",
    "string_unicode": "has a character that no text has",
    "value_error": "{error}",
    "missing": "is missing",
}


class ApiError(Exception):
    """An error to answer with: HTTP status, machine-readable kind (of `problems.KINDS`), one sentence for the reader,
    and the parameter that is to blame, if it is one."""

    def __init__(self, status: int, kind: str, description: str, parameter: str = "") -> None:
        super().__init__(description)
        self.status = status
        self.kind = kind
        self.description = description
        self.parameter = parameter


def invalid(parameter: str, problem: str) -> ApiError:
    """400 for one parameter, e.g. `invalid("limit", "takes a whole number")`."""
    return ApiError(400, "invalid_param", f"{parameter} {problem}.", parameter)


def not_found(description: str) -> ApiError:
    """404: it does not exist, or this caller may not see it; which of the two is not said."""
    return ApiError(404, "not_found", description)


def answer(
    status: int, kind: str, description: str, headers: dict[str, str] | None = None, parameter: str = ""
) -> HttpResponse:
    """The error as a response."""
    body = {
        "error": kind,
        "error_description": description,
        "url": f"{settings.BASE_URL}{reverse('public:api_errors')}#{kind}",
    }
    return JsonResponse(body | ({"parameter": parameter} if parameter else {}), status=status, headers=headers)


def unauthorized(request: HttpRequest) -> HttpResponse:
    """401 with the challenge of RFC 6750 section 3: an error stands in it only where a token was presented."""
    has_token = "Authorization" in request.headers or "access_token" in request.GET
    return answer(
        401,
        "unauthorized",
        "Send an API token or an access token that is in force, as `Authorization: Bearer <token>`; "
        "an API token may stand in the query parameter access_token instead.",
        challenge(RESOURCE, "invalid_token" if has_token else ""),
    )


def install(api: NinjaAPI) -> None:
    """Makes the API answer every exception with that body."""

    def api_error(request: HttpRequest, error: Any) -> HttpResponse:
        is_of_token = error.kind in {"insufficient_scope", "invalid_request"}
        headers = challenge(RESOURCE, error.kind) if is_of_token else None
        return answer(error.status, error.kind, error.description, headers, error.parameter)

    def validation_error(request: HttpRequest, error: Any) -> HttpResponse:
        kind, description, parameter = _first_problem(error.errors[0], request.GET)
        return answer(400, kind, description, parameter=parameter)

    def http_error(request: HttpRequest, error: Any) -> HttpResponse:
        if isinstance(error.__cause__, ApiError):  # of reading.py
            return api_error(request, error.__cause__)
        return answer(error.status_code, "invalid_request", f"{error.message}.")

    def too_many(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(429, "too_many_requests", str(error))

    def missing(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(404, "not_found", "There is nothing at this address.")

    def failure(request: HttpRequest, error: Any) -> HttpResponse:
        case = cases.note(error)
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        described = f"Something went wrong on our side. It has been recorded under the case number {case}."
        return answer(500, "server_error", described)

    def ended(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(404, "not_found", "The authorization behind this data has ended.")

    api.add_exception_handler(ApiError, api_error)
    api.add_exception_handler(GrantEndedError, ended)
    api.add_exception_handler(ValidationError, validation_error)
    api.add_exception_handler(AuthenticationError, lambda request, error: unauthorized(request))
    api.add_exception_handler(HttpError, http_error)
    api.add_exception_handler(TooManyError, too_many)
    api.add_exception_handler(Http404, missing)
    api.add_exception_handler(Exception, failure)


def _first_problem(problem: dict[str, Any], query: QueryDict) -> tuple[str, str, str]:
    """Kind, sentence and parameter of one of pydantic's problems, named as the reader wrote it: `meters.0` is the first
    item of the list `meters` in the body."""
    place = problem["loc"]
    if place[:1] == ("body",) and len(place) == 2:
        return "invalid_param", "The body takes a JSON object.", ""
    name = ".".join(map(str, place[2:])) if place[0] == "body" else str(place[-1])
    if place[0] == "query" and len(query.getlist(name)) > 1:
        return "invalid_param", f"{name} {DOUBLED}.", name
    words = PLAIN_WORDS.get(problem["type"], "is not valid").format(**problem.get("ctx", {}))
    kind = "required_param_missing" if problem["type"] == "missing" else "invalid_param"
    return kind, f"{name} {words}.", name
