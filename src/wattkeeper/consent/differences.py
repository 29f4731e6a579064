"""What a second request of the same company would change of what is shared today, line by line, in plain words."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, pgettext

from wattkeeper.authorizations import words
from wattkeeper.authorizations.terms import Terms, is_later
from wattkeeper.common import formats


@dataclass(frozen=True)
class Difference:
    """`is_more`: the company sees more by it than today; `label` says so in a word, too."""

    is_more: bool
    label: str
    text: str


def between(today: Terms, then: Terms) -> list[Difference]:
    """What comes, then what goes."""
    return [
        *(Difference(True, gettext("New"), text) for text in _gained(today, then)),
        *(Difference(True, gettext("More"), text) for text in _days(today, then, is_more=True)),
        *(Difference(False, gettext("Ends"), text) for text in _gained(then, today)),
        *(Difference(False, gettext("Less"), text) for text in _days(today, then, is_more=False)),
    ]


def _gained(low: Terms, high: Terms) -> list[str]:
    """Kinds of data and meters that the one has beyond the other."""
    kinds = words.kinds(low)
    found = [text for name, text in words.kinds(high).items() if name not in kinds]
    return found + [words.meter(service) for service in high.services if service.pk not in low.keys]


def _days(today: Terms, then: Terms, is_more: bool) -> list[str]:
    found = []
    if then.history_start != today.history_start and (then.history_start < today.history_start) == is_more:
        days = {"then": _day(then.history_start), "today": _day(today.history_start)}
        found.append(gettext("Data since %(then)s (today: since %(today)s)") % days)
    if then.expires != today.expires and is_later(then.expires, today.expires) == is_more:
        days = {"then": _until(then.expires), "today": _until(today.expires)}
        found.append(gettext("Sharing until %(then)s (today: until %(today)s)") % days)
    if then.ongoing_end != today.ongoing_end and is_later(then.ongoing_end, today.ongoing_end) == is_more:
        days = {"then": _up_to(then.ongoing_end), "today": _up_to(today.ongoing_end)}
        found.append(gettext("Data up to %(then)s (today: up to %(today)s)") % days)
    return found


def _until(day: date | None) -> str:
    return _day(day) if day is not None else gettext("you stop it")


def _up_to(day: date | None) -> str:
    return _day(day) if day is not None else gettext("the end of the sharing")


def _day(day: date) -> str:
    return pgettext("a day after since, until or up to", "%(day)s") % {"day": formats.day(day)}
