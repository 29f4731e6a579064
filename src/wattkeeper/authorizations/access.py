"""From a bearer token to who is calling and what that caller may see. Both APIs come in through here.

This runs before every byte of data, so it is one query for the columns that are needed, whatever the class of token.
"""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from wattkeeper.authorizations import own
from wattkeeper.authorizations.models import Authorization, Meter, Token
from wattkeeper.authorizations.scope import ACCOUNT, BILLS, DATA_BLOCKS, INTERVALS, parse
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Company, Member, Registration
from wattkeeper.customers.models import Customer
from wattkeeper.events.models import Event
from wattkeeper.utilities.models import World

KINDS = {"intervals": INTERVALS, "bills": BILLS, "account": ACCOUNT}
"""Kinds of data, and the function block of a scope that opens each."""

TOKEN = ("id", "kind", "scope", "expires", "revoked", "last_used", "member__user__is_active", "member__user__uid")
PARTS: dict[str, tuple[type[Model], set[str]]] = {
    "registration": (Registration, {"id", "uid", "client_id", "status", "company_id", "utility_id"}),
    "authorization": (
        Authorization,
        {"id", "uid", "customer_id", "world_id", "scope", "declined", "revoked", "expires"},
    ),
    "authorization__world": (World, {"id", "clock_offset_seconds"}),
    "member": (Member, {"id", "company_id"}),
}
FIELDS = {
    path: [field.attname for field in model._meta.concrete_fields if field.attname in wanted]
    for path, (model, wanted) in PARTS.items()
}
BEARERS = Token.objects.values_list(*TOKEN, *(f"{path}__{name}" for path, names in FIELDS.items() for name in names))
"""Put together once: to do that for each request would cost more than to ask it."""


USED_EVERY = timedelta(minutes=1)


class TokenClass(enum.Enum):
    """ESPI's three classes of bearer token, the JSON API's own, and a customer's for what is theirs (own.py)."""

    ACCESS = "access"
    CLIENT = "client"
    REGISTRATION = "registration"
    API = "api"
    PERSONAL = "personal"


@dataclass(frozen=True)
class Caller:
    """Who presents a token: a company, through one registration or one authorization of it or all.

    Its rows hold what `identify` read of them; what else is asked of one is loaded then. `data_blocks` is set where an
    access token was narrowed at a refresh (RFC 6749 section 6): the function blocks, of 4, 16 and 51, that it opens
    at most. None: all that its authorization opens. An API token has a `member`, with the `user_uid` of the person.
    `customer_uid` is set where no company asks but the customer, through the authorization of own.py. `token_id`: of an
    API or personal token.
    """

    token_class: TokenClass
    company: Company
    registration: Registration | None = None
    authorization: Authorization | None = None
    member: Member | None = None
    data_blocks: frozenset[int] | None = None
    token_id: int | None = None
    user_uid: UUID | None = None
    customer_uid: UUID | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of data this token opens, where its grant does."""
        blocks = self.data_blocks
        return frozenset(kind for kind, block in KINDS.items() if blocks is None or block in blocks)

    @property
    def counted_as(self) -> str:
        """Whose requests its own are counted with: one third party's, or one customer's."""
        if self.customer_uid is not None:
            return f"customer {self.customer_uid}"
        return self.registration.client_id if self.registration is not None else f"company {self.company.pk}"

    def registrations(self) -> QuerySet[Registration]:
        """The registrations this caller stands for: the one of its token, or all of its company."""
        mine = Registration.objects.filter(company=self.company)
        return mine if self.registration is None else mine.filter(pk=self.registration.pk)

    def authorizations(self) -> QuerySet[Authorization]:
        """The authorizations this caller may see, in force or not. No company sees what customers have for themselves,
        not even the utility as a company."""
        if self.authorization is not None:
            return Authorization.objects.filter(pk=self.authorization.pk)
        mine = Authorization.objects.filter(registration__company=self.company, registration__is_own_access=False)
        if self.registration is not None:
            return mine.filter(registration=self.registration)
        return mine

    def meters(self) -> QuerySet[Meter]:
        """The meters of those authorizations."""
        if self.authorization is not None:
            return Meter.objects.filter(authorization=self.authorization)
        return Meter.objects.filter(authorization__in=self.authorizations())

    def listed_authorizations(self) -> QuerySet[Authorization]:
        """Those that stand in lists and counts: a live registration's test data is only there when it is asked for."""
        return self.authorizations().exclude(TEST_DATA) if self.authorization is None else self.authorizations()

    def listed_meters(self) -> QuerySet[Meter]:
        """The meters of those."""
        return Meter.objects.filter(authorization__in=self.listed_authorizations())

    def events(self) -> QuerySet[Event]:
        """What happened to those, and to the company's forms, as far as the log goes back. None tells of what customers
        have for themselves."""
        mine = Event.objects.filter(company_id=self.company.pk)
        if self.authorization is not None:
            return mine.filter(authorization_uid=self.authorization.uid)
        return mine.filter(registration_uid=self.registration.uid) if self.registration is not None else mine

    def worlds(self) -> QuerySet[World]:
        """The worlds in which this caller's authorizations can be; time is asked of each."""
        return World.objects.filter(utility__registrations__company=self.company).distinct()


