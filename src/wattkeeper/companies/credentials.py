"""Issuing and checking a company's secrets. A secret leaves here once and is kept as its digest."""

import hmac
from datetime import datetime

from django.db.models import Q

from wattkeeper.common import clock, ids
from wattkeeper.companies.models import ApiToken, ClientSecret, Member, Registration


def issue_client_secret(registration: Registration) -> str:
    secret = ids.new_secret()
    ClientSecret.objects.create(registration=registration, digest=ids.digest(secret))
    return secret


def check_client_secret(registration: Registration, secret: str) -> bool:
    """True if the secret is one of the registration's that are in force."""
    offered = ids.digest(secret)
    kept = list(registration.secrets.filter(revoked__isnull=True).values_list("digest", flat=True))
    return any(hmac.compare_digest(offered, digest) for digest in kept)


def issue_api_token(member: Member, name: str, expires: datetime | None = None) -> str:
    token = ids.new_secret()
    ApiToken.objects.create(member=member, name=name, digest=ids.digest(token), expires=expires)
    return token


def find_api_token(token: str) -> ApiToken | None:
    """The API token in force that this secret stands for."""
    in_force = Q(expires__isnull=True) | Q(expires__gt=clock.now())
    return (
        ApiToken.objects.filter(in_force, digest=ids.digest(token), revoked__isnull=True, member__user__is_active=True)
        .select_related("member__company", "member__user")
        .first()
    )
