"""Signing in without an online account: a one-time code to the address on file, or the facts of a bill.

Whether an account exists is never told before it is proven: the same page comes, after the same queries, and a worker
writes the mail.
"""

import re
from datetime import timedelta
from typing import Literal

from django.db.models import F
from django.utils.crypto import constant_time_compare

from wattkeeper.common import clock
from wattkeeper.consent import attempts, codes, tasks, throttle
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.failures import Failure, SignInFailed
from wattkeeper.consent.models import SignIn
from wattkeeper.consent.throttle import TooManyTries
from wattkeeper.customers import bill_facts, finding
from wattkeeper.customers.bill_facts import BillFacts
from wattkeeper.customers.models import Customer

Kind = Literal["account", "email", "phone"]
FINDERS = {
    "account": lambda utility, typed: finding.by_account(utility, [typed]),
    "email": finding.by_email,
    "phone": finding.by_phone,
}
CODE_LIFETIME = timedelta(minutes=10)
BILL_LIFETIME = timedelta(minutes=10)
TRIES = 5


def request_code(errand: Errand, kind: Kind, typed: str, browser: str, network: str) -> SignIn:
    """An attempt that waits for a code; the code is on its way to the address on file, if there is one.

    Raises TooManyTries.
    """
    subject = throttle.subject_of(errand.utility.pk, f"{kind} {_plain(typed)}")
    if not throttle.is_open(SignIn.Method.CODE, network, subject):
        raise TooManyTries
    found = _with_one_address(FINDERS[kind](errand.utility, typed.strip()))
    if throttle.is_flooded(SignIn.Method.CODE, subject):
        found = []
    sign_in = attempts.begin(
        errand,
        SignIn.Method.CODE,
        browser,
        CODE_LIFETIME,
        subject_digest=subject,
        network=network,
        customers=[customer.pk for customer in found],
    )
    tasks.send_code.enqueue(sign_in.pk)
    return sign_in


def enter_code(sign_in: SignIn, typed: str) -> bool:
    """Whether this is the code. Each call is one of five tries, counted before it is looked at.

    Raises SignInFailed when there is nothing left to try.
    """
    open_ = SignIn.objects.filter(pk=sign_in.pk, proven=None, failure="", tries__lt=TRIES, expires__gt=clock.now())
    if not open_.update(tries=F("tries") + 1):
        raise _closed(sign_in)
    is_right = constant_time_compare(re.sub(r"\D", "", typed), codes.code_of(sign_in))
    if is_right and sign_in.customers and attempts.prove(sign_in, attempts.candidates(sign_in)):
        return True
    sign_in.refresh_from_db(fields=["tries"])
    if sign_in.tries >= TRIES:
        raise _closed(sign_in)
    return False


def by_bill(errand: Errand, facts: BillFacts, browser: str, network: str) -> SignIn | None:
    """A proven attempt if these are facts of a recent bill, else None. Raises TooManyTries."""
    subject = throttle.subject_of(errand.utility.pk, f"bill {_plain(facts.number)}")
    if not throttle.is_open(SignIn.Method.BILL, network, subject):
        raise TooManyTries
    found = bill_facts.holders(errand.utility, facts)
    if throttle.is_flooded(SignIn.Method.BILL, subject):
        found = []
    sign_in = attempts.begin(
        errand, SignIn.Method.BILL, browser, BILL_LIFETIME, subject_digest=subject, network=network
    )
    if not found or not attempts.prove(sign_in, found):
        return None
    tasks.tell_of_bill_sign_in.enqueue(sign_in.pk)
    return sign_in


def _with_one_address(found: list[Customer]) -> list[Customer]:
    """Those with an email address on file, if it is one and the same: a code proves no more than that mailbox."""
    reachable = [customer for customer in found if customer.email]
    return reachable if len({customer.email.lower() for customer in reachable}) == 1 else []


def _closed(sign_in: SignIn) -> SignInFailed:
    sign_in.refresh_from_db(fields=["tries"])
    return SignInFailed(Failure.SPENT, "five wrong codes") if sign_in.tries >= TRIES else attempts.expired()


def _plain(typed: str) -> str:
    """What is the same account or address, however it is typed."""
    return re.sub(r"[\s-]", "", typed).lower()
