"""Rows 21, 22, 26 to 29 and 96: what every page carries, and what a page does not believe."""

import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page

from blackbox.conformance.flow import Flow, Proof, hold_to_rules, status_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import FORWARDED, Own, Process
from blackbox.conformance.target import Client
from blackbox.walker import SHARE

PAGES = ["sign-in", "form", "refusal", "gone", "mine", "receipt", "answered", "callback"]


def page_of(flow: Flow, client: Client, name: str) -> requests.Response:
    """One page of each kind that a customer meets, the answer that carries the code among them."""
    if name == "sign-in":
        return flow.open(client, scope="FB=4").response
    if name == "refusal":
        return flow.ask(client, redirect_uri="https://evil.example/")
    if name == "gone":
        return flow.once("GET", f"{flow.base}/consent/00000000-0000-4000-8000-000000000000")
    if name == "mine":
        return flow.once("GET", f"{flow.base}/my-authorizations?utility={flow.target.utility}")
    browser = flow.open(client)
    if name == "form":
        return browser.response
    form = browser.response.url
    browser.press(SHARE)
    if name == "answered":
        return browser.open(form).response
    if name == "receipt":
        address = browser.open("/my-authorizations").page.xpath("//a[contains(@href, '/receipt')]/@href")[0]
        return browser.open(address).response
    fresh = flow.open(client)
    uid = fresh.response.url.split("/")[-2]
    answer = fresh.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0]
    fields = dict(fresh.page.forms[-1].form_values()) | {
        "answer": "share",
        "csrfmiddlewaretoken": answer,
    }
    how = {"allow_redirects": False, "timeout": 30, "headers": {"Origin": flow.base}}
    fresh.session.post(fresh.response.url, data=fields, **how)  # type: ignore[arg-type]
    return fresh.session.get(f"{flow.base}/oauth/continue/{uid}", **how)  # type: ignore[arg-type]


def policy(response: requests.Response) -> dict[str, list[str]]:
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


@row(22, "RFC 9700 4.2.4, 4.16")
@pytest.mark.parametrize("name", PAGES)
def test_row_22_pages_are_kept_nowhere_and_load_nothing_foreign(flow: Flow, sunny: Client, name: str) -> None:
    """Broken: `never_cache` off a view; `unsafe-inline` in the policy; SecurityMiddleware taken out."""
    response = page_of(flow, sunny, name)
    assert "no-store" in response.headers["Cache-Control"]
    wanted = {"no-referrer"} if name == "callback" else {"no-referrer", "same-origin"}
    assert response.headers["Referrer-Policy"] in wanted
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    rules = policy(response)
    assert rules["default-src"] == ["'none'"]
    for directive in ("script-src", "style-src", "img-src", "font-src", "connect-src"):
        allowed = [source for source in rules[directive] if not source.startswith("'nonce-")]
        assert set(allowed) <= {"'self'", "data:"}, directive
    assert not re.search(
        r"""(src|href)=["']?(https?:)?//(?!127\.0\.0\.1|localhost)[^"']*\.(js|css|png|svg|woff2?)""", response.text
    )
    assert not re.search(r"<script(?![^>]*(src=|nonce=))|<[^>]+\son\w+=|javascript:", response.text)


@row(21, "RFC 6749 10.13; RFC 9700 4.16")
@pytest.mark.parametrize("name", PAGES[:-1])
def test_row_21_pages_forbid_being_framed(flow: Flow, sunny: Client, name: str) -> None:
    """Broken: `frame-ancestors` out of the policy; XFrameOptionsMiddleware taken out."""
    response = page_of(flow, sunny, name)
    assert policy(response)["frame-ancestors"] == ["'none'"]
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.fixture
def visit(chromium: Browser) -> "Callable[[], Page]":
    """A fresh browser; third parties' sites are played by this test."""

    def opened() -> Page:
        page = chromium.new_context().new_page()
        page.route(
            re.compile(r"^https://"),
            lambda route: route.fulfill(
                content_type="text/html", body="<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>"
            ),
        )
        return page

    return opened


