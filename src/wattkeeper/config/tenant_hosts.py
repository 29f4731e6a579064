"""A utility's own host name shows its own pages, and nothing else."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase

from wattkeeper.config import gate
from wattkeeper.config.answers import GetResponse
from wattkeeper.utilities import tenants


class TenantHostMiddleware:
    """Sends on to the base URL whatever is no page of the host's utility: sessions, consent and tokens live there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _: object, values: dict[str, Any]) -> HttpResponse | None:
        slug = tenants.slug_of_host(request)
        if not slug or (getattr(view, "is_branded", False) and values.get("slug") in {None, slug}):
            return None
        if gate.is_for_programs(request):  # a token sent to the wrong host is not sent about any further
            described = f"The APIs are at {settings.BASE_URL}."
            return JsonResponse({"error": "misdirected_request", "error_description": described}, status=421)
        return HttpResponseRedirect(settings.BASE_URL + request.get_full_path())
