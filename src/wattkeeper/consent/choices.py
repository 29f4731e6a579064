"""The form's fields: what the customer may choose, within what is asked for and what is shared with the same company
already. It can only narrow, never widen."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext, gettext_lazy

from wattkeeper.authorizations.lifecycle import Choices, Offer
from wattkeeper.authorizations.terms import KINDS
from wattkeeper.common import formats
from wattkeeper.customers.models import Service

NEVER, OTHER, ALL = "never", "other", "all"
LONGEST = timedelta(days=50 * 365)


@dataclass(frozen=True)
class Preset:
    """One answer to "how far back", "until when" or "data up to": its value is a day as YYYY-MM-DD, or `never`."""

    value: str
    label: str
    is_chosen: bool


class ChoicesForm(forms.Form):
    """Bound or not, always against one Offer. Fields that leave nothing to choose are not there."""

    share = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one kind of data to share, or choose “Don’t share”.")}
    )
    meters = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one meter to share, or choose “Don’t share”.")}
    )
    history = forms.CharField(max_length=10, error_messages={"required": gettext_lazy("Choose how far back to share.")})
    history_day = forms.CharField(max_length=10, required=False)
    until = forms.CharField(max_length=10, error_messages={"required": gettext_lazy("Choose how long to share.")})
    until_day = forms.CharField(max_length=10, required=False)
    ongoing = forms.ChoiceField(error_messages={"required": gettext_lazy("Choose up to which day data is shared.")})
    email = forms.EmailField(
        required=False,
        error_messages={
            "invalid": gettext_lazy("Enter an email address like name@example.com, or leave this empty."),
        },
    )

    seen = forms.CharField(max_length=64, required=False)

    def __init__(self, offer: Offer, today: date, email: str, data: Any = None) -> None:
        self.offer, self.most, self.proposed = offer, offer.most, offer.proposed
        self.today_shared = offer.present.terms if offer.present is not None else None
        self.earliest, self.today = self.most.history_start, today
        self.latest = self.most.expires or today + LONGEST
        super().__init__(
            data,
            initial={
                "share": self.proposed.kinds,
                "meters": [str(service.uid) for service in self.proposed.services],
                "history": self.proposed.history_start.isoformat(),
                "until": _value_of(self.proposed.expires),
                "ongoing": _value_of(self.proposed.ongoing_end),
                "email": email,
            },
        )
        self._limit("share", self.most.kinds)
        self._limit("meters", [ALL, *(str(service.uid) for service in self.most.services)])
        self._limit("ongoing", [preset.value for preset in self.ongoing_presets()])
        for name in self._settled():
            del self.fields[name]

    @property
    def chosen_classes(self) -> dict[str, bool]:
        """Which boxes are ticked, by name."""
        return {name: name in self._value("share") for name in KINDS}

    @property
    def unasked_classes(self) -> dict[str, bool]:
        """Which kinds are shared today and not asked for now, by name."""
        return {name: name not in self.offer.kinds for name in KINDS}

    @property
    def chosen_meters(self) -> list[str]:
        """The uids whose boxes are ticked."""
        return [str(value) for value in self._value("meters")]

    @property
    def takes_all_meters(self) -> bool:
        """Whether the one box for all of them is ticked."""
        return ALL in self.chosen_meters

    @property
    def shown_services(self) -> list[Service]:
        """Those to choose from, or, where there is nothing to choose, those that are shared."""
        return self.most.services if "meters" in self.fields else self.proposed.services

    @property
    def takes_other_day(self) -> dict[str, bool]:
        """Whether "another day" is the answer chosen, by name."""
        return {name: self._value(name) == OTHER for name in ("history", "until")}

    def history_presets(self) -> list[Preset]:
        """From everything there is to choose to nothing of the past."""
        found = {self.offer.history_start: gettext("As asked: since %s")}
        if self.today_shared is not None:
            found.setdefault(self.today_shared.history_start, gettext("As today: since %s"))
        for length, label in ((365, gettext("The last year: since %s")), (90, gettext("The last 90 days: since %s"))):
            if (day := self.today - timedelta(days=length)) > self.earliest:
                found.setdefault(day, label)
        past = sorted((day, label) for day, label in found.items() if day < self.today)
        presets = [self._preset("history", day.isoformat(), label % formats.day(day)) for day, label in past]
        nothing = gettext("Nothing from the past, only from today on")
        return [*presets, self._preset("history", self.today.isoformat(), nothing)]

    def until_presets(self) -> list[Preset]:
        """From everything there is to choose to a short while."""
        named = {self.offer.expires: gettext("As asked: until %s")}
        if self.today_shared is not None:
            named.setdefault(self.today_shared.expires, gettext("As today: until %s"))
        if None in named:
            named[None] = gettext("Until I stop it")
        for length, label in ((365, gettext("For a year: until %s")), (90, gettext("For 90 days: until %s"))):
            if (day := self.today + timedelta(days=length)) < self.latest:
                named.setdefault(day, label)
        ends = sorted(named, key=lambda day: day or date.max, reverse=True)
        return [
            self._preset("until", _value_of(day), named[day] % formats.day(day) if day is not None else named[day])
            for day in ends
        ]

    def ongoing_presets(self) -> list[Preset]:
        """Up to which day data is shared, where the request says otherwise than today's sharing; else nothing."""
        asked, today = self.offer.ongoing_end, self.today_shared
        if today is None or today.ongoing_end == asked:
            return []
        found = {asked: gettext("As asked: up to %s"), today.ongoing_end: gettext("As today: up to %s")}
        lasting = {
            asked: gettext("As asked: for as long as you share"),
            today.ongoing_end: gettext("As today: for as long as you share"),
        }
        return [
            self._preset("ongoing", _value_of(day), label % formats.day(day) if day is not None else lasting[day])
            for day, label in found.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.offer.locked and any(name in self.data for name in self._settled()):
            self.add_error(None, gettext("This request can only be accepted as it is. Nothing was shared yet."))
        if "history" in cleaned:
            cleaned["history"] = self._day("history", cleaned, self.earliest, self.today)
        if "until" in cleaned and not (cleaned["until"] == NEVER and self.most.expires is None):
            cleaned["until"] = self._day("until", cleaned, self.today, self.latest)
        return cleaned

    def choices(self) -> Choices:
        """What was chosen, once the form is valid; what was not up for choice is as it was asked."""
        cleaned, proposed = self.cleaned_data, self.proposed
        shared = cleaned.get("share", proposed.kinds)
        meters = cleaned.get("meters", [str(service.uid) for service in self.shown_services])
        until = cleaned.get("until", proposed.expires)
        ongoing = cleaned.get("ongoing", _value_of(proposed.ongoing_end))
        return Choices(
            services=[found for found in self.most.services if ALL in meters or str(found.uid) in meters],
            shares_intervals="intervals" in shared,
            shares_bills="bills" in shared,
            shares_account="account" in shared,
            history_start=cleaned.get("history", proposed.history_start),
            expires=None if until == NEVER else until,
            ongoing_end=None if ongoing == NEVER else date.fromisoformat(ongoing),
            email=cleaned["email"],
            language=get_language() or "en",
            seen=cleaned["seen"],
        )

    def _settled(self) -> list[str]:
        """Fields with nothing to choose: all of a locked request but its meters where it names none."""
        offer, names = self.offer, []
        if offer.locked:
            names += ["share", "history", "history_day", "until", "until_day", "ongoing"]
        elif self.earliest >= self.today:
            names += ["history", "history_day"]
        if not offer.locked and not self.ongoing_presets():
            names.append("ongoing")
        if len(self.most.services) == 1 or (offer.locked and offer.meters_all):
            names.append("meters")
        return names

    def _day(self, name: str, cleaned: dict[str, Any], low: date, high: date) -> date | None:
        """The day behind a radio button, or the one typed beside the last of them."""
        typed, at = cleaned.get(f"{name}_day", ""), f"{name}_day"
        asked = gettext("How far back") if name == "history" else gettext("Until when")
        if cleaned[name] != OTHER and typed:
            self.add_error(
                at, gettext("%s: you entered a day. Choose “Another day” as well, or clear the day.") % asked
            )
            return None
        try:
            day = date.fromisoformat(typed if cleaned[name] == OTHER else cleaned[name])
        except ValueError:
            self.add_error(at, gettext("%s: enter a day.") % asked)
            return None
        if not low <= day <= high:
            bounds = {"asked": asked, "low": formats.day(low), "high": formats.day(high)}
            self.add_error(at, gettext("%(asked)s: choose a day from %(low)s to %(high)s.") % bounds)
            return None
        return day

    def _preset(self, name: str, value: str, label: str) -> Preset:
        return Preset(value, label, self._value(name) == value)

    def _value(self, name: str) -> Any:
        return (self[name].value() or "") if name in self.fields else ""

    def _limit(self, name: str, values: list[str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(value, value) for value in values]


def _value_of(day: date | None) -> str:
    return day.isoformat() if day is not None else NEVER
