"""Proof Key for Code Exchange (RFC 7636): required unless a registration is excused, and never to be talked out of."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.companies.models import Registration
from wattkeeper.companies.registrations import RegistrationError, set_requires_pkce
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db
WITHOUT = {"code_challenge": None, "code_challenge_method": None}


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
def test_only_the_verifier_opens_the_code(
    client: Client, sunny: cast.ThirdParty, service: Service, verifier: str, error: str
) -> None:
    code = flow.code_for(client, sunny, service)
    response = flow.redeem(client, sunny, code, code_verifier=verifier)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert flow.redeem(client, sunny, code).status_code == 200


def test_a_client_that_needs_it_is_told_so(client: Client, sunny: cast.ThirdParty) -> None:
    said = parse_qs(urlsplit(flow.ask(client, sunny, **WITHOUT)["Location"]).query)
    assert said["error"] == ["invalid_request"]
    assert "PKCE" in said["error_description"][0]


def test_where_no_code_is_sent_there_is_nothing_to_prove(client: Client, sunny: cast.ThirdParty) -> None:
    assert flow.stored(flow.ask(client, sunny, redirect_uri=None, **WITHOUT)).redirect_uri == ""


def test_an_excused_client_may_use_it_or_not(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    set_requires_pkce(sunny.registration, False)
    code = flow.code_for(client, sunny, service, **WITHOUT)
    assert flow.redeem(client, sunny, code, code_verifier="").status_code == 200
    code = flow.code_for(client, sunny, service)
    assert flow.redeem(client, sunny, code, code_verifier="").status_code == 400
    assert flow.redeem(client, sunny, code).status_code == 200


def test_who_began_without_it_cannot_end_with_it(client: Client, sunny: cast.ThirdParty, service: Service) -> None:
    """The downgrade of RFC 9700 section 4.8.2."""
    set_requires_pkce(sunny.registration, False)
    code = flow.code_for(client, sunny, service, **WITHOUT)
    response = flow.redeem(client, sunny, code)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_a_public_client_is_never_excused(sunny: cast.ThirdParty) -> None:
    sunny.registration.token_endpoint_auth_method = Registration.AuthMethod.NONE
    sunny.registration.save()
    with pytest.raises(RegistrationError):
        set_requires_pkce(sunny.registration, False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.update(requires_pkce=False)
