"""What holds on every page, in both languages: accessible as far as axe sees, light, of one origin and one language."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test.signals import template_rendered
from django.urls import get_resolver
from limits import parse
from playwright.sync_api import Browser, Page, Request
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

import nodejs
from browser.looks import faults
from config.site_map import patterns
from pages import axe
from pages.languages import strangers
from pages.tour import Tour
from wattkeeper.common import limits
from wattkeeper.common.limit_stores import Memory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEAVIEST = 60 * 1024
"""Bytes, compressed, of a page with all it loads."""
PACKAGE = Path(configured.PACKAGE)
OTHERS = {"demo", "demo_provider", "mail"}
"""Templates of the other programs, and of mails: test_other_pages.py."""
NO_PAGES = {
    "DataCustodian/thirdparty-demo", "authorizations/<uuid:uid>/renew", "consent/<uuid:uid>/done",
    "consent/<uuid:uid>/sign-out", "my-authorizations/sign-out", "oauth/continue/<uuid:uid>", "my-data/bills/pdf",
    "sign-in/<slug:slug>/sso",
    "authorizations/<uuid:uid>/receipt.json", "authorizations/<uuid:uid>/receipts/<uuid:receipt>.json",
    "demo/mail/<uuid:uid>/<str:name>", "favicon.ico", "robots.txt", ".well-known/consent-receipt-keys",
    "llms.txt", "docs/api/postman.json",
    "utilities/<slug:slug>/logo/<str:name>", "healthz", "readyz",
    ".well-known/oauth-protected-resource/api/v2",
    ".well-known/oauth-protected-resource/DataCustodian/espi/1_1/resource",
    r"^\.well-known/oauth-authorization-server/DataCustodian/(?P<slug>[A-Za-z0-9_-]+)$",
    r"^DataCustodian/(?P<slug>[A-Za-z0-9_-]+)/\.well-known/oauth-authorization-server$",
    "demo/mail/<uuid:uid>/body",
}  # fmt: skip
"""Addresses that send on, then those that give a file, then the inside of a frame."""


@pytest.fixture
def scene(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IS_DEMO = True
    settings.DEMO_THIRDPARTY_URL = "http://127.0.0.1:9"
    settings.LIMITS = settings.LIMITS | {"sign_ins_to_account": parse("1/5 minutes")}
    monkeypatch.setattr(limits, "MEMORY", Memory())


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page(chromium: Browser, live_server: LiveServer, language: str) -> None:
    """Broken: the alt of a logo taken away, a paler hint, headings swapped, a picture of another origin, 80 KB of text,
    an English word in a Spanish template, a template that nobody draws, an address that nobody opens."""
    nodejs.need_parts("accessibility by axe-core")
    context = chromium.new_context(locale=f"{language}-US", bypass_csp=True, reduced_motion="reduce")
    page, asked, seen = context.new_page(), [], Seen()
    context.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright takes no built-in
    found: list[str] = []
    with seen.noting():
        tour = Tour()
        for stop in tour.stops(language):
            asked.clear()
            tour.go(page, stop, live_server.url)
            found += [f"{stop.name}: {fault}" for fault in _faults(page, asked, language, live_server.url)]
    context.close()
    assert not found, "\n".join(found)
    assert _templates() - seen.templates == set()
    assert _addresses() - seen.addresses - NO_PAGES == set()
    assert not NO_PAGES & seen.addresses


class Seen:
    """What was drawn, and for which addresses."""

    def __init__(self) -> None:
        self.templates: set[str] = set()
        self.addresses: set[str] = set()

    @contextmanager
    def noting(self) -> Iterator[None]:
        template_rendered.connect(self._note)
        try:
            yield
        finally:
            template_rendered.disconnect(self._note)

    def _note(self, template: Any, context: Any, **_: object) -> None:
        self.templates.add(template.name)
        match = getattr(context.get("request"), "resolver_match", None)
        if match is not None:
            self.addresses.add(match.route)


def _faults(page: Page, asked: list[Request], language: str, base: str) -> list[str]:
    """At 1280 pixels and at 320, light and dark."""
    page.set_viewport_size({"width": 1280, "height": 800})
    found = faults(page) + [f"in the other language: {text}" for text in strangers(page, language)]
    found += axe.violations(page) + faults(page)
    return found + _weight(page, asked) + [f"asks {one.url}" for one in asked if not one.url.startswith(base)]


def _templates() -> set[str]:
    found = {path.relative_to(next(parent for parent in path.parents if parent.name == "templates"))
             for path in PACKAGE.rglob("templates/**/*.html")}  # fmt: skip
    return {str(name) for name in found if name.parts[0] not in OTHERS}


def _addresses() -> set[str]:
    """Those that browsers open."""
    marked = [(str(pattern.pattern), vars(pattern.callback)) for pattern in patterns(get_resolver())]
    return {route for route, marks in marked if not marks.get("csrf_exempt") or marks.get("for_people")}


def _weight(page: Page, asked: list[Request]) -> list[str]:
    """Of the last page and what it loads, which an earlier page may have left in the browser."""
    pages = [one.is_navigation_request() and one.frame == page.main_frame for one in asked]
    last = len(pages) - 1 - pages[::-1].index(True)
    answers = [answer for one in asked[last:] if (answer := one.response()) and not 300 <= answer.status < 400]
    weight = sum(len(gzip.compress(answer.body(), 6)) for answer in answers)
    return [f"weighs {weight} bytes"] if weight > HEAVIEST else []
