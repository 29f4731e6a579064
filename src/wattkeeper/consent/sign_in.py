"""Signing in as a published test account. The ways for real customers are in `ways`.

Typed passwords are counted, for the address they come from and for the account they are tried on from there. No number
of wrong ones closes an account to somebody elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language, gettext, gettext_lazy

from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.consent import session
from wattkeeper.customers import test_accounts
from wattkeeper.customers.models import TestAccount
from wattkeeper.utilities.models import Utility


class Problem(StrEnum):
    """Why nobody is signed in, though the page was told who."""

    UNKNOWN = "unknown"
    NOBODY = "nobody"


class SignInForm(forms.Form):
    """User name and password of a test account; valid when there is one, `account` then.

    Whether there is an account of that name makes no difference to what is said, nor to when TooManyError is raised.
    """

    username = forms.CharField(
        max_length=64,
        label=gettext_lazy("User name"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the user name of a test account.")},
    )
    password = forms.CharField(
        max_length=64,
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter the password of the test account.")},
    )

    def __init__(self, utility: Utility, request: HttpRequest | None = None) -> None:
        super().__init__(request.POST if request is not None else None)
        self.utility = utility
        self.request = request
        self.account: TestAccount | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors or self.request is None:
            return cleaned
        limits.spend_for_address(self.request, Limit.SIGN_INS)
        limits.spend_for_address(self.request, Limit.SIGN_INS_TO_ACCOUNT, self.utility.code, cleaned["username"])
        self.account = test_accounts.check(self.utility, cleaned["username"], cleaned["password"])
        if self.account is not None:
            limits.forgive_for_address(self.request, Limit.SIGN_INS_TO_ACCOUNT, self.utility.code, cleaned["username"])
        else:
            self.add_error(
                "password",
                gettext(
                    "No test account has this user name and password. The password of a test account is the same as"
                    " its user name. Nothing was shared."
                ),
            )
        return cleaned


@dataclass(frozen=True)
class Published:
    """A test account as the page offers it."""

    username: str
    password: str
    description: str


def published(utility: Utility) -> list[Published]:
    """The test accounts to choose from, in the reader's language."""
    language = get_language() or "en"
    return [
        Published(account.username, account.password, account.description(language))
        for account in test_accounts.published(utility)
    ]


def as_test_account(request: HttpRequest, account: TestAccount | None) -> Problem | None:
    """Signs in as the account's customer, or says why not. An account without customer plays a failed look-up."""
    if account is None:
        return Problem.UNKNOWN
    if account.customer is None:
        session.sign_out(request)
        return Problem.NOBODY
    session.sign_in(request, account.customer, test_accounts.METHOD)
    return None
