"""What every answer says unless its view knows better: keep this nowhere, and tell other sites nothing."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class CautionMiddleware:
    """`no-store` wherever nothing else is said, so that a new page can't forget it; `no-referrer` on what is no page.

    The referrer policy of a redirect holds for what follows it, and the one of a page for its links and forms.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            response["Cache-Control"] = "no-store"
        is_redirect = 300 <= response.status_code < 400
        if is_redirect or not response.headers.get("Content-Type", "").startswith("text/html"):
            response["Referrer-Policy"] = "no-referrer"
        return response
