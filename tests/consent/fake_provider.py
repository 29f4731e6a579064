"""An OpenID Connect provider that can be told to lie: real HTTP, real keys, and PKCE checked as it should be."""

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import override_settings
from joserfc import jwt
from joserfc.jwk import Key, RSAKey

import cast
from wattkeeper.common import clock
from wattkeeper.consent import provider
from wattkeeper.utilities.models import SignInService

CLIENT_ID, SECRET = "us", "s:e+c%r é t"
Claims = dict[str, Any]
KEY = RSAKey.generate_key(2048, {"use": "sig", "kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"use": "sig", "kid": "two"})


def sign(claims: Claims, key: Key = KEY, alg: str = "RS256", **header: Any) -> str:
    """A JWT signed as told; headers may be added."""
    return jwt.encode({"alg": alg, "kid": key.kid} | header, claims, key, [alg])


@dataclass
class FakeProvider:
    """`customers` is what it says of whoever signs in; `forge` makes the ID token; `broken` answers instead for a path:
    status and body, or a function that writes to the socket."""

    url: str = ""
    customers: object = "C-1"
    changes: Claims = field(default_factory=dict)
    forge: Callable[[Claims], object] = sign
    published: list[Key] = field(default_factory=lambda: [KEY])
    metadata: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, tuple[int, bytes] | Callable[[Any], None]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)

    def answer(self, address: str, **changes: str | None) -> str:
        """The way back of a browser that was sent to this address and signed in; parameters changed or (None) left
        out. The path alone, because the test's browser is at the platform."""
        asked: dict[str, str] = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked["a code"] += 1
        code = f"code{self.asked['a code']}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.url}
        query = urlencode({name: value for name, value in (back | changes).items() if value is not None})
        return f"{urlsplit(asked['redirect_uri']).path}?{query}"

    def reply(self, path: str, form: dict[str, str]) -> tuple[int, object]:
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata()
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/userinfo":
            return 200, {"sub": "somebody", "customers": self.customers}
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "at",
            "token_type": "Bearer",
            "id_token": self.forge(self.claims(asked)),
        } | self.token

    def claims(self, asked: dict[str, str]) -> Claims:
        present = clock.epoch(clock.now())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "somebody",
            "iat": present,
            "exp": present + 300,
            "nonce": asked["nonce"],
            "customers": self.customers,
        }
        return {name: value for name, value in (claims | self.changes).items() if value is not None}

    def _metadata(self) -> dict[str, Any]:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        paths = ("/authorize", "/token", "/jwks", "/userinfo")
        told = {"issuer": self.url, "authorization_response_iss_parameter_supported": True}
        return told | dict(zip(names, (self.url + path for path in paths), strict=True)) | self.metadata


@contextmanager
def serving(fake: FakeProvider) -> Iterator[FakeProvider]:
    """The provider on a port of this machine that the platform may call."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            fake.asked[path] += 1
            fake.headers[path] = dict(self.headers)
            form = {name: values[0] for name, values in parse_qs(self._body()).items()}
            told = fake.broken.get(path)
            if callable(told):
                told(self.wfile)
                return
            status, content = told or fake.reply(path, form)
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def _body(self) -> str:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    provider.forget_documents()
    with override_settings(OUTBOUND_PRIVATE=frozenset({f"127.0.0.1:{server.server_port}"})):
        yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def connect(fake: FakeProvider, secret_file: str, **fields: Any) -> SignInService:
    """Makes it El Paso Electric's sign-in, by the claim `customers`."""
    values = {"issuer": fake.url, "client_id": CLIENT_ID, "secret_file": secret_file, "claim": "customers"}
    return SignInService.objects.create(utility=cast.epe(), **values | fields)
