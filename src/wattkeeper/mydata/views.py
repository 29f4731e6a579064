"""The two pages to look at: use, as a chart of a day, a month or a year, and bills. And the PDF of a bill."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.sending import send
from wattkeeper.common import days
from wattkeeper.documents import bill_pdf
from wattkeeper.mydata import billed, chart, measures, periods
from wattkeeper.mydata import use as uses
from wattkeeper.mydata.billed import BillView
from wattkeeper.mydata.holder import Holder, for_holder
from wattkeeper.mydata.measures import Measure
from wattkeeper.mydata.periods import KINDS, Period
from wattkeeper.mydata.words import Words

YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True)
class Around:
    """The periods that lead on from one: before and after it where there are readings, and the same time otherwise."""

    before: Period | None
    after: Period | None
    kinds: list[Period]


@for_holder("GET")
def use(request: HttpRequest, holder: Holder) -> HttpResponseBase:
    """`?meter=` names the meter, `?period=` a day, month or year; else the newest month of the first meter."""
    asked = request.GET.get("period", "")
    period, meter = periods.parse(asked), holder.meter(request.GET.get("meter", ""))
    if (meter is None and "meter" in request.GET) or (asked and period is None):
        return holder.not_here(request)
    if meter is None:
        return holder.page(request, "mydata/use.html", tab="use", meter=None)
    shown = {"period": period.key} if period is not None else {}
    opened = holder.open([meter], "use", "intervals", **shown)
    measure = next(iter(measures.measures(opened)), None)
    context: dict[str, Any] = {"tab": "use", "meter": meter}
    if measure is None or measure.span is None:
        return holder.page(request, "mydata/use.html", **context)
    period = period or uses.newest(measure, "month")
    assert period is not None
    found = uses.read(measure, period)
    words = Words(found, measure.window.zone)
    drawn = chart.draw(found, words.bar, words.ticks())
    context |= {"use": found, "words": words, "chart": drawn, "period": period, "around": _around(measure, period)}
    return holder.page(request, "mydata/use.html", **context)


@for_holder("GET")
def bills(request: HttpRequest, holder: Holder) -> HttpResponseBase:
    """The bills of a meter, a year at a time."""
    asked = request.GET.get("year", "")
    meter = holder.meter(request.GET.get("meter", ""))
    if (meter is None and "meter" in request.GET) or (asked and not YEAR.fullmatch(asked)):
        return holder.not_here(request)
    if meter is None:
        return holder.page(request, "mydata/bills.html", tab="bills", meter=None)
    opened = holder.open([meter], "bills", "bills")
    found = windows.bills(opened)[meter.pk]
    years = billed.years(found)
    year = int(asked) if asked else years[0] if years else 0
    currency = holder.grant.world.utility.currency
    shown = [
        BillView(bill, currency, has_pdf=bill_pdf.is_shown(opened[0], bill.document))
        for bill in billed.of_year(found, year)
    ]
    return holder.page(request, "mydata/bills.html", tab="bills", meter=meter, bills=shown, years=years, year=year)


@for_holder("GET")
def bill_file(request: HttpRequest, holder: Holder) -> HttpResponseBase:
    """The PDF of the bill of a meter that begins on a day: `?meter=` and `first=2026-02-03`."""
    meter = holder.meter(request.GET.get("meter", ""))
    if meter is None:
        return holder.not_here(request)
    periods = contents.periods(holder.open([meter], "bill_pdf", "bills", "account"))
    wanted = [each for each in periods if each.start.isoformat() == request.GET.get("first") and bill_pdf.exists(each)]
    for each, bill in contents.read_bills(wanted[:1]):
        found = bill_pdf.document(each, bill)
        return send(request, found.chunks, bill_pdf.PDF_TYPE, name=found.name, is_packed=True, length=found.length)
    return holder.not_here(request)


def _around(measure: Measure, period: Period) -> Around:
    assert measure.span is not None
    zone = measure.window.zone
    first, last = days.local_day(measure.span[0], zone), days.local_day(measure.span[1] - 1, zone)
    # The last day of the period that has readings, so that a click on "Day" leads to one.
    within = max(min(period.end - timedelta(days=1), last), first)
    return Around(
        period.before if period.start > first else None,
        period.after if period.end <= last else None,
        [Period.of(kind, within) for kind in KINDS],
    )
