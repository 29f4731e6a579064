"""The life of a consent: asked for, granted or declined once, revoked. Each step is one transaction with its events
and its row of the audit trail.

Race rule: one conditional UPDATE decides who wins; what is read before it is only for telling people.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from wattkeeper.authorizations import granting, receipts, telling, wall
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest, Token
from wattkeeper.authorizations.offers import (
    Choices,
    NotAllowed,
    Offer,
    Refusal,
    check_askable,
    check_choices,
    check_may_grant,
    fingerprint,
    is_still,
    lock,
    moment,
    offer,
)
from wattkeeper.authorizations.scope import Scope
from wattkeeper.common import clock, ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.rows import only
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Customer
from wattkeeper.events import log

__all__ = [
    "Choices",
    "Link",
    "NotAllowed",
    "Offer",
    "Refusal",
    "RequestExpired",
    "RequestUnknown",
    "decline",
    "find_request",
    "fingerprint",
    "grant",
    "granted_before",
    "hand_over",
    "offer",
    "open_request",
    "revoke",
    "take_up",
    "waiting",
]

REQUEST_LIFETIME = timedelta(hours=1)
PUSHED_LIFETIME = timedelta(seconds=90)
SHOWN = 20


class RequestUnknown(LookupError):
    """There is no such request, or it belongs to another browser or another customer."""


class RequestExpired(Exception):
    """The request was not answered in time."""


@dataclass(frozen=True)
class Link:
    """What a request by the link of a template or form has beside others. `email`: for the receipt, where none is on
    file. `renews`: whose customer alone can answer."""

    template_uid: UUID
    form_uid: UUID | None = None
    email: str = ""
    renews: Authorization | None = None


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
    link: Link | None = None,
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
        referral=ids.new_secret(),
        template_uid=link.template_uid if link is not None else None,
        form_uid=link.form_uid if link is not None else None,
        customer_email=link.email if link is not None else "",
        renews=link.renews if link is not None else None,
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
    about = ("registration__company", "registration__utility", "authorization__world", "renews")
    own = AuthorizationRequest.objects.filter(uid=uid, browser_digest=ids.digest(browser))
    found = only(own.select_related(*about))
    if found is None:
        raise RequestUnknown(uid)
    if found.status == AuthorizationRequest.Status.PENDING and found.expires <= clock.now():
        raise RequestExpired(uid)
    if found.authorization is not None:
        found.authorization.registration = found.registration
    return found


def waiting(browser: str) -> list[AuthorizationRequest]:
    """The requests of this browser that can still be answered, the newest first, with their company and utility."""
    pending = AuthorizationRequest.objects.filter(
        browser_digest=ids.digest(browser), status=AuthorizationRequest.Status.PENDING, expires__gt=clock.now()
    )
    return list(pending.select_related("registration__company", "registration__utility").order_by("-pk")[:SHOWN])


def hand_over(request: AuthorizationRequest, browser: str) -> None:
    """Takes an unanswered request into another browser, for an hour from now. Raises NotAllowed (ANSWERED)."""
    pending = AuthorizationRequest.objects.filter(pk=request.pk, status=AuthorizationRequest.Status.PENDING)
    with transaction.atomic():
        if not pending.update(browser_digest=ids.digest(browser), expires=clock.now() + REQUEST_LIFETIME):
            raise NotAllowed(Refusal.ANSWERED)
        telling.of_request("consent_request_moved", Actor(Kind.CUSTOMER), request)


def grant(request: AuthorizationRequest, customer: Customer, choices: Choices, offered: Offer) -> Authorization:
    """Grants what the customer chose of what was offered a moment ago, and returns the Authorization: the same one when
    it is submitted again, and the one in force, on new terms, where the customer shares with the same registration
    already.

    Raises NotAllowed with the reason, RequestExpired, or RequestUnknown where another customer answered it.
    """
    check_may_grant(request.registration, customer)
    check_choices(offered, choices, customer.world.today)
    terms = granting.terms(request, customer, offered, choices)
    with wall.heeded(request, customer):
        if not _claim(request, AuthorizationRequest.Status.GRANTED):
            return granted_before(request, customer)
        lock(customer)
        if not is_still(offered, request.registration, customer):
            offered = offer(request, customer)
            check_choices(offered, choices, customer.world.today)
            terms = granting.terms(request, customer, offered, choices)
        if choices.seen and choices.seen != fingerprint(offered, request.registration.company):
            raise NotAllowed(Refusal.CHANGED)
        authorization = granting.write(request, customer, offered, choices, terms)
        _answer(request, authorization)
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
        told = "authorization_declined"
        log.record(telling.event(authorization, told) if authorization else telling.event_of_request(request, told))
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


def _answer(request: AuthorizationRequest, authorization: Authorization) -> None:
    request.authorization = authorization
    request.save(update_fields=["authorization"])


def granted_before(request: AuthorizationRequest, customer: Customer) -> Authorization:
    """What came of an answered request. Raises NotAllowed where it was declined, RequestUnknown where it was another
    customer's answer."""
    if request.status != AuthorizationRequest.Status.GRANTED or request.authorization is None:
        raise NotAllowed(Refusal.ANSWERED)
    if request.authorization.customer_id != customer.pk:
        raise RequestUnknown(request.uid)
    return request.authorization


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
                **granting.of_request(request),
                created=at,
                updated=at,
            )
    except NotAllowed:
        return None
    _answer(request, authorization)
    return authorization
