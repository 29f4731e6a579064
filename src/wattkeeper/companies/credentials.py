"""Issuing and checking client secrets. A secret leaves here once and is kept as its digest; the trail is told."""

import hmac
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from wattkeeper.common import audit, clock, ids
from wattkeeper.common.audit import Actor
from wattkeeper.companies.models import ClientSecret, Registration
from wattkeeper.companies.telling import of_registration


def issue_client_secret(registration: Registration, by: Actor = audit.OPERATOR) -> str:
    secret = ids.new_secret()
    with transaction.atomic():
        row = ClientSecret.objects.create(registration=registration, digest=ids.digest(secret))
        of_registration("client_secret_issued", registration, by, secret=row.pk)
    return secret


def rotate_client_secret(registration: Registration, old_until: datetime, by: Actor = audit.OPERATOR) -> str:
    """A new secret beside the present one, which works until `old_until`. One that was ending already ends now: there
    are never more than two."""
    with transaction.atomic():
        Registration.objects.select_for_update().get(pk=registration.pk)
        live = list(_in_force(registration.pk).order_by("-pk"))
        ClientSecret.objects.filter(pk__in=[secret.pk for secret in live[1:]]).update(expires=clock.now())
        for present in live[:1]:
            present.expires = min(present.expires or old_until, old_until)
            present.save(update_fields=["expires"])
            of_registration("client_secret_ends", registration, by, secret=present.pk, expires=present.expires)
        return issue_client_secret(registration, by)


def check_client_secret(registration: Registration | None, secret: str) -> bool:
    """True if the secret is one of the registration's that are in force. For nobody's the work is the same, so that
    the time it takes tells no one which clients there are."""
    offered = ids.digest(secret)
    kept = list(_in_force(registration.pk if registration is not None else 0).values_list("digest", flat=True))
    return sum(hmac.compare_digest(offered, digest) for digest in kept or ["0" * 64]) > 0


def _in_force(registration_id: int) -> QuerySet[ClientSecret]:
    in_force = Q(expires__isnull=True) | Q(expires__gt=clock.now())
    return ClientSecret.objects.filter(in_force, registration_id=registration_id)
