"""Rows 98 to 100: slow clients, requests inside requests, and TLS; with the shipped configuration of nginx in front.

What the server alone has to stand is tested of it too.
"""

import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from blackbox.conformance import server
from blackbox.conformance.flow import Flow
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client
from proxying import NAME, Proxy, proxied

TOKEN = "/DataCustodian/epe/oauth/token"


@pytest.fixture(scope="module")
def proxy(own: Own, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx as it is shipped, before a process of the own server."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip("NOT TESTED with nginx: apt-get install nginx")
    port = server.free_port()
    behind = own.beside("behind nginx", f"https://{NAME}:{port}", WATTKEEPER_BEHIND_PROXY="1")
    behind_port = urlsplit(behind.base).port
    assert behind_port is not None
    with proxied(program, behind_port, port, tmp_path_factory.mktemp("nginx")) as running:
        yield running


def connect(proxy: Proxy, **versions: ssl.TLSVersion) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")  # so that it is the server who refuses what is old
    for name, version in versions.items():
        setattr(context, name, version)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port), 30), server_hostname=NAME)


def slow(host: str, kind: str) -> bytes:
    start = f"POST {TOKEN} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n"
    start += "Content-Type: application/x-www-form-urlencoded\r\n"
    return (start + ("\r\na" if kind == "body" else "X-Slow: a")).encode()


@row(98, "slowloris")
@pytest.mark.parametrize("kind", ["headers", "body"])
def test_row_98_behind_the_proxy_slow_connections_hold_nobody_up(proxy: Proxy, sunny: Client, kind: str) -> None:
    """Broken: `proxy_request_buffering off`, with which slow bodies reach the server's threads."""
    with ExitStack() as stack:
        for _ in range(90):
            stack.enter_context(connect(proxy)).sendall(slow(f"{NAME}:{proxy.port}", kind))
        for _ in range(5):
            answer = requests.get(
                f"{proxy.url}/api/v2/authorizations?limit=1", headers={"Authorization": f"Bearer {sunny.api_token}"},
                verify=proxy.certificate, timeout=30,
            )  # fmt: skip
            assert answer.status_code == 200


@row(98, "slowloris")
@pytest.mark.parametrize(("kind", "many"), [("headers", 200), ("body", 8)])
def test_row_98_the_server_alone_stands_slow_headers(flow: Flow, own: Own, sunny: Client, kind: str, many: int) -> None:
    """Broken: a thread for every connection, as gunicorn has: a hundred of these and nobody is answered. A slow body
    does hold a thread here; that is what the proxy is for."""
    place = urlsplit(own.base)
    with ExitStack() as stack:
        for _ in range(many):
            line = stack.enter_context(socket.create_connection((place.hostname, place.port), timeout=30))
            line.sendall(slow(place.netloc, kind))
        for _ in range(5):
            assert flow.at(own.base).read(sunny.api_token, "/api/v2/authorizations?limit=1").status_code == 200


INSIDE = "GET /smuggled HTTP/1.1\r\nHost: {host}\r\nX: a\r\nConnection: close\r\n\r\n"
TRICKS = {
    "CL.TE": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE.CL": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
    "a list of lengths": "Content-Length: 0, 60\r\n\r\n",
    "a signed length": "Content-Length: +0\r\n\r\n",
    "a hexadecimal length": "Content-Length: 0x0\r\n\r\n",
    "a space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "an odd coding": "Transfer-Encoding: xchunked\r\n\r\n",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a folded header": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
}


@row(99, "RFC 9112 6.1, 6.3, 11.2")
@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("is_proxied", [True, False], ids=["nginx", "alone"])
def test_row_99_no_second_request_hides_in_the_first(
    flow: Flow, request: pytest.FixtureRequest, trick: str, is_proxied: bool
) -> None:
    """Broken: a server of ten lines that goes by the first Content-Length. A request whose end is beyond doubt by RFC
    9112 may be answered, and what comes after it too, each for itself; one that could be read in two ways may not."""
    sent = f"POST {TOKEN} HTTP/1.1\r\nHost: {{host}}\r\n{TRICKS[trick]}{INSIDE}"
    if is_proxied:
        proxy: Proxy = request.getfixturevalue("proxy")
        with connect(proxy) as line:
            line.sendall(sent.replace("{host}", f"{NAME}:{proxy.port}").encode())
            answer = b"".join(iter(lambda: line.recv(65_536), b"")).decode()
    else:
        answer = flow.raw(sent)
    statuses = [int(status) for status in re.findall(r"HTTP/1\.1 (\d+)", answer)]
    assert statuses
    assert statuses[0] in {400, 401, 411, 413, 501}
    assert len(statuses) == 1 or trick in BEYOND_DOUBT, answer


BEYOND_DOUBT = {"CL.TE", "TE.CL", "a folded header"}
"""A Transfer-Encoding overrides a length (section 6.3); a fold may be read as a space (section 5.2)."""


@row(100, "RFC 9325 3.1.1; RFC 8996")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_row_100_tls_is_1_2_or_better(proxy: Proxy) -> None:
    """Broken: `ssl_protocols TLSv1.1 TLSv1.2` in the shipped configuration."""
    with connect(proxy) as best, connect(proxy, maximum_version=ssl.TLSVersion.TLSv1_2) as least:
        assert (best.version(), least.version()) == ("TLSv1.3", "TLSv1.2")
    with pytest.raises(ssl.SSLError, match="alert"):
        connect(proxy, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)


@row(100, "RFC 9325 4.1, 4.2; Mozilla Server Side TLS 5.7, intermediate")
@pytest.mark.parametrize(
    "cipher", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "DES-CBC3-SHA", "NULL", "aNULL"]
)
def test_row_100_a_weak_cipher_is_not_spoken(proxy: Proxy, cipher: str) -> None:
    """Broken: `ssl_ciphers ALL` in the shipped configuration."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    except ssl.SSLError:
        return  # so weak that nothing here speaks it at all
    with socket.create_connection(("127.0.0.1", proxy.port), 30) as line, pytest.raises(ssl.SSLError):
        context.wrap_socket(line, server_hostname=NAME)


@row(100, "RFC 6797 7.2")
def test_row_100_plain_http_leads_to_tls_and_tls_says_so(proxy: Proxy) -> None:
    """Broken: `$host` in the redirect; no Strict-Transport-Security."""
    plain = f"http://127.0.0.1:{proxy.plain_port}/docs"
    sent = requests.get(plain, headers={"Host": "evil.example"}, allow_redirects=False, timeout=30)
    assert (sent.status_code, sent.headers["Location"]) == (308, f"{proxy.url}/docs")
    page = requests.get(f"{proxy.url}/docs", verify=proxy.certificate, timeout=30)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
