"""Issuing, finding and ending bearer tokens. The secret itself is returned once and never stored."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.common import audit, clock, ids
from wattkeeper.common.audit import Actor
from wattkeeper.companies.models import Member, Registration

LIFETIME = timedelta(seconds=3600)


def issue(
    kind: Token.Kind,
    registration: Registration,
    *,
    authorization: Authorization | None = None,
    family: UUID | None = None,
    scope: str = "",
    expires: datetime | None = None,
) -> str:
    """A new random token of 64 hex characters; `expires` None for ever."""
    token = ids.new_secret()
    Token.objects.create(
        digest=ids.digest(token),
        kind=kind,
        registration=registration,
        authorization=authorization,
        family=family or ids.new_uid(),
        scope=scope,
        expires=expires,
    )
    return token


def issue_pair(
    authorization: Authorization, family: UUID, *, access: str, refresh: str, scope: str, expires: datetime
) -> None:
    """Stores an access token of this scope, which ends then, and a refresh token of all that was granted, under
    secrets that are made already."""
    of_grant: Any = {"registration": authorization.registration, "authorization": authorization, "family": family}
    Token.objects.bulk_create(
        [
            Token(digest=ids.digest(access), kind=Token.Kind.ACCESS, scope=scope, expires=expires, **of_grant),
            Token(digest=ids.digest(refresh), kind=Token.Kind.REFRESH, scope=authorization.scope, **of_grant),
        ]
    )


def issue_api_token(member: Member, name: str, expires: datetime | None = None, by: Actor = audit.OPERATOR) -> str:
    """A token of the JSON API: it stands for a member and reads all of the company's data."""
    token = ids.new_secret()
    with transaction.atomic():
        row = Token.objects.create(
            digest=ids.digest(token), kind=Token.Kind.API, member=member, name=name, expires=expires
        )
        whose: dict[str, audit.Value] = {"member": member.user.uid, "company": member.company.uid}
        audit.record("api_token_issued", actor=by, data={"token": row.pk, "expires": expires, **whose})
    return token


def find(token: str) -> Token | None:
    """The token in force behind a secret, with its registration and grant. Whether those are in force is not asked:
    `access.identify` does."""
    found = (
        Token.objects.filter(digest=ids.digest(token), revoked__isnull=True)
        .select_related("registration", "authorization__world")
        .first()
    )
    if found is None or (found.expires is not None and found.expires <= clock.now()):
        return None
    return found


def revoke_family(authorization_id: int, family: UUID) -> int:
    """Ends every token that came of one code; how many that were."""
    in_force = Token.objects.filter(authorization_id=authorization_id, family=family, revoked__isnull=True)
    return in_force.update(revoked=clock.now())


def end_access(grant: Authorization) -> None:
    """Ends every access token of a grant. Its refresh tokens give others."""
    _access(grant).update(revoked=clock.now())


def shorten_access(grant: Authorization) -> None:
    """Has no access token outlive its grant."""
    if grant.expires is not None:
        limit = grant.expires - grant.world.clock_offset
        _access(grant).filter(expires__gt=limit).update(expires=limit)


def _access(grant: Authorization) -> QuerySet[Token]:
    return Token.objects.filter(authorization=grant, kind=Token.Kind.ACCESS, revoked__isnull=True)
