"""A third party on an address of its own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


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
