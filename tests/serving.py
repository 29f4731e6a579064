"""The platform as it is run: `wattkeeper serve` with processes of its own, on a database of its own.

The database is SQLite whatever the tests run on: what is tested here lies before it.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

TESTS = Path(__file__).parent
PATIENCE = 60


@dataclass(frozen=True)
class Keys:
    """What the seeded third party holds: Sunny, with the consent of Heather, who signs in as test_residential."""

    client_id: str
    client_secret: str
    redirect_uri: str
    api_token: str
    access_token: str
    grant: str
    account_number: str
    email: str


@dataclass(frozen=True)
class Site:
    """A folder with a database in it, ready to be served."""

    var: Path
    keys: Keys

    def environment(self, **settings: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WATTKEEPER_")}
        return inherited | {"WATTKEEPER_VAR": str(self.var)} | {f"WATTKEEPER_{k}": v for k, v in settings.items()}


@dataclass(frozen=True)
class Server:
    """A running server, and the file that its log goes to."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_site(var: Path) -> Site:
    environment = Site(var, Keys(*[""] * 8)).environment(LOG_LEVEL="WARNING") | {"PYTHONPATH": str(TESTS)}
    subprocess.run([sys.executable, "-m", "wattkeeper", "migrate", "--verbosity", "0"], env=environment, check=True)
    seeded = subprocess.run([sys.executable, __file__], env=environment, check=True, capture_output=True, text=True)
    return Site(var, Keys(**json.loads(seeded.stdout)))


@contextmanager
def served(site: Site, *words: str, **settings: str) -> Iterator[Server]:
    """The site, served with these words for `wattkeeper serve` and WATTKEEPER_* settings, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "wattkeeper", "serve", "--port", str(port), *words]
    log = site.var / f"log-{port}"
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=site.environment(**settings), stdout=file, stderr=file)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", process, log)
        yield Server(port, log, process)
    finally:
        process.terminate()
        process.wait(timeout=90)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=10)
        except requests.RequestException:  # a busy machine takes its time
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{url} did not answer:\n{log.read_text()}")


def seed() -> Keys:
    import cast  # noqa: PLC0415 - Django is set up first
    from consent.visitor import home  # noqa: PLC0415

    party, service = cast.third_party(), home()
    grant = cast.authorize(party, service)
    return Keys(
        client_id=party.registration.client_id,
        client_secret=party.client_secret,
        redirect_uri=party.registration.redirect_uris[0],
        api_token=party.api_token,
        access_token=cast.access_token(grant),
        grant=str(grant.uid),
        account_number=service.occupancies.get().account.number,
        email=grant.customer_email,
    )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
    django.setup()
    print(json.dumps(vars(seed())))
