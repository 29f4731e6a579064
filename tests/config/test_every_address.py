"""What every address answers, whoever comes: how it may be shown, kept and left, and how it refuses nonsense."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import lxml.html
import pytest
from django.test import Client
from pytest_django import Settings

from config.site_map import Address, World, addresses, visits, world

pytestmark = pytest.mark.django_db
EVIL = "evil.example"


@pytest.fixture
def there(set_clock: Callable[[datetime], None]) -> World:
    set_clock(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))
    return world()


def is_page(answer: Any) -> bool:
    return answer["Content-Type"].startswith("text/html") and not 300 <= answer.status_code < 400


def directives(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


def text(answer: Any) -> str:
    content: bytes = b"".join(answer) if answer.streaming else answer.content
    return content.decode(errors="replace")


def test_the_walk_meets_every_kind_of_answer(there: World) -> None:
    seen = {(is_page(answer), answer.status_code) for _, _, answer in visits(there)}
    assert {(True, 200), (True, 404), (False, 302), (False, 200), (False, 401), (False, 404), (False, 405)} <= seen


def test_nothing_may_be_framed_sniffed_kept_or_told_to_other_sites(there: World) -> None:
    for where, _, answer in visits(there, origin=f"https://{EVIL}"):
        assert answer.status_code < 500, where
        assert answer["X-Content-Type-Options"] == "nosniff", where
        assert answer["X-Frame-Options"] == "DENY", where
        assert "no-store" in answer["Cache-Control"] or "/.well-known/" in where, where
        assert answer["Referrer-Policy"] == ("same-origin" if is_page(answer) else "no-referrer"), where
        assert not [name for name in answer.headers if name.startswith("Access-Control-")], where


def test_pages_run_nothing_but_their_own(there: World) -> None:
    for where, _, answer in visits(there):
        found = directives(answer)
        assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == ["'none'"], where
        for name in ("script-src", "style-src"):
            own = [source for source in found[name] if not re.fullmatch("'nonce-[A-Za-z0-9+/=_-]{16,}'", source)]
            assert own == ["'self'"], where
        assert set(found["form-action"]) <= {"'self'", "https:"}, where
        assert found["connect-src"] == found["font-src"] == ["'self'"], where
        if is_page(answer) and answer.content:
            keeps_to_its_policy(where, answer, found)


def keeps_to_its_policy(where: str, answer: Any, found: dict[str, list[str]]) -> None:
    page = lxml.html.document_fromstring(answer.content)
    nonces = {source[7:-1] for source in found["style-src"] if source.startswith("'nonce-")}
    assert {element.get("nonce") for element in page.iter("style")} <= nonces, where
    assert all(element.get("src", "").startswith("/static/") for element in page.iter("script")), where
    assert not page.xpath("//@style | //@*[starts-with(name(), 'on')] | //base | //iframe | //object"), where
    shown = [element.get("href") or element.get("src") or "" for element in page.iter("link", "img", "script")]
    assert all(address.startswith("/") and not address.startswith("//") for address in shown), where


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(there: World) -> None:
    cookies: dict[str, Any] = {}
    for _, _, answer in visits(there):
        cookies |= {name: morsel for name, morsel in answer.cookies.items() if morsel["max-age"] != 0}
    cookies |= Client().post("/i18n/setlang", {"language": "es"}).cookies
    assert {"csrf", "language"} <= set(cookies)
    for name, morsel in cookies.items():
        flags = [morsel[flag] for flag in ("httponly", "samesite", "path", "domain")]
        assert flags == [True, "Lax", "/", ""], name


def test_browsers_are_told_to_stay_on_tls(settings: Settings, there: World) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    client = Client(raise_request_exception=False)
    for address in addresses(there.values()):
        told = client.get(address.path, secure=True)["Strict-Transport-Security"]
        assert told == "max-age=31536000; includeSubDomains", address.path


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "FOO"])
def test_unknown_methods_are_refused(there: World, method: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for address in addresses(there.values()):
        answer = client.generic(method, address.path)
        assert answer.status_code in ({401, 404, 405} if address.is_for_programs else {405}), address.path
        assert_kept_its_form(address, answer)


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (414, {"method": "GET", "QUERY_STRING": "x=" + "y" * 10_240}),
        (431, {"method": "GET", "headers": {"cookie": "x=" + "y" * 65_536}}),
        (413, {"method": "POST", "data": "y" * 1_048_576}),
    ],
)
def test_what_is_too_large_is_refused_at_once(there: World, status: int, request_: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for address in addresses(there.values()):
        answer = client.generic(path=address.path, **request_)
        assert answer.status_code == status, address.path
        assert_kept_its_form(address, answer)


def assert_kept_its_form(address: Address, answer: Any) -> None:
    """Programs are answered with an error as JSON; people with a page, or with nothing where no browser asks so."""
    if address.is_for_programs:
        assert "error" in answer.json(), address.path
    else:
        assert not text(answer) or "<h1>" in text(answer), address.path


def test_programs_are_always_told_how_much_is_left(there: World) -> None:
    for where, address, answer in visits(there):
        if address.is_for_programs:
            assert re.search(r'"[a-z_]+";q=\d+;w=\d+', answer["RateLimit-Policy"]), where
            assert re.search(r'"[a-z_]+";r=\d+;t=\d+', answer["RateLimit"]), where


def test_a_host_that_is_not_ours_gets_a_plain_400(there: World) -> None:
    for who, _, answer in visits(there, host=EVIL):
        assert answer.status_code == 400, who
        assert EVIL not in text(answer), who
        assert answer["Content-Security-Policy"], who
        assert answer["X-Frame-Options"] == "DENY", who


def test_what_a_request_says_of_itself_gets_into_no_answer(there: World) -> None:
    spoofed = {f"x-forwarded-{name}": EVIL for name in ("host", "for", "proto", "port", "server", "prefix")}
    spoofed |= {"forwarded": f"host={EVIL};proto=https", "x-original-url": f"https://{EVIL}/", "x-real-ip": EVIL}
    for where, _, answer in visits(there, **spoofed):
        assert EVIL not in text(answer) + str(dict(answer.items())), where
