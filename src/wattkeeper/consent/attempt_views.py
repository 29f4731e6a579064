"""The page of one attempt to sign in: the code is entered here, the customer chosen, or what went wrong explained."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wattkeeper.authorizations import browser
from wattkeeper.common import clock
from wattkeeper.consent import attempts, lookup
from wattkeeper.consent.attempts import AttemptUnknown
from wattkeeper.consent.errands import Errand, page
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.consent.models import SignIn


class CodeForm(forms.Form):
    """The code from the mail."""

    code = forms.CharField(
        max_length=20,
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Eight digits, from the email."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": gettext_lazy("Enter the code from the email.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """Whatever this attempt is at."""
    try:
        sign_in = attempts.find(uid, browser.secret_of(request))
    except AttemptUnknown:
        return render(request, "consent/sign_in_stray.html", status=404)
    errand = Errand.of(sign_in)
    if sign_in.completed:
        return redirect(errand.destination)
    if sign_in.proven:
        return _choose(request, sign_in, errand)
    if not sign_in.failure and sign_in.expires <= clock.now():
        attempts.fail(sign_in, attempts.expired())
    if sign_in.failure:
        return _page(request, "consent/sign_in_failed.html", sign_in, errand)
    if sign_in.method == SignIn.Method.CODE:
        return _enter(request, sign_in, errand)
    if sign_in.answered:
        return _page(request, "consent/sign_in_failed.html", sign_in, errand, failure=Failure.TWICE)
    return redirect(errand.page)


def _enter(request: HttpRequest, sign_in: SignIn, errand: Errand) -> HttpResponseBase:
    typed = CodeForm(request.POST if request.method == "POST" else None)
    if typed.is_valid():
        try:
            if lookup.enter_code(sign_in, typed.cleaned_data["code"]):
                attempts.complete_if_one(request, sign_in)
                return redirect("consent:attempt", sign_in.uid)
        except SignInFailed as failed:
            attempts.fail(sign_in, failed)
            return redirect("consent:attempt", sign_in.uid)
        left = lookup.TRIES - sign_in.tries
        typed.add_error("code", gettext("This is not the code in the newest email. Tries left: %s.") % left)
    return _page(request, "consent/enter_code.html", sign_in, errand, form=typed)


def _choose(request: HttpRequest, sign_in: SignIn, errand: Errand) -> HttpResponseBase:
    """One identity with several customers: which one is this about?"""
    customers = attempts.candidates(sign_in)
    chosen = next((customer for customer in customers if str(customer.uid) == request.POST.get("customer")), None)
    if request.method == "POST" and chosen is not None:
        if attempts.complete(request, sign_in, chosen):
            return redirect(errand.destination)
        return _page(request, "consent/sign_in_failed.html", sign_in, errand, failure=Failure.EXPIRED)
    return _page(request, "consent/choose_customer.html", sign_in, errand, customers=customers)


def _page(request: HttpRequest, template: str, sign_in: SignIn, errand: Errand, **context: object) -> HttpResponseBase:
    fresh = {"anew": "1"} if sign_in.method == SignIn.Method.SSO else {}
    common = {"sign_in": sign_in, "failure": sign_in.failure, "again": errand.way(sign_in.method, **fresh)}
    return page(request, errand, template, common | context)
