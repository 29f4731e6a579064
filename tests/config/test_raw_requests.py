"""Requests that no library sends, to the server as it is run: foreign hosts, odd tokens, nonsense, smuggled seconds."""

import socket
from collections.abc import Iterator

import pytest

import serving

pytestmark = pytest.mark.server
EVIL = "evil.example"
API, TOKEN = "/api/v2/authorizations", "/DataCustodian/epe/oauth/token"


@pytest.fixture(scope="module")
def server(site: serving.Site) -> Iterator[serving.Server]:
    with serving.served(site, "--workers", "2") as running:
        yield running


def say(server: serving.Server, request: str) -> str:
    """Everything that is answered until the server closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(request.encode("utf-8"))
        while part := connection.recv(65536):
            answer += part
    return answer.decode()


def get(path: str, *headers: str, host: str | None = "Host: localhost") -> str:
    lines = [f"GET {path} HTTP/1.1", *([host] if host else []), *headers, "Connection: close", "", ""]
    return "\r\n".join(lines)


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


@pytest.mark.parametrize(
    "request_",
    [
        get("/", host=f"Host: {EVIL}"),
        get("/", f"Host: {EVIL}"),
        get("/", "Host: localhost", host=f"Host: {EVIL}"),
        get("/", host=f"Host: localhost@{EVIL}"),
        get("/", host=f"Host: {EVIL}:80"),
        get("/", host=None),
        get("/", host="Host:"),
    ],
)
def test_a_host_that_is_not_ours_is_refused(server: serving.Server, request_: str) -> None:
    answer = say(server, request_)
    assert status(answer) == 400
    assert EVIL not in answer
    assert "Traceback" not in answer


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/docs/utilities/epe", "/api/v2/openapi.json", "/my-authorizations", API]
)
def test_a_host_in_the_request_line_gets_into_no_answer(server: serving.Server, path: str) -> None:
    answer = say(server, get(f"http://{EVIL}{path}"))
    assert status(answer) in {200, 401}
    assert EVIL not in answer


def test_a_token_stands_once_and_its_scheme_in_any_case(server: serving.Server, site: serving.Site) -> None:
    token = site.keys.api_token
    for right in (f"Authorization: bearer {token}", f"authorization: BEARER {token}"):
        assert status(say(server, get(API, right))) == 200
    for wrong in (
        f"Authorization: Bearer {token}\r\nAuthorization: Bearer {token}",
        f"Authorization: Bearer x\r\nAuthorization: Bearer {token}",
        f"Authorization: Bearer {token}, Bearer {token}",
        f"Authorization: {token}",
        f"Authorization: Basic {token}",
        "Authorization: Bearer ñ☀",
        "Authorization: Bearer",
        "Authorization: Bearer " + "x" * 65_536,
    ):
        answer = say(server, get(API, wrong))
        assert status(answer) in {400, 401}, wrong[:80]
        assert "www-authenticate: bearer" in answer.lower()
    assert status(say(server, get(API, "Authorization: Bearer a\0b"))) == 400


@pytest.mark.parametrize(
    "path",
    [
        "/docs/utilities/%00",
        "/docs/%ff%fe",
        "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
        "/static/../../etc/passwd",
        "/%2e%2e/",
    ],
)
def test_a_path_that_makes_no_sense_is_not_found(server: serving.Server, path: str) -> None:
    answer = say(server, get(path))
    assert status(answer) == 404
    assert "root:" not in answer


def test_a_line_end_in_a_parameter_splits_no_header(server: serving.Server, site: serving.Site) -> None:
    keys, split = site.keys, "a%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0a<script>"
    for path in (
        f"/DataCustodian/epe/oauth/authorize?state={split}&client_id={keys.client_id}&redirect_uri={keys.redirect_uri}",
        f"/i18n/setlang?next=/{split}",
        f"/my-authorizations?receipt={split}",
        f"/consent/{split}",
        f"{API}?after={split}",
    ):
        head = say(server, get(path)).partition("\r\n\r\n")[0]
        assert not [line for line in head.lower().split("\r\n") if line.startswith("set-cookie: x")], path


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\nGET /healthz HTTP/1.1\r\n\r\n0\r\n\r\n"),
        ("Content-Length: 3\r\nContent-Length: 50", "a=bGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("Content-Length: +3", "a=b"),
        ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked", "0\r\n\r\n"),
    ],
)
def test_no_second_request_is_smuggled_in(server: serving.Server, headers: str, body: str) -> None:
    answer = say(server, f"POST {TOKEN} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}")
    assert answer.count("HTTP/1.1 ") == 1
    assert 400 <= status(answer) < 500
    assert "ok\n" not in answer


def test_what_is_too_large_is_refused_before_it_has_arrived(server: serving.Server) -> None:
    announced = f"POST {TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\na=b"
    assert status(say(server, announced)) == 413
    assert status(say(server, get("/?" + "x" * 10_240))) == 414
    assert status(say(server, get("/", "Cookie: a=" + "x" * 65_536))) == 431
