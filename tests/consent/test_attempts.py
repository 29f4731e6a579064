"""Each step of an attempt to sign in happens once, whatever stale copy of it asks again."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

import cast
from consent.visitor import SECRET
from wattkeeper.consent import attempts
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer

pytestmark = pytest.mark.django_db
DOWN, SLOW = SignInFailed(Failure.DOWN, "it is down"), SignInFailed(Failure.SLOW, "it is slow")


@pytest.fixture
def begun() -> SignIn:
    return attempts.begin(Errand(cast.epe()), SignIn.Method.SSO, SECRET, timedelta(minutes=10))


def lena() -> Customer:
    return cast.owner(cast.customer("Lena Live", cast.live()))


def browser() -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    return request


def again(sign_in: SignIn) -> SignIn:
    return attempts.find(sign_in.uid, SECRET)


def test_it_is_found_by_its_own_browser_alone(begun: SignIn) -> None:
    assert again(begun) == begun
    for secret in ("", "6" * 64):
        with pytest.raises(attempts.AttemptUnknown):
            attempts.find(begun.uid, secret)


def test_what_failed_is_not_proven_any_more_and_keeps_its_reason(begun: SignIn) -> None:
    attempts.fail(begun, DOWN)
    attempts.fail(begun, SLOW)
    assert not attempts.prove(begun, [lena()])
    assert (again(begun).failure, again(begun).proven, again(begun).customers) == (Failure.DOWN, None, [])


def test_what_is_proven_stays_so_and_does_not_fail_any_more(begun: SignIn) -> None:
    first, second = lena(), lena()
    assert attempts.prove(begun, [first])
    assert not attempts.prove(begun, [second])
    attempts.fail(begun, DOWN)
    assert (again(begun).customers, again(begun).failure) == ([first.pk], "")


def test_a_session_is_begun_once(begun: SignIn) -> None:
    person = lena()
    attempts.prove(begun, [person])
    one, two = again(begun), again(begun)
    assert attempts.complete(browser(), one, person)
    assert not attempts.complete(browser(), two, person)


def test_a_session_is_for_one_of_its_customers_and_only_once_that_is_proven(begun: SignIn) -> None:
    person, stranger = lena(), lena()
    begun.customers = [person.pk]
    begun.save()
    assert not attempts.complete(browser(), begun, person)
    attempts.prove(begun, [person])
    assert not attempts.complete(browser(), begun, stranger)
    assert attempts.complete(browser(), begun, person)
