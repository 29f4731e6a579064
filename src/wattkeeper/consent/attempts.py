"""The life of an attempt to sign in. One conditional UPDATE decides each of its steps."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from wattkeeper.common import clock, ids, retention
from wattkeeper.consent import session
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer

TIME_TO_CHOOSE = timedelta(minutes=10)
WHAT_PEOPLE_DO = {Failure.CANCELLED, Failure.EXPIRED, Failure.SPENT}

log = logging.getLogger(__name__)


class AttemptUnknown(LookupError):
    """There is no such attempt, or it was begun in another browser."""


def begin(errand: Errand, method: SignIn.Method, browser: str, lifetime: timedelta, **fields: Any) -> SignIn:
    """An attempt in the browser that holds the secret `browser`."""
    at = clock.now()
    return SignIn.objects.create(
        utility=errand.utility,
        method=method,
        request=errand.request,
        receipt=errand.receipt,
        wants_data=errand.wants_data,
        browser_digest=ids.digest(browser),
        created=at,
        expires=at + lifetime,
        **fields,
    )


def find(uid: UUID, browser: str) -> SignIn:
    """The attempt of this browser, with what it is about. Raises AttemptUnknown."""
    about = ("utility", "request__registration__company", "request__registration__utility")
    found = SignIn.objects.filter(uid=uid, browser_digest=ids.digest(browser)).select_related(*about).first()
    if found is None:
        raise AttemptUnknown(uid)
    return found


def fail(sign_in: SignIn, failed: SignInFailed) -> None:
    """Keeps why it came to nothing; the log has the detail under the case number."""
    if SignIn.objects.filter(pk=sign_in.pk, failure="", proven=None).update(failure=failed.failure):
        sign_in.failure = failed.failure
        log.log(
            logging.INFO if failed.failure in WHAT_PEOPLE_DO else logging.WARNING,
            "sign-in %s by %s at %s failed (%s): %s",
            sign_in.uid, sign_in.method, sign_in.utility.code, failed.failure, failed.detail,
        )  # fmt: skip


def prove(sign_in: SignIn, customers: list[Customer]) -> bool:
    """Notes that the person is these customers; False where that, or a failure, came before."""
    at, keys = clock.now(), [customer.pk for customer in customers]
    proven = SignIn.objects.filter(pk=sign_in.pk, proven=None, failure="").update(proven=at, customers=keys) == 1
    sign_in.refresh_from_db(fields=["proven", "customers", "failure"])
    return proven


def candidates(sign_in: SignIn) -> list[Customer]:
    """The customers it is about, with their accounts."""
    found = Customer.objects.filter(pk__in=sign_in.customers).prefetch_related("accounts__occupancies__service")
    return list(found.order_by("name", "pk"))


def complete(request: HttpRequest, sign_in: SignIn, customer: Customer) -> bool:
    """Begins the customer's session, once, and soon after it was proven."""
    at = clock.now()
    waiting = SignIn.objects.filter(pk=sign_in.pk, completed=None, proven__gt=at - TIME_TO_CHOOSE)
    if customer.pk not in sign_in.customers or not waiting.update(completed=at):
        return False
    session.sign_in(request, customer, sign_in.method)
    return True


def complete_if_one(request: HttpRequest, sign_in: SignIn) -> bool:
    """Begins the session where there is no customer to choose."""
    customers = candidates(sign_in)
    return len(customers) == 1 and complete(request, sign_in, customers[0])


def expired() -> SignInFailed:
    return SignInFailed(Failure.EXPIRED, "its time was up")


def forget() -> int:
    """Deletes attempts that nobody will ask about any more; how many."""
    return SignIn.objects.filter(created__lt=clock.now() - retention.SIGN_IN_ATTEMPTS).delete()[0]
