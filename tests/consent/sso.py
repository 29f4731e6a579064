"""Single sign-on as a visitor goes through it."""

from urllib.parse import parse_qs, urlsplit

import cast
from consent.fake_provider import FakeProvider
from consent.visitor import Visitor
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.customers.models import Customer


def customer(name: str = "Lena Live", external_id: str = "C-1") -> Customer:
    """A real customer with a home."""
    person = cast.owner(cast.customer(name, cast.live()))
    person.external_id = external_id
    person.save()
    return person


def sent_there(asking: AuthorizationRequest, visitor: Visitor | None = None) -> Visitor:
    """A visitor who pressed the button of the sign-in page and stands at the provider."""
    seen = visitor.open(f"/consent/{asking.uid}?choose=1") if visitor else Visitor().open(f"/consent/{asking.uid}")
    return seen.open(seen.page.xpath("//section[@aria-labelledby='sso']//a/@href")[0])


def through(fake: FakeProvider, asking: AuthorizationRequest, **changes: str | None) -> Visitor:
    """There, and back with the provider's answer."""
    seen = sent_there(asking)
    return seen.open(fake.answer(seen.left_for, **changes))


def asked(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
