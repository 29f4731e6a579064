"""Telling the log that there is something new to read, for every grant that can read it and for no other."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from wattkeeper.authorizations import telling, windows
from wattkeeper.authorizations.models import Meter
from wattkeeper.authorizations.windows import Span, Window
from wattkeeper.customers.models import Service
from wattkeeper.events import log


@dataclass
class News:
    """What is new or changed: readings between epoch seconds, bills by their local days [start, end)."""

    readings: list[Span] = field(default_factory=list)
    bills: list[tuple[date, date]] = field(default_factory=list)


def tell(service: Service, news: News) -> None:
    """Records an event for each meter whose window shows some of it. Call it in the transaction of the change."""
    if not news.readings and not news.bills:
        return
    log.record(
        *(
            telling.event(window.meter.authorization, type_, window.meter)
            for window in windows.unseen_windows(windows.in_force(_shared(service)))
            for type_ in _seen_through(window, news)
        )
    )


def _shared(service: Service) -> QuerySet[Meter]:
    """With third parties that have not put monitoring off: what customers have for themselves is nobody's news."""
    shared = Meter.objects.filter(service=service, authorization__registration__is_own_access=False)
    return shared.exclude(frequency=Meter.Frequency.OFF)


def _seen_through(window: Window, news: News) -> list[str]:
    types = []
    if window.shares_intervals and any(window.narrowed(*span).spans for span in news.readings):
        types.append("meter_intervals_added")
    if window.shares_bills and any(window.holds(*bill) for bill in news.bills):
        types.append("meter_bills_added")
    return types
