"""The pages and the endpoints."""

import hmac
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wattkeeper.demo_provider import server
from wattkeeper.demo_provider.configuration import CONFIG, Person
from wattkeeper.demo_provider.server import Server


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Straight back for whoever is signed in, unless a new sign-in is asked for; else the sign-in."""
    provider, (person, at) = Server(request), _signed_in(request)
    try:
        grant = provider.get_consent_grant(request, end_user=person)
    except OAuth2Error as error:
        if error.redirect_uri:
            response: HttpResponse = provider.handle_error_response(None, error)
            return response
        return _page(request, "problem", 400, problem=error.description or error.error)
    asked: dict[str, str] = grant.request.payload.data
    if request.method == "POST":
        person, at, mistake = _attempt(request)
        if mistake:
            return _sign_in_page(request, grant.client.client.name, mistake)
    elif person is None or grant.prompt == "login" or _is_stale(asked.get("max_age", ""), at):
        return _sign_in_page(request, grant.client.client.name)
    grant.request.auth_time = at
    answer: HttpResponse = provider.create_authorization_response(grant.request, grant_user=person, grant=grant)
    return answer


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    provider = Server(request)
    try:
        response: HttpResponse = provider.create_token_response(request)
    except OAuth2Error as error:
        response = provider.handle_error_response(None, error)
    return response


@csrf_exempt
@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = Server(request).create_endpoint_response("userinfo", request)
    return response


@require_GET
def discovery(request: HttpRequest) -> JsonResponse:
    return JsonResponse(server.metadata())


@require_GET
def jwks(request: HttpRequest) -> JsonResponse:
    return JsonResponse(server.KEYS.as_dict(private=False))


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and who can be played."""
    return _page(request, "start", person=_signed_in(request)[0], people=_people())


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("start")


@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ready"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "problem", 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "problem", 404)


def _signed_in(request: HttpRequest) -> tuple[Person | None, int]:
    """The person and when they signed in."""
    return CONFIG.person(request.session.get("username", "")), request.session.get("at", 0)


def _attempt(request: HttpRequest) -> tuple[Person | None, int, str]:
    """Whoever signs in now; nobody, without a mistake, where they would rather not."""
    if "cancel" in request.POST:
        return None, 0, ""
    person = CONFIG.person(request.POST.get("username", ""))
    if person is None or not hmac.compare_digest(person.password.encode(), request.POST.get("password", "").encode()):
        return None, 0, gettext("No online account has this user name and password.")
    request.session.cycle_key()
    request.session["username"], request.session["at"] = person.username, server.now()
    return person, request.session["at"], ""


def _is_stale(max_age: str, at: int) -> bool:
    return max_age.isdecimal() and server.now() - at >= int(max_age)


def _sign_in_page(request: HttpRequest, client: str, mistake: str = "") -> HttpResponse:
    return _page(
        request,
        "sign_in",
        200,
        client=client,
        mistake=mistake,
        username=request.POST.get("username", ""),
        people=_people(),
    )


def _people() -> list[dict[str, str]]:
    language = get_language() or "en"
    return [
        {
            "username": person.username,
            "password": person.password,
            "name": person.name,
            "description": person.descriptions.get(language) or person.descriptions.get("en", ""),
        }
        for person in CONFIG.people
    ]


def _page(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"demo_provider/{name}.html", context, status=status)
