"""A grant in the customer's words: what the receipt, the list and the page that stops it say."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from wattkeeper.authorizations import changes, words
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.common import clock
from wattkeeper.companies.models import Company
from wattkeeper.consent import looks
from wattkeeper.consent.history import Step, steps
from wattkeeper.consent.looks import Looks
from wattkeeper.customers.models import Service


@dataclass(frozen=True)
class Receipt:
    """One Authorization, given with its registration, company, world, utility and meters."""

    grant: Authorization

    @property
    def company(self) -> Company:
        return self.grant.registration.company

    @property
    def zone(self) -> ZoneInfo:
        return self.grant.world.utility.zone

    @property
    def is_active(self) -> bool:
        return self.grant.is_active(clock.now(self.grant.world))

    @property
    def state(self) -> str:
        if self.grant.declined:
            return gettext("Not shared")
        if self.grant.revoked:
            return gettext("Stopped")
        return gettext("Sharing") if self.is_active else gettext("Ended")

    @property
    def tag(self) -> str:
        """Kind of the state's tag: its shape and colour."""
        return "good" if self.is_active else ""

    @property
    def kinds(self) -> list[str]:
        """The kinds of data, in plain words."""
        return list(words.kinds(self.grant).values())

    @cached_property
    def renewed_day(self) -> date | None:
        """The last day it would have if it were renewed now; None where it cannot be."""
        return self._day_before(changes.renewed_end(self.grant))

    @property
    def can_shorten(self) -> bool:
        return self.is_active and (self.last_day is None or self.last_day > self.grant.world.today)

    @property
    def days_left(self) -> int | None:
        """Days from today to the last one, where that is near."""
        if self.last_day is None or not self.is_active or self.renewed_day is None:
            return None
        return (self.last_day - self.grant.world.today).days

    @property
    def ended_by(self) -> str:
        """Who stopped it, as the receipt for it says; the customer where there is none."""
        states = [kept.state for kept in self.grant.receipts.all()]
        return states[-1] if states else SignedReceipt.State.WITHDRAWN

    @property
    def history(self) -> list[Step]:
        return steps(self.grant)

    @property
    def looks(self) -> Looks:
        return looks.of(self.grant)

    @property
    def looked_day(self) -> date | None:
        """The day of the newest look at its data, where the grant comes with it (reads.with_last)."""
        at: datetime | None = getattr(self.grant, "last_read", None)
        return (at + self.grant.world.clock_offset).astimezone(self.zone).date() if at else None

    @property
    def services(self) -> list[Service]:
        return sorted((meter.service for meter in self.grant.meters.all()), key=lambda found: (found.street, found.pk))

    @property
    def created_day(self) -> date:
        return self.grant.created.astimezone(self.zone).date()

    @property
    def revoked_day(self) -> date | None:
        return self.grant.revoked.astimezone(self.zone).date() if self.grant.revoked else None

    @property
    def since(self) -> date:
        """The first local day whose data is shared."""
        return self.grant.history_start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date | None:
        """The last local day in force; None where it lasts until it is stopped."""
        return self._day_before(self.grant.expires)

    @property
    def last_data_day(self) -> date | None:
        """The last local day whose data is shared, where the request named one."""
        return self._day_before(self.grant.ongoing_end)

    def _day_before(self, end: datetime | None) -> date | None:
        if end is None:
            return None
        return (end - timedelta(seconds=1)).astimezone(self.zone).date()
