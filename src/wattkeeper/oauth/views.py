"""The two endpoints, and the way back to the third party once the customer has answered."""

from uuid import UUID

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from wattkeeper.authorizations import browser, lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.oauth.rfc6749_authorization_code import UnknownClientError, UnregisteredRedirectError, issue_code
from wattkeeper.oauth.server import Server
from wattkeeper.utilities.models import Utility


@require_GET
@never_cache
def authorize(request: HttpRequest, slug: str) -> HttpResponse:
    """RFC 6749 section 3.1: judged and stored before anybody signs in, then handed to the customer's pages."""
    limits.spend_for_address(request, Limit.ADDRESS)  # of a browser: its client_id anybody may know and use up
    utility = get_object_or_404(Utility, slug=slug.lower())
    server = Server(utility)
    try:
        asked = server.get_consent_grant(request).request
    except OAuth2Error as error:
        if error.redirect_uri:
            response: HttpResponse = server.handle_error_response(None, error)
            return response
        return _refusal(request, utility, error)
    secret = browser.kept_or_new_secret(request)
    parameters: dict[str, str] = asked.payload.data
    stored = lifecycle.open_request(
        asked.client.registration,
        door=AuthorizationRequest.Door.OAUTH,
        scope=asked.asked,
        redirect_uri=parameters.get("redirect_uri", ""),
        state=parameters.get("state", ""),
        code_challenge=parameters.get("code_challenge", ""),
        code_challenge_method=parameters.get("code_challenge_method", ""),
        forces_sign_in=parameters.get("prompt") == "on",
        browser=secret,
    )
    to_customer = redirect("consent:start", stored.uid)
    browser.keep_secret(to_customer, secret)
    return to_customer


@csrf_exempt
@require_POST
def token(request: HttpRequest, slug: str) -> HttpResponse:
    """RFC 6749 section 3.2."""
    return Server(get_object_or_404(Utility, slug=slug.lower())).answer_token_request(request)


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
    """RFC 6749 section 4.1.2: appended to what the registered address has in its query, the state as it came."""
    if asking.state:
        parameters["state"] = asking.state
    return HttpResponse(status=302, headers={"Location": add_params_to_uri(asking.redirect_uri, parameters)})


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