@pytest.mark.browser
@row(21, "RFC 6749 10.13; RFC 9700 4.16")
def test_row_21_a_browser_shows_no_framed_consent_page(flow: Flow, sunny: Client, visit: Callable[[], Page]) -> None:
    """Broken: both headers taken off: the frame then shows the sign-in."""
    page = visit()
    address = requests.Request("GET", f"{flow.oauth}/authorize", params=flow.question(sunny, Proof())).prepare().url
    page.route(
        "https://frame.example/",
        lambda route: route.fulfill(content_type="text/html", body=f"<iframe src='{address}'></iframe>"),
    )
    page.goto("https://frame.example/")
    frame = next(found for found in page.frames if found != page.main_frame)
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error://")
    page.context.close()


@pytest.mark.browser
@row(96, "RFC 9700 4.2.4")
def test_row_96_no_site_learns_a_code_from_the_referer(
    flow: Flow, own: Own, sunny: Client, visit: Callable[[], Page]
) -> None:
    """Broken: `Referrer-Policy: unsafe-url`, and `rel=noreferrer` off the company's link."""
    own.database.run("UPDATE companies_company SET website = 'https://sunny.example/' WHERE name = 'Sunny'")
    page, seen = visit(), list[tuple[str, str]]()
    page.on("request", lambda asked: seen.append((asked.url, asked.headers.get("referer", ""))))
    address = requests.Request("GET", f"{flow.oauth}/authorize", params=flow.question(sunny, Proof())).prepare().url
    page.goto(str(address))
    with page.expect_navigation():
        page.get_by_role("link", name="https://sunny.example").click()
    page.go_back()
    page.locator(f"button[name=answer][value={SHARE}]").click()
    page.wait_for_url("https://sunny.example/callback*")
    page.goto("https://sunny.example/next")
    offsite = [(url, referer) for url, referer in seen if url.startswith("https://")]
    assert {urlsplit(url).path for url, _ in offsite} >= {"/", "/callback"}
    assert {referer for url, referer in offsite if "favicon" not in url} == {""}
    page.context.close()


SPOOFS = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Original-URL": "/evil.example",
    "X-Rewrite-URL": "/evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "X-Client-Cert": "evil.example",
}


@row(27, "RFC 9700 4.13")
def test_row_27_forwarded_headers_are_not_believed(flow: Flow, sunny: Client) -> None:
    """Broken: `USE_X_FORWARDED_HOST = True`, with addresses built by `build_absolute_uri`."""
    came = flow.came_by(
        flow.once("GET", f"{flow.oauth}/authorize", params=flow.question(sunny, Proof(), scope="?"), headers=SPOOFS)
    )
    assert came["iss"] == flow.target.issuer
    answer = flow.tokens(sunny)
    token = answer["access_token"]
    feed = flow.read(token, answer["resourceURI"] + "?max-results=3", headers=SPOOFS)
    listing = flow.read(sunny.api_token, "/api/v2/authorizations?limit=1", headers=SPOOFS)
    metadata = flow.once(
        "GET", f"{flow.base}/.well-known/oauth-authorization-server/DataCustodian/{flow.target.utility}", headers=SPOOFS
    )
    page = flow.once("GET", f"{flow.base}/docs/quick-start", headers=SPOOFS)
    for response in (feed, listing, metadata, page):
        assert response.status_code == 200
        assert "evil.example" not in response.text
        assert "evil.example" not in str(response.headers)
        assert ":666" not in response.text
    assert metadata.json()["issuer"] == flow.target.issuer


