"""The form a developer puts an authorize link together with."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wattkeeper.demo.configuration import CONFIG, Client
from wattkeeper.demo.scope import Wish, dated

OTHER = "other"
CUSTOMERS_CHOICE = ("", _("Leave it out"))
HISTORY = [
    CUSTOMERS_CHOICE,
    ("0", _("No history (0)")),
    ("2592000", _("30 days (2592000)")),
    ("34128000", _("13 months (34128000)")),
    ("63072000", _("2 years (63072000)")),
]
END = [CUSTOMERS_CHOICE, ("0", _("Until the customer stops it (0)")), ("date", _("On this date"))]
FREQUENCY = [
    CUSTOMERS_CHOICE,
    ("daily", _("Daily (daily)")),
    ("billingPeriod", _("Every billing period (billingPeriod)")),
    ("7", _("Every 7 days (7)")),
]
SPAN = [CUSTOMERS_CHOICE, ("none", _("None")), ("date", _("On this date"))]
SIGN_IN = [
    ("", _("Leave it to the utility")),
    ("auth-sso", _("Single sign-on")),
    ("auth-test-test_residential", _("Test account: a home")),
    ("auth-test-test_commercial", _("Test account: a business")),
    ("auth-test-test_badlogin", _("Test account: a customer who is not found")),
]
BLOCKS = [
    ("4", _("Use, interval by interval")),
    ("16", _("Bills with costs")),
    ("51", _("Account details")),
    ("39", _("Notifications of new data")),
]

MORE = [
    "history", "end", "end_date", "frequency", "noedit", "meters_all",
    "historical", "historical_date", "ongoing", "ongoing_date",
]  # fmt: skip


class DateInput(forms.DateInput):
    input_type = "date"


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DateInput(format="%Y-%m-%d"))


class LinkForm(forms.Form):
    """Which client asks, and for what. The choices stand beside each other as the scope grammar has them."""

    client = forms.ChoiceField(widget=forms.RadioSelect)
    client_id = forms.CharField(label=_("Client id"), required=False, max_length=100)
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=True),
    )
    utility = forms.RegexField(r"\A[A-Za-z0-9-]+\Z", label=_("Utility, as in its authorize URL"), required=False)
    blocks = forms.MultipleChoiceField(choices=BLOCKS, widget=forms.CheckboxSelectMultiple)
    history = forms.ChoiceField(label="HistoryLength", choices=HISTORY, required=False)
    end = forms.ChoiceField(label="PreferredAuthEndDate", choices=END, required=False)
    end_date = day_field(_("PreferredAuthEndDate: the date"))
    frequency = forms.ChoiceField(label="SubscriptionFrequency", choices=FREQUENCY, required=False)
    sign_in = forms.ChoiceField(choices=SIGN_IN, widget=forms.RadioSelect, required=False)
    noedit = forms.BooleanField(label=_("The customer may not change what is asked for"), required=False)
    meters_all = forms.BooleanField(label=_("All meters are chosen beforehand"), required=False)
    historical = forms.ChoiceField(label=_("historical: where history starts"), choices=SPAN, required=False)
    historical_date = day_field(_("historical: the date"))
    ongoing = forms.ChoiceField(label=_("ongoing: how long new data comes"), choices=SPAN, required=False)
    ongoing_date = day_field(_("ongoing: the date"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["client"].choices = [  # type: ignore[attr-defined]
            *((client.client_id, f"{client.name}, {client.client_id}") for client in CONFIG.clients),
            (OTHER, _("A client of your own")),
        ]
        self.fields["client"].error_messages["required"] = _("Choose a client.")
        self.fields["blocks"].error_messages["required"] = _("Choose at least one kind of data.")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("client") == OTHER:
            for name in ("client_id", "client_secret", "utility"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("Fill this in, or choose a client above."))
        for name in ("end", "historical", "ongoing"):
            if values.get(name) == "date" and not values.get(f"{name}_date") and f"{name}_date" not in self.errors:
                self.add_error(f"{name}_date", _("Give the date, or choose something else."))
        return values

    @property
    def wants_more(self) -> bool:
        """Whether one of the fields folded away is in use, and so must be seen."""
        return any(self[name].data for name in MORE)

    def chosen_client(self) -> Client:
        """Of a valid form."""
        values = self.cleaned_data
        known = CONFIG.client(values["client"])
        return known or Client(values["client_id"], values["client_secret"], values["utility"], values["client_id"])

    def wish(self) -> Wish:
        """Of a valid form."""
        values = self.cleaned_data
        options = [
            "noedit" if values["noedit"] else "",
            "meters-all" if values["meters_all"] else "",
            dated("historical", values["historical"], values["historical_date"]),
            dated("ongoing", values["ongoing"], values["ongoing_date"]),
            values["sign_in"],
        ]
        return Wish(
            blocks=tuple(sorted(int(block) for block in values["blocks"])),
            history_length=int(values["history"]) if values["history"] else None,
            end_date=self._end_date(),
            frequency=values["frequency"],
            options=tuple(option for option in options if option),
        )

    def _end_date(self) -> int | None:
        chosen = self.cleaned_data["end"]
        if chosen != "date":
            return int(chosen) if chosen else None
        day = self.cleaned_data["end_date"]
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def defaults(client_id: str) -> dict[str, Any]:
    """What a fresh form holds; a client id that is not one of ours becomes the visitor's own."""
    chosen = client_id or (CONFIG.clients[0].client_id if CONFIG.clients else OTHER)
    is_ours = CONFIG.client(chosen) is not None
    return {
        "client": chosen if is_ours else OTHER,
        "client_id": "" if is_ours or chosen == OTHER else chosen,
        "utility": chosen.partition("_")[0].lower() if "_" in chosen else "",
        "blocks": ["4", "16", "51"],
    }
