"""Two real OpenID Connect providers, each a process of its own: the demo's, and a certified one that is not Python."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from blackbox.walker import Walker
from nodejs import need_parts, node

HERE = Path(__file__).parent
PATIENCE = 60
CLIENT_ID, SECRET, PLAIN_SECRET = "wattkeeper", "s3cret:with+signs%&/= of all kinds", "5" * 64
"""The demo's provider stands on Authlib, which takes what Basic holds as it is; the other decodes it first, as RFC 6749
section 2.3.1 has it."""
ANSWER = "http://localhost:8000/sign-in/epe/answer"


@dataclass
class Running:
    """A provider at work. `sign_in` types a login on its page and returns where the browser is sent in the end."""

    issuer: str
    sign_in: Callable[[Walker, str], str]
    cancel: Callable[[Walker], str]
    secret: str
    has_one_client: bool = False

    def browser(self) -> Walker:
        return Walker(self.issuer)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def process(command: list[str], issuer: str, folder: Path, **environment: str) -> Iterator[None]:
    """Runs it until the block ends, from when it answers."""
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, cwd=HERE, env=os.environ | environment)
        try:
            deadline = time.monotonic() + PATIENCE
            while not answers(f"{issuer}/.well-known/openid-configuration"):
                if running.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the provider did not start:\n{(folder / 'log').read_text()}")
                time.sleep(0.1)
            yield
        finally:
            running.terminate()
            running.wait(timeout=10)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


@contextmanager
def demo_provider(folder: Path) -> Iterator[Running]:
    """`wattkeeper.demo_provider`, with Lena (one customer) and Lars (two)."""
    issuer = f"http://127.0.0.1:{free_port()}"
    people = [
        {"username": name, "password": name, "subject": f"s-{name}", "name": name.title(), "customers": customers,
         "descriptions": {"en": name}}
        for name, customers in (("lena", ["C-1"]), ("lars", ["C-1", "C-2"]), ("nobody", []))
    ]  # fmt: skip
    client = {"client_id": CLIENT_ID, "client_secret": PLAIN_SECRET, "redirect_uris": [ANSWER], "name": "Wattkeeper"}
    (folder / "provider.json").write_text(json.dumps({"clients": [client], "people": people}))
    names = {"C-1": "lena", "C-1+C-2": "lars", "C-9": "nobody"}

    def sign_in(browser: Walker, login: str) -> str:
        return browser.press("Sign in", username=names[login], password=names[login]).left_for

    environment = {
        "WATTKEEPER_DEMO_PROVIDER_URL": issuer,
        "WATTKEEPER_DEMO_PROVIDER_FILE": str(folder / "provider.json"),
        "WATTKEEPER_DEMO_PROVIDER_VAR": str(folder / "var"),
    }
    command = [sys.executable, "-m", "wattkeeper.demo_provider", "--port", issuer.rpartition(":")[2]]
    with process(command, issuer, folder, **environment):
        yield Running(
            issuer, sign_in, lambda browser: browser.press("Cancel").left_for, PLAIN_SECRET, has_one_client=True
        )


@contextmanager
def certified_provider(folder: Path, public_key: dict[str, Any]) -> Iterator[Running]:
    """npm's oidc-provider, on Node.js. A login there is the customers' numbers joined by +."""
    need_parts("with a certified provider")
    issuer = f"http://127.0.0.1:{free_port()}"
    common = {"redirect_uris": [ANSWER], "response_types": ["code"], "grant_types": ["authorization_code"],
              "scope": "openid customers"}  # fmt: skip
    clients = [
        common | {"client_id": CLIENT_ID, "client_secret": SECRET},
        common | {"client_id": "by-body", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
        common | {"client_id": "public", "token_endpoint_auth_method": "none"},
        common | {"client_id": "by-key", "token_endpoint_auth_method": "private_key_jwt",
                  "token_endpoint_auth_signing_alg": "RS256", "jwks": {"keys": [public_key]}},
    ]  # fmt: skip
    (folder / "node.json").write_text(json.dumps({"issuer": issuer, "clients": clients}))

    def sign_in(browser: Walker, login: str) -> str:
        browser.press("Sign-in", login=login, password="any")
        return browser.left_for or browser.press("Continue").left_for

    def cancel(browser: Walker) -> str:
        return browser.open(browser.page.xpath("//a[contains(@href, '/abort')]/@href")[0]).left_for

    with process([node(), "server.mjs", str(folder / "node.json")], issuer, folder):
        yield Running(issuer, sign_in, cancel, SECRET)
