"""Proof Key for Code Exchange (RFC 7636), for clients that use it."""

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.test import Client

import cast
import oauth_flow as flow

pytestmark = pytest.mark.django_db
VERIFIER = "a verifier is 43 to 128 characters".replace(" ", "-") + "x" * 20


@pytest.fixture
def sunny() -> cast.ThirdParty:
    return cast.third_party()


@pytest.fixture
def code(client: Client, sunny: cast.ThirdParty) -> str:
    challenge = create_s256_code_challenge(VERIFIER)
    return flow.code_for(client, sunny, cast.customer(), code_challenge=challenge, code_challenge_method="S256")


def test_the_verifier_opens_the_code(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    assert flow.redeem(client, sunny, code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        ("", "invalid_request"),
        ("x" * 42, "invalid_request"),
        ("x" * 129, "invalid_request"),
        ("ñ" * 50, "invalid_request"),
        ("x" * 43, "invalid_grant"),
    ],
)
def test_anything_else_does_not(client: Client, sunny: cast.ThirdParty, code: str, verifier: str, error: str) -> None:
    response = flow.redeem(client, sunny, code, code_verifier=verifier)
    assert (response.status_code, response.json()["error"]) == (400, error)
