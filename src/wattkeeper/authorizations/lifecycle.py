"""The life of a consent: asked for, granted or declined once, revoked. Each step is one transaction with its events
and its row of the audit trail.

Race rule: one conditional UPDATE decides who wins; what is read before it is only for telling people.
"""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from wattkeeper.authorizations import notices, receipts, telling, wall
from wattkeeper.authorizations.final_scope import final_scope
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest, Meter, Token
from wattkeeper.authorizations.offers import (
    DEFAULT_HISTORY,
    Choices,
    NotAllowed,
    Offer,
    Refusal,
    check_askable,
    check_choices,
    check_may_grant,
    fingerprint,
    latest_end,
    moment,
    offer,
)
from wattkeeper.authorizations.scope import Scope, parse
from wattkeeper.common import clock, days, ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Customer
from wattkeeper.events import log

__all__ = [
    "Choices",
    "NotAllowed",
    "Offer",
    "Refusal",
    "RequestExpired",
    "RequestUnknown",
    "decline",
    "find_request",
    "fingerprint",
    "grant",
    "offer",
    "open_request",
    "revoke",
    "take_up",
]

REQUEST_LIFETIME = timedelta(hours=1)
PUSHED_LIFETIME = timedelta(seconds=90)


class RequestUnknown(LookupError):
    """There is no such request, or it belongs to another browser or another customer."""


class RequestExpired(Exception):
    """The request was not answered in time."""


def open_request(
    registration: Registration,
    *,
    door: AuthorizationRequest.Door,
    scope: Scope,
    redirect_uri: str = "",
    state: str = "",
    code_challenge: str = "",
    code_challenge_method: str = "",
    forces_sign_in: bool = False,
    browser: str = "",
    reference: str = "",
) -> AuthorizationRequest:
    """Stores a request that is valid for an hour in the browser that holds the secret `browser`; or, pushed by the
    client under a secret `reference`, for 90 seconds, until a browser takes it up.

    Raises ScopeError for a scope of which nothing could be granted.
    """
    at = clock.now()
    check_askable(scope, registration.utility, at)
    request = AuthorizationRequest(
        registration=registration,
        door=door,
        scope=str(scope),
        redirect_uri=redirect_uri,
        state=state,
        code_challenge=code_challenge,
        code_challenge_method=code_challenge_method,
        forces_sign_in=forces_sign_in,
        browser_digest=ids.digest(browser) if browser else "",
        pushed_digest=ids.digest(reference) if reference else None,
        created=at,
        expires=at + (PUSHED_LIFETIME if reference else REQUEST_LIFETIME),
    )
    with transaction.atomic():
        request.save()
        # The blocks alone: the rest of a scope can name a person (auth-email-...).
        asking = Actor(Kind.CLIENT, registration.uid)
        telling.of_request("consent_requested", asking, request, door=door.value, blocks=scope.blocks)
    return request


def take_up(reference: str, registration: Registration, browser: str) -> AuthorizationRequest:
    """A pushed request of this client, bound to the first browser that presents its reference, for an hour.

    Raises RequestUnknown for one that is another client's, was taken up before, or has waited too long.
    """
    pushed = AuthorizationRequest.objects.filter(pushed_digest=ids.digest(reference), registration=registration)
    at = clock.now()
    waiting = pushed.filter(browser_digest="", expires__gt=at)
    if not waiting.update(browser_digest=ids.digest(browser), expires=at + REQUEST_LIFETIME):
        raise RequestUnknown("pushed request")
    return pushed.get()


def find_request(uid: UUID, browser: str) -> AuthorizationRequest:
    """The request of this browser, with its registration, company and utility; answered ones with their status.

    Raises RequestUnknown, or RequestExpired for one that was not answered in time.
    """
    found = (
        AuthorizationRequest.objects.filter(uid=uid, browser_digest=ids.digest(browser))
        .select_related("registration__company", "registration__utility", "authorization__world")
        .first()
    )
    if found is None:
        raise RequestUnknown(uid)
    if found.status == AuthorizationRequest.Status.PENDING and found.expires <= clock.now():
        raise RequestExpired(uid)
    if found.authorization is not None:
        found.authorization.registration = found.registration
    return found


def grant(request: AuthorizationRequest, customer: Customer, choices: Choices) -> Authorization:
    """Grants what the customer chose and returns the Authorization; the same one when it is submitted again.

    Raises NotAllowed with the reason, RequestExpired, or RequestUnknown where another customer answered it.
    """
    check_may_grant(request.registration, customer)
    with wall.heeded(request, customer):
        if not _claim(request, AuthorizationRequest.Status.GRANTED):
            return _granted_before(request, customer)
        offered = offer(request, customer)
        today = days.local_day(clock.epoch(clock.now(customer.world)), customer.world.utility.zone)
        check_choices(offered, choices, today)
        if choices.seen and choices.seen != fingerprint(offered, request.registration.company):
            raise NotAllowed(Refusal.CHANGED)
        authorization = _authorization(request, customer, offered, choices)
        _keep(request, authorization, offered, choices)
    return authorization


def decline(request: AuthorizationRequest, customer: Customer | None) -> Authorization | None:
    """Declines a request. A declined Authorization is kept where the customer is known and could have granted.

    Raises NotAllowed where it was granted before, or RequestExpired.
    """
    with transaction.atomic():
        if not _claim(request, AuthorizationRequest.Status.DECLINED):
            if request.status != AuthorizationRequest.Status.DECLINED:
                raise NotAllowed(Refusal.ANSWERED)
            return request.authorization
        authorization = _declined(request, customer)
        declining = Actor(Kind.CUSTOMER, customer.uid if customer is not None else None)
        telling.of_request("consent_declined", declining, request, authorization)
        log.record(
            log.event(
                "authorization_declined",
                utility_code=request.registration.utility.code,
                registration_uid=request.registration.uid,
                authorization_uid=authorization.uid if authorization is not None else None,
            )
        )
    return authorization


