"""The database keeps sandbox and live apart even where the code forgets to (design: sandbox / live wall)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

import cast
from wattkeeper.authorizations import lifecycle, standing, tokens
from wattkeeper.authorizations.models import Authorization, Meter, Token
from wattkeeper.common import audit, clock
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import CustomerAccount, Occupancy, Service, TestAccount
from wattkeeper.events.models import Event
from wattkeeper.utilities.models import Utility, World

pytestmark = pytest.mark.django_db
Status = Registration.Status
NOT_LIVE = [status for status in Status if status != Status.LIVE]
CAN_ASK = [Status.SANDBOX, Status.APPROVED]


class Refused:
    """The block must be refused by the database in these words."""

    def __init__(self, words: str) -> None:
        self.raises, self.atomic = pytest.raises(IntegrityError, match=words), transaction.atomic()

    def __enter__(self) -> None:
        self.raises.__enter__()
        self.atomic.__enter__()

    def __exit__(self, *error: Any) -> bool:
        self.atomic.__exit__(*error)
        return bool(self.raises.__exit__(*error))


def lena() -> Service:
    return cast.customer("Lena Live", cast.live())


def live_grant(**fields: object) -> Authorization:
    return cast.authorize(cast.third_party("Live", Status.LIVE), lena(), **fields)


@pytest.mark.parametrize("status", NOT_LIVE)
def test_a_registration_that_is_not_live_cannot_hold_a_live_customer(status: str) -> None:
    with Refused("not live"):
        cast.authorize(cast.third_party(status=status), lena())
    assert not Authorization.objects.exists()


def test_a_live_registration_can() -> None:
    assert live_grant().world.is_live


def test_an_authorization_stays_with_its_registration_customer_and_world() -> None:
    grant, real = cast.authorize(cast.third_party(), cast.customer()), live_grant()
    for moved, change in (
        (grant, {"world": cast.live(), "customer": real.customer}),
        (grant, {"customer": cast.owner(cast.customer("Oscar Other"))}),
        (grant, {"registration": real.registration}),
        (real, {"registration": grant.registration}),
    ):
        with Refused("stays with"):
            Authorization.objects.filter(pk=moved.pk).update(**change)
    real.nickname = "Main office"
    real.save()


def test_an_authorization_is_in_the_world_of_its_customer() -> None:
    with Refused("world of its customer"):
        cast.authorize(cast.third_party(), lena(), world=cast.sandbox())


def test_an_authorization_is_at_the_utility_of_both() -> None:
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power")
    rosa = cast.customer("Rosa Rio", World.objects.create(utility=rio, kind=World.Kind.SANDBOX))
    with Refused("utility of both"):
        cast.authorize(cast.third_party(), rosa)


@pytest.mark.parametrize("field", ["revoked", "declined"])
@pytest.mark.parametrize("make", [live_grant, lambda: cast.authorize(cast.third_party(), cast.customer())])
def test_an_authorization_that_was_ended_stays_so(make: Callable[[], Authorization], field: str) -> None:
    grant = make()
    Authorization.objects.update(**{field: clock.now()})
    with Refused("stays so"):
        Authorization.objects.filter(pk=grant.pk).update(**{field: None})


@pytest.mark.parametrize("status", NOT_LIVE)
def test_one_that_ran_out_is_not_extended_for_a_registration_that_is_not_live(status: str) -> None:
    grant = live_grant(expires=clock.now() - timedelta(hours=1))
    Registration.objects.update(status=status)
    for later in (None, clock.now() + timedelta(days=1)):
        with Refused("not live"):
            Authorization.objects.filter(pk=grant.pk).update(expires=later)
    Authorization.objects.filter(pk=grant.pk).update(expires=clock.now() - timedelta(hours=2))


@pytest.mark.parametrize("status", CAN_ASK)
@pytest.mark.parametrize("before", [Status.LIVE, Status.SUSPENDED, Status.REJECTED])
def test_a_registration_does_not_leave_live_with_a_real_customer(before: Status, status: Status) -> None:
    grant = live_grant()
    Registration.objects.update(status=before)
    with Refused("not live"):
        Registration.objects.update(status=status)
    lifecycle.revoke(grant, "utility")
    Registration.objects.update(status=status)


@pytest.mark.parametrize("ended", ["expires", "revoked", "declined"])
def test_what_has_ended_keeps_no_registration_live(ended: str) -> None:
    live_grant(**{ended: clock.now() - timedelta(minutes=1)})
    cast.authorize(cast.third_party("Other", Status.LIVE), cast.customer())
    Registration.objects.update(status=Status.SANDBOX)


def test_worlds_and_what_is_in_them_stay_what_they_are() -> None:
    home, real = cast.customer(), lena()
    other = Utility.objects.create(code="RIO", slug="rio", name="Rio Power")
    for rows, change, words in (
        (
            World.objects.filter(pk=home.world_id),
            {"name": "x", "kind": "live", "utility": other},
            "stays sandbox or live",
        ),
        (World.objects.filter(pk=real.world_id), {"kind": "sandbox", "name": "second"}, "stays sandbox or live"),
        (type(cast.owner(home)).objects.filter(pk=cast.owner(home).pk), {"world": real.world}, "customer stays"),
        (Service.objects.filter(pk=real.pk), {"world": home.world}, "service stays"),
        (CustomerAccount.objects.filter(customer=cast.owner(real)), {"customer": cast.owner(home)}, "account stays"),
        (Registration.objects.filter(pk=cast.third_party().registration.pk), {"utility": other}, "registration stays"),
    ):
        with Refused(words):
            rows.update(**change)
    CustomerAccount.objects.filter(customer=cast.owner(home)).update(customer=cast.owner(cast.customer("Oscar Other")))


def test_a_customer_has_services_of_the_same_world_only() -> None:
    home, real = cast.customer(), lena()
    stay = home.occupancies.get()
    with Refused("own world"):
        Occupancy.objects.create(account=stay.account, service=real, start=date(2020, 1, 1))
    with Refused("own world"):
        Occupancy.objects.filter(pk=stay.pk).update(service=real)
    with Refused("own world"):
        Occupancy.objects.filter(pk=stay.pk).update(account=real.occupancies.get().account)


def test_a_meter_shows_a_service_of_the_world_of_its_authorization() -> None:
    home, real = cast.customer(), lena()
    grant = cast.authorize(cast.third_party(), home)
    with Refused("a meter shows"):
        Meter.objects.create(authorization=grant, service=real)
    with Refused("a meter shows"):
        Meter.objects.update(service=real)
    theirs = live_grant()
    with Refused("a meter shows"):
        Meter.objects.filter(authorization=grant).update(authorization=theirs)


def test_a_token_is_of_the_registration_that_holds_its_authorization() -> None:
    sunny, grant = cast.third_party(), live_grant()
    with Refused("a token is of"):
        tokens.issue(Token.Kind.ACCESS, sunny.registration, authorization=grant)
    cast.access_token(grant)
    of_grants = Token.objects.filter(authorization__isnull=False)
    with Refused("a token is of"):
        of_grants.update(registration=sunny.registration)
    own = cast.authorize(sunny, cast.customer())
    with Refused("a token is of"):
        of_grants.update(authorization=own)


def test_a_published_password_opens_no_real_customer() -> None:
    home, real = cast.customer(), lena()
    fields = {"username": "t", "password": "t", "scenario": "t"}
    with Refused("test account"):
        TestAccount.objects.create(world=home.world, customer=cast.owner(real), **fields)
    with Refused("test account"):
        TestAccount.objects.create(world=real.world, customer=cast.owner(real), **fields)
    with Refused("test account"):
        TestAccount.objects.create(world=real.world, **fields)
    account = TestAccount.objects.create(world=home.world, customer=cast.owner(home), **fields)
    for change in ({"customer": cast.owner(real)}, {"world": real.world}):
        with Refused("test account"):
            TestAccount.objects.filter(pk=account.pk).update(**change)


@pytest.mark.parametrize("status", CAN_ASK)
def test_leaving_live_ends_what_real_customers_granted(status: Status) -> None:
    party = cast.third_party(status=Status.LIVE)
    real, test = cast.authorize(party, lena()), cast.authorize(party, cast.customer())
    over = cast.authorize(party, cast.customer("Lou Live", cast.live()), expires=clock.now() - timedelta(days=1))
    secret, staff = cast.access_token(real), Actor(Kind.STAFF, party.member.user.uid)
    assert standing.change_status(party.registration, status, staff) == 1
    for grant, is_revoked in ((real, True), (test, False), (over, False)):
        grant.refresh_from_db()
        assert (grant.revoked is not None) is is_revoked
    assert tokens.find(secret) is None
    assert Event.objects.get(type="authorization_revoked").data == {"by": "utility"}
    told = AuditEntry.objects.filter(actor_kind="staff", actor=str(staff.uid)).order_by("id")
    assert [row.action for row in told] == ["consent_revoked", "registration_status_changed"]
    assert told[1].data == f'{{"before":"live","after":"{status}","grants_ended":1}}'
    assert standing.change_status(party.registration, status, staff) == 0
    assert told.count() == 2


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REJECTED])
def test_suspended_it_keeps_its_grants_at_rest(status: Status) -> None:
    grant = live_grant()
    secret = cast.access_token(grant)
    assert standing.change_status(grant.registration, status, audit.OPERATOR) == 0
    assert standing.change_status(grant.registration, Status.LIVE, audit.OPERATOR) == 0
    grant.refresh_from_db()
    assert grant.revoked is None
    assert tokens.find(secret) is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("grants_first", [True, False])
def test_of_a_grant_and_a_change_of_status_at_once_one_wins(grants_first: bool) -> None:
    """The second waits for the first, which stays open until then: else PostgreSQL would let both through."""
    party, service = cast.third_party(status=Status.LIVE), lena()
    begun, over = threading.Event(), threading.Event()

    def grant() -> None:
        cast.authorize(party, service)

    def leave() -> None:
        Registration.objects.filter(pk=party.registration.pk).update(status=Status.SANDBOX)

    def run(act: Callable[[], None], meanwhile: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                act()
                meanwhile()
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    def wait_for_the_second() -> None:
        begun.set()
        over.wait(0.5)

    def first() -> bool:
        return run(acts[0], wait_for_the_second)

    def second() -> bool:
        begun.wait()
        won = run(acts[1], lambda: None)
        over.set()
        return won

    acts = [grant, leave] if grants_first else [leave, grant]
    with ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in [pool.submit(first), pool.submit(second)]] == [True, False]
    status = Registration.objects.get(pk=party.registration.pk).status
    assert (status == Status.LIVE) is Authorization.objects.exists() is grants_first
