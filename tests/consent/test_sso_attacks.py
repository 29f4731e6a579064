"""What an attacker may try at the sign-in: each attempt ends on a page that explains, and nobody is signed in."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from consent.fake_provider import CLIENT_ID, KEY, OTHER_KEY, SECRET, Claims, FakeProvider, connect, serving, sign
from consent.test_sso import NOON, asked, customer, live_party, sent_there, through
from consent.visitor import SECRET as BROWSER
from consent.visitor import Visitor, ask
from wattkeeper.authorizations import browser
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.consent import id_token
from wattkeeper.consent.failures import SignInFailed
from wattkeeper.consent.models import SignIn

pytestmark = pytest.mark.django_db
UNTRUSTED, CLOCK = "We could not trust the answer", "Two clocks do not agree"
STRAY = "We cannot finish this sign-in here"


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeProvider]:
    (tmp_path / "secret").write_text(SECRET)
    with serving(FakeProvider()) as running:
        connect(running, str(tmp_path / "secret"))
        customer()
        yield running


def is_signed_in(seen: Visitor, asking: AuthorizationRequest) -> bool:
    return seen.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}/form"


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
def test_a_forged_token_lets_nobody_in(fake: FakeProvider, forgery: str) -> None:
    fake.forge = FORGERIES[forgery]
    seen = through(fake, asking := ask(live_party()))
    assert UNTRUSTED in seen.text
    assert "Nothing was shared." in seen.text
    assert not is_signed_in(seen, asking)


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
def test_a_token_for_another_purpose_lets_nobody_in(fake: FakeProvider, changes: Claims, words: str) -> None:
    fake.changes = changes
    seen = through(fake, asking := ask(live_party()))
    assert words in seen.text
    assert not is_signed_in(seen, asking)


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
def test_what_differs_but_is_right_is_taken(fake: FakeProvider, changes: Claims) -> None:
    fake.changes = changes
    assert "Signed in as Lena Live." in through(fake, ask(live_party())).text


@pytest.mark.parametrize("alg", ["PS256", "ES256"])
def test_the_other_algorithms_are_taken(fake: FakeProvider, alg: str) -> None:
    key = ECKey.generate_key("P-256", {"kid": "e"}) if alg == "ES256" else KEY
    fake.published, fake.forge = [OTHER_KEY, key], lambda claims: sign(claims, key, alg)
    assert "Signed in as Lena Live." in through(fake, ask(live_party())).text


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


def test_an_answer_to_another_browser_is_no_use(fake: FakeProvider) -> None:
    """Login CSRF: the attacker signs in, stops before the answer is taken, and has the victim's browser take it."""
    attacker = sent_there(asking := ask(live_party()))
    answer = fake.answer(attacker.left_for)
    for victim in (Visitor(secret=""), Visitor(secret="6" * 64)):
        seen = victim.open(answer)
        assert seen.response.status_code == 400
        assert STRAY in seen.text
        assert "session" not in victim.client.cookies
        assert victim.open("/my-authorizations").page.xpath("//section[@aria-labelledby='sso']")
    assert is_signed_in(attacker.open(answer), asking)


def test_an_answer_that_nobody_asked_for_is_no_use(fake: FakeProvider) -> None:
    for query in ("", "?code=c", "?code=c&state=s", f"?code=c&state={'s' * 3000}", "?state=%00&code=%00"):
        seen = Visitor().open(f"/sign-in/epe/answer{query}")
        assert (seen.response.status_code, STRAY in seen.text) == (400, True)
    assert fake.asked["/token"] == 0


