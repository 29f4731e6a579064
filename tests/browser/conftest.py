"""A third party on an address of its own, and browsers that visit the platform."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from browser.looks import follow
from consent.visitor import SECRET
from wattkeeper.authorizations import browser as browser_secret

Opened = Callable[..., Page]


class Callback(BaseHTTPRequestHandler):
    """`/callback` sends the browser on to another origin with the query it got, as many third parties do."""

    def do_GET(self) -> None:
        if self.path.startswith("/callback"):
            self.send_response(302)
            self.send_header("Location", self.path.replace("/callback", f"{OTHER_ORIGIN[0]}/arrived", 1))
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Sunny</title><h1>Welcome back</h1>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


OTHER_ORIGIN = [""]


@pytest.fixture(scope="session")
def third_party() -> Iterator[str]:
    """The redirect URI of a third party that redirects on to yet another origin."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Callback) for _ in range(2)]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    OTHER_ORIGIN[0] = f"http://127.0.0.1:{servers[1].server_port}"
    yield f"http://127.0.0.1:{servers[0].server_port}/callback"
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Opened]:
    """Opens a path of the platform in a new browser; `has_asked`: one that has asked for consent. Complaints of a page
    fail the test, unless `may_complain`: of answers that refuse something, a browser does."""
    complaints: list[str] = []
    contexts = []

    def visit(
        path: str,
        language: str = "en",
        width: int = 1280,
        *,
        has_asked: bool = False,
        may_complain: bool = False,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            locale=f"{language}-US", viewport={"width": width, "height": 800}, base_url=live_server.url, **options
        )
        contexts.append(context)
        if has_asked:
            context.add_cookies([{"name": browser_secret.COOKIE, "value": SECRET, "url": live_server.url}])
        page = context.new_page()
        if not may_complain:
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def visit_signed_in(visit: Opened) -> Opened:
    """Signs in as test_residential on the first page, then opens the path."""

    def visit_signed_in(path: str, *looks: Any, begin: str = "/my-authorizations", **options: Any) -> Page:
        page = visit(begin, *looks, **options)
        follow(page, page.locator("button", has_text="test_residential"))
        page.goto(path)
        return page

    return visit_signed_in
