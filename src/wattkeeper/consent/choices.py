"""The form's fields: what the customer may choose, within what was asked. It can only narrow, never widen."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext, gettext_lazy

from wattkeeper.authorizations.lifecycle import Choices, Offer
from wattkeeper.common import formats

NEVER, OTHER = "never", "other"
LONGEST = timedelta(days=50 * 365)
CLASSES = ("intervals", "bills", "account")


@dataclass(frozen=True)
class Preset:
    """One answer to "how far back" or "until when": its value is a day as YYYY-MM-DD, or `never`."""

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
    email = forms.EmailField(
        required=False,
        error_messages={
            "invalid": gettext_lazy("Enter an email address like name@example.com, or leave this empty."),
        },
    )

    seen = forms.CharField(max_length=64, required=False)

    def __init__(self, offer: Offer, today: date, email: str, data: Any = None) -> None:
        self.offer = offer
        self.earliest, self.today = offer.history_start, today
        self.latest = offer.expires or today + LONGEST
        meters = [str(service.uid) for service in offer.services]
        super().__init__(
            data,
            initial={
                "share": self.asked_classes,
                "meters": meters if offer.meters_all or len(meters) == 1 else [],
                "history": self.earliest.isoformat(),
                "until": offer.expires.isoformat() if offer.expires else NEVER,
                "email": email,
            },
        )
        self._limit("share", self.asked_classes)
        self._limit("meters", meters)
        for name in self._settled():
            del self.fields[name]

    @property
    def asked_classes(self) -> list[str]:
        asked = (self.offer.shares_intervals, self.offer.shares_bills, self.offer.shares_account)
        return [name for name, is_asked in zip(CLASSES, asked, strict=True) if is_asked]

    @property
    def chosen_classes(self) -> dict[str, bool]:
        """Which boxes are ticked, by name."""
        return {name: name in self._value("share") for name in CLASSES}

    @property
    def chosen_meters(self) -> list[str]:
        """The uids whose boxes are ticked."""
        return [str(value) for value in self._value("meters")]

    @property
    def takes_other_day(self) -> dict[str, bool]:
        """Whether "another day" is the answer chosen, by name."""
        return {name: self._value(name) == OTHER for name in ("history", "until")}

    def history_presets(self) -> list[Preset]:
        """From everything asked for to nothing of the past."""
        found = {self.earliest: gettext("As asked: since %s")}
        for length, label in ((365, gettext("The last year: since %s")), (90, gettext("The last 90 days: since %s"))):
            day = self.today - timedelta(days=length)
            if day > self.earliest:
                found[day] = label
        presets = [self._preset("history", day.isoformat(), label % formats.day(day)) for day, label in found.items()]
        nothing = gettext("Nothing from the past, only from today on")
        return [*presets, self._preset("history", self.today.isoformat(), nothing)]

    def until_presets(self) -> list[Preset]:
        """From everything asked for to a short while."""
        asked = self.offer.expires
        found = {asked: gettext("As asked: until %s")} if asked else {}
        for length, label in ((365, gettext("For a year: until %s")), (90, gettext("For 90 days: until %s"))):
            day = self.today + timedelta(days=length)
            if asked is None or day < asked:
                found[day] = label
        presets = [self._preset("until", day.isoformat(), label % formats.day(day)) for day, label in found.items()]
        return presets if asked else [self._preset("until", NEVER, gettext("Until I stop it")), *presets]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.offer.locked and any(name in self.data for name in self._settled()):
            self.add_error(None, gettext("This request can only be accepted as it is. Nothing was shared yet."))
        if "history" in cleaned:
            cleaned["history"] = self._day("history", cleaned, self.earliest, self.today)
        if "until" in cleaned and not (cleaned["until"] == NEVER and self.offer.expires is None):
            cleaned["until"] = self._day("until", cleaned, self.today, self.latest)
        return cleaned

    def choices(self) -> Choices:
        """What was chosen, once the form is valid; what was not up for choice is as it was asked."""
        cleaned = self.cleaned_data
        shared = cleaned.get("share", self.asked_classes)
        meters = cleaned.get("meters")
        until = cleaned.get("until", self.offer.expires)
        return Choices(
            services=[s for s in self.offer.services if meters is None or str(s.uid) in meters],
            shares_intervals="intervals" in shared,
            shares_bills="bills" in shared,
            shares_account="account" in shared,
            history_start=cleaned.get("history", self.earliest),
            expires=None if until == NEVER else until,
            ongoing_end=self.offer.ongoing_end,
            email=cleaned["email"],
            language=get_language() or "en",
            seen=cleaned["seen"],
        )

    def _settled(self) -> list[str]:
        """Fields with nothing to choose: all of a locked request but its meters where it names none."""
        offer, names = self.offer, []
        if offer.locked:
            names += ["share", "history", "history_day", "until", "until_day"]
        elif self.earliest >= self.today:
            names += ["history", "history_day"]
        if len(offer.services) == 1 or (offer.locked and offer.meters_all):
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
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(value, value) for value in values]
