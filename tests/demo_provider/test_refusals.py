"""What the demo's provider refuses, asked over HTTP by a client that is not ours. What it does is in
tests/consent/test_real_providers.py."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from providers.running import ANSWER, CLIENT_ID, PLAIN_SECRET, Running, demo_provider

pytestmark = pytest.mark.server
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with demo_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


def question(**changes: str | None) -> dict[str, str]:
    """A right request, with some parameters changed, or left out by None."""
    right = {
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": ANSWER, "scope": "openid customers",
        "state": "s", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return {name: value for name, value in (right | changes).items() if value is not None}


def code(op: Running) -> str:
    answer = op.sign_in(op.browser().open(f"{op.issuer}/authorize", **question()), "C-1")
    return parse_qs(urlsplit(answer).query)["code"][0]


def redeem(op: Running, secret: str = PLAIN_SECRET, **changes: str) -> requests.Response:
    body = {"grant_type": "authorization_code", "redirect_uri": ANSWER, "code_verifier": VERIFIER} | changes
    return requests.post(f"{op.issuer}/token", data=body, auth=(CLIENT_ID, secret), timeout=10)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "them"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{ANSWER}/"},
        {"redirect_uri": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(op: Running, changes: dict[str, str | None]) -> None:
    answer = requests.get(f"{op.issuer}/authorize", params=question(**changes), allow_redirects=False, timeout=10)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"nonce": None},
        {"prompt": "none"},
        {"response_type": "token"},
    ],
)
def test_a_request_that_is_too_weak_goes_back_as_an_error(op: Running, changes: dict[str, str | None]) -> None:
    left = op.browser().open(f"{op.issuer}/authorize", **question(**changes)).left_for
    told = parse_qs(urlsplit(left).query)
    assert left.startswith(ANSWER)
    assert "error" in told
    assert "code" not in told
    assert told["state"] == ["s"]


def test_a_code_is_redeemed_once_with_the_secret_and_the_verifier(op: Running) -> None:
    assert redeem(op, code=code(op)).json()["id_token"].count(".") == 2
    used = code(op)
    assert redeem(op, code=used).ok
    for wrong in (
        redeem(op, code=used),
        redeem(op, code=code(op), code_verifier="w" * 64),
        redeem(op, code=code(op), redirect_uri="https://evil.example/"),
        redeem(op, code="made-up"),
    ):
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    refused = redeem(op, secret="wrong", code=code(op))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_user_info_wants_a_token(op: Running) -> None:
    for header in ({}, {"Authorization": "Bearer made-up"}):
        assert requests.get(f"{op.issuer}/userinfo", headers=header, timeout=10).status_code == 401
    token = redeem(op, code=code(op)).json()["access_token"]
    told = requests.get(f"{op.issuer}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    assert told == {"sub": "s-lena", "customers": ["C-1"]}


def test_a_wrong_password_signs_nobody_in(op: Running) -> None:
    seen = op.browser().open(f"{op.issuer}/authorize", **question()).press("Sign in", username="lena", password="x")
    assert "No online account has this user name and password." in seen.text
    assert seen.left_for == ""


def test_a_form_from_elsewhere_signs_nobody_in(op: Running) -> None:
    body = {"username": "lena", "password": "lena"}
    answer = requests.post(f"{op.issuer}/authorize", params=question(), data=body, allow_redirects=False, timeout=10)
    assert answer.status_code == 403


def test_the_private_key_is_not_published(op: Running) -> None:
    (key,) = requests.get(f"{op.issuer}/jwks", timeout=10).json()["keys"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()
    assert (key["use"], key["alg"]) == ("sig", "RS256")


def test_its_pages_speak_both_languages(op: Running) -> None:
    for language, words in (("en", "Your online account"), ("es", "Su cuenta en línea")):
        page = requests.get(op.issuer, headers={"Accept-Language": language}, timeout=10)
        assert words in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert requests.get(f"{op.issuer}/nothing", timeout=10).status_code == 404
