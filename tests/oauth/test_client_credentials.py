"""Tokens that belong to a client and to no grant: ESPI's client and registration tokens."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access
from wattkeeper.authorizations.access import TokenClass
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db
RESOURCE = f"{settings.BASE_URL}/DataCustodian/espi/1_1/resource"


def ask(client: Client, party: cast.ThirdParty, scope: str = "") -> Any:
    return flow.post(client, {"grant_type": "client_credentials", "scope": scope}, flow.basic(party))


@pytest.mark.parametrize("scope", ["", "FB=1_3_14", "FB=4_16_51"])
def test_a_client_token_opens_authorizations_and_bulk(client: Client, sunny: cast.ThirdParty, scope: str) -> None:
    """[OAD015]"""
    body = ask(client, sunny, scope).json()
    caller = access.identify(body.pop("access_token"))
    assert caller is not None
    assert (caller.token_class, caller.registration) == (TokenClass.CLIENT, sunny.registration)
    assert body == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "FB=1_3_13_31_37",
        "resourceURI": f"{RESOURCE}/Batch/Bulk/{sunny.registration.uid}",
        "authorizationURI": f"{RESOURCE}/Authorization/{sunny.registration.uid}",
    }


def test_a_registration_token_opens_application_information(client: Client, sunny: cast.ThirdParty) -> None:
    """[FND001]"""
    body = ask(client, sunny, "FB=36_40").json()
    caller = access.identify(body["access_token"])
    assert caller is not None
    assert caller.token_class == TokenClass.REGISTRATION
    assert body["resourceURI"] == f"{RESOURCE}/ApplicationInformation/{sunny.registration.uid}"
    assert body["scope"] == "FB=36_40"
    assert "refresh_token" not in body


@pytest.mark.parametrize("scope", ["FB=99", "FB=4_36", "openid", "FB="])
def test_a_scope_that_is_not_the_clients_is_refused(client: Client, sunny: cast.ThirdParty, scope: str) -> None:
    """[OAD014]"""
    response = ask(client, sunny, scope)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")


def test_a_suspended_client_gets_none(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    response = ask(client, sunny)
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
