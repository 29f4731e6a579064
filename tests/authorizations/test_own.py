"""A customer's own grant and personal tokens: made once, reading what is theirs, changing nothing, ended at will."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

import cast
import oauth_flow as flow
from mydata.homes import move, second_meter, token
from wattkeeper.authorizations import own, windows
from wattkeeper.authorizations.access import TokenClass, identify
from wattkeeper.authorizations.models import Authorization, Meter, SignedReceipt, Token
from wattkeeper.authorizations.own import LONGEST, MOST_TOKENS, TooManyTokens
from wattkeeper.common import ids
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies import registrations
from wattkeeper.companies.models import Company, Registration
from wattkeeper.customers.models import Customer
from wattkeeper.events.models import Event
from wattkeeper.ingest import news

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_it_is_made_once_in_silence_and_lasts() -> None:
    service = cast.customer()
    first, again = own.access(cast.owner(service)), own.access(cast.owner(service))
    assert first.pk == again.pk
    assert (first.expires, first.next_notice, first.shares) == (None, None, ["intervals", "bills", "account"])
    assert first.meters.get().service == service
    assert not Event.objects.exists()
    assert not SignedReceipt.objects.exists()
    assert AuditEntry.objects.filter(action="own_access_made").count() == 1


def test_customers_of_both_worlds_have_one_at_the_same_registration() -> None:
    grants = [own.access(cast.owner(cast.customer(world=world))) for world in (cast.live(), cast.sandbox())]
    assert {grant.registration_id for grant in grants} == {Registration.objects.get(is_own_access=True).pk}


@pytest.mark.django_db(transaction=True)
def test_two_pages_opened_at_once_make_one() -> None:
    person = cast.owner(cast.customer())

    def make(_: int) -> int:
        try:
            return own.access(Customer.objects.select_related("world__utility").get(pk=person.pk)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(4)))) == 1
    assert Meter.objects.count() == Authorization.objects.count() == Company.objects.count() == 1


def test_a_service_that_comes_later_comes_along() -> None:
    service = cast.customer()
    own.access(cast.owner(service))
    later = second_meter(cast.owner(service))
    assert {meter.service for meter in own.access(cast.owner(service)).meters.all()} == {service, later}


def test_a_program_sees_a_service_that_comes_later_without_anybody_opening_a_page() -> None:
    service = cast.customer()
    grant, secret = token(service)
    later = second_meter(cast.owner(service))
    identify(secret)
    assert {meter.service for meter in grant.meters.all()} == {service, later}


def test_the_window_is_the_occupancy() -> None:
    service = cast.customer(since=date(2025, 1, 1))
    grant = own.access(cast.owner(service))
    newcomer = own.access(move(service, date(2026, 3, 1)))
    spans = [
        windows.unseen_windows(windows.in_force(Meter.objects.filter(authorization=each)))[0]
        for each in (grant, newcomer)
    ]
    assert [window.local_days(window.spans[0])[0] for window in spans] == [date(2025, 1, 1), date(2026, 3, 1)]
    assert spans[0].spans[0][1] == spans[1].spans[0][0]


def test_a_token_is_kept_as_a_digest_with_its_name_and_end() -> None:
    grant, secret = token(cast.customer(), timedelta(days=5000))
    row = Token.objects.get(kind="personal")
    assert (row.digest, row.name, row.expires) == (ids.digest(secret), "Home Assistant", NOON + LONGEST)
    caller = identify(secret)
    assert caller is not None
    assert (caller.token_class, caller.authorization, caller.customer_uid) == (
        TokenClass.PERSONAL,
        grant,
        grant.customer.uid,
    )


def test_when_it_was_used_is_kept_to_the_minute(set_clock: Callable[[datetime], None]) -> None:
    _, secret = token(cast.customer())
    for seconds, kept in ((0, 0), (30, 0), (90, 90)):
        set_clock(NOON + timedelta(seconds=seconds))
        identify(secret)
        assert Token.objects.get(kind="personal").last_used == NOON + timedelta(seconds=kept)


def test_it_ends_by_itself_when_stopped_and_with_the_grant(set_clock: Callable[[datetime], None]) -> None:
    service = cast.customer()
    (grant, ending), (_, stopped), (_, last) = token(service, timedelta(days=1)), token(service), token(service)
    family = Token.objects.get(digest=ids.digest(stopped)).family
    assert own.end_token(grant, family)
    assert not own.end_token(grant, family)
    assert identify(stopped) is None
    set_clock(NOON + timedelta(days=2))
    assert identify(ending) is None
    assert identify(last) is not None
    Authorization.objects.filter(pk=grant.pk).update(revoked=NOON)
    assert identify(last) is None
    told = AuditEntry.objects.filter(action__startswith="personal_token").values_list("action", "actor_kind")
    assert list(told) == [("personal_token_issued", "customer")] * 3 + [("personal_token_ended", "customer")]


def test_nobody_ends_another_s_token() -> None:
    _, secret = token(cast.customer())
    stranger = own.access(cast.owner(cast.customer("Oscar Other")))
    assert not own.end_token(stranger, Token.objects.get(kind="personal").family)
    assert not own.end_token(stranger, uuid4())
    assert identify(secret) is not None


def test_there_are_so_many_at_most() -> None:
    grant = own.access(cast.owner(cast.customer()))
    for number in range(MOST_TOKENS):
        own.issue_token(grant, str(number), timedelta(days=1))
    with pytest.raises(TooManyTokens):
        own.issue_token(grant, "one more", timedelta(days=1))
    assert own.programs(grant.customer) == MOST_TOKENS


def test_a_personal_token_needs_a_grant() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(digest="0" * 64, kind="personal", registration=cast.third_party().registration)


def test_no_company_reads_what_customers_have_for_themselves() -> None:
    """Not even one that got an API token of the utility's own company, by whatever mistake."""
    grant = own.access(cast.owner(cast.customer()))
    party = cast.third_party()
    party.member.company = grant.registration.company
    party.member.save()
    caller = identify(party.api_token)
    assert caller is not None
    assert not caller.authorizations().exists()
    assert not caller.meters().exists()


def test_the_utility_s_own_registration_is_no_client() -> None:
    made = registrations.own_access(cast.epe())
    assert registrations.company_named(made.company.name) != made.company
    party = cast.third_party()
    for changes in ({}, {"redirect_uri": None}):
        assert flow.ask(Client(), party, client_id=made.client_id, **changes).status_code == 401
    assert made.company.name not in Client().get("/directory").content.decode().partition("<main")[2]
    output = StringIO()
    call_command("registration", "list", "--json", stdout=output)
    assert [found["client_id"] for found in json.loads(output.getvalue())] == [party.registration.client_id]


def test_what_is_new_is_not_told_for_it() -> None:
    service = cast.customer()
    own.access(cast.owner(service))
    news.tell(service, news.News(readings=[(0, 2**35)]))
    assert not Event.objects.exists()
