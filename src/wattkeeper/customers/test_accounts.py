"""The published test accounts of a utility. They live in the `main` sandbox world, as the docs name them."""

import hmac

from django.db.models import QuerySet

from wattkeeper.customers.models import TestAccount
from wattkeeper.utilities.models import Utility, World

METHOD = "test"


def published(utility: Utility) -> QuerySet[TestAccount]:
    """None where the utility does not let people sign in with them."""
    if METHOD not in utility.sign_in_methods:
        return TestAccount.objects.none()
    main = TestAccount.objects.filter(world__utility=utility, world__kind=World.Kind.SANDBOX, world__name="main")
    return main.order_by("pk")


def find(utility: Utility, username: str) -> TestAccount | None:
    return published(utility).select_related("customer").filter(username=username).first()


def check(utility: Utility, username: str, password: str) -> TestAccount | None:
    """The account whose published user name and password these are."""
    account = find(utility, username)
    if account is None or not hmac.compare_digest(account.password.encode(), password.encode()):
        return None
    return account
