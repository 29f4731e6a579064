"""What an attacker may try at the sign-in: each attempt ends on a page that explains, and nobody is signed in."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client

from consent.fake_provider import OTHER_KEY, SECRET, FakeProvider, sign
from consent.sso import asked, sent_there, through
from consent.visitor import SECRET as BROWSER
from consent.visitor import Visitor, ask, live_party
from wattkeeper.authorizations import browser
from wattkeeper.consent.models import SignIn

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
UNTRUSTED, CLOCK = "We could not trust the answer", "Two clocks do not agree"
STRAY = "We cannot finish this sign-in here"


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_an_answer_to_another_browser_is_no_use(attacked: FakeProvider) -> None:
    """Login CSRF: the attacker signs in, stops before the answer is taken, and has the victim's browser take it."""
    attacker = sent_there(asking := ask(live_party()))
    answer = attacked.answer(attacker.left_for)
    for victim in (Visitor(secret=""), Visitor(secret="6" * 64)):
        seen = victim.open(answer)
        assert seen.response.status_code == 400
        assert STRAY in seen.text
        assert "session" not in victim.client.cookies
        assert victim.open("/my-authorizations").page.xpath("//section[@aria-labelledby='sso']")
    assert attacker.open(answer).may_answer(asking)


def test_an_answer_that_nobody_asked_for_is_no_use(attacked: FakeProvider) -> None:
    for query in ("", "?code=c", "?code=c&state=s", f"?code=c&state={'s' * 3000}", "?state=%00&code=%00"):
        seen = Visitor().open(f"/sign-in/epe/answer{query}")
        assert (seen.response.status_code, STRAY in seen.text) == (400, True)
    assert attacked.asked["/token"] == 0


