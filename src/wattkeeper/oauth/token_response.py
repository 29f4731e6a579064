"""What the token endpoint answers: new tokens and the addresses they open (RFC 6749 section 5.1, ESPI's three URIs)."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError
from django.conf import settings
from django.db import transaction

from wattkeeper.authorizations import telling, tokens
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration
from wattkeeper.companies.telling import itself, of_registration

log = logging.getLogger(__name__)

RESOURCE = f"{settings.BASE_URL}/DataCustodian/espi/1_1/resource"
Body = dict[str, str | int]


@dataclass(frozen=True)
class Pair:
    """The secrets of an access token and its refresh token, random unless given."""

    access: str = field(default_factory=ids.new_secret)
    refresh: str = field(default_factory=ids.new_secret)


def lock_grant(authorization_id: int) -> Authorization:
    """The grant, locked until the transaction ends, so that issuing, rotating and revoking go one after the other.

    Raises InvalidGrantError where it is not in force.
    """
    grant = (
        Authorization.objects.select_for_update(of=("self",))
        .select_related("registration__utility", "world")
        .get(pk=authorization_id)
    )
    if not (grant.is_active(clock.now(grant.world)) and grant.registration.may_request):
        raise InvalidGrantError("The authorization has ended.")
    return grant


def end_family(authorization_id: int, family: UUID, why: str) -> None:
    """Revokes all that came of one code, in its turn: without the lock it could meet a rotation halfway.

    `why` is what the audit trail calls it.
    """
    with transaction.atomic():
        grants = Authorization.objects.select_for_update(of=("self",)).select_related("registration__utility")
        end_locked_family(grants.get(pk=authorization_id), family, why)


def end_locked_family(grant: Authorization, family: UUID, why: str) -> None:
    """The same, where the grant is locked already."""
    ended = tokens.revoke_family(grant.pk, family)
    telling.of_client(why, grant, family=family, tokens_revoked=ended)
    if ended:
        log.info("the tokens of authorization %s are revoked: %s", grant.uid, why)


def for_grant(grant: Authorization, family: UUID, pair: Pair, scope: str) -> Body:
    """Stores a new access token of this scope, and a refresh token of all that was granted. An access token never
    outlives its grant."""
    lifetime = tokens.LIFETIME
    if grant.expires is not None:
        lifetime = min(lifetime, grant.expires - clock.now(grant.world))
    expires = clock.now() + lifetime
    tokens.issue_pair(grant, family, access=pair.access, refresh=pair.refresh, scope=scope, expires=expires)
    return body(grant, pair, scope, lifetime)


def body(grant: Authorization, pair: Pair, scope: str, lifetime: timedelta) -> Body:
    """The answer, with the access token's remaining lifetime in whole seconds."""
    answer: Body = {
        "token_type": "Bearer",
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expires_in": int(lifetime.total_seconds()),
        "scope": scope,
        "resourceURI": f"{RESOURCE}/Batch/Subscription/{grant.uid}",
        "authorizationURI": f"{RESOURCE}/Authorization/{grant.uid}",
    }
    if grant.shares_account:
        answer["customerResourceURI"] = f"{RESOURCE}/Batch/RetailCustomer/{grant.uid}"
    return answer


def for_client(kind: Token.Kind, registration: Registration, scope: str, resource: str) -> Body:
    """A token that belongs to no grant, and so no refresh token: the client can always ask again."""
    with transaction.atomic():
        token = tokens.issue(kind, registration, scope=scope, expires=clock.now() + tokens.LIFETIME)
        of_registration("token_issued", registration, itself(registration), kind=kind.value)
    return {
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": int(tokens.LIFETIME.total_seconds()),
        "scope": scope,
        "resourceURI": f"{RESOURCE}/{resource}/{registration.uid}",
        "authorizationURI": f"{RESOURCE}/Authorization/{registration.uid}",
    }
