"""What a request asks for, made concrete for one customer, and how far the customer's choices may go: never beyond."""

import enum
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q
from django.utils import translation

from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.authorizations.scope import ACCOUNT, BILLS, INTERVALS, Scope, ScopeError, parse
from wattkeeper.authorizations.terms import KINDS, Terms, add_up, together
from wattkeeper.common import clock, days, ids
from wattkeeper.companies.models import Company, Registration
from wattkeeper.customers.models import Customer, Service
from wattkeeper.utilities.models import Utility

DEFAULT_HISTORY = 63072000
"""Seconds: two years."""
DEFAULT_YEARS = 3
LONGEST_HISTORY = timedelta(days=50 * 365)


class Refusal(enum.Enum):
    """Why something cannot be granted."""

    NOT_LIVE = "the registration is not live, and the customer is a real one"
    SUSPENDED = "the registration may not ask for data"
    OTHER_UTILITY = "the customer belongs to another utility"
    NOT_FOR_YOU = "the link to the request went to another customer"
    NOT_YOURS = "the request is to renew another customer's sharing"
    WALL = "the database refused it"
    ANSWERED = "the request was answered otherwise already"
    NO_SERVICE = "no meter is chosen"
    NO_DATA = "no kind of data is chosen"
    NO_TIME = "the dates leave nothing to share"
    BEYOND_REQUEST = "more is chosen than was asked for"
    LOCKED = "the request does not let the customer change it"
    ENDED = "it has ended"
    NOT_EARLIER = "the new end is not earlier than the present one"
    CHANGED = "what the customer read on the form was changed meanwhile"
    NOT_LATER = "it cannot last longer than it does"


