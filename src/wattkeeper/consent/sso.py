"""Single sign-on: the way to the utility's own sign-in and back (OpenID Connect, authorization code with PKCE).

Every utility has an answer address of its own, so that one provider's answer is never taken for another's (RFC 9700
section 4.4). An answer counts in the browser that asked, once; a second one changes nothing and leads to what is.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from wattkeeper.authorizations import browser
from wattkeeper.common import clock, ids, limits
from wattkeeper.common.limits import Limit
from wattkeeper.consent import attempts, session
from wattkeeper.consent.errands import Errand, for_errand
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.consent.models import SignIn
from wattkeeper.consent.provider import Provider, plain
from wattkeeper.customers import finding
from wattkeeper.customers.models import Customer
from wattkeeper.utilities.models import SignInService, Utility

LIFETIME = timedelta(minutes=30)
"""Time for a forgotten password and a second factor."""
CANCELLED = {
    "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required",
}  # fmt: skip
DOWN = {"temporarily_unavailable", "server_error"}


@for_errand
def begin(request: HttpRequest, errand: Errand) -> HttpResponseBase:
    """Sends the browser to the utility's sign-in. `?anew=1`: as whoever types a password there now."""
    service = errand.utility.sign_in_service
    if service is None or request.method != "GET":
        return redirect(errand.page)
    state, secret = ids.new_secret(), browser.kept_or_new_secret(request)
    sign_in = attempts.begin(errand, SignIn.Method.SSO, secret, LIFETIME, state_digest=ids.digest(state))
    forced = errand.request is not None and errand.request.forces_sign_in
    try:
        response: HttpResponse = HttpResponseRedirect(
            _provider(service).way_there(
                state,
                _derived("nonce", state, secret),
                _derived("verifier", state, secret),
                anew=forced or "anew" in request.GET,
                language=get_language() or "en",
            )
        )
    except SignInFailed as failed:
        attempts.fail(sign_in, failed)
        response = redirect("consent:attempt", sign_in.uid)
    browser.keep_secret(response, secret)
    return response


@never_cache
@require_GET
def answer(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Where the provider sends the browser back to, with a code or an error and the state (RFC 6749 section 4.1.2)."""
    limits.spend_for_address(request, Limit.ADDRESS)
    secret, state = browser.secret_of(request), request.GET.get("state", "")
    about = ("utility__connected_sign_in", "request")
    asked = SignIn.objects.filter(state_digest=ids.digest(state), utility__slug=slug).select_related(*about).first()
    if asked is None or asked.browser_digest != ids.digest(secret):
        utility = Utility.objects.filter(slug=slug).first()
        return render(request, "consent/sign_in_stray.html", {"utility": utility}, status=400)
    if not SignIn.objects.filter(pk=asked.pk, answered=None, failure="").update(answered=clock.now()):
        return redirect("consent:attempt", asked.uid)
    try:
        attempts.prove(asked, _proven(request, asked, state, secret))
    except SignInFailed as failed:
        if failed.failure == Failure.UNKNOWN:
            session.sign_out(request)
        attempts.fail(asked, failed)
        return redirect("consent:attempt", asked.uid)
    if attempts.complete_if_one(request, asked):
        return redirect(Errand.of(asked).destination)
    return redirect("consent:attempt", asked.uid)


def _proven(request: HttpRequest, asked: SignIn, state: str, secret: str) -> list[Customer]:
    """The customers that the answer shows the person to be. Raises SignInFailed."""
    service = asked.utility.sign_in_service
    if service is None:
        raise SignInFailed(Failure.REFUSED, "single sign-on was taken away meanwhile")
    if asked.expires <= clock.now():
        raise attempts.expired()
    if any(len(values) > 1 for _, values in request.GET.lists()):
        raise SignInFailed(Failure.UNTRUSTED, "a parameter of the answer stands twice")
    provider = _provider(service)
    provider.check_issuer(request.GET.dict())
    if error := request.GET.get("error", ""):
        failure = Failure.CANCELLED if error in CANCELLED else Failure.DOWN if error in DOWN else Failure.REFUSED
        raise SignInFailed(failure, f"the provider answered {plain(error)}")
    if not request.GET.get("code"):
        raise SignInFailed(Failure.UNTRUSTED, "the answer holds neither a code nor an error")
    forced = asked.request is not None and asked.request.forces_sign_in
    values = provider.identify(
        request.GET["code"],
        _derived("nonce", state, secret),
        _derived("verifier", state, secret),
        asked.created if forced else None,
    )
    by = finding.by_account if service.matches == SignInService.Match.ACCOUNT else finding.by_external_id
    if customers := by(asked.utility, values):
        return customers
    raise SignInFailed(Failure.UNKNOWN, f"no customer has what its claim {service.claim!r} says")


def answer_url(utility: Utility) -> str:
    """The redirect URI to register with the provider."""
    return str(settings.BASE_URL) + reverse("consent:sso_answer", args=[utility.slug])


def examine(service: SignInService) -> str:
    """Tries the connection as far as it goes without a customer, and says what is there. Raises SignInFailed."""
    keys = _provider(service).keys()
    return f"answers, {keys} {'key' if keys == 1 else 'keys'}"


def _provider(service: SignInService) -> Provider:
    return Provider(service, answer_url(service.utility))


def _derived(purpose: str, state: str, secret: str) -> str:
    """Nonce and PKCE verifier follow from the state and the browser's secret: only their digests are kept here, so
    nobody who reads the table can finish an attempt, nor can another browser."""
    return ids.digest(f"{purpose} {state} {secret}")