def test_an_answer_to_another_utility_is_no_use(attacked: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    assert STRAY in seen.open(attacked.answer(seen.left_for).replace("/epe/", "/other/")).text


def test_a_swapped_state_lets_nobody_in(attacked: FakeProvider) -> None:
    """The code of one attempt with the state of another, both of this browser."""
    first, second = sent_there(ask(party := live_party())), sent_there(asking := ask(party))
    attacked.answer(first.left_for)
    seen = second.open(attacked.answer(first.left_for, state=asked(second.left_for)["state"]))
    assert "The time for this sign-in is up" in seen.text
    assert not seen.may_answer(asking)


def test_an_answer_counts_once(attacked: FakeProvider) -> None:
    seen = sent_there(asking := ask(live_party()))
    answer = attacked.answer(seen.left_for)
    assert seen.open(answer).may_answer(asking)
    assert seen.open(answer).path == f"/consent/{asking.uid}/form"
    assert attacked.asked["/token"] == 1
    seen.press("Not you? Sign out")
    assert seen.open(answer).path == f"/consent/{asking.uid}"
    assert not seen.may_answer(asking)


def test_a_code_of_before_is_no_use_with_a_new_state(attacked: FakeProvider) -> None:
    seen = sent_there(asking := ask(live_party()))
    seen.open(answer := attacked.answer(seen.left_for)).press("Not you? Sign out")
    sent_there(asking, seen)
    old = parse_qs(urlsplit(answer).query)["code"][0]
    seen.open(attacked.answer(seen.left_for, code=old))
    assert "The time for this sign-in is up" in seen.text
    assert not seen.may_answer(asking)


def test_an_answer_that_comes_late_is_refused(attacked: FakeProvider, set_clock: Callable[[datetime], None]) -> None:
    seen = sent_there(asking := ask(live_party()))
    set_clock(NOON + timedelta(minutes=31))
    assert "The time for this sign-in is up" in seen.open(attacked.answer(seen.left_for)).text
    assert attacked.asked["/token"] == 0
    assert not seen.may_answer(asking)


@pytest.mark.parametrize("iss", ["https://evil.example", None, ""])
def test_an_answer_of_another_issuer_is_refused(attacked: FakeProvider, iss: str | None) -> None:
    seen = through(attacked, asking := ask(live_party()), iss=iss)
    assert UNTRUSTED in seen.text
    assert attacked.asked["/token"] == 0
    assert not seen.may_answer(asking)


def test_an_issuer_that_does_not_promise_its_name_may_leave_it_out(attacked: FakeProvider) -> None:
    attacked.metadata = {"authorization_response_iss_parameter_supported": False}
    assert "Signed in as Lena Live." in through(attacked, ask(party := live_party()), iss=None).text
    assert UNTRUSTED in through(attacked, ask(party), iss="https://evil.example").text


def test_a_doubled_parameter_is_refused(attacked: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    assert UNTRUSTED in seen.open(attacked.answer(seen.left_for) + "&code=other").text
    assert attacked.asked["/token"] == 0


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
def test_a_discovery_that_leads_astray_is_not_followed(attacked: FakeProvider, metadata: dict[str, Any]) -> None:
    attacked.metadata = metadata
    seen = sent_there(ask(live_party()))
    if seen.left_for:
        seen.open(attacked.answer(seen.left_for))
    assert "does not work with this website" in seen.text


def test_user_info_of_somebody_else_is_refused(attacked: FakeProvider) -> None:
    attacked.changes = {"customers": None, "sub": "another"}
    assert UNTRUSTED in through(attacked, ask(live_party())).text


def test_a_new_key_is_looked_for_once_a_minute_at_most(
    attacked: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    party = live_party()
    assert "Signed in as" in through(attacked, ask(party)).text
    attacked.forge = lambda claims: sign(claims, OTHER_KEY)
    for _ in range(5):
        assert UNTRUSTED in through(attacked, ask(party)).text
    assert attacked.asked["/jwks"] == 1
    set_clock(NOON + timedelta(seconds=61))
    for _ in range(5):
        assert UNTRUSTED in through(attacked, ask(party)).text
    assert attacked.asked["/jwks"] == 2
    attacked.published = [OTHER_KEY]
    set_clock(NOON + timedelta(seconds=122))
    assert "Signed in as Lena Live." in through(attacked, ask(party)).text
    assert attacked.asked["/jwks"] == 3


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
    attacked: FakeProvider, path: str, talk: Callable[[Any], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattkeeper.consent.provider.PATIENCE", 0.3)
    attacked.broken[path] = talk
    seen = sent_there(asking := ask(live_party()))
    if seen.left_for:
        seen.open(attacked.answer(seen.left_for))
    assert words in seen.text
    assert not seen.may_answer(asking)


@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_keeps_eight_threads_waiting_and_no_more(attacked: FakeProvider) -> None:
    waiting, go = threading.Semaphore(0), threading.Event()

    def talk(out: Any) -> None:
        waiting.release()
        go.wait()

    party = live_party()
    answers = [attacked.answer(sent_there(ask(party)).left_for) for _ in range(9)]
    attacked.broken["/token"] = talk

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
        assert attacked.asked["/token"] == 8
        go.set()
    del attacked.broken["/token"]
    assert "Signed in as Lena Live." in through(attacked, ask(party)).text


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_taken(attacked: FakeProvider) -> None:
    seen = sent_there(ask(live_party()))
    answer = attacked.answer(seen.left_for)
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
    assert attacked.asked["/token"] == 1
    assert SignIn.objects.get().completed


def test_nothing_that_opens_anything_is_kept_or_logged(
    attacked: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    seen = sent_there(ask(live_party()))
    told = asked(seen.left_for)
    attacked.changes = {"nonce": "another"}
    seen.open(answer := attacked.answer(seen.left_for))
    code = parse_qs(urlsplit(answer).query)["code"][0]
    row = str(SignIn.objects.values().get())
    for secret in (told["state"], told["nonce"], code, SECRET, BROWSER):
        assert secret not in row
        assert secret not in caplog.text.replace(answer, "")
