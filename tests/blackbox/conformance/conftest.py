"""The target of the pack, and what of it only the own server has."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import outcomes
from blackbox.conformance import rows, server
from blackbox.conformance.flow import COOKIES, ISSUED, Flow
from blackbox.conformance.target import FILE, Client, Target

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    outcomes.mark(items, HERE, "row")


pytest_runtest_makereport = outcomes.noting(rows.RESULTS, rows.noted)


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Own]:
    """The own server; a test that needs its inside is skipped where the pack is pointed at another one."""
    if FILE:
        pytest.skip(f"needs the inside of the server; {FILE} names one from outside")
    running = server.start(tmp_path_factory.mktemp("own"))
    yield running
    running.stop()
    told = running.logs()
    assert [secret for secret in ISSUED | COOKIES if secret in told] == [], "a secret stands in the server's log"
    assert running.complaints() == []


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    found = Target.read(FILE) if FILE else server.described(request.getfixturevalue("own"))
    ISSUED.update(found.secrets())
    return found


@pytest.fixture(scope="session")
def flow(target: Target) -> Flow:
    return Flow(target)


@pytest.fixture(scope="session")
def later(own: server.Own) -> server.Later:
    """A process of the own server whose clock can be put ahead."""
    if not server.FAKETIME.exists():
        warnings.warn("NOT TESTED: time rows (apt-get install faketime)", pytest.PytestWarning, stacklevel=1)
        pytest.skip("libfaketime is missing (apt-get install faketime)")
    return server.Later(own)


@pytest.fixture(scope="session")
def sunny(target: Target) -> Client:
    return target.clients["sunny"]


@pytest.fixture(scope="session")
def rival(target: Target) -> Client:
    return target.clients["rival"]
