"""Finding the real customers that somebody says they are. Only the live world is looked at; saying is not proving."""

import re
from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Lower

from wattkeeper.customers.models import Customer, CustomerAccount
from wattkeeper.utilities.models import Utility, World

MOST = 50
"""Customers of one person. A firm with more of them signs in for each by another identity."""


def by_external_id(utility: Utility, values: Iterable[str]) -> list[Customer]:
    """Those whom the utility's own sign-in calls by one of these."""
    return _listed(_live(utility).filter(external_id__in=[value for value in values if value]))


def by_account(utility: Utility, numbers: Iterable[str]) -> list[Customer]:
    """Those with an account of one of these numbers."""
    owners = CustomerAccount.objects.filter(number__in=spellings(numbers)).values("customer_id")
    return _listed(_live(utility).filter(pk__in=owners))


def by_email(utility: Utility, address: str) -> list[Customer]:
    found = _live(utility).annotate(lower_email=Lower("email")).filter(lower_email=address.lower())
    return _listed(found) if address else []


def by_phone(utility: Utility, number: str) -> list[Customer]:
    """Ten digits of North America, matched with the ways in which they are commonly written down."""
    digits = re.sub(r"\D", "", number).removeprefix("1")
    if len(digits) != 10:
        return []
    area, office, line = digits[:3], digits[3:6], digits[6:]
    bodies = (digits, f"{area}-{office}-{line}", f"({area}) {office}-{line}", f"{area}.{office}.{line}")
    written = [start + body for start in ("", "1", "1-", "+1", "+1 ", "+1-") for body in bodies]
    return _listed(_live(utility).filter(phone__in=written))


def spellings(numbers: Iterable[str]) -> set[str]:
    """Account numbers as typed, and without spaces and hyphens."""
    return {spelling for number in numbers for spelling in (number, re.sub(r"[\s-]", "", number)) if spelling}


def _live(utility: Utility) -> QuerySet[Customer]:
    return Customer.objects.filter(world__utility=utility, world__kind=World.Kind.LIVE)


def _listed(found: QuerySet[Customer]) -> list[Customer]:
    return list(found.order_by("name", "pk")[:MOST])
