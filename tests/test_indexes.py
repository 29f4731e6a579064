"""Every table that grows has an index for the query that is asked of it most."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower
from django_tasks_db.models import DBTaskResult

from wattkeeper.api.models import IdempotentPost
from wattkeeper.authorizations.models import (
    Authorization,
    AuthorizationCode,
    AuthorizationRequest,
    Meter,
    SignedReceipt,
    Token,
)
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Form, Template
from wattkeeper.consent.models import ResumeLink, SignIn
from wattkeeper.customers.models import Bill, Customer, CustomerAccount, EndDevice, Occupancy, ProgramDate, Statement
from wattkeeper.delivery.models import Mail
from wattkeeper.events import log
from wattkeeper.events.models import Event
from wattkeeper.oauth.models import UsedAssertion
from wattkeeper.readings.models import Channel, DayBlock, PowerQuality, SupersededDay

pytestmark = pytest.mark.django_db
DAYS = {"day__gte": date(2026, 1, 1), "day__lte": date(2026, 2, 1)}
UID = uuid.UUID(int=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LISTED = {"company_id": 1, "is_set_aside__in": [False]}

EVENTS: dict[str, Callable[[], QuerySet[Model]]] = {
    "newest events": lambda: Event.objects.filter(**LISTED, position__isnull=False).order_by("-position")[:51],
    "oldest events": lambda: Event.objects.filter(**LISTED, position__isnull=False).order_by("position")[:51],
    "events after one": lambda: Event.objects.filter(**LISTED, position__gt=9).order_by("position")[:51],
    "events that wait": lambda: Event.objects.filter(**LISTED, is_delivered__in=[False], position__lt=9).order_by(
        "-position"
    )[:51],
    "events of an authorization": lambda: Event.objects.filter(
        company_id=1, authorization_uid=UID, position__lt=9
    ).order_by("-position")[:51],
}

HOT: dict[str, Callable[[], QuerySet[Model]]] = {
    "days of a channel": lambda: DayBlock.objects.filter(service_id=1, channel_id=1, **DAYS).order_by("day"),
    "superseded days of a channel": lambda: SupersededDay.objects.filter(service_id=1, channel_id=1, **DAYS),
    "channels of services": lambda: Channel.objects.filter(service__in=[1, 2]),
    "bills of services": lambda: Bill.objects.filter(service_id__in=[1, 2]),
    "the bill of a PDF": lambda: Bill.objects.filter(document="0" * 64),
    "power quality of services": lambda: PowerQuality.objects.filter(service_id__in=[1, 2]),
    "devices at services": lambda: EndDevice.objects.filter(service__in=[1, 2]),
    "programs of stays": lambda: ProgramDate.objects.filter(occupancy__in=[1, 2]),
    "a batch of a registration's authorizations": lambda: Authorization.objects.filter(
        registration_id=1, pk__gt=1
    ).order_by("pk")[:100],
    "statements of an account": lambda: Statement.objects.filter(account_id=1),
    "occupancies of services": lambda: Occupancy.objects.filter(service__in=[1, 2]),
    "meters of an authorization": lambda: Meter.objects.filter(authorization_id=1),
    "a meter by uid": lambda: Meter.objects.filter(uid=UID),
    "an authorization by uid": lambda: Authorization.objects.filter(uid=UID),
    "newest authorizations": lambda: Authorization.objects.filter(registration_id=1).order_by("-created", "-id")[:1000],
    "a customer's authorizations": lambda: Authorization.objects.filter(customer_id=1).order_by("-created"),
    "notices that are due": lambda: Authorization.objects.filter(world_id=1, next_notice__lte=NOW).order_by(
        "next_notice"
    ),
    "receipts not told of": lambda: SignedReceipt.objects.filter(told__isnull=True).order_by("pk"),
    "receipts of an authorization": lambda: SignedReceipt.objects.filter(authorization_id=1).order_by("pk"),
    "mails that wait": lambda: Mail.objects.filter(next_attempt_at__lte=NOW).order_by("next_attempt_at"),
    "mails long sent": lambda: Mail.objects.filter(sent__lt=NOW),
    "a post with a key": lambda: IdempotentPost.objects.filter(digest="0" * 64),
    "posts to be forgotten": lambda: IdempotentPost.objects.filter(created__lte=NOW),
    "a token": lambda: Token.objects.filter(digest="0" * 64, revoked__isnull=True),
    "a family of tokens in force": lambda: Token.objects.filter(authorization_id=1, family=UID, revoked__isnull=True),
    "tokens that have expired": lambda: Token.objects.filter(kind__in=["access", "client"], expires__lte=NOW),
    "refresh tokens replaced": lambda: Token.objects.filter(kind="refresh", revoked__lte=NOW),
    "a customer's programs": lambda: Token.objects.filter(
        authorization__uid=UID, kind="personal", revoked__isnull=True, expires__gt=NOW
    ),
    "a code": lambda: AuthorizationCode.objects.filter(digest="0" * 64),
    "newest forms": lambda: Form.objects.filter(company_id=1).order_by("-created", "-id")[:1000],
    "newest templates": lambda: Template.objects.filter(company_id=1).order_by("-created", "-id")[:1000],
    "a portal": lambda: Template.objects.filter(portal="sunny"),
    "a form of a template": lambda: Form.objects.filter(uid=UID, template_id=1),
    "authorizations of forms": lambda: Authorization.objects.filter(form_uid__in=[UID]),
    "authorizations of templates": lambda: Authorization.objects.filter(template_uid__in=[UID]),
    "a request by referral": lambda: AuthorizationRequest.objects.filter(referral__in=["0" * 64]),
    "a request": lambda: AuthorizationRequest.objects.filter(uid=UID),
    "a pushed request": lambda: AuthorizationRequest.objects.filter(pushed_digest="0" * 64),
    "pushed requests to forget": lambda: AuthorizationRequest.objects.filter(browser_digest="", expires__lte=NOW),
    "requests of a browser": lambda: AuthorizationRequest.objects.filter(browser_digest="0" * 64, status="pending"),
    "a link to go on": lambda: ResumeLink.objects.filter(digest="0" * 64, used=None),
    "links of a request": lambda: ResumeLink.objects.filter(request_id=1),
    "links to an address": lambda: ResumeLink.objects.filter(subject_digest="0" * 64, created__gt=NOW),
    "links asked for by a network": lambda: ResumeLink.objects.filter(network="192.0.2.1", created__gt=NOW),
    "links to forget": lambda: ResumeLink.objects.filter(created__lt=NOW, used=None),
    "the grant in force of a customer": lambda: Authorization.objects.filter(
        registration_id=1, customer_id=1, declined=None, revoked=None
    ).order_by("-created", "-pk"),
    "a client assertion": lambda: UsedAssertion.objects.filter(registration_id=1, jti_digest="0" * 64),
    "client assertions to forget": lambda: UsedAssertion.objects.filter(expires__lte=NOW),
    "a customer by the utility's name for them": lambda: Customer.objects.filter(world_id=1, external_id__in=["C-1"]),
    "a customer by address": lambda: Customer.objects.annotate(lower=Lower("email")).filter(
        world_id=1, lower="lena@example.com"
    ),
    "a customer by phone": lambda: Customer.objects.filter(world_id=1, phone__in=["9155550142"]),
    "an account": lambda: CustomerAccount.objects.filter(number__in=["3000000001"]),
    "a sign-in by its state": lambda: SignIn.objects.filter(state_digest="0" * 64),
    "a sign-in by its number": lambda: SignIn.objects.filter(uid=UID),
    "tries of a network": lambda: SignIn.objects.filter(network="192.0.2.1", created__gt=NOW),
    "tries of an account": lambda: SignIn.objects.filter(subject_digest="0" * 64, created__gt=NOW),
    "sign-ins of a request": lambda: SignIn.objects.filter(request_id=1),
    "old sign-ins": lambda: SignIn.objects.filter(created__lt=NOW),
    **EVENTS,
    "an event by uid": lambda: Event.objects.filter(company_id=1, uid__in=[UID]),
    "events without a place": lambda: Event.objects.filter(position__isnull=True).order_by("id")[:1000],
    "rows that wait to be sealed": lambda: AuditEntry.objects.filter(position__isnull=True).order_by("id")[:1000],
    "rows of the chain": lambda: AuditEntry.objects.filter(position__gt=5, position__lte=9).order_by("position")[:2000],
    "who read an authorization": lambda: AuditEntry.objects.filter(authorization_uid=UID, action="data_read").order_by(
        "-id"
    )[:20],
    "what happened to an authorization": lambda: AuditEntry.objects.filter(authorization_uid=UID).order_by("id"),
    "work to do": DBTaskResult.objects.ready,
}


def plan(query: QuerySet[Model]) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # an empty table is read whole unless that is made dear
            cursor.execute("SET LOCAL enable_seqscan = off")
    return query.explain().lower()


def reads_it_whole(text: str) -> bool:
    """SQLite says "scan" where it does not "search", PostgreSQL "seq scan" where it has no index."""
    return ("seq scan" if connection.vendor == "postgresql" else "scan ") in text


@pytest.mark.parametrize("name", HOT)
def test_the_hot_query_uses_an_index(name: str) -> None:
    found = plan(HOT[name]())
    assert "index" in found
    assert not reads_it_whole(found)


def test_events_lie_in_an_index_as_they_are_listed() -> None:
    """So that a page costs the same however long the log is: nothing is sorted, nothing of others is passed over."""
    log.record(
        *(
            Event(
                type="meter_created",
                company_id=number % 3,
                is_set_aside=number % 5 == 0,
                is_delivered=number % 7 > 0,
                authorization_uid=uuid.UUID(int=number % 50),
                position=number,
            )
            for number in range(5000)
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event")
    for name, query in EVENTS.items():
        found = plan(query())
        assert "index" in found
        assert not [word for word in ("temp b-tree", "sort", "filter", "scan events") if word in found], name


def test_a_query_without_an_index_is_found_out() -> None:
    assert reads_it_whole(plan(Event.objects.filter(meter_uid=UID)))
