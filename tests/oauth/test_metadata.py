"""What programs are told of the server (RFC 8414, RFC 9728): at the right addresses, and all of it true."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from authlib.oauth2 import rfc9207
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from django.conf import settings
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
ADDRESSES = [get_well_known_url(flow.ISSUER), "/DataCustodian/epe/.well-known/oauth-authorization-server"]


def path(address: str) -> str:
    assert address.startswith(f"{settings.BASE_URL}/")
    return urlsplit(address).path


@pytest.mark.parametrize("address", ADDRESSES)
def test_both_addresses_give_the_issuer_they_were_made_of(client: Client, sunny: cast.ThirdParty, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    found = AuthorizationServerMetadata(response.json())
    found.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    assert found["issuer"] == flow.ISSUER


@pytest.mark.parametrize("name", ["EPE", "nowhere"])
def test_another_spelling_is_another_issuer(client: Client, sunny: cast.ThirdParty, name: str) -> None:
    for address in ADDRESSES:
        response = client.get(address.replace("epe", name))
        assert (response.status_code, response.json()["error"]) == (404, "not_found")


def test_every_utility_is_an_issuer_of_its_own(client: Client, sunny: cast.ThirdParty) -> None:
    Utility.objects.create(code="RIO", slug="rio", name="Rio Power", function_blocks=[4, 16, 51])
    issuers = [client.get(address.replace("epe", slug)).json()["issuer"] for address in ADDRESSES for slug in ("rio",)]
    assert issuers == [f"{settings.BASE_URL}/DataCustodian/rio"] * 2


def test_every_endpoint_named_is_there(client: Client, sunny: cast.ThirdParty) -> None:
    found = client.get(ADDRESSES[0]).json()
    endpoints = {name: path(address) for name, address in found.items() if name.endswith("_endpoint")}
    assert endpoints.keys() == {
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
    }
    assert client.get(endpoints.pop("authorization_endpoint")).status_code == 401
    for address in endpoints.values():
        response = client.post(address, {"token": "x"})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert client.get(path(found["service_documentation"])).status_code == 200


def test_it_lists_nothing_that_does_not_work(client: Client, sunny: cast.ThirdParty) -> None:
    found = client.get(ADDRESSES[0]).json()
    assert found["response_types_supported"] == ["code"]
    assert found["response_modes_supported"] == ["query"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert set(found["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    for grant_type in found["grant_types_supported"]:
        response = flow.post(client, {"grant_type": grant_type}, flow.basic(sunny))
        assert response.status_code == 200 or "Missing" in response.json()["error_description"]
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert not {"jwks_uri", "registration_endpoint"} & found.keys()


def resources(client: Client) -> dict[str, Any]:
    found = client.get(ADDRESSES[0]).json()["protected_resources"]
    return {resource: client.get(get_well_known_url(resource, suffix="oauth-protected-resource")) for resource in found}


def test_each_api_names_the_servers_whose_tokens_it_takes(client: Client, sunny: cast.ThirdParty) -> None:
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power", function_blocks=[4, 16, 51])
    found = resources(client)
    assert found.keys() == {
        f"{settings.BASE_URL}/DataCustodian/espi/1_1/resource",
        f"{settings.BASE_URL}/api/v2",
    }
    for resource, response in found.items():
        said = response.json()
        assert said["resource"] == resource
        assert said["authorization_servers"] == [flow.ISSUER, rio.issuer]
        assert said["bearer_methods_supported"] == ["header"]
        assert client.get(path(said["resource_documentation"])).status_code == 200
