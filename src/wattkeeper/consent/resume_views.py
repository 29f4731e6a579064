"""The pages around a link by e-mail: asking for one, and going on with it."""

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wattkeeper.authorizations import browser
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.consent import errands, lookup_views, resuming, session
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.resuming import LinkSpent
from wattkeeper.consent.throttle import TooManyTries
from wattkeeper.consent.views import for_request


class LaterForm(forms.Form):
    """Where the link is to go."""

    email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("The one your utility has for you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Enter your email address."),
            "invalid": gettext_lazy("Enter an email address like name@example.com."),
        },
    )


@for_request
def later(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """Asks for an address, and says the same whether it is known or not."""
    if asking.status != AuthorizationRequest.Status.PENDING or not resuming.is_offered(asking):
        return redirect("consent:start", asking.uid)
    limits.spend_for_address(request, Limit.ADDRESS)
    errand = Errand(asking.registration.utility, asking)
    who = session.current(request)
    known = {"email": who.customer.email} if who is not None else None
    typed = LaterForm(request.POST if request.method == "POST" else None, initial=known)
    if not typed.is_valid():
        return errands.page(request, errand, "consent/later.html", {"form": typed})
    try:
        resuming.send(asking, typed.cleaned_data["email"], lookup_views.network(request))
    except TooManyTries:
        return errands.page(request, errand, "consent/too_many_tries.html", {}, 429)
    return errands.page(request, errand, "consent/later_sent.html", {})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, secret: str) -> HttpResponseBase:
    """What the link leads to. Its button takes the request into this browser, where the customer signs in."""
    limits.spend_for_address(request, Limit.ADDRESS)
    try:
        if request.method != "POST":
            asking = resuming.find(secret).request
            context = {"company": asking.registration.company, "utility": asking.registration.utility}
            return render(request, "consent/resume.html", context | {"asked": asking.created})
        own = browser.kept_or_new_secret(request)
        taken = redirect("consent:start", resuming.use(secret, own).uid)
    except LinkSpent:
        return render(request, "consent/link_spent.html", status=410)
    browser.keep_secret(taken, own)
    return taken
