"""Over the real server with several processes: what is revoked is closed everywhere at once, and stops what runs."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import cast
import processes
from api.reader import ROOT
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]
DAYS = 1000
CONNECTIONS = 24


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with processes.serving(tmp_path, workers=2) as address:
        yield address


@pytest.fixture
def grant(db: None) -> Authorization:
    service = cast.customer()
    today = clock.now().date()
    cast.fill(service, today - timedelta(days=DAYS), today)
    return cast.authorize(cast.third_party(), service, history_start=clock.now() - timedelta(days=DAYS + 2))


def addresses(server: str, grant: Authorization) -> list[str]:
    """A long answer of each API."""
    espi = f"{server}/DataCustodian/espi/1_1/resource"
    return [f"{server}{ROOT}/intervals?authorizations={grant.uid}", f"{espi}/Batch/Subscription/{grant.uid}"]


def test_after_revoking_no_process_lets_the_token_in(server: str, grant: Authorization) -> None:
    """Connections kept open from before and new ones, so that every process is asked."""
    headers = cast.bearer(cast.access_token(grant))
    sessions = [requests.Session() for _ in range(CONNECTIONS)]
    short = [f"{address}{'&limit=1' if '?' in address else '/UsagePoint'}" for address in addresses(server, grant)]
    short[1] = short[1].replace("/Batch", "")
    for session in sessions:
        assert [session.get(address, headers=headers, timeout=30).status_code for address in short] == [200, 200]
    lifecycle.revoke(grant, "customer")
    for session in [*sessions, *(requests.Session() for _ in range(CONNECTIONS))]:
        assert [session.get(address, headers=headers, timeout=30).status_code for address in short] == [401, 401]
        session.close()


class SlowReader:
    """A client that takes what it is sent when it is told to; its system holds back as little as can be."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self.connection = socket.socket()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.connection.settimeout(60)
        self.connection.connect(("127.0.0.1", parts.port or 80))
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        self.connection.sendall(request.encode())
        self.received = self.connection.recv(1024)

    def read_on(self) -> bytes:
        """Everything there is, up to the end of the body or of the connection; chunk sizes and all."""
        while not self.received.endswith(b"0\r\n\r\n") and (more := self.connection.recv(1 << 16)):
            self.received += more
        self.connection.close()
        return self.received


@pytest.mark.parametrize("which", [0, 1], ids=["json", "espi"])
def test_a_slow_download_stops_when_its_grant_is_revoked(server: str, grant: Authorization, which: int) -> None:
    token, address = cast.access_token(grant), addresses(server, grant)[which]
    whole = SlowReader(address, token).read_on()
    assert whole.endswith(b"0\r\n\r\n")
    reader = SlowReader(address, token)
    lifecycle.revoke(grant, "customer")
    received = reader.read_on()
    assert received.startswith(b"HTTP/1.1 200")
    assert len(received) < len(whole) / 2
    ends = (b'"next": null}', b"</feed>")
    assert ends[which] in whole
    assert ends[which] not in received