TEST_DATA = Q(registration__status=Registration.Status.LIVE) & ~Q(world__kind=World.Kind.LIVE)
"""Of authorizations: a test customer's, held by a live registration."""


def identify(bearer: str) -> Caller | None:
    """The caller behind a bearer token, or None where it is unknown, expired, revoked, or its grant is not in force."""
    found = next(iter(BEARERS.filter(digest=ids.digest(bearer))), None)
    if found is None:
        return None
    pk, kind, scope, expires, revoked, last_used, is_member_active, user_uid = found[: len(TOKEN)]
    if kind == Token.Kind.REFRESH or revoked is not None or (expires is not None and expires <= clock.now()):
        return None
    registration, grant, world, member = _rows(found[len(TOKEN) :])
    if member is not None:
        if not is_member_active:
            return None
        company = _company(member.company_id)
        return Caller(TokenClass.API, company, member=member, token_id=pk, user_uid=user_uid)
    if not registration.may_request:
        return None
    if grant is not None:
        grant.registration, grant.world = registration, world
        if not grant.is_active(clock.now(world)):
            return None
        if kind == Token.Kind.PERSONAL:
            return _personal(pk, last_used, grant)
    blocks = _narrowed(scope, grant) if grant is not None else None
    return Caller(TokenClass(kind), _company(registration.company_id), registration, grant, data_blocks=blocks)


def own_caller(grant: Authorization, token_id: int | None = None) -> Caller:
    """The customer, looking at what is theirs; through a personal token, where there is one. One query."""
    uid = Customer.objects.values_list("uid", flat=True).get(pk=grant.customer_id)
    company = _company(grant.registration.company_id)
    return Caller(TokenClass.PERSONAL, company, grant.registration, grant, token_id=token_id, customer_uid=uid)


def _personal(pk: int, last_used: datetime | None, grant: Authorization) -> Caller:
    present = clock.now()
    if last_used is None or present - last_used > USED_EVERY:
        Token.objects.filter(pk=pk).update(last_used=present)
        own.add_meters(grant)
    return own_caller(grant, pk)


def _rows(values: tuple[Any, ...]) -> list[Any]:
    """One row for each of PARTS, or None where the token has none of it."""
    rows = []
    for path, (model, _) in PARTS.items():
        names = FIELDS[path]
        mine, values = values[: len(names)], values[len(names) :]
        rows.append(model.from_db(None, names, mine) if mine[0] is not None else None)
    return rows


def _company(pk: int) -> Company:
    return Company.from_db(None, ["id"], [pk])


def _narrowed(scope: str, grant: Authorization) -> frozenset[int] | None:
    if scope in {"", grant.scope}:
        return None
    return DATA_BLOCKS & frozenset(parse(scope).blocks)
