"""A grant in the customer's words: what the receipt, the list and the page that stops it say."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock
from wattkeeper.companies.models import Company
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
        return [
            words
            for is_shared, words in (
                (self.grant.shares_intervals, gettext("Your use over time, as detailed as your meter records it")),
                (self.grant.shares_bills, gettext("Your bills: period, charges and amount")),
                (self.grant.shares_account, gettext("Your account details: name, address and account number")),
            )
            if is_shared
        ]

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
