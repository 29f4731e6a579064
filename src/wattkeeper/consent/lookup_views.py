"""The two pages for those without an online account: asking for a one-time code, and proving it by a bill."""

import re
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy

from wattkeeper.authorizations import browser
from wattkeeper.common import money
from wattkeeper.common.client_address import client_address, neighbourhood
from wattkeeper.consent import attempts, lookup
from wattkeeper.consent.errands import Errand, for_errand, page
from wattkeeper.consent.throttle import TooManyTries
from wattkeeper.customers.bill_facts import BillFacts


class LookUpForm(forms.Form):
    """An account number, or an email address: whatever holds an @."""

    who = forms.CharField(
        max_length=254,
        label=gettext_lazy("Account number or email address"),
        help_text=gettext_lazy(
            "The account number stands on your bill. The email address is the one your utility has."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter your account number or your email address.")},
    )


class BillForm(forms.Form):
    """Three facts of one bill; `amount` comes out in 1/100 000 of the currency unit."""

    number = forms.CharField(
        max_length=64,
        label=gettext_lazy("Account number"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Enter the account number from your bill.")},
    )
    postal_code = forms.CharField(
        max_length=12,
        label=gettext_lazy("ZIP code of the place the bill is for"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
        error_messages={"required": gettext_lazy("Enter the ZIP code.")},
    )
    amount = forms.CharField(
        max_length=20,
        label=gettext_lazy("Amount of your last bill, or of the one before"),
        help_text=gettext_lazy("To the cent, for example 123.45"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
        error_messages={"required": gettext_lazy("Enter the amount of a recent bill.")},
    )

    def clean_amount(self) -> int:
        typed = re.sub(r"[\s$,]", "", self.cleaned_data["amount"])
        if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", typed):
            raise forms.ValidationError(gettext("Enter the amount to the cent, for example 123.45"))
        return int(Decimal(typed) * money.SCALE)


@for_errand
def code(request: HttpRequest, errand: Errand) -> HttpResponseBase:
    """Asks who it is, and sends a code to the address on file."""
    if "code" not in errand.utility.sign_in_methods:
        return redirect(errand.page)
    typed = LookUpForm(request.POST if request.method == "POST" else None)
    if not typed.is_valid():
        return page(request, errand, "consent/look_up.html", {"form": typed})
    who = typed.cleaned_data["who"]
    try:
        return send_code(request, errand, "email" if "@" in who else "account", who)
    except TooManyTries:
        return page(request, errand, "consent/too_many_tries.html", {}, 429)


@for_errand
def bill(request: HttpRequest, errand: Errand) -> HttpResponseBase:
    """Asks for three facts of a bill and lets in whoever knows them."""
    if "bill" not in errand.utility.sign_in_methods:
        return redirect(errand.page)
    typed = BillForm(request.POST if request.method == "POST" else None)
    if not typed.is_valid():
        return page(request, errand, "consent/bill_facts.html", {"form": typed})
    secret = browser.kept_or_new_secret(request)
    try:
        proven = lookup.by_bill(errand, BillFacts(**typed.cleaned_data), secret, network(request))
    except TooManyTries:
        return page(request, errand, "consent/too_many_tries.html", {}, 429)
    if proven is None:
        typed.add_error(None, gettext("We found no bill with this account number, ZIP code and amount together."))
        return page(request, errand, "consent/bill_facts.html", {"form": typed})
    attempts.complete_if_one(request, proven)
    response = redirect("consent:attempt", proven.uid)
    browser.keep_secret(response, secret)
    return response


def send_code(request: HttpRequest, errand: Errand, kind: lookup.Kind, typed: str) -> HttpResponseBase:
    """To the page that waits for the code. Raises TooManyTries."""
    secret = browser.kept_or_new_secret(request)
    sign_in = lookup.request_code(errand, kind, typed, secret, network(request))
    response = redirect("consent:attempt", sign_in.uid)
    browser.keep_secret(response, secret)
    return response


def network(request: HttpRequest) -> str:
    """Where it came from, as it is counted."""
    return neighbourhood(client_address(request))
