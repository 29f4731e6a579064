"""From a bearer token to who is calling and what that caller may see. Both APIs come in through here."""

import enum
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Authorization, Meter, Token
from wattkeeper.authorizations.scope import ACCOUNT, BILLS, INTERVALS, parse
from wattkeeper.common import clock
from wattkeeper.companies.credentials import find_api_token
from wattkeeper.companies.models import ApiToken, Company, Registration
from wattkeeper.utilities.models import World

KINDS = {"intervals": INTERVALS, "bills": BILLS, "account": ACCOUNT}
"""Kinds of data, and the function block of a scope that opens each."""


class TokenClass(enum.Enum):
    """ESPI's three classes of bearer token, and the JSON API's own."""

    ACCESS = "access"
    CLIENT = "client"
    REGISTRATION = "registration"
    API = "api"


@dataclass(frozen=True)
class Caller:
    """Who presents a token: a company, through one registration or one authorization of it or all.

    `data_blocks` is set where an access token was narrowed at a refresh (RFC 6749 section 6): the function blocks, of
    4, 16 and 51, that it opens at most. None: all that its authorization opens.
    """

    token_class: TokenClass
    company: Company
    registration: Registration | None = None
    authorization: Authorization | None = None
    api_token: ApiToken | None = None
    data_blocks: frozenset[int] | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of data this token opens, where its grant does."""
        blocks = self.data_blocks
        return frozenset(kind for kind, block in KINDS.items() if blocks is None or block in blocks)

    def authorizations(self) -> QuerySet[Authorization]:
        """The authorizations this caller may see, in force or not."""
        mine = Authorization.objects.filter(registration__company=self.company)
        if self.authorization is not None:
            return mine.filter(pk=self.authorization.pk)
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

    def worlds(self) -> QuerySet[World]:
        """The worlds in which this caller's authorizations can be; time is asked of each."""
        return World.objects.filter(utility__registrations__company=self.company).distinct()


TEST_DATA = Q(registration__status=Registration.Status.LIVE) & ~Q(world__kind=World.Kind.LIVE)
"""Of authorizations: a test customer's, held by a live registration."""


def identify(bearer: str) -> Caller | None:
    """The caller behind a bearer token, or None where it is unknown, expired, revoked, or its grant is not in force."""
    token = tokens.find(bearer)
    if token is not None:
        return _caller(token)
    api_token = find_api_token(bearer)
    if api_token is None:
        return None
    return Caller(TokenClass.API, api_token.member.company, api_token=api_token)


def _caller(token: Token) -> Caller | None:
    if token.kind == Token.Kind.REFRESH or not token.registration.may_request:
        return None
    grant = token.authorization
    if grant is not None and not grant.is_active(clock.now(grant.world)):
        return None
    blocks = _narrowed(token.scope, grant) if grant is not None else None
    return Caller(TokenClass(token.kind), token.registration.company, token.registration, grant, data_blocks=blocks)


def _narrowed(scope: str, grant: Authorization) -> frozenset[int] | None:
    if scope in {"", grant.scope}:
        return None
    return frozenset(KINDS.values()) & frozenset(parse(scope).blocks)
