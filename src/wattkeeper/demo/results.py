"""What a granted authorization lets this website show: its meters, their use over one period from both APIs, bills."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from wattkeeper.demo import greenbutton, scope
from wattkeeper.demo.platform import Json, Platform, PlatformError
from wattkeeper.demo.usage import Period, Reading, Tally, View, period
from wattkeeper.demo.zone import LocalTime

INTERVALS, BILLS = 4, {15, 16}
BILLS_SHOWN = 13
# Which JSON datapoint is drawn, best first: the same preference as for Green Button's flow directions.
DATAPOINTS = ("fwd", "net")


@dataclass(frozen=True)
class Grant:
    """The token endpoint's answer, and what was asked for."""

    token: Json
    asked: str

    @property
    def scope(self) -> str:
        return str(self.token.get("scope") or self.asked)

    @property
    def resource_uri(self) -> str:
        return str(self.token["resourceURI"])

    @property
    def subscription_uri(self) -> str:
        return self.resource_uri.replace("/Batch/Subscription/", "/Subscription/")

    @property
    def authorization_uid(self) -> str:
        return self.resource_uri.rstrip("/").rsplit("/", 1)[-1]

    @property
    def has_intervals(self) -> bool:
        return INTERVALS in scope.blocks(self.scope)

    @property
    def has_bills(self) -> bool:
        return bool(BILLS & scope.blocks(self.scope))


class Choice(NamedTuple):
    """What the visitor wants to look at; None and empty mean the newest day and the first meter."""

    view: View = "day"
    on: date | None = None
    meter: str = ""


@dataclass(frozen=True)
class Meter:
    """A service as this authorization sees it; `first` and `last` are the local days its readings cover."""

    uid: str
    name: str
    details: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class LineItem:
    name: str
    cost: Decimal | None


@dataclass(frozen=True)
class Bill:
    """Local days, both within the bill. Money in the currency's unit; `volume` in `unit`."""

    start: date
    end: date
    volume: Decimal | None
    unit: str
    cost: Decimal | None
    items: list[LineItem]


@dataclass(frozen=True)
class Trouble:
    """A part that could not be shown, and why; the rest of the page stands."""

    part: str
    reason: PlatformError


