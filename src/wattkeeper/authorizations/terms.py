"""What a sharing covers: kinds of data, meters and days; holding two of them against each other, and together."""

from dataclasses import dataclass
from datetime import date

from wattkeeper.authorizations.scope import LAST_EPOCH
from wattkeeper.common import clock
from wattkeeper.customers.models import Service

KINDS = ("intervals", "bills", "account")
FOR_EVER = clock.from_epoch(LAST_EPOCH).date()


@dataclass(frozen=True)
class Terms:
    """Days are local days of the utility. `history_start` is the first whose data is shared, `ongoing_end` the last
    (None: as long as it is in force), `expires` the last day in force (None: until revoked)."""

    services: list[Service]
    shares_intervals: bool
    shares_bills: bool
    shares_account: bool
    history_start: date
    expires: date | None
    ongoing_end: date | None

    @property
    def kinds(self) -> list[str]:
        """The kinds of data, of `intervals`, `bills` and `account`."""
        return [kind for kind in KINDS if getattr(self, f"shares_{kind}")]

    @property
    def keys(self) -> set[int]:
        """Primary keys of the services."""
        return {service.pk for service in self.services}

    @property
    def span(self) -> tuple[date, date | None, date | None]:
        return self.history_start, self.expires, self.ongoing_end

    def covers(self, other: "Terms") -> bool:
        """Whether nothing of the other is outside of these."""
        return (
            other.keys <= self.keys
            and set(other.kinds) <= set(self.kinds)
            and other.history_start >= self.history_start
            and not is_later(other.expires, self.expires)
            and not is_later(other.ongoing_end, self.ongoing_end)
        )


def together(one: Terms, other: Terms) -> Terms:
    """The least that covers both. It can be more than the two: all the kinds of data, for all the meters and days."""
    seen = one.keys
    return Terms(
        services=[*one.services, *(service for service in other.services if service.pk not in seen)],
        shares_intervals=one.shares_intervals or other.shares_intervals,
        shares_bills=one.shares_bills or other.shares_bills,
        shares_account=one.shares_account or other.shares_account,
        history_start=min(one.history_start, other.history_start),
        expires=_later(one.expires, other.expires),
        ongoing_end=_later(one.ongoing_end, other.ongoing_end),
    )


def add_up(one: Terms, other: Terms) -> bool:
    """Whether both together share nothing that neither does: one covers the other, or they differ in kinds of data
    alone, in meters alone, or in days alone."""
    ways = (one.kinds != other.kinds) + (one.keys != other.keys) + (one.span != other.span)
    return ways <= 1 or one.covers(other) or other.covers(one)


def is_later(day: date | None, limit: date | None) -> bool:
    """Whether an end lies after another one; None is the latest."""
    return limit is not None if day is None else day > (limit or FOR_EVER)


def _later(one: date | None, other: date | None) -> date | None:
    return one if is_later(one, other) else other
