"""The demo website as a process of its own, and the fake platform it talks to: tests meet both over HTTP only."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from demo import fake_platform
from demo.fake_platform import Platform

SECRET = "s3cr3t-of-test-company"
CLIENT = {"client_id": "EPE_ccccccccc", "client_secret": SECRET, "utility": "epe", "name": "Test Company"}


@dataclass
class Visitor:
    """A browser without script: keeps cookies, follows links, sends forms as the page had them."""

    url: str
    var: Path
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **options: object) -> requests.Response:
        return self.session.get(self.url + path, timeout=30, **options)  # type: ignore[arg-type]

    def post(self, path: str, values: dict[str, object], page: str) -> requests.Response:
        """Sends a form with the token that `page` carries."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        return self.session.post(self.url + path, values | {"csrfmiddlewaretoken": token[1]}, timeout=30)

    def link(self, page: str) -> tuple[str, dict[str, str]]:
        """The authorize link of a start page: the endpoint and the parameters."""
        found = re.search(r'<a class="button" href="([^"]+)">', page)
        assert found
        parts = urlsplit(unescape(found[1]))
        return f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))

    def come_back(self, **answer: str) -> requests.Response:
        """Takes a link, and comes back from the utility with this answer and the state of the link."""
        _, parameters = self.link(self.get("/?client_id=EPE_ccccccccc").text)
        return self.session.get(f"{self.url}/callback", params=answer | {"state": parameters["state"]}, timeout=30)


@pytest.fixture(scope="session")
def fake() -> Iterator[Platform]:
    with fake_platform.running() as platform:
        yield platform


@pytest.fixture(scope="session")
def website(fake: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    var = tmp_path_factory.mktemp("website")
    (var / "clients.json").write_text(json.dumps([CLIENT]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "WATTKEEPER_DEMO_PLATFORM_URL": fake.url,
        "WATTKEEPER_DEMO_URL": f"http://127.0.0.1:{port}",
        "WATTKEEPER_DEMO_CLIENTS": str(var / "clients.json"),
        "WATTKEEPER_DEMO_VAR": str(var / "state"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen([sys.executable, "-m", "wattkeeper.demo", "--port", str(port)], env=environment)
    try:
        yield wait_for(Visitor(f"http://127.0.0.1:{port}", var / "state"), process)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(visitor: Visitor, process: "subprocess.Popen[bytes]") -> Visitor:
    """Tries to connect until the port is open; from then on an answer is only a matter of waiting for it."""
    port = urlsplit(visitor.url).port
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                assert visitor.get("/readyz").json() == {"status": "ready"}
                return visitor
    raise AssertionError("the website stopped while starting; its message stands above")


@pytest.fixture
def platform(fake: Platform) -> Platform:
    """The fake platform with nothing asked yet and nothing broken."""
    fake.asked.clear()
    fake.broken.clear()
    fake.scope = Platform().scope
    return fake


@pytest.fixture
def visitor(website: Visitor, platform: Platform) -> Visitor:
    """Somebody who was never here."""
    return Visitor(website.url, website.var)
