"""Use as a CSV file: one row per interval, as spreadsheets take it (RFC 4180, UTF-8 with a mark)."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext

from wattkeeper.common import clock, tables
from wattkeeper.mydata.measures import Interval, Measure

MARK = "\ufeff"
MINUTES = len("2026-03-08 01:00")


def pieces(measures: Iterable[Measure], start: int, end: int) -> Iterator[bytes]:
    """The file a day at a time, meter after meter. Its words are chosen now, in the reader's language, not while it is
    sent. Raises GrantEndedError."""
    columns = [
        gettext("Meter"),
        gettext("Address"),
        gettext("From"),
        gettext("Until"),
        gettext("Offset from UTC"),
        gettext("Unit"),
        gettext("Used"),
        gettext("Sent back"),
        gettext("Note"),
    ]
    notes = {"": "", "missing": gettext("no reading"), "estimated": gettext("estimated")}
    return _pieces(measures, start, end, columns, notes)


def _pieces(
    measures: Iterable[Measure], start: int, end: int, columns: list[str], notes: dict[str, str]
) -> Iterator[bytes]:
    yield (MARK + tables.lines([columns])).encode()
    for measure in measures:
        service = measure.window.service
        whose = [tables.safe(service.meter_number), tables.safe(service.address)]
        for day in measure.days(start, end):
            yield tables.lines([*whose, *_cells(measure, interval, notes)] for interval in day.intervals()).encode()


def _cells(measure: Measure, interval: Interval, notes: dict[str, str]) -> list[str]:
    """Local times; where the clock is set back, the offset tells the two hours apart."""
    zone = measure.window.zone
    start, end = (
        clock.from_epoch(moment).astimezone(zone).isoformat(" ", "minutes") for moment in (interval.start, interval.end)
    )
    is_missing = interval.delivered is None and interval.received is None
    note = "missing" if is_missing else "estimated" if interval.is_estimated else ""
    return [
        start[:MINUTES],
        end[:MINUTES],
        start[MINUTES:],
        measure.unit,
        _number(measure, interval.delivered),
        _number(measure, interval.received),
        notes[note],
    ]


def _number(measure: Measure, amount: int | None) -> str:
    return "" if amount is None else f"{measure.amount(amount):f}"