def revoke(authorization: Authorization, by: str, actor: Actor | None = None) -> None:
    """Ends a grant with all its tokens and unredeemed codes. Twice is once.

    `by`: customer, company or utility; `actor`: who of them, where it is neither the grant's customer nor its client.
    """
    at = clock.now(authorization.world)
    in_force = Authorization.objects.filter(pk=authorization.pk, revoked__isnull=True, declined__isnull=True)
    with transaction.atomic():
        if in_force.update(revoked=at, updated=at, next_notice=None):
            Token.objects.filter(authorization=authorization, revoked__isnull=True).update(revoked=clock.now())
            AuthorizationCode.objects.filter(authorization=authorization, redeemed__isnull=True).update(
                expires=clock.now()
            )
            telling.tell(authorization, "authorization_revoked", by=by)
            revoker = actor or telling.revoker(authorization, by)
            telling.of_grant("consent_revoked", revoker, authorization, by=by)
            receipts.changed(authorization, receipts.REVOKED_BY[by])
    authorization.refresh_from_db(fields=["revoked", "updated"])


def _claim(request: AuthorizationRequest, status: AuthorizationRequest.Status) -> bool:
    """Whether this call is the one that answers the request. The request is up to date afterwards."""
    pending = AuthorizationRequest.objects.filter(
        pk=request.pk, status=AuthorizationRequest.Status.PENDING, expires__gt=clock.now()
    )
    if pending.update(status=status):
        request.status = status
        return True
    request.refresh_from_db(fields=["status", "authorization"])
    if request.status == AuthorizationRequest.Status.PENDING:
        raise RequestExpired(request.uid)
    return False


def _keep(request: AuthorizationRequest, authorization: Authorization, offered: Offer, choices: Choices) -> None:
    """Writes a grant with its meters, and tells of it."""
    authorization.save()
    meters = Meter.objects.bulk_create(
        Meter(authorization=authorization, service=service, created=authorization.created)
        for service in choices.services
    )
    log.record(
        telling.event(authorization, "authorization_created"),
        telling.event(authorization, "authorization_update_started"),
        *(telling.event(authorization, "meter_created", meter) for meter in meters),
        telling.event(authorization, "authorization_update_finished_successful"),
    )
    _answer(request, authorization)
    receipts.given(authorization, meters, purpose=offered.purpose, locked=offered.locked, asked=request.created)
    telling.of_request(
        "consent_granted",
        Actor(Kind.CUSTOMER, authorization.customer.uid),
        request,
        authorization,
        shares=authorization.shares,
        history_start=authorization.history_start,
        ongoing_end=authorization.ongoing_end,
        expires=authorization.expires,
        meters=[meter.uid for meter in meters],
        language=authorization.language,
        purpose_digest=ids.digest(offered.purpose) if offered.purpose else None,
    )


def _answer(request: AuthorizationRequest, authorization: Authorization) -> None:
    request.authorization = authorization
    request.save(update_fields=["authorization"])


def _granted_before(request: AuthorizationRequest, customer: Customer) -> Authorization:
    if request.status != AuthorizationRequest.Status.GRANTED or request.authorization is None:
        raise NotAllowed(Refusal.ANSWERED)
    if request.authorization.customer_id != customer.pk:
        raise RequestUnknown(request.uid)
    return request.authorization


def _authorization(
    request: AuthorizationRequest, customer: Customer, offered: Offer, choices: Choices
) -> Authorization:
    registration, world = request.registration, customer.world
    zone, asked = registration.utility.zone, parse(request.scope)
    asked_at, at = request.created + world.clock_offset, clock.now(world)
    start = moment(choices.history_start, zone)
    final = final_scope(
        registration,
        asked,
        shares_intervals=choices.shares_intervals,
        shares_bills=choices.shares_bills,
        shares_account=choices.shares_account,
        history_length=_history_length(asked, offered, start, asked_at, zone),
        service_ids=[service.pk for service in choices.services],
    )
    limit = latest_end(asked, asked_at)
    end = moment(choices.expires + timedelta(days=1), zone) if choices.expires is not None else None
    ongoing_end = choices.ongoing_end
    authorization = Authorization(
        registration=registration,
        customer=customer,
        world=world,
        scope=str(final),
        requested_scope=request.scope,
        shares_intervals=choices.shares_intervals,
        shares_bills=choices.shares_bills,
        shares_account=choices.shares_account,
        history_start=start,
        ongoing_end=moment(ongoing_end + timedelta(days=1), zone) if ongoing_end is not None else None,
        expires=min(end, limit) if end is not None and limit is not None else end,
        term_days=_term(choices, at, zone),
        customer_email=choices.email,
        language=choices.language,
        created=at,
        updated=at,
    )
    authorization.next_notice = notices.first(authorization, at)
    return authorization


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


def _declined(request: AuthorizationRequest, customer: Customer | None) -> Authorization | None:
    """The declined Authorization, kept; None where there is nobody to keep it for."""
    if customer is None:
        return None
    at = clock.now(customer.world)
    try:
        with wall.heeded(request, customer):
            offered = offer(request, customer)
            authorization = Authorization.objects.create(
                registration=request.registration,
                customer=customer,
                world=customer.world,
                requested_scope=request.scope,
                history_start=moment(offered.history_start, request.registration.utility.zone),
                declined=at,
                created=at,
                updated=at,
            )
    except NotAllowed:
        return None
    _answer(request, authorization)
    return authorization
