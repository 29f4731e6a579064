"""What other sites learn and may do, seen in Chromium: no address leaks, no page is framed, no name does anything."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from pytest_django.live_server_helper import LiveServer

import cast
from browser.looks import faults, follow
from consent.visitor import SECRET, ask, home
from wattkeeper.authorizations import browser as browser_secret
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.companies.models import Company, Registration, ScopeOfUse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATE = "c0ffee-state"


class ThirdParty(ThreadingHTTPServer):
    """A website of its own. It keeps what it was asked for, and serves a page that frames `?frame=`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Recorder)
        self.requests: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def headers_of(self, path: str) -> dict[str, str]:
        return next(headers for asked, headers in self.requests if asked.startswith(path))


class Recorder(BaseHTTPRequestHandler):
    server: ThirdParty

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        _, _, framed = self.path.partition("?frame=")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        inside = f'<iframe name="framed" src="{framed}"></iframe>' if framed else "<img src=/logo.png>"
        self.wfile.write(f"<!doctype html><title>Sunny</title><h1>Sunny</h1>{inside}".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def sunny() -> Iterator[ThirdParty]:
    server = ThirdParty()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def context(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """Heather's browser, which has asked for consent."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": browser_secret.COOKIE, "value": SECRET, "url": live_server.url}])
    yield context
    context.close()


def asked_by(sunny: ThirdParty) -> AuthorizationRequest:
    """A request of Sunny's, whose website it is."""
    home()
    asking = ask(redirect_uri=f"{sunny.url}/callback", state=STATE)
    Company.objects.update(website=f"{sunny.url}/about")
    return asking


@pytest.mark.parametrize("button", ["Share my data", "Don’t share"])
def test_the_callback_learns_nothing_but_its_own_parameters(
    context: BrowserContext, sunny: ThirdParty, button: str
) -> None:
    page = context.new_page()
    page.goto(f"/consent/{asked_by(sunny).uid}?a=private")
    follow(page, page.get_by_role("button", name="Sign in as test_residential"))
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{sunny.url}/callback?*")
    headers = sunny.headers_of("/callback")
    assert "referer" not in headers
    assert "origin" not in headers
    assert page.evaluate("document.referrer") == ""


def test_a_link_to_another_site_tells_it_nothing(context: BrowserContext, sunny: ThirdParty) -> None:
    asking = asked_by(sunny)
    Registration.objects.update(status=Registration.Status.LIVE)
    page = context.new_page()
    for path in (f"/consent/{asking.uid}?state={STATE}", "/directory?page=1"):
        page.goto(path)
        follow(page, page.locator(f"a[href='{sunny.url}/about']"))
        assert page.evaluate("document.referrer") == ""
    assert all("referer" not in headers for path, headers in sunny.requests if path == "/about")
    assert sum(path == "/about" for path, _ in sunny.requests) == 2


def test_under_no_referrer_our_own_forms_would_look_forged(context: BrowserContext) -> None:
    """Why pages say `same-origin`: the reason beside the setting, shown to be true."""
    sent: list[str | None] = []
    page = context.new_page()
    page.on("request", lambda request: sent.append(request.headers.get("origin")) if request.method == "POST" else None)

    def without_referrer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"referrer-policy": "no-referrer"})

    page.goto("/")
    follow(page, page.get_by_role("button", name="Español"))
    assert page.evaluate("document.documentElement.lang") == "es"
    page.route("**/", without_referrer)
    page.goto("/")
    follow(page, page.get_by_role("button", name="English"))
    assert sent[1] == "null"
    assert page.locator("h1").inner_text() == "Por favor, envíelo otra vez"


@pytest.mark.parametrize("path", ["/", "/consent/{uid}", "/consent/{uid}/form", "/my-authorizations", "/nowhere"])
def test_no_page_shows_in_a_frame(
    context: BrowserContext, sunny: ThirdParty, live_server: LiveServer, path: str
) -> None:
    framed = live_server.url + path.format(uid=asked_by(sunny).uid)
    page = context.new_page()
    with page.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-error:")):
        page.goto(f"{sunny.url}/?frame={framed}")


@pytest.mark.parametrize("width", [320, 1280])
def test_hostile_names_do_nothing_and_fit(context: BrowserContext, sunny: ThirdParty, width: int) -> None:
    asking = asked_by(sunny)
    Company.objects.update(name='"><script>alert(1)</script>' + "\u202e" + "W" * 90)
    ScopeOfUse.objects.create(
        registration=asking.registration, texts={"en": "<img src=x onerror=alert(2)>" + "y" * 5000}
    )
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    alarms: list[Any] = []
    page.on("dialog", lambda dialog: alarms.append(dialog.message))
    page.on("console", lambda message: alarms.append(message.text) if message.type == "error" else None)
    page.goto(f"/consent/{asking.uid}")
    found = faults(page)
    follow(page, page.get_by_role("button", name="Sign in as test_residential"))
    assert '"><script>alert(1)</script>W' in page.locator("h1").inner_text()
    assert found + faults(page) == []
    assert alarms == []
    assert all(path.startswith("/?") or "logo" not in path for path, _ in sunny.requests)


def test_back_after_sharing_shows_that_it_is_answered(context: BrowserContext, sunny: ThirdParty) -> None:
    page = context.new_page()
    page.goto(f"/consent/{asked_by(sunny).uid}")
    follow(page, page.get_by_role("button", name="Sign in as test_residential"))
    page.get_by_role("button", name="Share my data").click()
    page.wait_for_url(f"{sunny.url}/callback?*")
    page.go_back()
    assert page.get_by_role("heading", level=1).inner_text() == "You are already sharing with Sunny"


def test_two_tabs_answer_two_requests(context: BrowserContext, sunny: ThirdParty) -> None:
    asked = [asked_by(sunny), ask(cast.third_party("Rival"), redirect_uri=f"{sunny.url}/rival", state="of Rival")]
    tabs: list[Page] = []
    for asking in asked:
        tabs.append(context.new_page())
        tabs[-1].goto(f"/consent/{asking.uid}")
    for tab in tabs:
        follow(tab, tab.get_by_role("button", name="Sign in as test_residential"))
    for tab in reversed(tabs):
        tab.get_by_role("button", name="Share my data").click()
    tabs[0].wait_for_url(f"{sunny.url}/callback?code=*&state={STATE}&iss=*")
    tabs[1].wait_for_url(f"{sunny.url}/rival?code=*&state=of*Rival&iss=*")
