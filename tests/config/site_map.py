"""Every address of the platform, read off the URL map, so that a new page is under test from its first day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

import cast
from consent.visitor import Visitor, ask, home
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.companies import portals
from wattkeeper.companies.models import Registration
from wattkeeper.readings.models import Channel

NOBODYS = "6d2f8a1c-6f3e-4c0b-9a55-3f0d5f7f8b21"


@dataclass
class World:
    """Somebody for every address: Heather is signed in in a browser with a request of Sunny's, and shares already."""

    visitor: Visitor
    asking: AuthorizationRequest
    grant: Authorization
    registration: Registration
    token: str
    portal: str

    def values(self) -> dict[str, list[str]]:
        """For each name in an address what may stand there: what is there, and what is not."""
        meter = str(self.grant.meters.get().uid)
        return {
            "slug": ["epe", "nowhere"],
            "portal": [self.portal, "nobody"],
            "secret": ["0" * 64],
            "uid": [str(self.asking.uid), str(self.grant.uid), str(self.registration.uid), meter, NOBODYS],
            "subscription": [str(self.grant.uid), NOBODYS],
            "meter": [meter],
            "version": ["1", "99"],
        }


def world() -> World:
    party, service = cast.third_party(), home()
    channel = Channel.objects.filter(service_id=service.pk).first()
    assert channel is not None
    cast.fill(service, date(2026, 3, 8), date(2026, 3, 10))
    grant = cast.authorize(party, service)
    asking = ask(party, state="private")
    visitor = Visitor().sign_in(asking)
    portal = portals.template_of(party.company).portal
    return World(visitor, asking, grant, party.registration, party.api_token, portal)


@dataclass(frozen=True)
class Address:
    """One way to fill in one route."""

    route: str
    path: str
    is_for_programs: bool


def addresses(values: dict[str, list[str]]) -> Iterator[Address]:
    for pattern in patterns(get_resolver()):
        marks = vars(pattern.callback)
        is_for_programs = bool(marks.get("csrf_exempt")) and not marks.get("for_people")
        for template, names in normalize(pattern.pattern.regex.pattern):
            for filling in product(*[values.get(name, [NOBODYS]) for name in names]):
                path = "/" + template % dict(zip(names, filling, strict=True))
                yield Address(str(pattern.pattern), path, is_for_programs)


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            assert str(pattern.pattern) == "", "an include below a prefix: teach site_map to put it before the routes"
            yield from patterns(pattern)
        else:
            yield pattern


def clients(there: World) -> dict[str, Client]:
    """Who may come: a stranger, a customer before and after signing in, the third party's program."""
    return {
        "stranger": Client(),
        "newcomer": Visitor().client,
        "customer": there.visitor.client,
        "program": Client(headers=cast.bearer(there.token)),
    }


def visits(there: World, **headers: str) -> Iterator[tuple[str, Address, Any]]:
    """The answer to a GET of every address, by everybody."""
    for who, client in clients(there).items():
        client.raise_request_exception = False
        for address in addresses(there.values()):
            yield f"{who}: {address.path}", address, client.get(address.path, headers=headers)
