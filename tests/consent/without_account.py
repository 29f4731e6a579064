"""Signing in without an online account, as the visitor does it and as the mail has it."""

import re
from typing import Any

from django.core.mail import EmailMessage
from django_tasks_db.models import DBTaskResult

from consent.visitor import Visitor
from wattkeeper.customers.models import CustomerAccount
from wattkeeper.delivery.letters import letter
from wattkeeper.delivery.models import Mail

CODE, BILL = "/sign-in/epe/code", "/sign-in/epe/bill"


def letters() -> list[EmailMessage]:
    """The mail there is once the enqueued tasks are done."""
    for row in DBTaskResult.objects.ready():
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
        row.delete()
    return [letter(mail) for mail in Mail.objects.order_by("pk")]


def code_in(letter: EmailMessage) -> str:
    found = re.search(r"^(\d{4} \d{4})$", str(letter.body), re.MULTILINE)
    assert found
    return found[1]


def asked_for(who: str, visitor: Visitor | None = None, query: str = "", **client: Any) -> Visitor:
    """A visitor who asked for a code and stands before the page that takes it."""
    seen = visitor or Visitor(**client)
    return seen.open(f"{CODE}{query}").press("Send me a code", who=who)


def shown_facts(account: CustomerAccount, **changes: str) -> Visitor:
    facts = {"number": account.number, "postal_code": "79901", "amount": "123.45"} | changes
    return Visitor().open(BILL).press("Sign in", **facts)


def is_signed_in(seen: Visitor) -> bool:
    return "What you share" in seen.open("/my-authorizations").text


def visitor_at(address: str, **headers: str) -> Visitor:
    seen = Visitor()
    seen.client.defaults |= {"REMOTE_ADDR": address} | headers
    return seen
