"""Which windows and which one bill a file is asked for of. As `finding`: every query starts from what `Caller` sees."""

from datetime import date, timedelta
from uuid import UUID

from wattkeeper.api import bills, finding, stamps
from wattkeeper.api.errors import not_found
from wattkeeper.api.params import UID_LENGTH, DataFilters, dated_uid, exactly, split, uuid_of, uuids
from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.models import Meter
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import days
from wattkeeper.documents import bill_pdf

NO_FILE = "There is no such file, or none that you may see."


def opened(caller: Caller, filters: DataFilters, what: str, *shows: str) -> list[Window]:
    """The part that was asked for of the windows that were named, newest meter first; ApiError 404 where none is."""
    look = finding.look(caller, what, *shows, **filters.bounds)
    return list(map(filters.narrow, windows.open_windows(look, finding.data_meters(caller, filters))))


def by_date(opened: list[Window]) -> list[Period]:
    """The bills in windows, meter after meter, oldest first."""
    return sorted(contents.periods(opened), key=lambda period: (period.position, period.start, period.end))


def bill_of(caller: Caller, uid: str, meters: str | None) -> Period:
    """The bill of this uid, which has a PDF; ApiError 404 where there is none.

    A bill's uid does not say which meter it is of: those of all bills are gone through, fewer where meters are named.
    """
    rows = caller.meters()
    if split(meters):
        rows = rows.filter(uid__in=uuids(meters))
    asked = uuid_of(uid)
    for meter, bill in windows.bill_keys(windows.in_force(rows)) if asked is not None else ():
        if bills.uid_of(meter, bill) == asked:
            return _bill(caller, meter, asked)
    raise not_found(NO_FILE)


def latest_bill(caller: Caller, uid: str) -> Period:
    """A meter's newest bill that has a PDF; ApiError 404 where there is none."""
    found = [period for period in contents.periods([_window(caller, uid)]) if bill_pdf.exists(period)]
    if not found:
        raise not_found(NO_FILE)
    return max(found, key=lambda period: (period.end, period.start))


def behind(caller: Caller, raw: str) -> Period | Window:
    """What a `raw_url` ends in: the bill, or the window of the day of an Interval; ApiError 404 where there is none."""
    meter, rest = raw[:UID_LENGTH], raw[UID_LENGTH + 1 :]
    found = windows.in_force(caller.meters().filter(uid__in=exactly(meter)))
    if not found or raw[UID_LENGTH : UID_LENGTH + 1] != "-":
        raise not_found(NO_FILE)
    if (interval := dated_uid(raw)) is not None:
        return _day(caller, found[0], interval[1])
    bill = uuid_of(rest)
    if bill is None:
        raise not_found(NO_FILE)
    return _bill(caller, found[0], bill)


def _window(caller: Caller, uid: str) -> Window:
    found = windows.in_force(caller.meters().filter(uid__in=exactly(uid)))
    if not found:
        raise not_found(NO_FILE)
    return windows.open_windows(finding.look(caller, "bill_pdf", "bills", "account"), found)[0]


def _bill(caller: Caller, meter: Meter, uid: UUID) -> Period:
    look = finding.look(caller, "bill_pdf", "bills", "account")
    for period in contents.periods(windows.open_windows(look, [meter])):
        if bills.uid(period) == uid and bill_pdf.exists(period):
            return period
    raise not_found(NO_FILE)


def _day(caller: Caller, meter: Meter, day: date) -> Window:
    look = finding.look(caller, "intervals_xml", "intervals", start=day, end=day + timedelta(days=1))
    window = windows.open_windows(look, [meter])[0]
    of_day = window.narrowed(stamps.seconds(day, window.zone), days.day_end(day, window.zone))
    if not contents.runs(of_day, windows.channels([of_day])):
        raise not_found(NO_FILE)
    return of_day
