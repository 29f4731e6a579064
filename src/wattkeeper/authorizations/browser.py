"""The secret that binds a request for consent to the browser that began it, kept in a cookie of that browser."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wattkeeper.common import ids

COOKIE = "__Host-request_browser" if settings.IS_HTTPS else "request_browser"
LIFETIME_SECONDS = 2 * 3600
"""Longer than a request waits for its answer: the browser still has to be sent back after it."""


def secret_of(request: HttpRequest) -> str:
    """The browser's secret, or an empty string."""
    return request.COOKIES.get(COOKIE, "")


def kept_or_new_secret(request: HttpRequest) -> str:
    """The secret that the browser has (two tabs may ask at once), or a new one."""
    secret = secret_of(request)
    return secret if re.fullmatch(r"[0-9a-f]{64}", secret) else ids.new_secret()


def keep_secret(response: HttpResponse, secret: str) -> None:
    """Has the browser keep it, out of reach of scripts and of other sites' embedded requests."""
    response.set_cookie(
        COOKIE, secret, max_age=LIFETIME_SECONDS, secure=settings.IS_HTTPS, httponly=True, samesite="Lax"
    )
