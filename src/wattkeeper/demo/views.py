"""The pages. Each finds the visitor's session, calls one module, and renders."""

from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wattkeeper.demo import explanations, visit
from wattkeeper.demo.chart import chart, title
from wattkeeper.demo.configuration import CONFIG
from wattkeeper.demo.forms import LinkForm, defaults
from wattkeeper.demo.pages import bill_rows, comparison, navigation, offsets, secrets_of
from wattkeeper.demo.platform import Platform, PlatformError, authorize_url, issuer
from wattkeeper.demo.results import Choice, gather
from wattkeeper.demo.scope import explain
from wattkeeper.demo.usage import VIEWS, View


def site(request: HttpRequest) -> dict[str, Any]:
    """For every template."""
    return {"redirect_uri": CONFIG.redirect_uri, "platform_url": CONFIG.platform_url}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The link builder. A GET shows the link for the defaults already, so that one click is enough."""
    values = request.POST if request.method == "POST" else defaults(request.GET.get("client_id", ""))
    form = LinkForm(values)
    state = request.POST.get("state", "")
    context: dict[str, Any] = {"form": form, "is_new": request.method != "POST"}
    if form.is_valid():
        client, scope = form.chosen_client(), str(form.wish())
        state, verifier = visit.remember_attempt(request, state, client, scope)
        url = authorize_url(client, scope, state, verifier)
        endpoint, _, query = url.partition("?")
        context["link"] = {"url": url, "endpoint": endpoint, "parameters": parse_qsl(query)}
    return render(request, "demo/start.html", context | {"state": state})


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where the platform sends the browser back to: `code` and `state`, or `error` and `state` (RFC 6749 4.1.2). An
    answer of another server than the one that was asked is none (RFC 9207)."""
    attempt = visit.take_attempt(request, request.GET.get("state", ""))
    if attempt is None or request.GET.get("iss", asked := issuer(visit.client_of(attempt))) != asked:
        return render(request, "demo/stranger.html", status=400)
    error = request.GET.get("error", "")
    if error or not request.GET.get("code"):
        context = {
            "error": error or "no code",
            "description": request.GET.get("error_description", ""),
            "explanation": explanations.of_redirect(error),
            "asked": attempt["scope"],
            "client_id": attempt["client"]["client_id"],
        }
        return render(request, "demo/refused.html", context)
    platform = Platform(visit.client_of(attempt))
    try:
        token = platform.exchange(request.GET["code"], attempt["verifier"])
    except PlatformError as problem:
        return _no_token(request, problem, platform)
    if "resourceURI" not in token:
        return _no_token(request, PlatformError("unexpected_shape", "resourceURI"), platform)
    visit.keep_grant(request, attempt, token, platform.calls)
    return redirect("data")


@never_cache
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What came: tokens, scope, use, bills, and every call that was made for it."""
    if not visit.has_grant(request):
        return redirect("start")
    opened = visit.Visit(request)
    view = cast("View", request.GET["view"]) if request.GET.get("view") in VIEWS else "day"
    choice = Choice(view, _day(request.GET.get("on", "")), request.GET.get("meter", ""))
    results = gather(opened.platform, opened.grant, choice, opened.zones)
    opened.keep_zones()
    troubles = [(trouble, explanations.of(trouble.reason)) for trouble in results.troubles]
    context = {
        "client": opened.client,
        "grant": opened.grant,
        "secrets": secrets_of(opened.grant.token),
        "pieces": explain(opened.grant.scope),
        "results": results,
        "troubles": troubles,
        "is_test_data": results.is_test,
        "view": view,
        "bills": None if results.bills is None else bill_rows(results.bills),
        "calls": [*opened.oauth_calls, *opened.platform.calls],
        "calls_now": len(opened.platform.calls),
    }
    span, meter = results.period, results.meter
    if span and meter and meter.first and meter.last:
        drawn = results.from_green_button or results.from_json
        context |= {
            "title": title(span),
            "chart": chart(drawn, meter.first, meter.last) if drawn else None,
            "navigation": navigation(results, meter, span),
            "offsets": offsets(span),
            "comparison": comparison(results, opened.platform.calls),
        }
    return render(request, "demo/data.html", context)


@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """A new access token; the page then reads everything again with it."""
    if not visit.has_grant(request):
        return redirect("start")
    opened = visit.Visit(request)
    try:
        token = opened.platform.refresh()
    except PlatformError as problem:
        visit.renew_grant(request, None, opened.platform.calls)
        return _no_token(request, problem, opened.platform)
    visit.renew_grant(request, token, opened.platform.calls)
    return redirect("data")


@require_POST
def forget(request: HttpRequest) -> HttpResponseRedirect:
    """Ends the session here. The authorization at the utility stands until the customer stops it."""
    request.session.flush()
    return redirect("start")


@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ready"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "demo/error.html", {"kind": "bad_request"}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "demo/error.html", {"kind": "not_found"}, status=404)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "demo/error.html", {"kind": "forged"}, status=403)


def fault(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/error.html", {"kind": "fault"}, status=500)


def _no_token(request: HttpRequest, problem: PlatformError, platform: Platform) -> HttpResponse:
    context = {
        "error": problem.code,
        "description": problem.detail,
        "explanation": explanations.of(problem),
        "calls": platform.calls,
        "calls_now": len(platform.calls),
    }
    return render(request, "demo/refused.html", context, status=502 if problem.code == "unreachable" else 400)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
