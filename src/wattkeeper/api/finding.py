"""Which rows a caller asks for. Every query starts from what `Caller` may see, so a stranger's row is never in it."""

from typing import Literal

from django.db.models import Q, QuerySet

from wattkeeper.api.errors import not_found
from wattkeeper.api.params import (
    AuthorizationFilters,
    BillingAccountFilters,
    DataFilters,
    MeterFilters,
    exactly,
    split,
    uuid_of,
    uuids,
)
from wattkeeper.authorizations import reads, windows
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, Meter
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import audit, clock
from wattkeeper.companies.models import Member
from wattkeeper.utilities.models import World

NOTHING = Q(pk__in=[])
NO_AUTHORIZATION = "There is no such authorization."
NO_MATCH = "No meters or authorizations found matching the given filter parameters."


def owner(caller: Caller) -> Member | None:
    """The member that a company's objects name as theirs: its first owner."""
    owners = Member.objects.filter(company=caller.company, role=Member.Role.OWNER)
    return owners.select_related("user").order_by("pk").first()


def look(caller: Caller, what: str, *shows: str, **asked: audit.Value) -> Look:
    """A look through this API."""
    return Look(caller, "json", what, shows, {name: bound for name, bound in asked.items() if bound is not None})


def authorizations(caller: Caller, filters: AuthorizationFilters, member: Member | None) -> QuerySet[Authorization]:
    """The authorizations that match every filter, in no order.

    A live registration's test data is there where test data is asked for, or an authorization is named.
    """
    is_named = filters.is_test or filters.uids is not None or filters.referrals is not None
    rows = caller.authorizations() if is_named else caller.listed_authorizations()
    conditions = [
        _either(filters.is_archived, Q(is_archived=True)),
        _either(filters.is_declined, Q(declined__isnull=False)),
        _either(filters.is_revoked, Q(revoked__isnull=False)),
        _either(filters.is_test, ~Q(world__kind=World.Kind.LIVE)),
        _named(filters.users, _is_owner(filters.users, member)),
        _named(filters.referrals, _led_to_by(split(filters.referrals))),
        _named(filters.uids, Q(uid__in=uuids(filters.uids))),
        _named(filters.utility, Q(world__utility__code__in=split(filters.utility))),
        _named(filters.forms, Q(form_uid__in=uuids(filters.forms))),
        _named(filters.templates, Q(template_uid__in=uuids(filters.templates))),
    ]
    if filters.is_expired is not None:
        conditions.append(_either(filters.is_expired, _expired(caller)))
    return rows.filter(*conditions).select_related("registration", "world__utility")


def meters(caller: Caller, filters: MeterFilters, member: Member | None) -> QuerySet[Meter]:
    """The meters in force that match every filter, in no order.

    A live registration's test data is there where a meter or its authorization is named.
    """
    is_named = filters.uids is not None or filters.authorizations is not None
    rows = caller.meters() if is_named else caller.listed_meters()
    worlds = list(caller.worlds())
    conditions = [
        windows.open_filter(worlds),
        _either(filters.is_activated, Q(collected__isnull=False) | Q(monitored__isnull=False)),
        _either(filters.is_archived, Q(is_archived=True)),
        _named(filters.users, _is_owner(filters.users, member)),
        _named(filters.uids, Q(uid__in=uuids(filters.uids))),
        _named(filters.authorizations, Q(authorization__uid__in=uuids(filters.authorizations))),
        _named(filters.utility, Q(authorization__world__utility__code__in=split(filters.utility))),
    ]
    if filters.is_monitored is not None:
        is_ongoing = Q(authorization__ongoing_end__isnull=True)
        for world in worlds:
            is_ongoing |= Q(authorization__world=world, authorization__ongoing_end__gt=clock.now(world))
        conditions.append(_either(filters.is_monitored, is_ongoing & ~Q(frequency__in=["", Meter.Frequency.OFF])))
    return rows.filter(*conditions)


def authorization(caller: Caller, uid: str) -> Authorization:
    """One authorization; ApiError 404 where there is none or it is not this caller's."""
    mine = caller.authorizations().select_related("registration", "world__utility")
    found = mine.filter(uid__in=exactly(uid)).first()
    if found is None:
        raise not_found(NO_AUTHORIZATION)
    reads.record_grants(look(caller, "authorizations"), [found])
    return found


def meter(caller: Caller, uid: str) -> Window:
    """One meter's window; ApiError 404 where there is none, it is not this caller's, or its grant has ended."""
    found = windows.in_force(caller.meters().filter(uid__in=exactly(uid)))
    if not found:
        raise not_found("There is no such meter.")
    return windows.open_windows(look(caller, "meters", "account"), found)[0]


def accounting_meters(caller: Caller, filters: BillingAccountFilters) -> QuerySet[Meter]:
    """The meters in force, with bills or account details shared, of which one is named by itself or its authorization;
    test data as in `meters`."""
    rows = caller.meters() if filters.is_named else caller.listed_meters()
    return rows.filter(
        Q(authorization__shares_account=True) | Q(authorization__shares_bills=True),
        windows.open_filter(caller.worlds()),
        _named(filters.authorizations, Q(authorization__uid__in=uuids(filters.authorizations))),
        _named(filters.meters, Q(uid__in=uuids(filters.meters))),
    )


def wanted_meters(caller: Caller, uids: list[str]) -> QuerySet[Meter]:
    """All the meters named, in force or not; ApiError 404 where one does not exist or is not this caller's."""
    named = {uid: uuid_of(uid) for uid in uids}
    rows = caller.meters().filter(uid__in=[uid for uid in named.values() if uid is not None])
    known = set(rows.values_list("uid", flat=True))
    unknown = next((text for text, uid in named.items() if uid not in known), None)
    if unknown is not None:
        raise not_found(f"There is no meter {unknown[:40]!r}.")
    return rows


def data_windows(caller: Caller, filters: DataFilters, kind: Literal["bills", "intervals"]) -> list[Window]:
    """The windows whose bills or intervals are asked for, newest meter first, whole; ApiError 404 where none is."""
    look_at = look(caller, kind, kind, "account", **filters.bounds)
    return windows.open_windows(look_at, data_meters(caller, filters))


def data_meters(caller: Caller, filters: DataFilters) -> list[Meter]:
    """The meters in force that are named, newest first; ApiError 404 where none is."""
    rows = caller.meters().filter(
        _named(filters.authorizations, Q(authorization__uid__in=uuids(filters.authorizations))),
        _named(filters.meters, Q(uid__in=uuids(filters.meters))),
    )
    found = windows.in_force(rows.order_by("-created", "-pk"))
    if not found:
        raise not_found(NO_MATCH)
    return found


def _either(wanted: bool | None, condition: Q) -> Q:
    """A filter of yes and no; not given, it lets everything through."""
    if wanted is None:
        return Q()
    return condition if wanted else ~condition


def _named(given: str | None, condition: Q) -> Q:
    return Q() if given is None else condition


def _is_owner(users: str | None, member: Member | None) -> Q:
    is_named = member is not None and member.user.uid in uuids(users)
    return ~NOTHING if is_named else NOTHING


def _led_to_by(referrals: list[str]) -> Q:
    """By its own referral, or by that of a request that changed it."""
    requests = AuthorizationRequest.objects.filter(referral__in=referrals, authorization__isnull=False)
    return Q(referral__in=referrals) | Q(pk__in=requests.values("authorization"))


def _expired(caller: Caller) -> Q:
    over = NOTHING
    for world in caller.worlds():
        over |= Q(world=world, expires__lte=clock.now(world))
    return over & Q(declined__isnull=True)
