"""Writing down what a customer granted: a new Authorization, or new terms for the one in force.

A second request of a company keeps the Authorization with its uid, and the meters that stay with theirs, so that what
a third party keeps by these goes on. Its tokens belong to the grant and open what it shares now, never more; an access
token ends where the scope it names is granted no more.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wattkeeper.authorizations import notices, receipts, telling, tokens
from wattkeeper.authorizations.final_scope import final_scope
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, Meter
from wattkeeper.authorizations.offers import (
    DEFAULT_HISTORY,
    Choices,
    NotAllowed,
    Offer,
    Present,
    Refusal,
    latest_end,
    moment,
)
from wattkeeper.authorizations.scope import Scope, parse
from wattkeeper.authorizations.terms import KINDS
from wattkeeper.common import clock, days, ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.customers.models import Customer, Service
from wattkeeper.events import log
from wattkeeper.events.models import Event

KEPT_REFERRALS = 100


def write(
    request: AuthorizationRequest, customer: Customer, offered: Offer, choices: Choices, terms: dict[str, Any]
) -> Authorization:
    """The grant of these choices, which were checked, told of and with its receipt. The customer is locked.

    Raises NotAllowed (CHANGED) where what is shared today was stopped or changed a moment ago.
    """
    at = terms["updated"]
    kept = offered.present.grant if offered.present is not None else _ended(request)
    is_new = kept is None
    if kept is None:
        began = {"registration": request.registration, "customer": customer, "world": customer.world, "created": at}
        grant = Authorization(**began, **of_request(request), **terms)
        grant.next_notice = notices.first(grant, at)
        grant.save()
        action, told = "consent_granted", telling.event(grant, "authorization_created")
    else:
        grant = kept
        grant.registration, grant.customer, grant.world = request.registration, customer, customer.world
        _change(grant, terms | _link(request) | _further_referral(grant, request), at)
        action, told = "consent_changed", telling.event(grant, "authorization_renewed", data={"by": "customer"})
    meters, of_meters = _meters(grant, choices.services, at, is_new=is_new)
    log.record(
        told,
        telling.event(grant, "authorization_update_started"),
        *of_meters,
        telling.event(grant, "authorization_update_finished_successful"),
    )
    receipts.agreed(grant, meters, purpose=offered.purpose, locked=offered.locked, asked=request.created, is_new=is_new)
    telling.of_request(
        action,
        Actor(Kind.CUSTOMER, customer.uid),
        request,
        grant,
        shares=grant.shares,
        history_start=grant.history_start,
        ongoing_end=grant.ongoing_end,
        expires=grant.expires,
        meters=[meter.uid for meter in meters],
        language=grant.language,
        purpose_digest=ids.digest(offered.purpose) if offered.purpose else None,
    )
    return grant


def of_request(request: AuthorizationRequest) -> dict[str, Any]:
    """The columns of a new Authorization that say what led to it."""
    return _link(request) | ({"referral": request.referral} if request.referral else {})


def _link(request: AuthorizationRequest) -> dict[str, Any]:
    """Of a request that came by no link, nothing: what the last one was stays."""
    if request.template_uid is None:
        return {}
    return {"template_uid": request.template_uid, "form_uid": request.form_uid}


def _further_referral(grant: Authorization, request: AuthorizationRequest) -> dict[str, Any]:
    return {"later_referrals": [*grant.later_referrals, request.referral][-KEPT_REFERRALS:]} if request.referral else {}


def _ended(request: AuthorizationRequest) -> Authorization | None:
    """The grant that a form is to renew, where it has run out: it is put on its new terms and keeps its uid. What was
    stopped stays stopped."""
    grant = request.renews
    return grant if grant is not None and grant.revoked is None and grant.declined is None else None


def _change(grant: Authorization, terms: dict[str, Any], at: datetime) -> None:
    """Puts a grant on its new terms, unless it was stopped, shortened or renewed since they were read."""
    before, seen = grant.scope, grant.expires
    for name, value in terms.items():
        setattr(grant, name, value)
    grant.next_notice = notices.first(grant, at)
    same = Authorization.objects.filter(pk=grant.pk, revoked__isnull=True, declined__isnull=True, expires=seen)
    if not same.update(next_notice=grant.next_notice, **terms):
        raise NotAllowed(Refusal.CHANGED)
    if grant.scope != before:
        tokens.end_access(grant)
    tokens.shorten_access(grant)


def _meters(
    grant: Authorization, services: list[Service], at: datetime, *, is_new: bool
) -> tuple[list[Meter], list[Event]]:
    """The meters of these services, those that were there as they were; of others there are none any more. And what
    there is to tell of that."""
    kept = {} if is_new else {meter.service_id: meter for meter in grant.meters.select_related("service")}
    events = []
    for left_out in kept.keys() - {service.pk for service in services}:
        meter = kept.pop(left_out)
        events.append(telling.event(grant, "meter_removed", meter))
        meter.delete()
    # A meter has the same uid when it comes back after it was left out for a while.
    added = Meter.objects.bulk_create(
        Meter(uid=ids.stable_uid("meter", grant.uid, service.uid), authorization=grant, service=service, created=at)
        for service in services
        if service.pk not in kept
    )
    events += [telling.event(grant, "meter_created", meter) for meter in added]
    return [*kept.values(), *added], events


def terms(request: AuthorizationRequest, customer: Customer, offered: Offer, choices: Choices) -> dict[str, Any]:
    """The columns of an Authorization that say what it covers, from now on."""
    registration, world = request.registration, customer.world
    at = clock.now(world)
    zone, asked, asked_at = registration.utility.zone, parse(request.scope), request.created + world.clock_offset
    start = moment(choices.history_start, zone)
    shares = {f"shares_{kind}": getattr(choices, f"shares_{kind}") for kind in KINDS}
    final = final_scope(
        registration,
        asked,
        history_length=_history_length(asked, offered, start, asked_at, zone),
        service_ids=[service.pk for service in choices.services],
        **shares,
    )
    return {
        "scope": str(final),
        "requested_scope": request.scope,
        **shares,
        "history_start": start,
        "ongoing_end": moment(choices.ongoing_end + timedelta(days=1), zone) if choices.ongoing_end else None,
        "expires": _end(choices, latest_end(asked, asked_at), offered.present, zone),
        "term_days": _term(choices, at, zone),
        "customer_email": choices.email,
        "language": choices.language,
        "updated": at,
    }


def _end(choices: Choices, limit: datetime | None, present: Present | None, zone: ZoneInfo) -> datetime | None:
    """The end of the last day chosen, or the moment within it up to which was asked for or agreed before."""
    if choices.expires is None:
        return None
    end = moment(choices.expires + timedelta(days=1), zone)
    limits = [limit, present.grant.expires] if present is not None else [limit]
    return min(end, max(found for found in limits if found is not None)) if None not in limits else end


def _term(choices: Choices, at: datetime, zone: ZoneInfo) -> int | None:
    """For how many days the customer said yes; at least one, None where until it is stopped."""
    if choices.expires is None:
        return None
    return max((choices.expires - days.local_day(clock.epoch(at), zone)).days, 1)


def _history_length(asked: Scope, offered: Offer, start: datetime, asked_at: datetime, zone: ZoneInfo) -> int:
    """Seconds: as asked for where that is what was granted, else whole days."""
    wanted = asked.history_length if asked.history_length is not None else DEFAULT_HISTORY
    is_as_asked = start == moment(offered.history_start, zone) and asked_at - start >= timedelta(seconds=wanted)
    if is_as_asked and asked.options.historical is None:
        return wanted
    today = days.local_day(clock.epoch(asked_at), zone)
    return max((today - start.astimezone(zone).date()).days, 0) * 86400
