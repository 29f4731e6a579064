"""The one door through which the platform calls others: a utility's sign-in, third parties that want to be told.

An address may come from a stranger, so it is judged where it counts: on the socket's own destination, after names are
resolved and as the connection is made. No spelling of an address and no answer of a name server leads inside. What
answers may be a stranger too: no redirects, one deadline for everything from the name to the last byte, a cap on what
is read, nothing decompressed.
"""

import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

DEADLINE = 10.0
LARGEST_ANSWER = 64 * 1024
PORTS = {443, 8443}
LONGEST_URL = 2000
ALLOCATED, NAT64 = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")

_names = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")
"""Asking a name server knows no deadline of its own; a thread that waits for one can be left behind."""


class Fault(StrEnum):
    """Why there is no answer."""

    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    TOO_LARGE = "too large"
    BROKEN = "broken"


class OutboundError(Exception):
    """A call that came to nothing. Its text says why, to an operator, and holds nothing of what was sent."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: HTTPMessage
    body: bytes


def send(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    deadline: float = DEADLINE,
    limit: int = LARGEST_ANSWER,
) -> Answer:
    """Calls an address: https on a usual port of a public address, or whatever settings.OUTBOUND_PRIVATE names.

    `deadline` in seconds for the whole call, `limit` in bytes for the whole answer. Raises OutboundError.
    """
    end = _End(deadline)
    target = check(url)
    try:
        with _connect(target, end) as sock:
            return _exchange(_Line(sock, end, limit), method, target, headers or {}, body)
    except TimeoutError:
        raise OutboundError(Fault.SLOW, f"no whole answer within {deadline:g} seconds") from None
    except _TooLargeError:
        raise OutboundError(Fault.TOO_LARGE, f"the answer is larger than {limit} bytes") from None
    except ssl.SSLError as error:
        raise OutboundError(Fault.BROKEN, f"no trusted TLS connection: {error.reason or error}") from None
    except OSError as error:
        raise OutboundError(Fault.UNREACHABLE, error.strerror or type(error).__name__) from None
    except (HTTPException, UnicodeError, ValueError) as error:
        raise OutboundError(Fault.BROKEN, f"not an HTTP exchange: {type(error).__name__}") from None


def check(url: str) -> SplitResult:
    """The parts of an address that may be called as far as its spelling goes. Raises OutboundError."""
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        raise OutboundError(Fault.FORBIDDEN, "this is not an address") from None
    if len(url) > LONGEST_URL or not url.isascii() or any(sign <= " " or sign in "\\\x7f" for sign in url):
        raise OutboundError(Fault.FORBIDDEN, "an address has at most 2000 plain ASCII characters and no spaces")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise OutboundError(Fault.FORBIDDEN, "an address starts with https:// and a host, without a user name")
    if is_named_private(parts):
        return parts
    if parts.scheme != "https":
        raise OutboundError(Fault.FORBIDDEN, "plain http goes only to hosts that WATTKEEPER_OUTBOUND_PRIVATE names")
    if port and port not in PORTS:
        raise OutboundError(Fault.FORBIDDEN, f"port {port} is not called unless WATTKEEPER_OUTBOUND_PRIVATE names it")
    return parts


def is_named_private(parts: SplitResult) -> bool:
    """Whether the operator lets this host and port be called although it may be inside."""
    return f"{parts.hostname}:{_port(parts)}" in settings.OUTBOUND_PRIVATE


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large; one that wraps another is what it wraps."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found in ALLOCATED and found.is_global and found.teredo is None
        found = inner
    return found.is_global and not found.is_multicast


class _End:
    """The moment by which everything is done."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0. Raises TimeoutError."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _TooLargeError(Exception):
    pass


class _Line:
    """The socket as http.client writes to it and reads from it."""

    def __init__(self, sock: socket.socket, end: _End, limit: int) -> None:
        self._sock, self._end, self._limit = sock, end, limit

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._end, self._limit))

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._end.left())
        self._sock.sendall(data)

    def close(self) -> None:
        """Whoever opened the socket closes it: http.client lets go of it before the body is read."""


class _Incoming(io.RawIOBase):
    """What comes, held to the deadline and the cap at every step."""

    def __init__(self, sock: socket.socket, end: _End, limit: int) -> None:
        self._sock, self._end, self._room = sock, end, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._end.left())
        count = self._sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise _TooLargeError
        return count


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connect(target: SplitResult, end: _End) -> socket.socket:
    """A connection to the first address of the host that may be called and answers, wrapped in TLS for https."""
    host, port = target.hostname or "", _port(target)
    waiting = _names.submit(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    try:
        found = waiting.result(timeout=end.left())
    finally:
        waiting.cancel()
    allowed = [entry for entry in found if is_named_private(target) or is_public(str(entry[4][0]))]
    if not allowed:
        raise OutboundError(Fault.FORBIDDEN, f"{host} has no public address")
    sock = _first(allowed, end)
    if target.scheme == "http":
        return sock
    try:
        sock.settimeout(end.left())
        return _tls().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _first(entries: list[Any], end: _End) -> socket.socket:
    """The first that accepts. Each has its share of the time, so that a silent one leaves some to the next."""
    failure: OSError = OSError("no address")
    for waiting, (family, kind, protocol, _, address) in _countdown(entries):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(end.left() / waiting)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _countdown(entries: list[Any]) -> Iterator[tuple[int, Any]]:
    return zip(range(len(entries), 0, -1), entries, strict=True)


@cache
def _tls() -> ssl.SSLContext:
    """The machine's certificate authorities, or those that SSL_CERT_FILE names."""
    return ssl.create_default_context()


def _exchange(line: _Line, method: str, target: SplitResult, headers: Mapping[str, str], body: bytes | None) -> Answer:
    connection = HTTPConnection(target.hostname or "", _port(target))
    connection.sock = line
    path = target._replace(scheme="", netloc="", path=target.path or "/", fragment="").geturl()
    asked = {"Host": target.netloc, "User-Agent": "Wattkeeper", "Accept-Encoding": "identity", "Connection": "close"}
    connection.request(method, path, body, asked | dict(headers) | {"Accept-Encoding": "identity"})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


class DoorAdapter(BaseAdapter):
    """The door for libraries that speak through requests: mount it for `http://` and `https://`.

    Raises OutboundError where requests would raise its own. Redirects, proxies and timeouts of requests do nothing.
    """

    def __init__(self, deadline: float = DEADLINE) -> None:
        super().__init__()
        self._deadline = deadline

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {str(name): _text(value) for name, value in request.headers.items()}
        answer = send(request.method or "GET", request.url or "", headers, body, deadline=self._deadline)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers.items())
        response.encoding = "utf-8"
        response.raw = io.BytesIO(answer.body)
        response.request, response.url = request, request.url or ""
        return response

    def close(self) -> None:
        """Nothing is kept open."""


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
