"""A customer at a browser of their own, and the pages that browser is shown."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import lxml.html
from django.test import Client

import cast
from wattkeeper.authorizations import browser, lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.authorizations.scope import parse
from wattkeeper.companies.models import Registration
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Service, TestAccount

SECRET = "5" * 64
CALLBACK = "https://sunny.example/callback"


def published_account(service: Service | None, username: str = "test_residential") -> TestAccount:
    """The published account of a service's customer; of nobody without one."""
    owner = cast.owner(service) if service is not None else None
    return TestAccount.objects.create(
        world=cast.sandbox(), customer=owner, username=username, password=username, scenario=username,
        descriptions={"en": "A customer to try.", "es": "Un cliente de prueba."},
    )  # fmt: skip


def home(name: str = "Heather Homeowner", username: str = "test_residential") -> Service:
    """A home with a test account, two days of quarter hours up to yesterday (10 March 2026) and one bill."""
    service = cast.customer(name)
    published_account(service, username)
    cast.fill(service, date(2026, 3, 8), date(2026, 3, 10))
    put_bill(service.pk, BillRecord(date(2026, 2, 3), date(2026, 3, 4), 123_45_000, 950_000))
    return service


def ask(party: cast.ThirdParty | None = None, scope: str = "FB=4_16_51", **fields: Any) -> AuthorizationRequest:
    """A request made in the visitor's browser."""
    values: dict[str, Any] = {"door": AuthorizationRequest.Door.OAUTH, "browser": SECRET, "redirect_uri": CALLBACK}
    registration = (party or cast.third_party()).registration
    return lifecycle.open_request(registration, scope=parse(scope), **values | fields)


def live_party() -> cast.ThirdParty:
    """A company that real customers can share with."""
    return cast.third_party("Sunset", Registration.Status.LIVE)


class Visitor:
    """A browser: it keeps cookies, follows redirects inside the platform and fills in forms as the page has them."""

    def __init__(self, language: str = "en", secret: str = SECRET) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"Accept-Language": language})
        if secret:
            self.client.cookies[browser.COOKIE] = secret
        self.response: Any = None
        self.left_for = ""

    @property
    def page(self) -> lxml.html.HtmlElement:
        return lxml.html.document_fromstring(self.response.content.decode())

    @property
    def text(self) -> str:
        return " ".join(self.page.find(".//main").text_content().split())

    @property
    def path(self) -> str:
        return str(self.response.request["PATH_INFO"])

    def open(self, path: str) -> "Visitor":
        return self.arrive(self.client.get(path))

    def press(self, button: str, **changes: str | Sequence[str] | None) -> "Visitor":
        """Presses a button after changing fields of its form (None leaves a field out)."""
        element = next(found for found in self.page.iter("button") if _words(found) == button)
        form = next(parent for parent in element.iterancestors("form"))
        fields: dict[str, Any] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        if element.get("name"):
            fields[element.get("name")] = [element.get("value")]
        for name, change in changes.items():
            fields.pop(name, None)
            if change is not None:
                fields[name] = change
        query = self.response.request["QUERY_STRING"]
        address = form.get("action") or self.path + (f"?{query}" if query else "")
        return self.arrive(self.client.post(address, fields))

    def arrive(self, response: Any) -> "Visitor":
        """Follows redirects inside the platform; one that leaves it is kept in `left_for`."""
        while response.status_code in {301, 302, 303} and response.headers["Location"].startswith("/"):
            response = self.client.get(response.headers["Location"])
        self.left_for = response.headers.get("Location", "")
        self.response = response
        return self

    def sign_in(self, asking: AuthorizationRequest, username: str = "test_residential") -> "Visitor":
        """Up to the form, through the button of a test account."""
        return self.open(f"/consent/{asking.uid}").press(f"Sign in as {username}")

    def may_answer(self, asking: AuthorizationRequest) -> bool:
        """Whether somebody is signed in who sees the form of a request."""
        return self.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}/form"

    def values(self, name: str) -> list[str]:
        """What the fields of a name hold: the ticked ones of boxes, the text of others."""
        found = self.page.xpath(f"//main//input[@name='{name}']")
        return [
            field.get("value", "")
            for field in found
            if field.get("type") not in {"checkbox", "radio"} or field.get("checked") is not None
        ]

    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return [_words(line) for line in self.page.xpath("//div[@class='summary-of-errors']//li")]


def receipt_of(uid: UUID) -> str:
    return f"/authorizations/{uid}/receipt"


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
