"""Where the JSON API answers: each path with and without a trailing slash, and an error body for all the rest."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import URLPattern, path, re_path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from wattkeeper.api import document, errors, idempotency, problems, tags
from wattkeeper.api.routes import ROOT, api

View = Callable[..., HttpResponseBase]


def answered(view: View) -> View:
    """The view with HEAD answered as GET is, 405 in the API's own words, a POST with a key done once, 304 for
    what the client has, and nothing kept by caches."""

    @csrf_exempt
    @wraps(view)
    def answering(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        try:
            response = idempotency.once(request, lambda: view(request, **parts))
        except Exception as error:
            response = api.on_exception(request, error)
        if response.status_code == 405:
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            response = errors.answer(405, "method_not_allowed", f"This address takes {allowed}.")
            response["Allow"] = allowed
        if isinstance(response, HttpResponse) and response.status_code >= 400:
            response = problems.finish(request, response, document.places())
        response = tags.settle(request, response)
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["Authorization", "Accept"])
        if is_head and response.streaming:
            return StreamingHttpResponse((), status=response.status_code, headers=response.headers)
        return response

    return answering


def unknown(request: HttpRequest, **parts: Any) -> HttpResponse:
    return errors.answer(404, "not_found", "There is nothing at this address.")


def openapi(request: HttpRequest) -> HttpResponse:
    """The API document, open to everyone."""
    return JsonResponse(document.document())


def both_spellings(route: str, view: View) -> list[URLPattern]:
    return [path(f"{ROOT[1:]}/{route}{slash}", answered(view)) for slash in ("", "/")]


urlpatterns = [
    *both_spellings("openapi.json", require_safe(openapi)),
    *(
        pattern
        # An address that is spelt out comes before one with a part to fill in, whichever router has it.
        for known in sorted(api.urls[0], key=lambda known: "<" in str(known.pattern))
        if str(known.pattern) and known.callback
        for pattern in both_spellings(str(known.pattern), known.callback)
    ),
    re_path(rf"^{ROOT[1:]}(?:/.*)?$", answered(unknown)),
]
