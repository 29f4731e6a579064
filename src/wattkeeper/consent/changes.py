"""What a customer does with a sharing later: end it earlier, renew it, take the signed receipt home."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wattkeeper.authorizations import changes
from wattkeeper.authorizations.offers import NotAllowed
from wattkeeper.common import formats
from wattkeeper.common.forms import DayField
from wattkeeper.consent import mine, session
from wattkeeper.consent.choices import LONGEST
from wattkeeper.consent.receipts import Receipt
from wattkeeper.delivery import letters, receipt_mails


class ShortenForm(forms.Form):
    """The new last day, from today to the day before the present one."""

    day = DayField(
        label=gettext_lazy("Last day to share"),
        required=gettext_lazy("Enter the last day to share."),
        invalid=gettext_lazy("Enter a day, for example 2026-11-24."),
    )

    def __init__(self, low: date, high: date, data: Any = None) -> None:
        super().__init__(data)
        self.low, self.high = low, high
        bounds = {"low": formats.day(low), "high": formats.day(high)}
        self.fields["day"].help_text = gettext("From %(low)s to %(high)s") % bounds
        self.fields["day"].widget.attrs |= {"min": low.isoformat(), "max": high.isoformat()}

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.low <= day <= self.high:
            bounds = {"low": formats.day(self.low), "high": formats.day(self.high)}
            raise forms.ValidationError(gettext("Choose a day from %(low)s to %(high)s.") % bounds)
        return day


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shorten(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One form: an earlier last day. Where there is none to choose, back to the receipt."""
    who = session.current(request)
    grant = mine.own(who, uid)
    if who is None or grant is None:
        return mine.not_here(request, uid)
    found, low = Receipt(grant), grant.world.today
    high = found.last_day - timedelta(days=1) if found.last_day is not None else low + LONGEST
    if not found.is_active or high < low:
        return _receipt(uid)
    form = ShortenForm(low, high, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return mine.page(request, who, "consent/shorten.html", receipt=found, form=form)
    try:
        changes.shorten(grant, form.cleaned_data["day"])
        receipt_mails.queue_for(grant)
    except NotAllowed:  # it was stopped or shortened meanwhile: the receipt says how it stands
        return _receipt(uid)
    return _receipt(uid, "shortened")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One click. The button names the day; where that would be another by now, the receipt shows the button anew."""
    who = session.current(request)
    grant = mine.own(who, uid)
    if who is None or grant is None:
        return mine.not_here(request, uid)
    day = Receipt(grant).renewed_day
    if request.method != "POST" or day is None or request.POST.get("until") != day.isoformat():
        return _receipt(uid)
    try:
        changes.renew(grant)
        receipt_mails.queue_for(grant)
    except NotAllowed:
        return _receipt(uid)
    return _receipt(uid, "renewed")


@never_cache
@require_GET
def receipt_file(request: HttpRequest, uid: UUID, receipt: UUID | None = None) -> HttpResponse:
    """A signed receipt as it was given out, the newest unless one is named."""
    grant = mine.own(session.current(request), uid)
    if grant is None:
        return mine.not_here(request, uid)
    kept = grant.receipts.filter(uid=receipt) if receipt is not None else grant.receipts.all()
    found = kept.select_related("authorization__world__utility").order_by("-pk").first()
    if found is None:
        return mine.not_here(request, uid)
    response = HttpResponse(found.document, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{letters.receipt_name(found)}"'
    return response


def _receipt(uid: UUID, done: str = "") -> HttpResponse:
    return redirect(reverse("consent:receipt", args=[uid]) + (f"?done={done}" if done else ""))
