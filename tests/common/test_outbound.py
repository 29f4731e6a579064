"""The door outward: what may be called is judged on the socket's destination, and whoever answers is held to limits."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

from wattkeeper.common import outbound
from wattkeeper.common.outbound import DoorAdapter, Fault, OutboundError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Sign: here\r\n\r\nhi"
Talk = Callable[[socket.socket], None]


def request_on(line: socket.socket) -> bytes:
    """A whole request, head and body."""
    with line.makefile("rb") as reader:
        head = list(iter(reader.readline, b"\r\n"))
        length = next((int(name.split(b":")[1]) for name in head if name.startswith(b"Content-Length:")), 0)
        return b"".join([*head, b"\r\n", reader.read(length)])


@contextmanager
def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that lets `talk` answer each connection: its port, and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                    with tls.wrap_socket(line, server_side=True) if tls else line as line:
                        heard.append(request_on(line))
                        talk(line)
                except OSError:
                    if server.fileno() < 0:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def says(answer: bytes) -> Talk:
    return lambda line: line.sendall(answer)


@contextmanager
def allowed(port: int, host: str = "127.0.0.1") -> Iterator[str]:
    with override_settings(OUTBOUND_PRIVATE=frozenset({f"{host}:{port}"})):
        yield f"http://{host}:{port}"


def fault_of(url: str, **limits: Any) -> Fault:
    with pytest.raises(OutboundError) as refused:
        outbound.send("GET", url, **limits)
    return refused.value.fault


def test_it_brings_the_answer_whatever_its_status() -> None:
    with listening(says(OK.replace(b"200 OK", b"418 No"))) as (port, heard), allowed(port) as base:
        answer = outbound.send("POST", f"{base}/a/b?c=d#e", {"X-Mine": "1"}, b"body")
    assert (answer.status, answer.headers["X-Sign"], answer.body) == (418, "here", b"hi")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a/b?c=d HTTP/1.1\r\n")
    assert {b"X-Mine: 1", f"Host: 127.0.0.1:{port}".encode(), b"Accept-Encoding: identity"} <= set(head.split(b"\r\n"))
    assert body == b"body"


def test_a_long_answer_comes_whole() -> None:
    long = b"x" * 50_000
    with (
        listening(says(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + long)) as (port, _),
        allowed(port) as base,
    ):
        assert outbound.send("GET", base).body == long


INSIDE = [
    "127.0.0.1", "[::1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1", "192.168.1.1", "100.64.0.1",
    "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]",
    "[fec0::1]", "2130706433", "0x7f.1", "0177.1", "127.1", "localhost", "localhost.", "LOCALHOST", "224.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_inner_address_is_called(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    assert fault_of(f"https://{host}/") in {Fault.FORBIDDEN, Fault.UNREACHABLE}
    assert called == []


def test_the_names_of_this_machine_are_inside() -> None:
    assert fault_of(f"https://{socket.gethostname()}/") in {Fault.FORBIDDEN, Fault.UNREACHABLE}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True), ("64:ff9b::808:808", True),
        ("2002:808:808::1", True), ("240.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False),
        ("198.18.0.1", False), ("2001::1", False), ("2001:db8::1", False), ("64:ff9b:1::1", False),
        ("::8.8.8.8", False), ("ff02::1", False), ("fe80::1%lo", False), ("239.1.1.1", False),
    ],
)  # fmt: skip
def test_what_is_public(address: str, public: bool) -> None:
    assert outbound.is_public(address) is public


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """The name server's successive answers; the last one stays."""
    waiting = list(answers)

    def getaddrinfo(host: str, port: int, *_: object) -> list[tuple[Any, ...]]:
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(family[ip_address(a).version], socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["10.1.2.3", "::1"])
    assert fault_of("https://innocent.example/") == Fault.FORBIDDEN


def test_an_inner_address_among_public_ones_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        called.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    resolving(monkeypatch, ["127.0.0.1", "8.8.4.4", "8.8.8.8"])
    assert fault_of("https://half.example/") == Fault.UNREACHABLE
    assert called == [("8.8.4.4", 443), ("8.8.8.8", 443)]


