"""Programs of the customer's own: personal tokens, each with a name, an end, and the day it was last used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy

from wattkeeper.authorizations import own
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.authorizations.own import TooManyTokens
from wattkeeper.common import formats
from wattkeeper.common.shown import shown
from wattkeeper.greenbutton.links import resource
from wattkeeper.mydata.holder import Holder, for_holder

LONGEST_NAME = 80
LIFETIMES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
]


class TokenForm(forms.Form):
    """What the program is called, and for how long it may read."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        label=gettext_lazy("What is the program called?"),
        help_text=gettext_lazy("So that you know it again in this list, for example Home Assistant."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the program a name.")},
    )
    lifetime = forms.ChoiceField(
        choices=LIFETIMES,
        initial="90",
        widget=forms.RadioSelect,
        label=gettext_lazy("How long may it read?"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose how long.")),
    )

    def clean_name(self) -> str:
        name = shown(self.cleaned_data["name"].replace("\n", " "), LONGEST_NAME)
        if not name:
            raise forms.ValidationError(gettext("Give the program a name."))
        return name


@dataclass(frozen=True)
class Program:
    """A token in the list."""

    token: Token
    zone: ZoneInfo

    @property
    def made(self) -> str:
        return self._day(self.token.created)

    @property
    def ends(self) -> str:
        return self._day(self.token.expires)

    @property
    def used(self) -> str:
        """When it was last used; empty where it never was."""
        return formats.moment(self.token.last_used, self.zone) if self.token.last_used is not None else ""

    def _day(self, moment: datetime | None) -> str:
        assert moment is not None
        return formats.day(moment.astimezone(self.zone).date())


@for_holder("GET", "POST")
def programs(request: HttpRequest, holder: Holder) -> HttpResponseBase:
    """The list, and a form for one more: its token stands on the page that answers, and nowhere ever after."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    token = _issued(holder.grant, form) if form.is_valid() else ""
    zone = holder.grant.world.utility.zone
    context: dict[str, Any] = {
        "tab": "programs",
        "form": form if not token else TokenForm(),
        "programs": [Program(row, zone) for row in own.tokens_in_force(holder.grant)],
        "most": own.MOST_TOKENS,
        "token": token,
        "name": form.cleaned_data["name"] if token else "",
        "commands": _commands(holder.grant, token or "YOUR_TOKEN"),
    }
    return holder.page(request, "mydata/programs.html", **context)


@for_holder("GET", "POST")
def stop(request: HttpRequest, holder: Holder, uid: UUID) -> HttpResponseBase:
    """Asks once more, then ends one token."""
    found = own.tokens_in_force(holder.grant).filter(family=uid).first()
    if found is None:
        return holder.not_here(request)
    if request.method == "POST":
        own.end_token(holder.grant, uid)
        return redirect("mydata:programs")
    return holder.page(request, "mydata/stop.html", tab="programs", token=found)


def _issued(grant: Authorization, form: TokenForm) -> str:
    try:
        return own.issue_token(grant, form.cleaned_data["name"], timedelta(days=int(form.cleaned_data["lifetime"])))
    except TooManyTokens:
        form.add_error(None, gettext("You have as many programs as there can be. Stop one first."))
        return ""


def _commands(grant: Authorization, token: str) -> list[tuple[str, str]]:
    """A line for each API that works when it is pasted, with what it is called."""
    intervals = f"{settings.BASE_URL}/api/v2/intervals?authorizations={grant.uid}&limit=7"
    batch = resource("Batch", "Subscription", grant.uid)
    header = f"-H 'Authorization: Bearer {token}'"
    return [
        (gettext("Your last seven days, as JSON"), f"curl {header} \\\n    '{intervals}'"),
        (
            gettext("All your data, as a Green Button file"),
            f"curl {header} --compressed -o my-data.xml \\\n    '{batch}'",
        ),
    ]