def test_an_answer_to_another_utility_is_no_use(fake: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    assert STRAY in seen.open(fake.answer(seen.left_for).replace("/epe/", "/other/")).text


def test_a_swapped_state_lets_nobody_in(fake: FakeProvider) -> None:
    """The code of one attempt with the state of another, both of this browser."""
    first, second = sent_there(ask(party := live_party())), sent_there(asking := ask(party))
    fake.answer(first.left_for)
    seen = second.open(fake.answer(first.left_for, state=asked(second.left_for)["state"]))
    assert "The time for this sign-in is up" in seen.text
    assert not is_signed_in(seen, asking)


def test_an_answer_counts_once(fake: FakeProvider) -> None:
    seen = sent_there(asking := ask(live_party()))
    answer = fake.answer(seen.left_for)
    assert is_signed_in(seen.open(answer), asking)
    assert seen.open(answer).path == f"/consent/{asking.uid}/form"
    assert fake.asked["/token"] == 1
    seen.press("Not you? Sign out")
    assert seen.open(answer).path == f"/consent/{asking.uid}"
    assert not is_signed_in(seen, asking)


def test_a_code_of_before_is_no_use_with_a_new_state(fake: FakeProvider) -> None:
    seen = sent_there(asking := ask(live_party()))
    seen.open(answer := fake.answer(seen.left_for)).press("Not you? Sign out")
    sent_there(asking, seen)
    old = parse_qs(urlsplit(answer).query)["code"][0]
    seen.open(fake.answer(seen.left_for, code=old))
    assert "The time for this sign-in is up" in seen.text
    assert not is_signed_in(seen, asking)


def test_an_answer_that_comes_late_is_refused(fake: FakeProvider, set_clock: Callable[[datetime], None]) -> None:
    seen = sent_there(asking := ask(live_party()))
    set_clock(NOON + timedelta(minutes=31))
    assert "The time for this sign-in is up" in seen.open(fake.answer(seen.left_for)).text
    assert fake.asked["/token"] == 0
    assert not is_signed_in(seen, asking)


@pytest.mark.parametrize("iss", ["https://evil.example", None, ""])
def test_an_answer_of_another_issuer_is_refused(fake: FakeProvider, iss: str | None) -> None:
    seen = through(fake, asking := ask(live_party()), iss=iss)
    assert UNTRUSTED in seen.text
    assert fake.asked["/token"] == 0
    assert not is_signed_in(seen, asking)


def test_an_issuer_that_does_not_promise_its_name_may_leave_it_out(fake: FakeProvider) -> None:
    fake.metadata = {"authorization_response_iss_parameter_supported": False}
    assert "Signed in as Lena Live." in through(fake, ask(party := live_party()), iss=None).text
    assert UNTRUSTED in through(fake, ask(party), iss="https://evil.example").text


def test_a_doubled_parameter_is_refused(fake: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    assert UNTRUSTED in seen.open(fake.answer(seen.left_for) + "&code=other").text
    assert fake.asked["/token"] == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"jwks_uri": "https://127.0.0.1/jwks"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example/"},
        {"token_endpoint": None},
        {"token_endpoint": ["a"]},
    ],
)
def test_a_discovery_that_leads_astray_is_not_followed(fake: FakeProvider, metadata: dict[str, Any]) -> None:
    fake.metadata = metadata
    seen = sent_there(ask(live_party()))
    if seen.left_for:
        seen.open(fake.answer(seen.left_for))
    assert "does not work with this website" in seen.text


def test_user_info_of_somebody_else_is_refused(fake: FakeProvider) -> None:
    fake.changes = {"customers": None, "sub": "another"}
    assert UNTRUSTED in through(fake, ask(live_party())).text


def test_a_new_key_is_looked_for_once_a_minute_at_most(
    fake: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    party = live_party()
    assert "Signed in as" in through(fake, ask(party)).text
    fake.forge = lambda claims: sign(claims, OTHER_KEY)
    for _ in range(5):
        assert UNTRUSTED in through(fake, ask(party)).text
    assert fake.asked["/jwks"] == 1
    set_clock(NOON + timedelta(seconds=61))
    for _ in range(5):
        assert UNTRUSTED in through(fake, ask(party)).text
    assert fake.asked["/jwks"] == 2
    fake.published = [OTHER_KEY]
    set_clock(NOON + timedelta(seconds=122))
    assert "Signed in as Lena Live." in through(fake, ask(party)).text
    assert fake.asked["/jwks"] == 3


def drip(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    silence = threading.Event()
    while not silence.wait(0.01):
        out.write(b" ")
        out.flush()


def flood(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\n\r\n{")
    while True:
        out.write(b" " * 65536)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(("talk", "words"), [(drip, "takes too long"), (flood, UNTRUSTED)], ids=["drip", "flood"])
def test_a_provider_that_drips_or_floods_is_left(
    fake: FakeProvider, path: str, talk: Callable[[Any], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattkeeper.consent.provider.PATIENCE", 0.3)
    fake.broken[path] = talk
    seen = sent_there(asking := ask(live_party()))
    if seen.left_for:
        seen.open(fake.answer(seen.left_for))
    assert words in seen.text
    assert not is_signed_in(seen, asking)


@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_keeps_eight_threads_waiting_and_no_more(fake: FakeProvider) -> None:
    waiting, go = threading.Semaphore(0), threading.Event()

    def talk(out: Any) -> None:
        waiting.release()
        go.wait()

    party = live_party()
    answers = [fake.answer(sent_there(ask(party)).left_for) for _ in range(9)]
    fake.broken["/token"] = talk

    def take(answer: str) -> None:
        try:
            Visitor().open(answer)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taking = [pool.submit(take, answer) for answer in answers[:8]]
        for _ in taking:
            waiting.acquire()
        assert "takes too long" in Visitor().open(answers[8]).text
        assert fake.asked["/token"] == 8
        go.set()
    del fake.broken["/token"]
    assert "Signed in as Lena Live." in through(fake, ask(party)).text


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_taken(fake: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    answer = fake.answer(seen.left_for)
    start = threading.Barrier(4)

    def take(_: int) -> int:
        client = Client()
        client.cookies[browser.COOKIE] = BROWSER
        start.wait()
        try:
            return client.get(answer).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(take, range(4))) == {302}
    assert fake.asked["/token"] == 1
    assert SignIn.objects.get().completed


def test_nothing_that_opens_anything_is_kept_or_logged(fake: FakeProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    seen = sent_there(ask(live_party()))
    told = asked(seen.left_for)
    fake.changes = {"nonce": "another"}
    seen.open(answer := fake.answer(seen.left_for))
    code = parse_qs(urlsplit(answer).query)["code"][0]
    row = str(SignIn.objects.values().get())
    for secret in (told["state"], told["nonce"], code, SECRET, BROWSER):
        assert secret not in row
        assert secret not in caplog.text.replace(answer, "")
