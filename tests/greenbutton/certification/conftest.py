"""The server, the third parties and the customers of the certification tests."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import outcomes
from blackbox.conformance import server
from blackbox.conformance.flow import Flow, uid_of
from blackbox.conformance.target import Client, Target
from greenbutton import reader
from greenbutton.certification import cases
from greenbutton.reader import ATOM, ROOT

HERE = Path(__file__).parent
SEED = "import django; django.setup(); from greenbutton.certification import seeding; seeding.main()"
SCOPE = "FB=4_16_51;HistoryLength=5184000"
"""Sixty days: a month's bill lies wholly in them."""
ANOTHER = "test_commercial"
"""A customer with whom no grant of Sunny is kept for several tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    outcomes.mark(items, HERE, "case")


pytest_runtest_makereport = outcomes.noting(cases.RESULTS, cases.noted)


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Own]:
    running = server.start(tmp_path_factory.mktemp("certification"), log_level="WARNING")
    environment = running.environment | {
        "DJANGO_SETTINGS_MODULE": "wattkeeper.config.settings",
        "PYTHONPATH": str(HERE.parent.parent),
    }
    subprocess.run([sys.executable, "-c", SEED], env=environment, check=True)
    yield running
    running.stop()
    assert running.complaints() == []


@pytest.fixture(scope="session")
def target(own: server.Own) -> Target:
    return server.described(own)


@pytest.fixture(scope="session")
def flow(target: Target) -> Flow:
    return Flow(target)


@pytest.fixture(scope="session")
def sunny(target: Target) -> Client:
    return target.clients["sunny"]


@pytest.fixture(scope="session")
def rival(target: Target) -> Client:
    return target.clients["rival"]


@dataclass
class Granted:
    """What one client was granted by one customer."""

    flow: Flow
    client: Client
    answer: dict[str, Any]

    @property
    def uid(self) -> str:
        return uid_of(self.answer)

    @property
    def token(self) -> str:
        return str(self.answer["access_token"])

    @cached_property
    def client_answer(self) -> dict[str, Any]:
        return self.flow.client_token(self.client)

    @cached_property
    def registration_answer(self) -> dict[str, Any]:
        return self.flow.client_token(self.client, "FB=36_40")

    @cached_property
    def tokens(self) -> dict[str, str]:
        """By class."""
        return {
            "access": self.token,
            "client": str(self.client_answer["access_token"]),
            "registration": str(self.registration_answer["access_token"]),
        }

    def status(self, address: str, token_class: str = "", method: str = "GET") -> int:
        """With a token of a class, or none."""
        if token_class:
            return self.flow.read(self.tokens[token_class], address, method=method).status_code
        return self.flow.once(method, self.flow.here(address)).status_code

    def read(self, address: str, token_class: str = "access", **parameters: str) -> etree._Element:
        """The document at an address, which must be answered with 200 and be valid in both engines' eyes."""
        response = self.flow.read(self.tokens[token_class], address, params=parameters)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] in {"application/atom+xml", "application/xml"}
        document = etree.fromstring(response.content)
        reader.check_schema(document)
        return document

    @cached_property
    def feed(self) -> etree._Element:
        return self.read(self.answer["resourceURI"])

    @cached_property
    def people(self) -> etree._Element:
        return self.read(self.answer["customerResourceURI"])

    def first(self, kind: str, feed: etree._Element | None = None) -> str:
        """The address of the first entry of a kind, in the energy feed unless another is given."""
        entry = reader.entries(self.feed if feed is None else feed, kind)[0]
        return reader.links(entry, "self")[0]


def granted(flow: Flow, client: Client, customer: str, scope: str = SCOPE) -> Granted:
    """A grant of its own: what the customer shared with the client before has ended."""
    flow.end_sharing(client, customer)
    asked = f"{scope};AdditionalScope=meters-all_auth-test-{customer}"
    return Granted(flow, client, flow.tokens(client, customer, scope=asked))


@pytest.fixture(scope="session")
def heather(flow: Flow, sunny: Client) -> Granted:
    """Sunny's grant of the residential customer."""
    return granted(flow, sunny, "test_residential")


@pytest.fixture(scope="session")
def oscar(flow: Flow, rival: Client) -> Granted:
    """Rival's grant of the commercial customer."""
    return granted(flow, rival, "test_commercial")


@pytest.fixture(scope="session")
def homes(flow: Flow, sunny: Client, heather: Granted, oscar: Granted) -> dict[str, Granted]:
    """Grants of every kind of home there is."""
    names = ("solar", "gas", "net", "registers", "demand", "townhouse", "lab")
    others = {name: granted(flow, sunny, f"test_{name}") for name in names}
    return {"residential": heather, "commercial": oscar, **others}


def kinds(feed: etree._Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in reader.entries(feed)]


def at(rest: str) -> str:
    """An address below the resource root."""
    return ROOT + rest
