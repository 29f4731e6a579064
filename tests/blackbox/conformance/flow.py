"""The verbs of the pack: ask, share, redeem, refresh, revoke, read. Each answer is held to the general rules."""

import base64
import hashlib
import re
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lxml.html
import requests

from blackbox.conformance.target import Client, Target
from blackbox.walker import SHARE, Walker

STOP = "Stop sharing"
SCOPE = "FB=1_3_4_5_13_15_16_31_37_51"
ISSUED: set[str] = set()
"""Every secret this run was given or made up: none of them may stand in a log or in the database."""
COOKIES: set[str] = set()
"""What browsers were given to keep: none of it may stand in a log."""


def hold_to_rules(response: requests.Response, **how: Any) -> None:
    """No answer is a 5xx or shows a stack trace. What is secret in it is remembered."""
    assert response.status_code < 500, f"{response.request.method} {response.url}: {response.text[:2000]}"
    if how.get("stream"):
        return
    assert "Traceback (most recent call last)" not in response.text
    COOKIES.update(cookie.value for cookie in response.cookies if cookie.name != "language" and cookie.value)
    if "json" in response.headers.get("Content-Type", "") and response.text.startswith("{"):
        body = response.json()
        ISSUED.update(body[name] for name in ("access_token", "refresh_token", "client_secret") if body.get(name))


def page_of(response: requests.Response) -> lxml.html.HtmlElement:
    page = lxml.html.document_fromstring(response.text)
    assert isinstance(page, lxml.html.HtmlElement)
    return page


def session() -> requests.Session:
    """Keeps connections and cookies; its answers are held to the rules."""
    kept = requests.Session()
    kept.trust_env = False
    kept.hooks["response"].append(hold_to_rules)
    return kept


