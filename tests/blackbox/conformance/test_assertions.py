"""Row 86: clients that sign instead of showing a secret."""

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from blackbox.conformance.flow import Flow
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client, Target
from blackbox.conformance.together import ROUNDS, refusals, together

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def keyed(target: Target) -> Client:
    return target.clients["keyed"]


def claims(flow: Flow, client: Client, **changes: Any) -> dict[str, Any]:
    said = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": flow.target.issuer,
        "exp": flow.now() + 300,
        "jti": secrets.token_urlsafe(16),
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def signed(client: Client, said: dict[str, Any], key: Any = None, **header: Any) -> str:
    """The assertion, by the client's own key with ES256 unless told otherwise."""
    key = key or ECKey.import_key(client.private_key)
    algorithm = header.pop("alg", "ES256")
    return jwt.encode({"alg": algorithm, "kid": "1", **header}, said, key, algorithms=[algorithm])


def present(flow: Flow, assertion: str, **fields: str) -> requests.Response:
    body = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
    return flow.post(None, **(body | fields))


def is_refused(response: requests.Response) -> None:
    assert (response.status_code, response.json()["error"]) in {(401, "invalid_client"), (400, "invalid_request")}


@row(86, "RFC 7523 2.2, 3")
def test_row_86_a_signed_assertion_stands_for_a_secret(flow: Flow, keyed: Client) -> None:
    """Broken: `client_of` refusing everything."""
    assert present(flow, signed(keyed, claims(flow, keyed))).status_code == 200
    assert present(flow, signed(keyed, claims(flow, keyed, aud=[flow.target.issuer]))).status_code == 200


@row(86, "RFC 7523 3")
def test_row_86_an_assertion_is_good_once(flow: Flow, keyed: Client) -> None:
    """Broken: `_use_up` left out, as Hydra once had it (GHSA-3p3g)."""
    assertion = signed(keyed, claims(flow, keyed))
    assert present(flow, assertion).status_code == 200
    is_refused(present(flow, assertion))


@row(86, "RFC 7523 3")
def test_row_86_of_many_at_once_one_is_taken(flow: Flow, keyed: Client) -> None:
    """Broken: the jti looked for, then stored."""
    for _ in range(ROUNDS):
        assertion = signed(keyed, claims(flow, keyed))
        answers = together(flow, lambda own, said=assertion: present(own, said), 8, kept=True)  # type: ignore[misc]
        assert [answer.status_code for answer in answers].count(200) == 1
        assert refusals(answers) == {(401, "invalid_client")}


def filled(flow: Flow, value: Any) -> Any:
    """`now-5` and the names in braces, as they are at this server."""
    if isinstance(value, list):
        return [filled(flow, one) for one in value]
    if isinstance(value, str) and value.startswith("now"):
        return flow.now() + int(value.removeprefix("now"))
    named = {"issuer": flow.target.issuer, "token_endpoint": f"{flow.oauth}/token"}
    return value.format(**named) if isinstance(value, str) else value


@row(86, "RFC 7523 3; draft-ietf-oauth-security-topics-update-01")
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.example"},
        {"aud": "{token_endpoint}"},
        {"aud": ["{issuer}", "https://evil.example"]},
        {"aud": None},
        {"aud": "{issuer}/"},
        {"exp": "now-5"},
        {"exp": "now+315_360_000"},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e308},
        {"nbf": "now+3600"},
        {"iat": "now+3600"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 5000},
        {"jti": 7},
        {"iss": "EPE_nobodyxx"},
        {"sub": "EPE_nobodyxx"},
        {"sub": None},
        {"sub": "a\0b"},
        {"sub": ["x"]},
    ],
    ids=str,
)
def test_row_86_every_claim_is_checked(flow: Flow, keyed: Client, changes: dict[str, Any]) -> None:
    """Broken: each check of `_check` taken out, one after another."""
    said = claims(flow, keyed, **{name: filled(flow, value) for name, value in changes.items()})
    is_refused(present(flow, signed(keyed, said)))


