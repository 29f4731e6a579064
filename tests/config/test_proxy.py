"""The shipped nginx configuration before two real server processes: TLS, who came, what is smuggled, who is slow."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests
from playwright.sync_api import Browser

import serving
from config.conftest import needed
from proxying import NAME, Proxy, proxied

pytestmark = pytest.mark.server
TOKEN = "/DataCustodian/epe/oauth/token"
SLOW = 50


@pytest.fixture(scope="module")
def nginx() -> str:
    return needed("nginx", "nginx")


@pytest.fixture(scope="module")
def proxy(site: serving.Site, nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    port, folder = serving.free_port(), tmp_path_factory.mktemp("nginx")
    settings = {"BASE_URL": f"https://{NAME}:{port}", "BEHIND_PROXY": "1", "LIMIT_ADDRESS": "1000/hour"}
    with (
        serving.served(site, "--workers", "2", "--threads", "8", **settings) as server,
        proxied(nginx, server.port, port, folder) as running,
    ):
        yield running


def get(proxy: Proxy, path: str, **headers: str) -> requests.Response:
    address = f"{proxy.url}{path}"
    return requests.get(address, headers=headers, verify=proxy.certificate, allow_redirects=False, timeout=30)


def connect(proxy: Proxy, **versions: ssl.TLSVersion) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")  # so that it is the server who refuses what is old
    for name, version in versions.items():
        setattr(context, name, version)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port), 10), server_hostname=NAME)


def say(proxy: Proxy, request: str) -> str:
    """Everything that is answered until the connection is closed."""
    with connect(proxy) as connection:
        connection.sendall(request.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.decode()


def test_pages_come_over_tls_and_say_so_once(proxy: Proxy) -> None:
    for path in ("/", "/nowhere", "/readyz", "/api/v2/meters", "/?" + "x" * 20_000):
        answer = get(proxy, path)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", path
    assert get(proxy, "/").status_code == 200
    assert get(proxy, "/readyz").status_code == 404


def test_plain_http_leads_to_tls_under_our_own_name(proxy: Proxy) -> None:
    address = f"http://127.0.0.1:{proxy.plain_port}/docs?a=b"
    answer = requests.get(address, headers={"Host": "evil.example"}, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{proxy.url}/docs?a=b")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_and_other_names_are_refused(proxy: Proxy) -> None:
    old, new = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with connect(proxy) as best, connect(proxy, maximum_version=ssl.TLSVersion.TLSv1_2) as least:
        assert (best.version(), least.version()) == ("TLSv1.3", "TLSv1.2")
    with pytest.raises(ssl.SSLError, match="alert"):
        connect(proxy, minimum_version=old, maximum_version=new)
    context = ssl.create_default_context(cafile=proxy.certificate)
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="evil.example")


@pytest.mark.browser
def test_a_customer_signs_in_and_shares_with_cookies_bound_to_this_host(proxy: Proxy, chromium: Browser) -> None:
    context = chromium.new_context(ignore_https_errors=True, base_url=proxy.url, locale="en-US")
    page = context.new_page()
    page.goto("/my-authorizations")
    page.get_by_role("button", name="Sign in as test_residential").click()
    page.get_by_text("Signed in as Heather Homeowner.").wait_for()
    page.get_by_role("button", name="Español").click()
    page.get_by_role("heading", name="Lo que usted comparte").wait_for()
    cookies = {str(cookie["name"]): cookie for cookie in context.cookies()}
    assert set(cookies) == {"__Host-session", "__Host-csrf", "__Host-language"}
    for name, cookie in cookies.items():
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/"), (
            name
        )
    context.close()


def test_what_a_client_says_of_itself_does_not_arrive(proxy: Proxy) -> None:
    left = []
    for number in range(4):
        spoofed = {
            "X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
            "Forwarded": "host=evil.example;proto=http", "X_Forwarded_For": "203.0.113.77", "X-Real-Ip": "203.0.113.78",
        }  # fmt: skip
        answer = get(proxy, "/api/v2/openapi.json", **spoofed)
        assert answer.status_code == 200
        assert "evil.example" not in answer.text + str(answer.headers)
        counted = re.fullmatch(r'"address";r=(\d+);t=\d+', answer.headers["RateLimit"])
        assert counted is not None
        left.append(int(counted[1]))
    assert min(left) < 499, "two processes have 500 each: of four requests one at least was a second of its address"


def test_a_foreign_host_behind_a_right_name_gets_400(proxy: Proxy) -> None:
    answer = get(proxy, "/", Host="evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\nGET /healthz HTTP/1.1\r\n\r\n0\r\n\r\n"),
        ("Content-Length: 3\r\nContent-Length: 50\r\n", "a=bGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("Content-Length: 3\r\nContent-Length: 3\r\n", "a=b"),
        ("Content-Length: 3, 50\r\n", "a=b"),
        ("Content-Length: +3\r\n", "a=b"),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ],
)
def test_a_request_with_two_ends_is_refused_and_the_connection_closed(proxy: Proxy, headers: str, body: str) -> None:
    """Rows 98 and 99: what one reader takes for a body, another must not take for the next request."""
    answer = say(proxy, f"POST {TOKEN} HTTP/1.1\r\nHost: localhost:{proxy.port}\r\n{headers}\r\n{body}")
    assert answer.count("HTTP/1.1 ") == 1
    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 501 "))


def test_what_is_too_large_is_refused(proxy: Proxy) -> None:
    assert get(proxy, "/?" + "x" * 20_000).status_code == 414
    assert get(proxy, "/", Cookie="a=" + "x" * 65_536).status_code == 400
    answer = requests.post(f"{proxy.url}{TOKEN}", data="x" * 1_048_576, verify=proxy.certificate, timeout=30)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "half",
    [
        f"GET / HTTP/1.1\r\nHost: {NAME}\r\n",
        f"POST {TOKEN} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 50\r\n\r\ngrant_type=",
    ],
    ids=["headers", "body"],
)
def test_slow_clients_keep_nobody_waiting(proxy: Proxy, half: str) -> None:
    """Row 98: more requests that never end than there are threads to answer with, and everybody else is answered
    before nginx gives those up (after 10 s)."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(proxy)) for _ in range(SLOW)]
        for connection in slow:
            connection.sendall(half.encode())
        for _ in range(20):
            assert requests.get(f"{proxy.url}/docs", verify=proxy.certificate, timeout=8).status_code == 200


def test_the_log_has_no_queries(proxy: Proxy) -> None:
    get(proxy, "/docs?secret=in-the-query", Referer="https://sunny.example/?code=in-the-referer")
    logged = "".join(path.read_text() for path in proxy.folder.glob("*.log"))
    assert '"GET /docs HTTP/1.1" 200' in logged
    assert "in-the-" not in logged