def test_a_name_is_asked_once_and_its_answer_is_what_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when looked at and inner a moment later (DNS rebinding)."""
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    resolving(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    fault_of("https://rebinding.example/", deadline=0.2)
    assert called == [("8.8.8.8", 443)]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://8.8.8.8/", "ftp://8.8.8.8/", "//8.8.8.8/", "8.8.8.8", "https://",
        "https:8.8.8.8", "http://8.8.8.8/", "https://8.8.8.8:22/", "https://8.8.8.8:5432/", "https://8.8.8.8:99999/",
        "https://a:b@8.8.8.8/", "https://8.8.8.8 /", "https://8.8.8.8/\r\nX: y", "https://8.8.8.8\\@127.0.0.1/",
        "https://ñ.example/", "https://8.8.8.8/" + "a" * 2000, "https://[::1/", "",
    ],
)  # fmt: skip
def test_an_address_that_is_none_to_call_is_refused(url: str) -> None:
    assert fault_of(url) == Fault.FORBIDDEN


def test_the_operator_names_host_and_port_and_nothing_else() -> None:
    with listening(says(OK)) as (port, _), allowed(port):
        assert outbound.send("GET", f"http://127.0.0.1:{port}/").status == 200
        assert fault_of(f"http://localhost:{port}/") == Fault.FORBIDDEN
        assert fault_of(f"https://127.0.0.1:{port + 1}/") == Fault.FORBIDDEN
    with listening(says(OK)) as (port, _), allowed(port, "localhost"):
        assert outbound.send("GET", f"http://LocalHost:{port}/").status == 200


def test_a_redirect_is_an_answer_like_any_other() -> None:
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    with listening(says(elsewhere)) as (port, _), allowed(port) as base:
        assert outbound.send("GET", base).status == 302


def test_nobody_listening_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with allowed(port) as base:
        assert fault_of(base) == Fault.UNREACHABLE


def drip(line: socket.socket) -> None:
    """A byte at a time, each within any patience for a single one."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    silence = threading.Event()
    while not silence.wait(0.01):
        line.sendall(b"a")


@pytest.mark.parametrize("talk", [drip, lambda line: line.recv(1)], ids=["dripping", "silent"])
def test_one_deadline_holds_for_the_whole_answer(talk: Talk) -> None:
    with listening(talk) as (port, _), allowed(port) as base:
        assert fault_of(base, deadline=0.3) == Fault.SLOW


def test_a_name_server_that_does_not_answer_is_held_to_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answered.wait())
    assert fault_of("https://slow.example/", deadline=0.1) == Fault.SLOW
    answered.set()


def flood(start: bytes, more: bytes) -> Talk:
    def talk(line: socket.socket) -> None:
        line.sendall(start)
        while True:
            line.sendall(more * 1000)

    return talk


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 100),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "headers", "a header", "continues"],
)
def test_a_flood_is_cut_off(start: bytes, more: bytes) -> None:
    with listening(flood(start, more)) as (port, _), allowed(port) as base:
        assert fault_of(base, limit=20_000) in {Fault.TOO_LARGE, Fault.BROKEN}


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"HTTP/1.1 2x0 OK\r\n\r\n"]
)
def test_what_is_not_http_is_said(answer: bytes) -> None:
    with listening(says(answer)) as (port, _), allowed(port) as base:
        assert fault_of(base) in {Fault.BROKEN, Fault.UNREACHABLE}


def test_a_compressed_answer_stays_compressed() -> None:
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    with listening(says(packed)) as (port, heard), allowed(port) as base:
        assert outbound.send("GET", base, {"Accept-Encoding": "gzip"}).body == b"\x1f\x8b\x08\x00"
    assert b"Accept-Encoding: identity\r\n" in heard[0]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate for 127.0.0.1, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    present = datetime.now(UTC)  # noqa: TID251 - what OpenSSL compares it with
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, present - timedelta(days=1), present + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_must_be_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with listening(says(OK), serving) as (port, _), allowed(port):
        assert fault_of(f"https://127.0.0.1:{port}/") == Fault.BROKEN
        trusting = ssl.create_default_context(cafile=certificate)
        monkeypatch.setattr(outbound, "_tls", lambda: trusting)
        assert outbound.send("GET", f"https://127.0.0.1:{port}/").body == b"hi"


def test_requests_goes_through_the_door() -> None:
    with requests.Session() as session, listening(says(OK)) as (port, heard), allowed(port) as base:
        session.mount("http://", DoorAdapter())
        answer = session.post(base, data={"a": "b c"}, auth=("me", "secret"))
        assert (answer.status_code, answer.text, answer.headers["x-sign"]) == (200, "hi", "here")
        with pytest.raises(OutboundError):
            session.get(f"http://localhost:{port}/")
    assert heard[0].endswith(b"\r\n\r\na=b+c")
    assert b"Authorization: Basic " in heard[0]