@row(27, "RFC 9112 3.2.2; RFC 9700 4.13")
@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("/docs", "evil.example"),
        ("/docs", "127.0.0.1@evil.example"),
        ("/docs", ""),
        ("/docs", "a\tb"),
        ("http://evil.example/docs", "evil.example"),
        ("http://evil.example/docs", None),
        ("/my-authorizations", "evil.example:80"),
    ],
)
def test_row_27_another_host_is_no_host_of_ours(flow: Flow, address: str, host: str | None) -> None:
    """Broken: `ALLOWED_HOSTS = ["*"]`."""
    sent = host if host is not None else "{host}"
    answer = flow.raw(f"GET {address} HTTP/1.1\r\nHost: {sent}\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 400 or (host is None and status_of(answer) in {200, 302, 404}), answer[:200]
    assert "evil.example" not in answer


@pytest.fixture(scope="module")
def proxied(own: Own) -> Process:
    """The same product as it stands behind a proxy that speaks TLS."""
    return own.beside(
        "proxied", "https://greenbutton.example", WATTKEEPER_BEHIND_PROXY="true", WATTKEEPER_ALLOWED_HOSTS="127.0.0.1"
    )


@row(28, "RFC 9700 4.7; RFC 6265bis 4.1.3")
def test_row_28_cookies_stay_with_the_one_host_over_tls(flow: Flow, proxied: Process, sunny: Client) -> None:
    """Broken: `IS_HTTPS` False: no flag and no prefix then."""
    kept = requests.Session()
    kept.hooks["response"].append(hold_to_rules)
    kept.headers.update(FORWARDED)
    asked = flow.question(sunny, Proof())
    address, told = f"{proxied.base}/DataCustodian/{flow.target.utility}/oauth/authorize", list[str]()
    jar: dict[str, str] = {}
    for _ in range(4):
        how = {"headers": {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}}
        response = kept.get(address, params=asked, allow_redirects=False, timeout=30, **how)  # type: ignore[arg-type]
        assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        for line in response.raw.headers.getlist("Set-Cookie"):
            told.append(line)
            name, _, value = line.partition(";")[0].strip().partition("=")
            jar[name] = value
        if "Location" not in response.headers:
            break
        address, asked = proxied.base + response.headers["Location"], {}
    assert {line.partition("=")[0].strip() for line in told} == {
        "__Host-session",
        "__Host-csrf",
        "__Host-request_browser",
    }
    for line in told:
        flags = {flag.strip().lower() for flag in line.split(";")[1:]}
        assert {"httponly", "secure", "path=/"} <= flags
        assert flags & {"samesite=lax", "samesite=strict"}
        assert not any(flag.startswith("domain") for flag in flags)


@row(28, "RFC 6797 7.2")
def test_row_28_plain_http_is_sent_to_tls(proxied: Process) -> None:
    """Broken: `SECURE_SSL_REDIRECT` off; then a proxy's header believed though no proxy was configured."""
    response = requests.get(f"{proxied.base}/docs", allow_redirects=False, timeout=30)
    assert response.status_code == 301
    assert response.headers["Location"].startswith("https://")
    assert not response.cookies


OFFSITE = ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
           "https:///evil.example", "///evil.example", "/%09/evil.example", "/\t/evil.example", "javascript:alert(1)",
           " https://evil.example", "http:evil.example@127.0.0.1"]  # fmt: skip


@row(29, "RFC 9700 4.11")
@pytest.mark.parametrize("offsite", OFFSITE)
def test_row_29_nothing_redirects_off_the_site(flow: Flow, offsite: str) -> None:
    """Broken: `redirect(request.POST["next"])` in the change of language."""
    browser = flow.browser().open("/docs")
    token = browser.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")
    fields = {"language": "es", "next": offsite} | ({"csrfmiddlewaretoken": token[0]} if token else {})
    headers = {"Origin": flow.base, "Referer": f"{flow.base}/docs"}
    how = {"allow_redirects": False, "timeout": 30, "headers": headers}
    changed = browser.session.post(f"{flow.base}/i18n/setlang", data=fields, **how)  # type: ignore[arg-type]
    address = f"/my-authorizations?utility={flow.target.utility}&" + urlencode({"receipt": offsite, "next": offsite})
    browser.session.cookies.clear()
    browser.session.headers["Accept-Language"] = "en"
    signed_in = browser.open(address).press(f"Sign in as {flow.target.customers[0]}", next=offsite)
    for address in (changed.headers.get("Location", ""), signed_in.left_for, signed_in.response.url):
        assert urlsplit(address.strip()).netloc in {"", urlsplit(flow.base).netloc}
        assert not re.match(r"\s*[/\\]{2}|\s*javascript:|\s*https?:[^/]", address)


@row(29, "RFC 9700 4.11")
@pytest.mark.parametrize(
    "path", ["//evil.example/", "//evil.example/docs/", "/\\evil.example/", "/docs//evil.example/.."]
)
def test_row_29_an_odd_path_is_no_redirect_either(flow: Flow, path: str) -> None:
    """Broken: `APPEND_SLASH = True` without Django's escape of leading slashes."""
    answer = flow.raw(f"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n")
    assert status_of(answer) in {400, 404}
    assert "\r\nlocation:" not in answer.lower()
