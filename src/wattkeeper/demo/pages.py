"""The rows of the result page's tables and its links from one period to another, in the visitor's language."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wattkeeper.demo import figures
from wattkeeper.demo.calls import Call, shortened
from wattkeeper.demo.results import Bill, Meter, Results
from wattkeeper.demo.usage import VIEWS, Period, Tally, View

FIELDS: dict[str, str | Promise] = {
    "token_type": _("How the token is presented: Authorization: Bearer …"),
    "access_token": _("Opens this one authorization’s data"),
    "refresh_token": _("Gets the next access token"),
    "expires_in": _("How long the access token lives, in seconds"),
    "expires_at": _("When it runs out, in seconds since 1970 (worked out here)"),
    "scope": _("What was really granted; read it, it may be less than was asked"),
    "resourceURI": _("Where the energy data is (Green Button)"),
    "customerResourceURI": _("Where the account details are (Green Button)"),
    "authorizationURI": _("Where the authorization itself is (Green Button)"),
}
SECRET = {"access_token", "refresh_token"}


class Field(NamedTuple):
    name: str
    value: str
    short: str  # of a secret; empty for anything else
    meaning: str | Promise


class BillRow(NamedTuple):
    period: str
    use: str
    cost: str
    items: list[tuple[str, str]]


class Side(NamedTuple):
    """One API's answer for the period: its total, and the call to look at (numbered from 1 on the page)."""

    name: str | Promise
    total: str
    readings: str
    url: str


class Link(NamedTuple):
    name: str | Promise
    query: str
    is_current: bool = False


NAMES: dict[View, str | Promise] = {"day": _("Day"), "month": _("Month"), "year": _("Year")}


def secrets_of(token: dict[str, Any]) -> list[Field]:
    """The token endpoint's answer, field by field; what it has beyond the known ones comes last."""
    names = [*(name for name in FIELDS if name in token), *(name for name in token if name not in FIELDS)]
    return [
        Field(
            name,
            str(token[name]),
            shortened(str(token[name])) if name in SECRET else "",
            FIELDS.get(name, ""),
        )
        for name in names
    ]


def bill_rows(bills: list[Bill]) -> list[BillRow]:
    places = figures.places(bill.volume for bill in bills if bill.volume is not None)
    return [
        BillRow(
            f"{figures.short_day(bill.start)} – {figures.short_day(bill.end)}",
            "" if bill.volume is None else figures.volume(bill.volume, bill.unit, places),
            "" if bill.cost is None else figures.money(bill.cost),
            [(item.name, "" if item.cost is None else figures.money(item.cost)) for item in bill.items],
        )
        for bill in bills
    ]


def comparison(results: Results, calls: list[Call]) -> list[Side]:
    """Green Button beside JSON, for the period shown."""
    sides = [
        (_("Green Button API"), results.from_green_button, "published-min="),
        (_("JSON API"), results.from_json, "/api/v2/intervals?"),
    ]
    return [_side(name, tally, mark, calls) for name, tally, mark in sides if tally is not None]


def navigation(results: Results, meter: Meter, span: Period) -> dict[str, Any]:
    """Links to the other views, the periods before and after, and the other meters."""
    last = meter.last or span.first
    return {
        "views": [
            Link(NAMES[view], _query(view, min(span.last, last), meter.uid), view == span.view) for view in VIEWS
        ],
        "before": _query(span.view, span.previous, meter.uid) if meter.first and span.previous >= meter.first else "",
        "after": _query(span.view, span.end, meter.uid) if span.end <= last else "",
        "meters": [
            Link(other.name, _query(span.view, span.first, other.uid), other == meter) for other in results.meters
        ],
    }


def offsets(span: Period) -> str:
    """The distances from UTC within a period: one, or two when the clock changes in it."""
    found = [
        figures.utc_offset(moment, span.zone) for moment in (span.start, (span.start + span.stop) // 2, span.stop - 1)
    ]
    return ", ".join(dict.fromkeys(found))


def _side(name: str | Promise, tally: Tally, mark: str, calls: list[Call]) -> Side:
    url = next((call.url for call in calls if mark in call.url), "")
    return Side(name, figures.kwh(tally.total), figures.count(tally.count), url)


def _query(view: View, on: date, meter: str) -> str:
    return "?" + urlencode({"view": view, "on": on.isoformat(), "meter": meter})
