"""The ways to sign in at a utility, as its pages offer them, and the one that a request asks to be taken at once."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from wattkeeper.authorizations.scope import SignIn as Hint
from wattkeeper.consent import lookup_views
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.models import SignIn
from wattkeeper.consent.throttle import TooManyTries


@dataclass(frozen=True)
class Way:
    """`sso`, `code` or `bill`, and its address."""

    name: str
    href: str


def offered(errand: Errand, anew: bool) -> list[Way]:
    """For real customers, the utility's default first. `anew`: not as whoever is still signed in there."""
    utility = errand.utility
    names = [name for name in utility.sign_in_methods if name in SignIn.Method.values]
    if utility.sign_in_service is None:
        names = [name for name in names if name != SignIn.Method.SSO]
    return [Way(name, errand.way(name, **({"anew": "1"} if anew and name == "sso" else {}))) for name in names]


def shortcut(request: HttpRequest, errand: Errand, hint: Hint | None) -> HttpResponseBase | None:
    """Straight to the sign-in that the scope names (`auth-sso`, `auth-email-...`), the first time it is opened."""
    asking, utility = errand.request, errand.utility
    if request.method != "GET" or hint is None or asking is None or asking.sign_ins.exists():
        return None
    if hint.method == "sso" and utility.sign_in_service is not None:
        return redirect(errand.way("sso"))
    can_look_up = "code" in utility.sign_in_methods and asking.registration.is_live
    if can_look_up and hint.value and hint.method in {"account", "email", "phone"}:
        try:
            return lookup_views.send_code(request, errand, hint.method, hint.value)
        except TooManyTries:
            return None
    return None
