"""What is settled before a view runs, whichever it is: size, method, and how many requests came already.

Addresses for programs (the APIs and the token endpoint: those exempt from the CSRF check and not marked as for people)
get their no as JSON, pages as a page.
"""

import math
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from wattkeeper.api import problems
from wattkeeper.api.routes import ROOT
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit, TooManyError
from wattkeeper.config.answers import GetResponse

LONGEST_QUERY = LONGEST_COOKIES = 8 * 1024
LARGEST_BODY = 64 * 1024
PAGE_METHODS = ("GET", "HEAD", "POST")
_FOR_PROGRAMS = "wattkeeper.for_programs"


class GateMiddleware:
    """Says no early, counts what is not counted for a client, and tells every program how much it has left."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_for_programs(request):
            response = _counted_by_address(request, _for_programs(request, response))
        if standings := limits.standings(request):
            response["RateLimit-Policy"] = ", ".join(standing.policy for standing in standings)
            response["RateLimit"] = ", ".join(standing.state for standing in standings)
            if response.status_code == 429:
                response["Retry-After"] = str(standings[-1].wait)
        return response

    def process_view(self, request: HttpRequest, view: Any, *_: object) -> HttpResponse | None:
        request.META[_FOR_PROGRAMS] = getattr(view, "csrf_exempt", False) and not getattr(view, "for_people", False)
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            return _refusal(request, 414, f"The query is longer than {LONGEST_QUERY} bytes.")
        if len(request.META.get("HTTP_COOKIE", "")) > LONGEST_COOKIES:
            return _refusal(request, 431, f"The cookies are longer than {LONGEST_COOKIES} bytes.")
        if (length := request.META.get("CONTENT_LENGTH") or "0").isdecimal() and int(length) > LARGEST_BODY:
            return _refusal(request, 413, f"The body is larger than {LARGEST_BODY} bytes.")
        if request.method not in PAGE_METHODS and not is_for_programs(request):
            return HttpResponseNotAllowed(PAGE_METHODS)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _refusal(request, 429, str(error), error.standing.wait) if isinstance(error, TooManyError) else None


def is_for_programs(request: HttpRequest) -> bool:
    """Whether a program is to be answered; False before it is known."""
    return bool(request.META.get(_FOR_PROGRAMS))


def _for_programs(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Django's own 404 and 405 are pages."""
    if response.status_code not in {404, 405} or not response.headers["Content-Type"].startswith("text/html"):
        return response
    described = {404: "There is nothing at this address.", 405: "This address takes another method."}
    plain = _refusal(request, response.status_code, described[response.status_code])
    if allowed := response.headers.get("Allow"):
        plain["Allow"] = allowed
    return plain


def _counted_by_address(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """401 is a wrong guess. Beyond the limit the answer is 429, to the guesses alone: what is right still gets in."""
    try:
        if response.status_code == 401:
            limits.spend_for_address(request, Limit.WRONG_CLIENTS if _is_oauth(request) else Limit.WRONG_TOKENS)
        elif not limits.standings(request):
            limits.spend_for_address(request, Limit.ADDRESS)
    except TooManyError as error:
        return _refusal(request, 429, str(error))
    return response


def _refusal(request: HttpRequest, status: int, description: str, wait: int = 0) -> HttpResponse:
    if not is_for_programs(request):
        # No utility: what is refused unread, or for being too much, is not worth a look into the database.
        context = {"wait": wait, "minutes": math.ceil(wait / 60) if wait > 90 else 0, "utility": None}
        return render(request, "429.html" if status == 429 else "400.html", context, status=status)
    error = "invalid_request"
    if status == 429:  # RFC 6749 has no error of its own for it; this is the nearest, of section 4.1.2.1
        error = "temporarily_unavailable" if _is_oauth(request) else "too_many_requests"
    docs = settings.BASE_URL + reverse("public:docs")
    answer = JsonResponse({"error": error, "error_description": description, "url": docs}, status=status)
    return problems.finish(request, answer) if _is_json_api(request) else answer


def _is_json_api(request: HttpRequest) -> bool:
    return request.path.startswith(f"{ROOT}/")


def _is_oauth(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_name == "oauth"
