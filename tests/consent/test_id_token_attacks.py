"""Forged and strange tokens at the sign-in: each is judged, and nobody is signed in by one that is not right."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from consent.fake_provider import CLIENT_ID, KEY, OTHER_KEY, SECRET, Claims, FakeProvider, sign
from consent.sso import through
from consent.visitor import ask, live_party
from wattkeeper.consent import id_token
from wattkeeper.consent.failures import SignInFailed

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
UNTRUSTED, CLOCK = "We could not trust the answer", "Two clocks do not agree"


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def segment(content: dict[str, Any]) -> str:
    return encoded(json.dumps(content).encode())


def unsigned(claims: Claims) -> str:
    return f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims)}."


def raw(claims: Claims, **header: Any) -> str:
    """Signed rightly by the provider's key, with whatever header."""
    signed = f"{segment({'alg': 'RS256', 'kid': 'one'} | header)}.{segment(claims)}"
    private = load_pem_private_key(KEY.as_pem(private=True), None)
    assert isinstance(private, RSAPrivateKey)
    return f"{signed}.{encoded(private.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def by_hmac(claims: Claims, secret: bytes) -> str:
    """HMAC with what others know too."""
    signed = f"{segment({'alg': 'HS256', 'kid': 'one'})}.{segment(claims)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def by_own_key(claims: Claims, **header: Any) -> str:
    """Signed by the attacker's key under the provider's key id."""
    mine = RSAKey.generate_key(2048, {"kid": "one"})
    return sign(claims, mine, **header or {"jwk": mine.as_dict(private=False)})


def altered(claims: Claims) -> str:
    head, _, rest = sign(claims).partition(".")
    return f"{head}.{segment(claims | {'customers': 'C-2'})}.{rest.partition('.')[2]}"


FORGERIES: dict[str, Callable[[Claims], object]] = {
    "alg none": unsigned,
    "alg nOnE": lambda claims: unsigned(claims).replace(
        segment({"alg": "none", "kid": "one"}), segment({"alg": "nOnE"})
    ),
    "no signature": lambda claims: sign(claims).rpartition(".")[0] + ".",
    "HS256 with the public key": lambda claims: by_hmac(claims, KEY.as_pem(private=False)),
    "HS256 with the client secret": lambda claims: by_hmac(claims, SECRET.encode()),
    "another key of the same name": lambda claims: sign(claims, RSAKey.generate_key(2048, {"kid": "one"})),
    "the token's own jwk": by_own_key,
    "the token's own jku": lambda claims: by_own_key(claims, jku="https://evil.example/jwks"),
    "the token's own x5u": lambda claims: by_own_key(claims, x5u="https://evil.example/x"),
    "an elliptic key": lambda claims: sign(claims, ECKey.generate_key("P-256", {"kid": "one"}), "ES256"),
    "RS512": lambda claims: sign(claims, KEY, "RS512"),
    "an unknown crit": lambda claims: raw(claims, crit=["x"], x=1),
    "an altered payload": altered,
    "a key nobody published": lambda claims: sign(claims, OTHER_KEY),
    "a huge header": lambda claims: raw(claims, x="a" * 40_000),
    "no token": lambda _: None,
    "a number": lambda _: 7,
    "a list": lambda claims: [sign(claims)],
    "a word": lambda _: "a.b.c",
    "nothing but dots": lambda _: "..",
    "the token twice": lambda claims: sign(claims) * 2,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_lets_nobody_in(attacked: FakeProvider, forgery: str) -> None:
    attacked.forge = FORGERIES[forgery]
    seen = through(attacked, asking := ask(live_party()))
    assert UNTRUSTED in seen.text
    assert "Nothing was shared." in seen.text
    assert not seen.may_answer(asking)


LATER, EARLIER = int(NOON.timestamp()) + 3600, int(NOON.timestamp()) - 3600


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nonce": "another"}, UNTRUSTED),
        ({"nonce": None}, UNTRUSTED),
        ({"nonce": ["another"]}, UNTRUSTED),
        ({"iss": "https://evil.example"}, UNTRUSTED),
        ({"iss": None}, UNTRUSTED),
        ({"aud": "them"}, UNTRUSTED),
        ({"aud": None}, UNTRUSTED),
        ({"aud": []}, UNTRUSTED),
        ({"aud": [CLIENT_ID, "them"]}, UNTRUSTED),
        ({"aud": [CLIENT_ID, "them"], "azp": "them"}, UNTRUSTED),
        ({"azp": "them"}, UNTRUSTED),
        ({"sub": None}, UNTRUSTED),
        ({"sub": ""}, UNTRUSTED),
        ({"sub": "s" * 256}, UNTRUSTED),
        ({"sub": 7}, UNTRUSTED),
        ({"at_hash": "not-the-hash-of-it"}, UNTRUSTED),
        ({"exp": None}, UNTRUSTED),
        ({"exp": EARLIER}, CLOCK),
        ({"exp": float("nan")}, UNTRUSTED),
        ({"exp": "2099"}, UNTRUSTED),
        ({"iat": None}, UNTRUSTED),
        ({"iat": LATER}, CLOCK),
        ({"nbf": LATER}, CLOCK),
    ],
)
def test_a_token_for_another_purpose_lets_nobody_in(attacked: FakeProvider, changes: Claims, words: str) -> None:
    attacked.changes = changes
    seen = through(attacked, asking := ask(live_party()))
    assert words in seen.text
    assert not seen.may_answer(asking)


