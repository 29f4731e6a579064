"""Playing a customer who answers a form: a test account of the sandbox shares what is asked for, through the very door,
offer and grant that customers go through."""

from dataclasses import fields
from typing import Any

from wattkeeper.authorizations import doors, lifecycle
from wattkeeper.authorizations.doors import Door
from wattkeeper.authorizations.offers import Choices, NotAllowed, Offer, Refusal
from wattkeeper.authorizations.terms import Terms
from wattkeeper.common import audit, ids
from wattkeeper.common.audit import Actor
from wattkeeper.companies.models import Form
from wattkeeper.customers import test_accounts
from wattkeeper.customers.models import Customer, TestAccount


class UnknownScenario(LookupError):
    """No test account plays it; `known` are those that there are."""

    def __init__(self, known: list[str]) -> None:
        super().__init__(known)
        self.known = known


class NobodyFound(LookupError):
    """The scenario is a sign-in that finds no customer."""


class NotSubmitted(Exception):
    """The customer may not or cannot share this; its text says why, in English."""


def submit(form: Form, utility_code: str, scenario: str, by: Actor) -> str:
    """The referral of a submitted form. Raises UnknownScenario, NobodyFound, NotSubmitted or DoorClosed."""
    door = Door(form.template, form)
    doors.check_open(door)
    registration = door.registration(utility_code)
    accounts = test_accounts.published(registration.utility).select_related("customer__world__utility")
    account = accounts.filter(scenario=scenario).first()
    if account is None:
        raise UnknownScenario(sorted(accounts.values_list("scenario", flat=True)))
    customer = _customer(account)
    request = doors.open_request(door, registration, browser=ids.new_secret(), email=form.customer_email)
    try:
        offered = lifecycle.offer(request, customer)
        if not offered.most.services:
            raise NotAllowed(Refusal.NO_SERVICE)
        chosen = _everything(offered, form.customer_email or customer.email)
        grant = lifecycle.grant(request, customer, chosen, offered)
    except NotAllowed as refused:
        raise NotSubmitted(refused.reason.value) from None
    audit.record(
        "form_test_submitted",
        actor=by,
        utility_code=utility_code,
        registration_uid=request.registration.uid,
        authorization_uid=grant.uid,
        data={"form": form.uid, "request": request.uid, "scenario": scenario},
    )
    return request.referral or grant.referral


def _customer(account: TestAccount) -> Customer:
    if account.customer is None:
        raise NobodyFound(account.scenario)
    return account.customer


def _everything(offered: Offer, email: str) -> Choices:
    """The form as it is proposed, with every meter there is to choose."""
    proposed = offered.proposed
    values: dict[str, Any] = {field.name: getattr(proposed, field.name) for field in fields(Terms)}
    services = proposed.services if offered.meters_all else offered.most.services
    return Choices(**values | {"services": services}, email=email, language="en")
