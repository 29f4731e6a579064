"""How often somebody may try to sign in with what they typed.

A handful in an hour or a day has to hold for the whole deployment and outlive a restart, so it is counted over the
attempts themselves, not by common.limits. There are three counts. What a network does, and what it does with one
account, is told it openly: it learns nothing, for it is counted whether the account exists or not. The count over one
account from everywhere is high and silent: a stranger who runs it up hears no more than before, and the customer still
has the other ways.
"""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from wattkeeper.common import clock
from wattkeeper.consent.models import SignIn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_NETWORK = 30
OF_NETWORK_AND_SUBJECT = 5
OF_SUBJECT = {SignIn.Method.CODE: (20, HOUR), SignIn.Method.BILL: (10, DAY)}
"""Codes sent, or wrong bill facts: with 5 guesses at 8 digits each, or one at an amount, hardly anybody hits."""


class TooManyTries(Exception):
    """This network has tried too often for now."""


def subject_of(utility_id: int, typed: str) -> str:
    """A keyed digest of what was typed, so that the table is no list of account numbers."""
    return salted_hmac("wattkeeper.consent.subject", f"{utility_id} {typed}", algorithm="sha256").hexdigest()


def is_open(method: SignIn.Method, network: str, subject: str) -> bool:
    """Whether this network may try, and try this account."""
    recent = _tries(method).filter(network=network, created__gt=clock.now() - HOUR)
    return recent.count() < OF_NETWORK and recent.filter(subject_digest=subject).count() < OF_NETWORK_AND_SUBJECT


def is_flooded(method: SignIn.Method, subject: str) -> bool:
    """Whether this account was tried so often, from wherever, that nothing more is done about it for a while."""
    most, span = OF_SUBJECT[method]
    return _tries(method).filter(subject_digest=subject, created__gt=clock.now() - span).count() >= most


def _tries(method: SignIn.Method) -> QuerySet[SignIn]:
    """Codes asked for, whatever became of them; of bill facts the wrong ones."""
    found = SignIn.objects.filter(method=method)
    return found if method == SignIn.Method.CODE else found.filter(proven=None)
