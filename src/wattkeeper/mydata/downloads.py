"""Download My Data: the customer's own readings as a Green Button file, with the bills, or as a table."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext, gettext_lazy

from wattkeeper.authorizations import contents
from wattkeeper.authorizations.models import Meter
from wattkeeper.authorizations.sending import send
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import days, formats
from wattkeeper.common.forms import DayField
from wattkeeper.greenbutton import export
from wattkeeper.greenbutton.links import resource
from wattkeeper.mydata import csv_file, measures, names
from wattkeeper.mydata.holder import Holder, for_holder

MONTHS = 13
CSV_TYPE = "text/csv; charset=utf-8"
FILES = [
    ("xml", gettext_lazy("Green Button file (XML)")),
    ("csv", gettext_lazy("Table for a spreadsheet (CSV)")),
]


class DownloadForm(forms.Form):
    """Which file, of which meters, from which day to which: days for which there are readings."""

    file = forms.ChoiceField(
        choices=FILES,
        widget=forms.RadioSelect,
        label=gettext_lazy("Which file"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose which file.")),
    )
    meter = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Which meters"),
        error_messages={
            "required": gettext_lazy("Choose at least one meter."),
            "invalid_choice": gettext_lazy("Choose among your meters."),
        },
    )
    first = DayField(
        label=gettext_lazy("First day"),
        required=gettext_lazy("Enter the first day."),
        invalid=gettext_lazy("Enter the first day, for example 2026-11-24."),
    )
    last = DayField(
        label=gettext_lazy("Last day"),
        required=gettext_lazy("Enter the last day."),
        invalid=gettext_lazy("Enter the last day, for example 2026-11-24."),
    )

    def __init__(self, meters: Sequence[Meter], low: date, high: date, data: Any = None) -> None:
        choices = [(str(meter.uid), str(meter.service.meter_number or meter.service.identifier)) for meter in meters]
        initial = {
            "file": "xml",
            "meter": [uid for uid, _ in choices],
            "first": max(low, _months_before(high, MONTHS)),
            "last": high,
        }
        super().__init__(data, initial=initial)
        self.low, self.high = low, high
        self.fields["meter"].choices = choices  # type: ignore[attr-defined]
        for name in ("first", "last"):
            self.fields[name].widget.attrs |= {"min": low.isoformat(), "max": high.isoformat()}

    def clean_first(self) -> date:
        return self._inside(self.cleaned_data["first"])

    def clean_last(self) -> date:
        return self._inside(self.cleaned_data["last"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "first" in cleaned and "last" in cleaned and cleaned["first"] > cleaned["last"]:
            self.add_error("last", gettext("The last day is before the first. Change one of the two."))
        return cleaned

    def _inside(self, day: date) -> date:
        if not self.low <= day <= self.high:
            bounds = {"low": formats.day(self.low), "high": formats.day(self.high)}
            raise forms.ValidationError(
                gettext("There is data from %(low)s to %(high)s. Choose a day among these.") % bounds
            )
        return day


@for_holder("GET")
def download(request: HttpRequest, holder: Holder) -> HttpResponseBase:
    """The form; with `?file=` the file, or the form again with what is wrong."""
    bounds = _bounds(holder.open(holder.meters, "download-form"))
    if bounds is None:
        return holder.page(request, "mydata/download.html", tab="download", form=None)
    form = DownloadForm(holder.meters, *bounds, request.GET if "file" in request.GET else None)
    if not form.is_valid():
        low, high = bounds
        return holder.page(request, "mydata/download.html", tab="download", form=form, low=low, high=high)
    asked = form.cleaned_data
    wanted = [meter for meter in holder.meters if str(meter.uid) in asked["meter"]]
    shows = ("intervals", "bills") if asked["file"] == "xml" else ("intervals",)
    period = {name: asked[name] for name in ("first", "last")}
    opened = holder.open(wanted, f"download-{asked['file']}", *shows, **period)
    return _file(request, holder, opened, asked)


def _file(request: HttpRequest, holder: Holder, opened: list[Window], asked: dict[str, Any]) -> HttpResponseBase:
    zone, first, last = holder.grant.world.utility.zone, asked["first"], asked["last"]
    start, end = days.day_start(first, zone), days.day_end(last, zone)
    counted = measures.measures(opened)
    name = names.of_file(holder.grant.world, file=asked["file"], opened=opened, counted=counted, first=first, last=last)
    if asked["file"] == "xml":
        narrowed = [window.narrowed(start, end) for window in opened]
        pieces = export.pieces(narrowed, resource("Batch", "Subscription", holder.grant.uid))
        return send(request, pieces, export.CONTENT_TYPE, name=name)
    return send(request, csv_file.pieces(counted, start, end), CSV_TYPE, name=name)


def _bounds(opened: list[Window]) -> tuple[date, date] | None:
    """The first and the last local day for which there are readings or bills."""
    found = [
        (days.local_day(measure.span[0], measure.window.zone), days.local_day(measure.span[1] - 1, measure.window.zone))
        for measure in measures.measures(opened)
        if measure.span is not None
    ]
    found += [(period.start, period.end - timedelta(days=1)) for period in contents.periods(opened)]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before a day's."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
