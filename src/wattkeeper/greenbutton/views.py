"""The HTTP side of the Green Button API: who asks, may they, and what do they take.

Everything that can be refused is refused before the first byte.
"""

from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from wattkeeper.authorizations import bearer
from wattkeeper.authorizations.access import Caller, TokenClass
from wattkeeper.authorizations.admission import admit
from wattkeeper.authorizations.bearer import challenge
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.sending import send
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.common import clock
from wattkeeper.common.ids import stable_uid
from wattkeeper.common.limits import TooManyError
from wattkeeper.greenbutton import atom
from wattkeeper.greenbutton.asking import Ask, Feed
from wattkeeper.greenbutton.errors import RefusedError, not_found
from wattkeeper.greenbutton.links import RESOURCE
from wattkeeper.greenbutton.negotiation import require_xml
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.routes import Classes, Route

STATUS = f'{atom.PROLOG}<ServiceStatus xmlns="{atom.ESPI}"><currentStatus>1</currentStatus></ServiceStatus>\n'
EVERYONE: Classes = frozenset(TokenClass)
Answer = Callable[[HttpRequest], HttpResponseBase]


def endpoint(route: Route) -> Callable[..., HttpResponseBase]:
    """The view of a route of the permission table."""

    def view(request: HttpRequest, **ids: object) -> HttpResponseBase:
        return _guarded(request, partial(_answer, route, ids), route.methods)

    return csrf_exempt(view)


@csrf_exempt
def service_status(request: HttpRequest) -> HttpResponseBase:
    """ReadServiceStatus: for any class of token, and without an Atom wrapper."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        _admit(request, EVERYONE)
        return send(request, [STATUS.encode()], atom.XML_TYPE)

    return _guarded(request, answer)


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Any other address below the resource root."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        _admit(request, EVERYONE)
        raise not_found()

    return _guarded(request, answer)


def _guarded(request: HttpRequest, answer: Answer, methods: Sequence[str] = ("GET", "HEAD")) -> HttpResponseBase:
    try:
        if request.method not in methods:
            allowed = ", ".join(methods)
            raise RefusedError(405, "method_not_allowed", f"This resource takes {allowed} alone.", {"Allow": allowed})
        return answer(request)
    except RefusedError as refused:
        return refused.response()
    except TooManyError as error:
        return RefusedError(429, "too_many_requests", str(error)).response()
    except GrantEndedError:
        return _invalid_token().response()


def _answer(route: Route, ids: dict[str, object], request: HttpRequest) -> HttpResponseBase:
    caller, token = _admit(request, route.classes)
    query = Query.of(request.GET)
    look = Look(caller, "espi", route.name, route.shows, query.asked)
    path = request.path_info.rstrip("/")
    href = settings.BASE_URL + path
    handler = route.delete if request.method == "DELETE" and route.delete is not None else route.handler
    found = handler(Ask(caller, token, query, look, href), **ids)
    if isinstance(found, Feed):
        uid, updated = stable_uid("feed", path), clock.epoch(clock.now())
        pieces = atom.feed(found.title, uid, href, updated, query.page(found.entries), schema=found.schema)
        return send(request, pieces, atom.ATOM_TYPE)
    return send(request, [atom.single(found)], atom.ATOM_TYPE)


def _admit(request: HttpRequest, classes: Classes) -> tuple[Caller, str]:
    """The caller and its token; RefusedError 400, 401, 403 or 406 (RFC 6750 section 3)."""
    try:
        token = bearer.token_in(request.headers.get("Authorization", ""))
    except bearer.MalformedError as problem:
        raise RefusedError(400, "invalid_request", str(problem), challenge(RESOURCE, "invalid_request")) from None
    if token is None:
        description = "Send a token in the header Authorization: Bearer ..."
        raise RefusedError(401, "unauthorized", description, challenge(RESOURCE))
    caller = admit(request, token)
    if caller is None:
        raise _invalid_token()
    if caller.token_class not in classes:
        wanted = " or ".join(sorted(name.value for name in classes))
        raise RefusedError(
            403,
            "insufficient_scope",
            f"This resource takes a token of another class: {wanted}, not {caller.token_class.value}.",
            challenge(RESOURCE, "insufficient_scope"),
        )
    require_xml(request.headers.get("Accept", ""))
    return caller, token


def _invalid_token() -> RefusedError:
    description = "This token is unknown, expired or revoked, or the authorization behind it has ended."
    return RefusedError(401, "invalid_token", description, challenge(RESOURCE, "invalid_token"))
