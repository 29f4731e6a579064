"""A customer's own look at what is theirs: by their pages, by Download My Data, by programs with a personal token.

It goes the way every look goes, through an Authorization and its windows. This one is the customer's to themselves: it
is held by the utility's own registration (Registration.is_own_access), opens everything inside their occupancies, and
lasts as long as the customer does. No receipt, reminder, event or list of sharings tells of it: nothing is shared.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from wattkeeper.authorizations import telling
from wattkeeper.authorizations.models import Authorization, Meter, Token
from wattkeeper.authorizations.scope import ACCOUNT, BILLS, INTERVALS, Scope
from wattkeeper.common import clock, ids
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.companies import registrations
from wattkeeper.customers.models import Customer, Service

BEGINNING = clock.from_epoch(0)
MOST_TOKENS = 10
LONGEST = timedelta(days=365)


class TooManyTokens(Exception):
    """The customer has MOST_TOKENS in force: one must be stopped before there is another."""


def access(customer: Customer) -> Authorization:
    """The customer's own, with registration, world and utility, and a meter for every service they have or had."""
    uid = _uid(customer)
    whole = Authorization.objects.select_related("registration", "world__utility", "customer")
    found = whole.filter(uid=uid).first()
    if found is None:
        with transaction.atomic():
            _make(uid, customer)
            found = whole.get(uid=uid)
    add_meters(found)
    return found


def add_meters(grant: Authorization) -> None:
    """Those of services that came to the customer since. One query where there are none."""
    missing = Service.objects.filter(occupancies__account__customer=grant.customer_id).exclude(
        meters__authorization=grant
    )
    present = clock.now(grant.world)
    Meter.objects.bulk_create(
        [Meter(authorization=grant, service=service, created=present) for service in missing.distinct().order_by("pk")],
        ignore_conflicts=True,
    )


def programs(customer: Customer) -> int:
    """How many personal tokens of the customer are in force. One query."""
    return _in_force().filter(authorization__uid=_uid(customer)).count()


def issue_token(grant: Authorization, name: str, lifetime: timedelta) -> str:
    """A personal token of 64 hex characters; the secret leaves here once. Raises TooManyTokens."""
    if tokens_in_force(grant).count() >= MOST_TOKENS:
        raise TooManyTokens
    secret, present = ids.new_secret(), clock.now()
    with transaction.atomic():
        row = Token.objects.create(
            digest=ids.digest(secret),
            kind=Token.Kind.PERSONAL,
            registration=grant.registration,
            authorization=grant,
            name=name,
            created=present,
            expires=present + min(lifetime, LONGEST),
        )
        telling.of_grant("personal_token_issued", _customer(grant), grant, token=row.pk, expires=row.expires)
    return secret


def end_token(grant: Authorization, family: UUID) -> bool:
    """Ends one token; False where it has ended already or is none of this customer's."""
    with transaction.atomic():
        row = tokens_in_force(grant).filter(family=family).first()
        if row is None or not tokens_in_force(grant).filter(pk=row.pk).update(revoked=clock.now()):
            return False
        telling.of_grant("personal_token_ended", _customer(grant), grant, token=row.pk)
    return True


def tokens_in_force(grant: Authorization) -> QuerySet[Token]:
    """The customer's personal tokens, newest first. `family` is what a page calls one by."""
    return _in_force().filter(authorization=grant).order_by("-pk")


def _in_force() -> QuerySet[Token]:
    return Token.objects.filter(kind=Token.Kind.PERSONAL, revoked__isnull=True, expires__gt=clock.now())


def _uid(customer: Customer) -> UUID:
    """Always the same, so that of two pages opened at once only one can make it."""
    return ids.stable_uid("own", customer.uid)


def _make(uid: UUID, customer: Customer) -> None:
    utility, present = customer.world.utility, clock.now(customer.world)
    blocks = Scope(tuple(block for block in (INTERVALS, BILLS, ACCOUNT) if block in utility.function_blocks))
    grant, is_made = Authorization.objects.get_or_create(
        uid=uid,
        defaults={
            "registration": registrations.own_access(utility),
            "customer": customer,
            "world": customer.world,
            "scope": str(blocks),
            "requested_scope": str(blocks),
            "shares_intervals": True,
            "shares_bills": True,
            "shares_account": True,
            "history_start": BEGINNING,
            "created": present,
            "updated": present,
        },
    )
    if is_made:
        telling.of_grant("own_access_made", _customer(grant), grant)


def _customer(grant: Authorization) -> Actor:
    return Actor(Kind.CUSTOMER, grant.customer.uid)