def by_hand(header: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(part).encode() for part in (header, said)] + [signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


STRANGER = ECKey.generate_key("P-256", {"kid": "1"})


def under_its_public_key(client: Client, said: dict[str, Any]) -> str:
    """HS256, with the text of the client's public key as the secret."""
    public = json.dumps({name: value for name, value in client.private_key.items() if name != "d"}).encode()
    start = by_hand({"alg": "HS256", "kid": "1"}, said).rstrip(".")
    return f"{start}.{base64.urlsafe_b64encode(hmac.digest(public, start.encode(), 'sha256')).rstrip(b'=').decode()}"


TRICKS: dict[str, Callable[[Client, dict[str, Any]], str]] = {
    "alg none": lambda client, said: by_hand({"alg": "none"}, said),
    "alg NoNe": lambda client, said: by_hand({"alg": "NoNe", "kid": "1"}, said),
    "no signature": lambda client, said: signed(client, said).rpartition(".")[0] + ".",
    "public key as secret": under_its_public_key,
    "another key": lambda client, said: signed(client, said, STRANGER),
    "a key of its own": lambda client, said: signed(client, said, STRANGER, jwk=STRANGER.as_dict(private=False)),
    "an address of keys": lambda client, said: signed(client, said, STRANGER, jku="https://evil.example/keys"),
    "crit": lambda client, said: by_hand({"alg": "ES256", "kid": "1", "crit": ["b64"], "b64": True}, said, b"x" * 64),
    "cut in half": lambda client, said: signed(client, said)[:150],
    "garbage": lambda client, said: "☀.☀.☀",
    "five parts": lambda client, said: "a.b.c.d.e",
    "another algorithm": lambda client, said: signed(
        client, said, RSAKey.generate_key(2048, {"kid": "1"}), alg="RS256"
    ),
}


@row(86, "RFC 8725 3.1, 3.2, 3.10")
@pytest.mark.parametrize("trick", TRICKS)
def test_row_86_only_a_registered_key_signs(flow: Flow, keyed: Client, trick: str) -> None:
    """Broken: HS256 and `none` among the algorithms; the key of the `jwk` header taken (CVE-2026-27962)."""
    is_refused(present(flow, TRICKS[trick](keyed, claims(flow, keyed))))


@row(86, "RFC 7523 3; RFC 6749 2.3")
def test_row_86_one_way_is_used_and_it_is_the_registered_one(flow: Flow, keyed: Client, sunny: Client) -> None:
    """Broken: a client with a secret let in by a signature of its own making."""
    good = signed(keyed, claims(flow, keyed))
    is_refused(present(flow, good, client_secret="x"))
    is_refused(present(flow, good, client_id=sunny.client_id))
    is_refused(present(flow, good, client_assertion_type="urn:x"))
    is_refused(present(flow, signed(keyed, claims(flow, sunny))))
    secret = OctKey.import_key(sunny.client_secret)
    is_refused(present(flow, signed(keyed, claims(flow, sunny), secret, alg="HS256")))
    assert flow.post(Client(keyed.client_id, "x"), grant_type="client_credentials").status_code == 401
    assert flow.post(Client(keyed.client_id), grant_type="client_credentials").status_code == 401


@row(86, "RFC 8725 3.11")
@pytest.mark.parametrize("size", [60_000, 1_000_000])
def test_row_86_a_huge_assertion_costs_nothing(flow: Flow, own: Own, keyed: Client, size: int) -> None:
    """Broken: no bound before the header is read: Authlib took 9 s and 4 GB for one (CVE-2025-61920)."""
    assertion = by_hand({"alg": "ES256", "kid": "x" * size}, claims(flow, keyed), b"x" * 64)
    with own.cpu() as spent:
        for _ in range(5):
            assert present(flow, assertion).status_code in {401, 413}
    assert spent.seconds / 5 < 0.25