@dataclass
class Results:
    """All of a result page's data. A part is None when it was not granted or could not be read (see `troubles`)."""

    is_test: bool = False  # whether the customer is made up, as the JSON API says
    meters: list[Meter] = field(default_factory=list)
    meter: Meter | None = None
    period: Period | None = None
    from_green_button: Tally | None = None
    from_json: Tally | None = None
    bills: list[Bill] | None = None
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        one, other = self.from_green_button, self.from_json
        return one is not None and other is not None and (one.total, one.count) == (other.total, other.count)

    def try_to(self, part: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except PlatformError as reason:
            self.troubles.append(Trouble(part, reason))
        except greenbutton.FeedRefused as refused:
            self.troubles.append(Trouble(part, PlatformError("feed_refused", str(refused))))
        except (KeyError, TypeError, ValueError, ArithmeticError) as problem:
            self.troubles.append(Trouble(part, PlatformError("unexpected_shape", repr(problem))))
        return None


def gather(platform: Platform, grant: Grant, choice: Choice, zones: Json) -> Results:
    """Reads what is needed for one page and no more. `zones` keeps each meter's local time between pages."""
    results = Results()
    results.meters = results.try_to(_("Meters"), lambda: _authorization(platform, grant, results)) or []
    chosen = [meter for meter in results.meters if meter.uid == choice.meter] or results.meters
    if not chosen:
        return results
    meter = results.meter = chosen[0]
    if grant.has_bills:
        results.bills = results.try_to(_("Bills"), lambda: _bills(platform, meter))
    if grant.has_intervals and meter.first and meter.last:
        zone = results.try_to(_("Local time of the meter"), lambda: _zone(platform, grant, meter, zones))
        if zone:
            day = min(max(choice.on or meter.last, meter.first), meter.last)
            span = results.period = period(choice.view, day, zone)
            feed = grant.resource_uri + (f"/UsagePoint/{meter.uid}" if len(results.meters) > 1 else "")
            results.from_green_button = results.try_to(
                _("Use, from the Green Button API"), lambda: _green_button(platform, feed, span)
            )
            results.from_json = results.try_to(_("Use, from the JSON API"), lambda: _json(platform, meter, span))
    return results


def _authorization(platform: Platform, grant: Grant, results: Results) -> list[Meter]:
    answer = platform.get_json(f"/authorizations/{grant.authorization_uid}", {"include": "meters"})
    results.is_test = bool(answer.get("is_test"))
    return list(_meters(answer["meters"]["meters"]))


def _meters(found_meters: list[Json]) -> Iterator[Meter]:
    for found in found_meters:
        base = found.get("base") or {}
        numbers = ", ".join(base.get("meter_numbers") or [])
        spans = found.get("interval_coverage") or []
        yield Meter(
            uid=str(found["uid"]),
            name=base.get("service_address") or base.get("service_identifier") or str(found["uid"]),
            details=" · ".join(part for part in (base.get("service_tariff"), numbers) if part),
            first=min(_moment(start) for start, _end in spans).date() if spans else None,
            last=_last_day(max(_moment(end) for _start, end in spans)) if spans else None,
        )


def _zone(platform: Platform, grant: Grant, meter: Meter, zones: Json) -> LocalTime:
    """Follows the links: Subscription -> UsagePoint -> LocalTimeParameters."""
    if meter.uid not in zones:
        points = greenbutton.usage_points(platform.get_feed(f"{grant.subscription_uri}/UsagePoint"))
        uri = next((point.local_time_uri for point in points if point.uid == meter.uid), None)
        if not uri:
            raise greenbutton.FeedRefused("The UsagePoint has no link to LocalTimeParameters.")
        zone = greenbutton.local_time(platform.get_feed(uri))
        zones[meter.uid] = [zone.tz_offset, zone.dst_offset, zone.dst_start_rule, zone.dst_end_rule]
    return LocalTime(*zones[meter.uid])


def _green_button(platform: Platform, feed: str, span: Period) -> Tally:
    bounds = {"published-min": utc_text(span.start), "published-max": utc_text(span.stop)}
    return greenbutton.use(platform.get_feed(feed, bounds), span).watt_hours(span)


def _json(platform: Platform, meter: Meter, span: Period) -> Tally:
    bounds = {"meters": meter.uid, "start": utc_text(span.start), "end": utc_text(span.stop)}
    tally = Tally(span)
    try:
        for chunk in platform.get_pages("intervals", bounds):
            tally.add_all(_readings(chunk))
    except PlatformError as reason:
        if reason.code != "not_found":  # the JSON API's way of saying that a span holds nothing
            raise
    return tally


def _readings(chunk: Json) -> Iterator[Reading]:
    for reading in chunk["readings"]:
        kwh = _kwh(reading)
        if kwh is not None:
            start, end = _moment(reading["start"]), _moment(reading["end"])
            yield Reading(int(start.timestamp()), int((end - start).total_seconds()), Decimal(kwh) * 1000)


def _kwh(reading: Json) -> Decimal | None:
    """The delivered energy among a reading's datapoints; the deprecated `kwh` where there are none."""
    found = {point["type"]: point["value"] for point in reading.get("datapoints") or [] if point["unit"] == "kwh"}
    return next((found[name] for name in DATAPOINTS if name in found), reading.get("kwh"))


def _bills(platform: Platform, meter: Meter) -> list[Bill]:
    """The newest bills, newest first."""
    answer = platform.get_json("/bills", {"meters": meter.uid, "limit": str(BILLS_SHOWN)})
    return [_bill(found) for found in answer["bills"]]


def _bill(found: Json) -> Bill:
    base = found["base"]
    return Bill(
        start=_moment(base["bill_start_date"]).date(),
        end=_last_day(_moment(base["bill_end_date"])),
        volume=_exact(base.get("bill_total_volume")),
        unit=base.get("bill_total_unit") or "",
        cost=_exact(base.get("bill_total_cost")),
        items=[LineItem(item["name"], _exact(item.get("cost"))) for item in found.get("line_items") or []],
    )


def _exact(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _last_day(end: datetime) -> date:
    """The last day before an end that is itself left out."""
    return (end - timedelta(seconds=1)).date()


def utc_text(moment: int) -> str:
    """An epoch second as both APIs take it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
