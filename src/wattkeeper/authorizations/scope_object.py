"""The scope of a form, an object, in the words of the scope grammar, so that every door leads to the same offer.

    {"expires": "3y", "ongoing_end": null, "history_start": null, "shares": [...], "green_button": "FB=..."}

`expires` and `ongoing_end` are UtilityAPI's (utilityapi-json-api.md section 4.5); the other three have the names under
which an Authorization's scope shows what was granted. `expires`: `until_revoked`, a length from the request on (`3y`,
`6m`, `2w`, `7d`), or a timestamp. `green_button` is a scope string as the OAuth door takes it; what it says already,
the others cannot say again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wattkeeper.authorizations.offers import check_askable
from wattkeeper.authorizations.scope import (
    ACCOUNT,
    BILLS,
    INTERVALS,
    LAST_EPOCH,
    LONGEST,
    Ends,
    Scope,
    ScopeError,
    parse,
)
from wattkeeper.common import clock, days, iso
from wattkeeper.companies.models import Registration

UNTIL_REVOKED = "until_revoked"
BLOCKS = {"intervals": INTERVALS, "bills": BILLS, "account": ACCOUNT}
LENGTH = re.compile(r"([1-9][0-9]{0,4})([dwmy])", re.ASCII)
MOST_YEARS = 100


@dataclass(frozen=True)
class Wanted:
    """A scope object, read; a date means the moment at which it begins in the utility's zone. None: not said."""

    expires: str | date | datetime | None = None
    ongoing_end: date | datetime | None = None
    history_start: date | datetime | None = None
    shares: tuple[str, ...] = ()
    green_button: Scope | None = None


def read(values: Mapping[str, Any]) -> Wanted:
    """What an object says. Raises ScopeError, whose message begins with the key that is wrong."""
    said = {name: value for name, value in values.items() if value not in (None, "", [])}
    green_button = None
    if text := said.get("green_button"):
        try:
            green_button = parse(text)
        except ScopeError as error:
            raise ScopeError(f"green_button: {error.message}") from None
    wanted = Wanted(
        expires=_expires(said.get("expires")),
        ongoing_end=_moment("ongoing_end", said.get("ongoing_end")),
        history_start=_moment("history_start", said.get("history_start")),
        shares=tuple(said.get("shares", ())),
        green_button=green_button,
    )
    if green_button is not None:
        options = green_button.options
        twice = {
            "shares": bool(wanted.shares),
            "expires": wanted.expires is not None and green_button.end_date is not None,
            "ongoing_end": wanted.ongoing_end is not None and options.ongoing is not None,
            "history_start": wanted.history_start is not None
            and (options.historical is not None or green_button.history_length is not None),
        }
        for name in (name for name, is_said in twice.items() if is_said):
            raise ScopeError(f"{name} is what green_button says already.")
    return wanted


def asked(values: Mapping[str, Any], registration: Registration, at: datetime) -> Scope:
    """What a form asks for at a moment, by one registration. Raises ScopeError where nobody could grant it."""
    wanted, zone = read(values), registration.utility.zone
    scope = wanted.green_button or parse(registration.default_scope)
    if wanted.shares:
        kept = set(scope.blocks) - set(BLOCKS.values())
        scope = replace(scope, blocks=tuple(sorted(kept | {BLOCKS[kind] for kind in wanted.shares})))
    if wanted.expires is not None:
        scope = replace(scope, end_date=_end(wanted.expires, zone, at))
    options = scope.options
    if wanted.ongoing_end is not None:
        options = replace(options, ongoing=_last_day(wanted.ongoing_end, zone))
    if wanted.history_start is not None:
        options = replace(options, historical=_first_day(wanted.history_start, zone))
        scope = replace(scope, history_length=None)
    scope = replace(scope, options=options)
    if len(str(scope)) > LONGEST:
        raise ScopeError(f"The scope comes to more than {LONGEST} characters.")
    check_askable(scope, registration.utility, at)
    return scope


def _expires(value: Any) -> str | date | datetime | None:
    if value is None or value == UNTIL_REVOKED:
        return UNTIL_REVOKED if value else None
    text = str(value)
    if LENGTH.fullmatch(text):
        _length(text)
        return text
    moment = iso.read(text)
    if moment is None or not 1970 < moment.year < 9998:
        raise ScopeError("expires takes until_revoked, a length such as 3y or 7d, or a timestamp.")
    return moment


def _moment(name: str, value: Any) -> date | datetime | None:
    if value is None:
        return None
    moment = iso.read(str(value))
    if moment is None or not 1970 < moment.year < 9998:
        raise ScopeError(f"{name} takes a date such as 2026-01-31 or a timestamp such as 2026-01-31T12:00:00Z.")
    return moment


def _length(text: str) -> tuple[int, str]:
    """A number and its unit."""
    found = LENGTH.fullmatch(text)
    assert found is not None
    number, unit = int(found[1]), found[2]
    if number > MOST_YEARS * {"d": 365, "w": 52, "m": 12, "y": 1}[unit]:
        raise ScopeError(f"expires is longer than {MOST_YEARS} years.")
    return number, unit


def after(length: str, at: datetime) -> datetime:
    """The moment a length after another: `m` and `y` by the calendar, to the month's last day at most."""
    number, unit = _length(length)
    if unit in "dw":
        return at + timedelta(days=number * (7 if unit == "w" else 1))
    months = at.month - 1 + number * (12 if unit == "y" else 1)
    first = at.replace(year=at.year + months // 12, month=months % 12 + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=min(at.day, (following - timedelta(days=1)).day))


def _end(expires: str | date | datetime, zone: ZoneInfo, at: datetime) -> int:
    """PreferredAuthEndDate."""
    if expires == UNTIL_REVOKED:
        return 0
    moment = after(expires, at) if isinstance(expires, str) else expires
    return min(_seconds(moment, zone), LAST_EPOCH)


def _last_day(moment: date | datetime, zone: ZoneInfo) -> Ends:
    """The last local day that has ended by then: nothing later than was said is shared."""
    return days.local_day(_seconds(moment, zone), zone) - timedelta(days=1)


def _first_day(moment: date | datetime, zone: ZoneInfo) -> Ends:
    """The first local day that begins then or later."""
    seconds = _seconds(moment, zone)
    day = days.local_day(seconds, zone)
    return day if days.day_start(day, zone) == seconds else day + timedelta(days=1)


def _seconds(moment: date | datetime, zone: ZoneInfo) -> int:
    return clock.epoch(moment) if isinstance(moment, datetime) else days.day_start(moment, zone)
