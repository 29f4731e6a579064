"""What a company asks for its meters: a historical collection, and how often it wants to be told of new data.

UtilityAPI fetches data when it is asked to. Here it lies ready, so a collection ends as it begins, and monitoring
decides about events alone: `off` pauses the news of a meter (ingest/news.py), and nothing changes what may be read.
Until a company says anything its news are told, because clients of the Green Button API have no way to ask.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, cast

from django.db import transaction
from django.db.models import QuerySet

from wattkeeper.authorizations import contents, reads, telling, windows
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.events import log

Frequency = Literal["off", "daily", "weekly", "monthly"]
OFF, MONTHLY = Meter.Frequency.OFF, Meter.Frequency.MONTHLY
STEPS = {Meter.Frequency.DAILY: timedelta(days=1), Meter.Frequency.WEEKLY: timedelta(days=7)}


class AlreadyMonitoredError(Exception):
    """A day was chosen for a meter that is monitored on other terms."""


def collect(look: Look, wanted: QuerySet[Meter]) -> list[Meter]:
    """Collects what the meters in force have, and tells of it as of a collection that took its time. Returns them."""
    with transaction.atomic():
        meters = _held_in_force(wanted)
        opened = windows.unseen_windows(meters)
        channels = windows.channels(opened)
        billed = {period.window.meter.pk for period in contents.periods(opened)}
        log.record(
            *(
                telling.event(window.meter.authorization, type_, window.meter)
                for window in opened
                for type_ in _steps(window, window.meter.pk in billed, bool(contents.runs(window, channels)))
            )
        )
        for meter in meters:
            meter.collected = clock.now(meter.authorization.world)
        Meter.objects.bulk_update(meters, ["collected"])
        reads.record_wish(look, "collection_requested", meters)
    return meters


def monitor(look: Look, wanted: QuerySet[Meter], frequency: str, fixed_refresh_day: int | None) -> list[Meter]:
    """Sets how the meters in force are monitored and returns them. The same again changes nothing.

    Raises AlreadyMonitoredError.
    """
    with transaction.atomic():
        meters = _held_in_force(wanted)
        for meter in meters:
            is_same = (meter.frequency, meter.fixed_refresh_day) == (frequency, fixed_refresh_day)
            if fixed_refresh_day is not None and meter.frequency not in {"", OFF} and not is_same:
                raise AlreadyMonitoredError
            if not is_same and frequency != OFF:
                meter.monitored = clock.now(meter.authorization.world)
            meter.frequency, meter.fixed_refresh_day = frequency, fixed_refresh_day
        Meter.objects.bulk_update(meters, ["frequency", "monitored", "fixed_refresh_day"])
        reads.record_wish(look, "monitoring_requested", meters)
    return meters


def is_activated(meter: Meter) -> bool:
    """Whether its company ever asked for a collection or for monitoring."""
    return meter.collected is not None or meter.monitored is not None


def frequency_of(meter: Meter) -> Frequency:
    """`off` where nothing was asked for, and once the authorization shares no new data."""
    grant = meter.authorization
    is_over = grant.ongoing_end is not None and grant.ongoing_end <= clock.now(grant.world)
    return "off" if is_over or not meter.frequency else cast("Frequency", meter.frequency)


def next_refresh(meter: Meter) -> datetime | None:
    """The first moment from now on that is whole periods after monitoring began, or that falls on the day chosen;
    None where it is off, or new data is no longer shared by then."""
    frequency, grant = frequency_of(meter), meter.authorization
    if frequency == OFF or meter.monitored is None:
        return None
    at = clock.now(grant.world)
    if frequency == MONTHLY:
        found = next(day for day in _monthly(meter, meter.monitored, at) if day > at)
    else:
        step = STEPS[Meter.Frequency(frequency)]
        found = meter.monitored + ((at - meter.monitored) // step + 1) * step
    return found if grant.ongoing_end is None or found < grant.ongoing_end else None


def _monthly(meter: Meter, since: datetime, at: datetime) -> Iterable[datetime]:
    """The day of this month and of the next, at the hour monitoring began; a day past the month's end is its last."""
    zone = meter.authorization.world.utility.zone
    began, month = since.astimezone(zone), at.astimezone(zone).date().replace(day=1)
    for first in (month, (month + timedelta(days=31)).replace(day=1)):
        last = calendar.monthrange(first.year, first.month)[1]
        day = date(first.year, first.month, min(meter.fixed_refresh_day or began.day, last))
        yield datetime.combine(day, began.time(), zone)


def _held_in_force(wanted: QuerySet[Meter]) -> list[Meter]:
    """The meters whose grants are in force, and stay so until the transaction ends: what ends them waits."""
    grants = Authorization.objects.filter(pk__in=wanted.order_by().values("authorization"))
    list(grants.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    return windows.in_force(wanted)


def _steps(window: Window, has_bills: bool, has_intervals: bool) -> Sequence[str]:
    """The events of one meter's collection. What was told of as it came is not new: data is added where it is the first
    time, or where monitoring is off."""
    collection, meter = "meter_historical_collection_", window.meter
    is_news = meter.collected is None or meter.frequency == OFF
    added = [
        *(["meter_bills_added"] if is_news and has_bills else []),
        *(["meter_intervals_added"] if is_news and has_intervals else []),
    ]
    return [f"{collection}started", f"{collection}progress", *added, f"{collection}finished_successful"]