class NotAllowed(Exception):
    """Something that cannot be granted, with the reason; nothing was written."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Present:
    """What the customer shares with the same registration today: the grant in force, and its terms."""

    grant: Authorization
    terms: Terms


@dataclass(frozen=True)
class Offer(Terms):
    """What is asked for, of `services` those that could be shared. `locked` (noedit): only meters may be chosen, and
    with `meters_all` not even those. `present`: what is shared already, which a grant changes."""

    meters_all: bool
    locked: bool
    purpose: str
    present: Present | None = None

    @property
    def most(self) -> Terms:
        """The most that can be granted: what is asked for, and what is shared today."""
        return together(self, self.present.terms) if self.present is not None else self

    @property
    def proposed(self) -> Terms:
        """What the form is prefilled with. What is shared today stays in it, unless the two together come to more than
        was ever asked for; then it is what is asked for now."""
        today = self.present.terms if self.present is not None else None
        services = self.services
        if today is not None and not services:
            services = today.services
        elif not self.meters_all and len(services) > 1:
            services = [service for service in services if today is not None and service.pk in today.keys]
        asked = Terms(services, *(getattr(self, field.name) for field in fields(Terms)[1:]))
        return together(asked, today) if today is not None and add_up(asked, today) else asked


@dataclass(frozen=True)
class Choices(Terms):
    """What the customer chose on the form.

    `email` is where the receipt goes, `seen` the fingerprint of what stood on the form, where it is known.
    """

    email: str
    language: str
    seen: str = ""


def check_askable(asked: Scope, utility: Utility, at: datetime) -> None:
    """Raises ScopeError where nobody could grant anything of this scope at this utility."""
    if not {INTERVALS, BILLS, ACCOUNT} & _supported(asked, utility):
        raise ScopeError(
            f"{utility.code} shares none of the function blocks asked for; ask for 4 (intervals), 16 (bills) or 51"
            " (account details)."
        )
    if asked.end_date and asked.end_date <= clock.epoch(at):
        raise ScopeError("PreferredAuthEndDate lies in the past.")
    last = _ongoing_end(asked, days.local_day(clock.epoch(at), utility.zone))
    if last is not None and last < _history_start(asked, utility, at):
        raise ScopeError("The scope asks for neither past nor future data.")


def check_may_grant(registration: Registration, customer: Customer) -> None:
    """Raises NotAllowed where this customer cannot share anything with this registration (the wall)."""
    if not registration.may_request:
        raise NotAllowed(Refusal.SUSPENDED)
    if customer.world.utility_id != registration.utility_id:
        raise NotAllowed(Refusal.OTHER_UTILITY)
    if customer.world.is_live and not registration.is_live:
        raise NotAllowed(Refusal.NOT_LIVE)


def offer(request: AuthorizationRequest, customer: Customer) -> Offer:
    """The request made concrete for a customer. It counts from when the request came, so midnight changes nothing.

    Raises NotAllowed (the wall; another customer's renewal). `services` may be empty: there is nothing to share.
    """
    check_may_grant(request.registration, customer)
    if request.renews is not None and request.renews.customer_id != customer.pk:
        raise NotAllowed(Refusal.NOT_YOURS)
    utility = request.registration.utility
    asked = parse(request.scope)
    at = request.created + customer.world.clock_offset
    blocks = _supported(asked, utility)
    start = _history_start(asked, utility, at)
    last = _ongoing_end(asked, days.local_day(clock.epoch(at), utility.zone))
    end = latest_end(asked, at)
    return Offer(
        services=_services(customer, start, last),
        shares_intervals=INTERVALS in blocks,
        shares_bills=BILLS in blocks,
        shares_account=ACCOUNT in blocks,
        history_start=start,
        expires=_last_day(end, utility.zone),
        ongoing_end=last,
        meters_all=asked.options.meters_all,
        locked=asked.options.noedit,
        purpose=_purpose(request.registration, asked),
        present=_present(request.registration, customer),
    )


def is_still(offered: Offer, registration: Registration, customer: Customer) -> bool:
    """Whether the customer shares with the registration what they did when this was offered."""
    before, now = offered.present, in_force(registration, customer)
    if before is None or now is None:
        return before is None and now is None
    return (before.grant.pk, before.grant.updated) == (now.pk, now.updated)


def check_choices(offered: Offer, chosen: Choices, today: date) -> None:
    """Raises NotAllowed for the first thing wrong with the choices."""
    if not chosen.services:
        raise NotAllowed(Refusal.NO_SERVICE)
    if not (chosen.shares_intervals or chosen.shares_bills or chosen.shares_account):
        raise NotAllowed(Refusal.NO_DATA)
    if not offered.most.covers(chosen):
        raise NotAllowed(Refusal.BEYOND_REQUEST)
    if offered.locked and _differs(offered, chosen):
        raise NotAllowed(Refusal.LOCKED)
    ends = [day for day in (chosen.expires, chosen.ongoing_end) if day is not None]
    if (chosen.expires is not None and chosen.expires < today) or any(day < chosen.history_start for day in ends):
        raise NotAllowed(Refusal.NO_TIME)


def fingerprint(offered: Offer, company: Company) -> str:
    """Of what stands on the form and then in the receipt: who asks, for what, under which terms; and of what was shared
    by then."""
    said = [company.name, company.website, company.terms_url, offered.purpose]
    if offered.present is not None:
        terms = offered.present.terms
        said += map(str, (offered.present.grant.uid, sorted(terms.keys), terms.kinds, *terms.span))
    return ids.digest("\0".join(said))


def in_force(registration: Registration, customer: Customer) -> Authorization | None:
    """The newest grant of this customer to this registration that is in force."""
    lasting = Q(expires__isnull=True) | Q(expires__gt=clock.now(customer.world))
    found = Authorization.objects.filter(lasting, registration=registration, customer=customer)
    in_force = found.filter(declined__isnull=True, revoked__isnull=True)
    return max(in_force, key=lambda grant: (grant.created, grant.pk), default=None)


def lock(customer: Customer) -> None:
    """Until the transaction ends, nobody else begins or changes what this customer shares: else two requests that are
    answered at once would become two grants. (SQLite has one writer, and no such lock.)"""
    if connection.features.has_select_for_update:
        Customer.objects.select_for_update(no_key=True).values_list("pk").get(pk=customer.pk)


def latest_end(asked: Scope, at: datetime) -> datetime | None:
    """The moment at which a grant ends at the latest, or None: when it is revoked."""
    if asked.end_date is not None:
        return clock.from_epoch(asked.end_date) if asked.end_date else None
    leap_day = (at.month, at.day) == (2, 29)
    return at.replace(year=at.year + DEFAULT_YEARS, day=28 if leap_day else at.day)


def moment(day: date, zone: ZoneInfo) -> datetime:
    """The local midnight at which a day begins."""
    return clock.from_epoch(days.day_start(day, zone))


def _supported(asked: Scope, utility: Utility) -> set[int]:
    return set(asked.blocks) & set(utility.function_blocks)


def _history_start(asked: Scope, utility: Utility, at: datetime) -> date:
    """HistoryLength back from the request, or the day that AdditionalScope names; as far as the utility goes back."""
    today = days.local_day(clock.epoch(at), utility.zone)
    historical = asked.options.historical
    if historical == "none":
        return today
    if historical is not None:
        start = historical
    else:
        seconds = asked.history_length if asked.history_length is not None else DEFAULT_HISTORY
        back = min(timedelta(seconds=seconds), LONGEST_HISTORY)
        start = days.local_day(clock.epoch(at - back), utility.zone)
    kept = timedelta(days=utility.max_history_days) if utility.max_history_days is not None else LONGEST_HISTORY
    return max(start, today - kept)


def _ongoing_end(asked: Scope, today: date) -> date | None:
    ongoing = asked.options.ongoing
    return today - timedelta(days=1) if ongoing == "none" else ongoing


def _services(customer: Customer, start: date, last: date | None) -> list[Service]:
    """Those the customer had or has within the days asked for."""
    stays = Q(occupancies__end__isnull=True) | Q(occupancies__end__gt=start)
    if last is not None:
        stays &= Q(occupancies__start__lte=last)
    found = Service.objects.filter(stays, occupancies__account__customer=customer, world=customer.world_id)
    return sorted(found.distinct(), key=_by_address)


def _by_address(service: Service) -> tuple[str, str]:
    return service.street, service.identifier


def _purpose(registration: Registration, asked: Scope) -> str:
    statements = {found.slug: found for found in registration.scopes_of_use.order_by("pk")}
    wanted = asked.options.scope_of_use or "default"
    found = statements.get(wanted) or statements.get("default") or next(iter(statements.values()), None)
    return found.text(translation.get_language() or "en") if found is not None else ""


def _present(registration: Registration, customer: Customer) -> Present | None:
    grant, zone = in_force(registration, customer), registration.utility.zone
    if grant is None:
        return None
    held = Service.objects.filter(meters__authorization=grant)
    shared = {f"shares_{kind}": kind in grant.shares for kind in KINDS}
    terms = Terms(
        services=sorted(held, key=_by_address),
        history_start=grant.history_start.astimezone(zone).date(),
        expires=_last_day(grant.expires, zone),
        ongoing_end=_last_day(grant.ongoing_end, zone),
        **shared,
    )
    return Present(grant, terms)


def _last_day(end: datetime | None, zone: ZoneInfo) -> date | None:
    """The last local day before a moment."""
    return days.local_day(clock.epoch(end) - 1, zone) if end is not None else None


def _differs(offered: Offer, chosen: Choices) -> bool:
    proposed = offered.proposed
    return (chosen.kinds, chosen.span) != (proposed.kinds, proposed.span) or (
        offered.meters_all and chosen.keys != proposed.keys
    )