RIGHT_HASH = encoded(hashlib.sha256(b"at").digest()[:16])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "them"], "azp": CLIENT_ID},
        {"exp": int(NOON.timestamp()) - 60},
        {"iat": int(NOON.timestamp()) + 60},
        {"at_hash": RIGHT_HASH},
        {"unheard": {"of": 1}},
    ],
)
def test_what_differs_but_is_right_is_taken(attacked: FakeProvider, changes: Claims) -> None:
    attacked.changes = changes
    assert "Signed in as Lena Live." in through(attacked, ask(live_party())).text


@pytest.mark.parametrize("alg", ["PS256", "ES256"])
def test_the_other_algorithms_are_taken(attacked: FakeProvider, alg: str) -> None:
    key = ECKey.generate_key("P-256", {"kid": "e"}) if alg == "ES256" else KEY
    attacked.published, attacked.forge = [OTHER_KEY, key], lambda claims: sign(claims, key, alg)
    assert "Signed in as Lena Live." in through(attacked, ask(live_party())).text


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "amr", "at_hash", "auth_time", "jti"]
)


def judged(token: object) -> dict[str, Any]:
    keys = id_token.keys_of({"keys": [KEY.as_dict(private=False)]})
    return id_token.judge(token, keys, issuer="https://op.example", client_id=CLIENT_ID, nonce="n", access_token="at")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, ANY_JSON))
def test_whatever_the_claims_hold_is_judged(changes: dict[str, Any]) -> None:
    present = int(NOON.timestamp())
    right = {
        "iss": "https://op.example",
        "aud": CLIENT_ID,
        "sub": "s",
        "exp": present + 60,
        "iat": present,
        "nonce": "n",
    }
    try:
        claims = judged(sign(right | changes))
    except SignInFailed:
        return
    assert all(claims[name] == right[name] for name in ("iss", "nonce"))
    assert CLIENT_ID in claims["aud"]


@given(st.dictionaries(st.sampled_from(["alg", "kid", "crit", "jwk", "b64", "typ", "zip"]), ANY_JSON), st.text())
def test_whatever_the_header_holds_is_judged(header: dict[str, Any], rest: str) -> None:
    for token in (
        f"{segment(header)}.e30.{rest}",
        f"{segment({'alg': 'RS256', 'kid': 'one'} | header)}.e30.AAAA",
        rest,
    ):
        with pytest.raises((SignInFailed, id_token.UnknownKeyError)):
            judged(token)


@given(ANY_JSON, ANY_JSON)
def test_whatever_a_key_set_holds_is_read(keys: Any, key: Any) -> None:
    for document in ({"keys": keys}, {"keys": [key]}, {"keys": [{"kty": "RSA", "n": key, "e": keys}]}):
        id_token.keys_of(document)
