"""A customer's session in this browser. Customers sign in at their utility and are not Django users.

Signing in and out is told to the audit trail; a session that its browser forgets is not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

from wattkeeper.common import audit, clock, retention
from wattkeeper.common.audit import Actor, Kind
from wattkeeper.common.rows import only
from wattkeeper.customers.models import Customer

SEEN_EVERY = timedelta(minutes=1)
KEYS = ("customer_id", "customer_signed_in_at", "customer_method", "customer_seen_at")


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, how (`sso`, `code`, `bill`; `test`: a published test account) and since when."""

    customer: Customer
    method: str
    at: datetime


def sign_in(request: HttpRequest, customer: Customer, method: str) -> None:
    """The new session has a new key, so that one planted in the browser before is worth nothing."""
    _tell("customer_signed_in", customer, method=method)
    present = clock.epoch(clock.now())
    request.session.cycle_key()
    request.session.update(dict(zip(KEYS, (customer.pk, present, method, present), strict=True)))


def sign_out(request: HttpRequest, is_idle: bool = False) -> None:
    """Ends the customer's session alone: a member or staff session in the same browser goes on."""
    customers = Customer.objects.select_related("world__utility").filter(pk=request.session.get("customer_id", 0))
    for customer in customers:
        _tell("customer_signed_out", customer, idle=is_idle)
    for key in KEYS:
        request.session.pop(key, None)
    request.session.cycle_key()


def current(request: HttpRequest) -> SignedIn | None:
    """The customer signed in here, unless nothing was done for `retention.IDLE_SESSION`."""
    session = request.session
    if "customer_id" not in session:
        return None
    present = clock.now()
    idle = present - clock.from_epoch(session["customer_seen_at"])
    customer = only(Customer.objects.select_related("world__utility").filter(pk=session["customer_id"]))
    if customer is None or idle > retention.IDLE_SESSION:
        sign_out(request, is_idle=True)
        return None
    if idle > SEEN_EVERY:
        session["customer_seen_at"] = clock.epoch(present)
    return SignedIn(customer, session["customer_method"], clock.from_epoch(session["customer_signed_in_at"]))


def _tell(action: str, customer: Customer, **data: audit.Value) -> None:
    code = customer.world.utility.code
    audit.record(action, actor=Actor(Kind.CUSTOMER, customer.uid), utility_code=code, data=data)
