"""The two ways to present a token (utilityapi-json-api: section 1), and which classes of token may come in."""

from django.http import HttpRequest
from ninja.security import APIKeyQuery, HttpBearer

from wattkeeper.api.errors import ApiError
from wattkeeper.authorizations.access import Caller, TokenClass
from wattkeeper.authorizations.admission import admit as admit_token
from wattkeeper.authorizations.bearer import MalformedError, token_in


class BearerHeader(HttpBearer):
    """`Authorization: Bearer <token>`."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        try:
            token = token_in(request.headers.get("Authorization", ""))
        except MalformedError as problem:
            raise ApiError(400, "invalid_request", str(problem)) from None
        return self.authenticate(request, token) if token else None

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        return admit(request, token)


class TokenInQuery(APIKeyQuery):
    """`?access_token=<token>`, for an API token alone: an address ends in logs and histories (RFC 9700, 4.3.2)."""

    param_name = "access_token"

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if not key:
            return None
        caller = admit(request, key)
        if caller is not None and caller.token_class is not TokenClass.API:
            raise ApiError(400, "invalid_request", "Send this token in the header: Authorization: Bearer <token>.")
        return caller


WAYS = [BearerHeader(), TokenInQuery()]
ADMITTED = "wattkeeper.admitted"


def identity(caller: Caller) -> list[object]:
    """Whom an answer is for: requests that have the same may be told the same."""
    narrowed = sorted(caller.data_blocks) if caller.data_blocks is not None else None
    return [caller.token_class, caller.counted_as, caller.authorization and caller.authorization.pk, narrowed]


def caller_of(request: HttpRequest) -> Caller | None:
    """The caller, whichever way the token was presented; raises as `admit`."""
    return next((caller for way in WAYS if (caller := way(request))), None)


def admit(request: HttpRequest, token: str) -> Caller | None:
    """What `_admit` says: asked, and counted, once for each request."""
    if ADMITTED not in request.META:
        request.META[ADMITTED] = _admit(request, token)
    admitted: Caller | None = request.META[ADMITTED]
    return admitted


def _admit(request: HttpRequest, token: str) -> Caller | None:
    """The caller behind a token; None (401) where there is none.

    Raises ApiError 403 for a class that reads no customer's data or may only read, 400 where a token stands in header
    and query both (RFC 6750 section 2).
    """
    if "Authorization" in request.headers and TokenInQuery.param_name in request.GET:
        raise ApiError(400, "invalid_request", "Send one token, in the header or in the query, not in both.")
    if len(request.GET.getlist(TokenInQuery.param_name)) > 1:
        raise ApiError(400, "invalid_request", "Send one token: access_token is given more than once.")
    caller = admit_token(request, token)
    if caller is not None and caller.token_class not in {TokenClass.API, TokenClass.ACCESS, TokenClass.PERSONAL}:
        raise ApiError(
            403,
            "insufficient_scope",
            f"A {caller.token_class.value} access token opens no customer's data. "
            "Use an API token, or the access token of an authorization.",
        )
    if caller is not None and caller.token_class is TokenClass.PERSONAL and request.method != "GET":
        raise ApiError(403, "insufficient_scope", "A personal token reads, and changes nothing.")
    return caller
