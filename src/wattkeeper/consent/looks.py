"""When the third party looked at what of a grant's data, in the customer's words, from the audit trail."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext, ngettext

from wattkeeper.authorizations import reads
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.reads import Read
from wattkeeper.common import formats

LATEST = 20


@dataclass(frozen=True)
class Day:
    """A local day and a line for each kind of look on it, newest first."""

    day: date
    lines: list[str]


@dataclass(frozen=True)
class Looks:
    """The newest looks at a grant's data, by day; `has_more` where there may be older ones."""

    days: list[Day]
    has_more: bool


def of(grant: Authorization) -> Looks:
    """Days and times are the utility's, by the world's clock. One query."""
    found = reads.latest(grant, LATEST)
    zone, offset = grant.world.utility.zone, grant.world.clock_offset
    by_day = groupby(found, key=lambda read: (read.at + offset).astimezone(zone).date())
    return Looks([Day(day, _lines(grant, list(some))) for day, some in by_day], len(found) == LATEST)


def _lines(grant: Authorization, found: list[Read]) -> list[str]:
    zone, offset = grant.world.utility.zone, grant.world.clock_offset
    alike: dict[tuple[str, ...], list[Read]] = {}
    for read in found:
        alike.setdefault(read.shows, []).append(read)
    return [
        ngettext("%(what)s: once, at %(time)s", "%(what)s: %(count)s times, last at %(time)s", len(some))
        % {"what": _what(shows), "count": len(some), "time": formats.time_of_day(some[0].at + offset, zone)}
        for shows, some in alike.items()
    ]


def _what(shows: tuple[str, ...]) -> str:
    """`Your use over time, your account details`."""
    texts = {
        "intervals": gettext("your use over time"),
        "bills": gettext("your bills"),
        "account": gettext("your account details"),
    }
    said = ", ".join(text for kind, text in texts.items() if kind in shows) or gettext("which meters you share")
    return formats.capital(said)
