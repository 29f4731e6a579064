"""The sign-in with two real providers that know nothing of each other, one of them certified and not Python."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import override_settings
from joserfc.jwk import RSAKey

import cast
from consent.sso import asked, customer, sent_there
from consent.visitor import ask, live_party
from providers.running import ANSWER, CLIENT_ID, Running, certified_provider, demo_provider
from wattkeeper.consent import provider as provider_of
from wattkeeper.consent.sso import examine
from wattkeeper.utilities.models import SignInService

pytestmark = [pytest.mark.server, pytest.mark.django_db]
KEY = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "ours"})


@pytest.fixture(scope="module", params=["demo", "certified"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    starting = (
        demo_provider(folder) if request.param == "demo" else certified_provider(folder, KEY.as_dict(private=False))
    )
    with starting as found:
        yield found


@pytest.fixture
def op(running: Running, tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "secret").write_text(running.secret)
    SignInService.objects.create(
        utility=cast.epe(), issuer=running.issuer, client_id=CLIENT_ID, secret_file=str(tmp_path / "secret"),
        scopes="openid customers", claim="customers",
    )  # fmt: skip
    customer()
    customer("Lars Live", "C-2")
    provider_of.forget_documents()
    with override_settings(OUTBOUND_PRIVATE=frozenset({urlsplit(running.issuer).netloc})):
        yield running


def local(address: str) -> str:
    """The part of our own address that the test's browser opens."""
    assert address.startswith(f"{ANSWER}?")
    return address.removeprefix("http://localhost:8000")


def test_a_customer_comes_back_signed_in(op: Running) -> None:
    seen = sent_there(asking := ask(live_party()))
    answer = op.sign_in(op.browser().open(seen.left_for), "C-1")
    assert asked(answer)["iss"] == op.issuer
    assert seen.open(local(answer)).path == f"/consent/{asking.uid}/form"
    assert "Signed in as Lena Live." in seen.text


def test_one_login_with_two_customers_chooses(op: Running) -> None:
    seen = sent_there(ask(live_party()))
    seen.open(local(op.sign_in(op.browser().open(seen.left_for), "C-1+C-2")))
    assert "Signed in as Lars Live." in seen.press("Go on as Lars Live").text


def test_whoever_is_no_customer_is_told_so(op: Running) -> None:
    seen = sent_there(ask(live_party()))
    seen.open(local(op.sign_in(op.browser().open(seen.left_for), "C-9")))
    assert "We found no customer for this login" in seen.text


def test_cancelling_there_is_told_here(op: Running) -> None:
    seen = sent_there(ask(live_party()))
    assert "You stopped at the sign-in" in seen.open(local(op.cancel(op.browser().open(seen.left_for)))).text


def test_an_answer_counts_once_there_too(op: Running) -> None:
    seen = sent_there(asking := ask(live_party()))
    first = local(op.sign_in(op.browser().open(seen.left_for), "C-1"))
    seen.open(first).press("Not you? Sign out")
    sent_there(asking, seen)
    second = local(op.sign_in(op.browser().open(seen.left_for), "C-1"))
    used = asked(first)["code"]
    seen.open(second.replace(asked(second)["code"], used))
    assert "The time for this sign-in is up" in seen.text


def test_a_session_there_is_used_again_unless_a_new_sign_in_is_asked_for(op: Running) -> None:
    browser, party = op.browser(), live_party()
    op.sign_in(browser.open(sent_there(ask(party)).left_for), "C-1")
    assert browser.open(sent_there(ask(party)).left_for).left_for.startswith(f"{ANSWER}?code=")
    seen = sent_there(asking := ask(party, forces_sign_in=True))
    assert browser.open(seen.left_for).left_for == ""
    seen.open(local(op.sign_in(browser, "C-1")))
    assert seen.path == f"/consent/{asking.uid}/form"


def test_a_request_without_pkce_is_refused_there(op: Running) -> None:
    told = asked(sent_there(ask(live_party())).left_for)
    weaker = {name: value for name, value in told.items() if not name.startswith("code_challenge")}
    refused = op.browser().open(f"{provider_path(op)}?{urlencode(weaker)}").left_for
    assert parse_qs(urlsplit(refused).query)["error"] == ["invalid_request"]


def provider_path(op: Running) -> str:
    return str(provider_of.document(f"{op.issuer}/.well-known/openid-configuration")["authorization_endpoint"])


def test_a_wrong_secret_is_refused_there_and_told_here(op: Running, tmp_path: Path) -> None:
    seen = sent_there(ask(live_party()))
    (tmp_path / "secret").write_text("wrong")
    seen.open(local(op.sign_in(op.browser().open(seen.left_for), "C-1")))
    assert "does not work with this website" in seen.text


@pytest.mark.parametrize(
    ("client_id", "client_auth"), [("by-body", "client_secret_post"), ("public", "none"), ("by-key", "private_key_jwt")]
)
def test_every_way_to_say_who_asks(op: Running, client_id: str, client_auth: str, tmp_path: Path) -> None:
    if op.has_one_client:
        return
    if client_id == "by-key":
        (tmp_path / "secret").write_bytes(KEY.as_pem(private=True))
    SignInService.objects.update(client_id=client_id, client_auth=client_auth)
    seen = sent_there(ask(live_party()))
    seen.open(local(op.sign_in(op.browser().open(seen.left_for), "C-1")))
    assert "Signed in as Lena Live." in seen.text


def test_the_command_and_doctor_find_nothing_amiss(op: Running) -> None:
    assert examine(SignInService.objects.get()) == "answers, 1 key"
