"""The endpoints, and the way back to the third party once the customer has answered."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from authlib.oauth2.rfc6749 import OAuth2Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_safe

from wattkeeper.authorizations import browser, lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.common.pages import for_people
from wattkeeper.oauth import rfc8414_metadata, rfc9126_par, rfc9728_resource_metadata
from wattkeeper.oauth.asking import as_stored
from wattkeeper.oauth.rfc6749_authorization_code import UnknownClientError, UnregisteredRedirectError, issue_code
from wattkeeper.oauth.rfc7009_revocation import RevocationEndpoint
from wattkeeper.oauth.rfc7662_introspection import IntrospectionEndpoint
from wattkeeper.oauth.rfc9207_issuer import redirect_back
from wattkeeper.oauth.server import Server
from wattkeeper.utilities.models import Utility

NOT_CACHED = {"Cache-Control": "no-store"}


@csrf_exempt  # it takes nothing but GET; a POST is told that, not that it lacks a cookie
@for_people
@require_GET
@never_cache
def authorize(request: HttpRequest, slug: str) -> HttpResponse:
    """RFC 6749 section 3.1: judged and stored before anybody signs in, then handed to the customer's pages."""
    limits.spend_for_address(request, Limit.ADDRESS)  # of a browser: its client_id anybody may know and use up
    utility = get_object_or_404(Utility, slug=slug.lower())
    server = Server(utility)
    secret = browser.kept_or_new_secret(request)
    try:
        asked = server.create_oauth2_request(request)
        if rfc9126_par.is_pushed(asked):
            stored = rfc9126_par.take_up(utility, asked, secret)
        else:
            server.get_consent_grant(asked)
            stored = lifecycle.open_request(asked.client.registration, browser=secret, **as_stored(asked))
    except OAuth2Error as error:
        return server.handle_error_response(None, error) if error.redirect_uri else _refusal(request, utility, error)
    to_customer = redirect("consent:start", stored.uid)
    browser.keep_secret(to_customer, secret)
    return to_customer


def _endpoint(respond: Callable[[HttpRequest, Server], HttpResponse]) -> Callable[..., HttpResponse]:
    """An endpoint for programs: POST alone, and whatever goes wrong is said in JSON."""

    @csrf_exempt
    @wraps(respond)
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        utility = Utility.objects.filter(slug=slug.lower()).first()
        if utility is None:
            return _no(404, "not_found", "There is no such utility here.")
        if request.method != "POST":
            response = _no(405, "invalid_request", "Send a POST request.")
            response["Allow"] = "POST"
            return response
        return respond(request, Server(utility))

    return view


@_endpoint
def token(request: HttpRequest, server: Server) -> HttpResponse:
    """RFC 6749 section 3.2."""
    return server.answer(server.create_token_response, request)


@_endpoint
def revoke(request: HttpRequest, server: Server) -> HttpResponse:
    return server.answer_endpoint(RevocationEndpoint, request)


@_endpoint
def introspect(request: HttpRequest, server: Server) -> HttpResponse:
    return server.answer_endpoint(IntrospectionEndpoint, request)


@_endpoint
def push(request: HttpRequest, server: Server) -> HttpResponse:
    return server.answer_endpoint(rfc9126_par.PushedRequestEndpoint, request)


@require_safe
@cache_control(public=True, max_age=300)
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """RFC 8414 section 3. The issuer is compared as a string there, so its one spelling is the only one."""
    utility = Utility.objects.filter(slug=slug).first()
    if utility is None:
        return _no(404, "not_found", "There is no such issuer here.")
    return JsonResponse(rfc8414_metadata.metadata(utility))


@require_safe
@cache_control(public=True, max_age=300)
def resource_metadata(request: HttpRequest, path: str) -> HttpResponse:
    """RFC 9728 section 3."""
    return JsonResponse(rfc9728_resource_metadata.metadata(path))


@require_GET
@never_cache
def resume(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sends the browser back to the third party: with a code, once, or with the news that the customer declined."""
    try:
        asking = lifecycle.find_request(uid, browser.secret_of(request))
    except (lifecycle.RequestUnknown, lifecycle.RequestExpired):
        return redirect("consent:start", uid)
    if asking.status == AuthorizationRequest.Status.PENDING or not asking.redirect_uri:
        return redirect("consent:done", uid)
    if asking.status == AuthorizationRequest.Status.DECLINED or asking.authorization is None:
        return _back(asking, error="access_denied", error_description="The customer declined.")
    code = issue_code(asking)
    return _back(asking, code=code) if code else redirect("consent:receipt", asking.authorization.uid)


def _back(asking: AuthorizationRequest, **parameters: str) -> HttpResponse:
    """With the state as it came."""
    if asking.state:
        parameters["state"] = asking.state
    return redirect_back(asking.registration.utility, asking.redirect_uri, parameters)


def _no(status: int, error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status, headers=NOT_CACHED)


def _refusal(request: HttpRequest, utility: Utility, error: OAuth2Error) -> HttpResponse:
    """What cannot be told the client by a redirect is told the customer, with two lines for the client's developer."""
    mistakes = {UnknownClientError: "client", UnregisteredRedirectError: "redirect"}
    context = {
        "utility": utility,
        "mistake": mistakes.get(type(error), error.error),
        "error": error.error,
        "description": error.description,
    }
    return render(request, "oauth/error.html", context, status=error.status_code)