@dataclass(frozen=True)
class Proof:
    """A PKCE verifier with its S256 challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        ISSUED.add(self.verifier)

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Came:
    """What the third party gets at its redirect_uri: the address without its query, the query, the proof to show."""

    address: str
    pairs: list[tuple[str, str]]
    proof: Proof
    redirect_uri: str = ""
    """As the request had it."""

    def __getitem__(self, name: str) -> str:
        found = [value for key, value in self.pairs if key == name]
        assert len(found) == 1, f"{name} in {self.pairs}"
        return found[0]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)


class Flow:
    """The protocol as a third party and a customer speak it to one target.

    Parameters given as keywords replace those of a right request; None leaves one out.
    """

    def __init__(self, target: Target, base: str = "") -> None:
        self.target = target
        self.base = base or target.base_url
        self.session = session()
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @property
    def oauth(self) -> str:
        return f"{self.base}/DataCustodian/{self.target.utility}/oauth"

    def at(self, base: str) -> "Flow":
        """The same with another process of the server."""
        return Flow(self.target, base)

    def browser(self, language: str = "en") -> Walker:
        walker = Walker(self.base, language)
        walker.session.hooks["response"].append(hold_to_rules)
        return walker

    def question(self, client: Client, proof: Proof, customer: str = "", /, **changes: Any) -> dict[str, str]:
        customer = customer or self.target.customers[0]
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": f"{SCOPE};AdditionalScope=auth-test-{customer}",
            "state": secrets.token_urlsafe(16),
            "code_challenge": proof.challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (parameters | changes).items() if value is not None}

    def ask(self, client: Client, **changes: Any) -> requests.Response:
        """The answer of the authorize endpoint itself, no redirect followed."""
        parameters = self.question(client, Proof(), **changes)
        return self.once("GET", f"{self.oauth}/authorize", params=parameters)

    def open(self, client: Client, customer: str = "", proof: Proof | None = None, **changes: Any) -> Walker:
        """A browser on the form that asks this customer to share."""
        return self.browser().open(
            f"{self.oauth}/authorize", **self.question(client, proof or Proof(), customer, **changes)
        )

    def share(
        self,
        client: Client,
        customer: str = "",
        form: Mapping[str, str | list[str] | None] | None = None,
        button: str = SHARE,
        **changes: Any,
    ) -> Came:
        """The customer presses the button, having changed these fields of the form."""
        proof = Proof()
        came = self.came(self.open(client, customer, proof, **changes).press(button, **(form or {})), proof)
        return replace(came, redirect_uri=changes.get("redirect_uri", client.redirect_uri))

    def came(self, walker: Walker, proof: Proof | None = None) -> Came:
        """Where a browser was sent at the end."""
        return self.arrive(walker.left_for, proof)

    def came_by(self, response: requests.Response) -> Came:
        """Where one answer sends the browser."""
        return self.arrive(response.headers.get("Location", ""))

    @staticmethod
    def arrive(address: str, proof: Proof | None = None) -> Came:
        assert address, "the browser was sent nowhere"
        parts = urlsplit(address)
        found = Came(
            parts._replace(query="").geturl(),
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)),
            proof or Proof(),
        )
        ISSUED.update(value for name, value in found.pairs if name == "code")
        return found

    def stop(self, browser: Walker, uid: str = "") -> Walker:
        """The customer who is signed in stops an authorization: the one named, or the newest."""
        stops = browser.open("/my-authorizations").page.xpath("//a[contains(@href, '/stop')]/@href")
        address = f"/authorizations/{uid}/stop" if uid else str(stops[0])
        browser.open(address).press(STOP)
        assert browser.response.url.endswith("/receipt")
        return browser

    def end_sharing(self, client: Client, customer: str = "") -> None:
        """Has the customer stop what they share with the client, so that the next request begins anew."""
        browser = self.open(client, customer)
        for receipt in browser.page.xpath("//section[@aria-labelledby='today']//a/@href"):
            browser.open(str(receipt).replace("/receipt", "/stop")).press(STOP)

    def post(self, client: Client | None, endpoint: str = "token", /, **fields: Any) -> requests.Response:
        """A form sent to a back-channel endpoint, authenticated by HTTP Basic where the client has a secret."""
        data = {name: value for name, value in fields.items() if value is not None}
        if client is not None and not client.client_secret:
            data = {"client_id": client.client_id} | data
        return self.once("POST", f"{self.oauth}/{endpoint}", data=data, auth=client and client.basic)

    def redeem(self, client: Client | None, came: Came, **changes: str | None) -> requests.Response:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": came["code"],
            "redirect_uri": came.redirect_uri or came.address,
            "code_verifier": came.proof.verifier,
        }
        return self.post(client, **(fields | changes))

    def tokens(self, client: Client, customer: str = "", **changes: Any) -> dict[str, Any]:
        """The whole flow: what the token endpoint answers."""
        response = self.redeem(client, self.share(client, customer, **changes))
        assert response.status_code == 200, response.text
        return dict(response.json())

    def refresh(self, client: Client | None, refresh_token: str, **changes: str | None) -> requests.Response:
        return self.post(client, grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def revoke(self, client: Client | None, token: str, **changes: str | None) -> requests.Response:
        return self.post(client, "revoke", token=token, **changes)

    def introspect(self, client: Client | None, token: str, **changes: str | None) -> requests.Response:
        return self.post(client, "introspect", token=token, **changes)

    def client_token(self, client: Client, scope: str | None = None) -> dict[str, Any]:
        response = self.post(client, grant_type="client_credentials", scope=scope)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def read(self, token: str, address: str = "/api/v2/authorizations", **how: Any) -> requests.Response:
        """With the token as the API wants it; an absolute address is taken to this process."""
        headers = {"Authorization": f"Bearer {token}"} | how.pop("headers", {})
        return self.once(how.pop("method", "GET"), self.here(address), headers=headers, **how)

    def works(self, token: str) -> bool:
        """Whether a token opens both APIs; AssertionError where one says yes and the other no."""
        statuses = {self.read(token, address).status_code for address in BOTH_APIS}
        assert statuses in ({200}, {401}), statuses
        return statuses == {200}

    @staticmethod
    def now() -> int:
        """Seconds of Unix time, as anybody outside knows it."""
        return int(datetime.now(UTC).timestamp())  # noqa: TID251 - the pack has no clock of the product's

    @classmethod
    def day_from_today(cls, days: int) -> str:
        """As the form's dates are written."""
        return (datetime.fromtimestamp(cls.now(), UTC).date() + timedelta(days=days)).isoformat()

    @staticmethod
    def epoch_of(day: str) -> int:
        """Its midnight in UTC."""
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())

    def raw(self, request: str | bytes) -> str:
        """The answer to bytes sent as they stand, `{host}` aside, until the server hangs up."""
        place = urlsplit(self.base)
        sent = request if isinstance(request, bytes) else request.encode()
        with socket.create_connection((place.hostname, place.port), timeout=30) as line:
            line.sendall(sent.replace(b"{host}", place.netloc.encode()))
            answer = b"".join(iter(lambda: line.recv(65_536), b"")).decode(errors="replace")
        assert not re.match(r"HTTP/1\.. 5", answer), answer[:500]
        return answer

    def inserted(self, issuer: str) -> str:
        """Where the metadata of an issuer with a path is looked for (RFC 8414 section 3.1)."""
        return f"{self.base}/.well-known/oauth-authorization-server{urlsplit(issuer).path}"

    def here(self, address: str) -> str:
        parts = urlsplit(address)
        return self.base + parts._replace(scheme="", netloc="").geturl()

    def once(self, method: str, url: str, **how: Any) -> requests.Response:
        """One request. As ordinary clients do, it tries again on a fresh connection where the kept one had been closed
        (a server that refuses a body unread does so), and waits where it is told to slow down."""
        how = {"allow_redirects": False, "timeout": 30} | how
        try:
            response = self.session.request(method, url, **how)
        except requests.ConnectionError:
            self.session.close()
            response = self.session.request(method, url, **how)
        while response.status_code == 429 and not how.get("stream"):
            time.sleep(int(response.headers["Retry-After"]))
            response = self.session.request(method, url, **how)
        return response


BOTH_APIS = ("/api/v2/authorizations?limit=1", "/DataCustodian/espi/1_1/resource/ReadServiceStatus")


def uid_of(answer: Mapping[str, Any]) -> str:
    """The authorization that a token response speaks of."""
    return str(answer["authorizationURI"]).rsplit("/", 1)[1]


def status_of(answer: str) -> int:
    """Of an answer as it came over the line."""
    return int(answer.split(maxsplit=2)[1])
