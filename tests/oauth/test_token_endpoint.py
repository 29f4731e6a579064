"""Redeeming codes: who may, once, and what comes of it. Names in brackets are Green Button's test cases."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access, lifecycle, tokens
from wattkeeper.authorizations.access import TokenClass
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, Token
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db
RESOURCE = f"{settings.BASE_URL}/DataCustodian/espi/1_1/resource"


@pytest.fixture
def code(client: Client, sunny: cast.ThirdParty, service: Service) -> str:
    return flow.code_for(client, sunny, service)


def refused(response: Any, status: int, error: str) -> bool:
    """Whether it is this error, said as RFC 6749 section 5.2 says errors."""
    body = response.json()
    return (
        (response.status_code, body["error"]) == (status, error)
        and bool(body["error_description"])
        and response["Cache-Control"] == "no-store"
        and not flow.in_force()
    )


def test_the_answer_has_every_field_of_the_docs(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    """[OAD005]"""
    response = flow.redeem(client, sunny, code)
    body, grant = response.json(), Authorization.objects.get()
    assert response.status_code == 200
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/json", "no-store")
    assert [len(body.pop(name)) for name in ("access_token", "refresh_token")] == [64, 64]
    assert body == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": grant.scope,
        "resourceURI": f"{RESOURCE}/Batch/Subscription/{grant.uid}",
        "customerResourceURI": f"{RESOURCE}/Batch/RetailCustomer/{grant.uid}",
        "authorizationURI": f"{RESOURCE}/Authorization/{grant.uid}",
    }


def test_the_token_opens_this_grant(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    body = flow.redeem(client, sunny, code).json()
    caller = access.identify(body["access_token"])
    assert caller is not None
    assert (caller.token_class, caller.authorization) == (TokenClass.ACCESS, Authorization.objects.get())
    assert access.identify(body["refresh_token"]) is None


def test_customer_data_has_an_address_only_where_it_is_shared(
    client: Client, sunny: cast.ThirdParty, service: Service
) -> None:
    body = flow.redeem(client, sunny, flow.code_for(client, sunny, service, scope="FB=4")).json()
    assert "customerResourceURI" not in body


def test_a_token_ends_no_later_than_its_grant(
    client: Client, sunny: cast.ThirdParty, service: Service, set_clock: Callable[..., None]
) -> None:
    set_clock(begun := clock.now())
    end = clock.epoch(begun + timedelta(minutes=20))
    code = flow.code_for(client, sunny, service, scope=f"FB=4;PreferredAuthEndDate={end}")
    assert 1198 <= flow.redeem(client, sunny, code).json()["expires_in"] <= 1200


def test_a_multipart_body_will_do(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    body = flow.redemption(sunny, code)
    assert client.post("/DataCustodian/EPE/oauth/token/", body, headers=flow.basic(sunny)).status_code == 200


def test_id_and_secret_are_percent_decoded(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    pair = f"%45PE_{sunny.registration.client_id[4:]}:{sunny.client_secret}"
    headers = {"Authorization": "basic  " + base64.b64encode(pair.encode()).decode()}
    body = flow.redemption(sunny, code)
    assert flow.post(client, body, headers).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic bm9jb2xvbg==",
        "Basic Ojo=",
        "Basic /////w==",
        "Bearer abc",
        "Digest x",
    ],
)
def test_nobody_is_served_without_basic_credentials(client: Client, code: str, header: str) -> None:
    """[OAD003]"""
    headers = {"Authorization": header} if header else {}
    for body in ({"grant_type": "authorization_code", "code": code}, {}):
        response = flow.post(client, body, headers)
        assert refused(response, 401, "invalid_client")
        assert response["WWW-Authenticate"].startswith("Basic realm=")


def test_wrong_credentials_are_refused_alike(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    asked = {"grant_type": "authorization_code", "code": code}
    answers = [flow.post(client, asked, flow.basic(sunny, "f" * 64))]
    sunny.registration.client_id = "EPE_nobody\0"
    answers.append(flow.post(client, asked, flow.basic(sunny)))
    assert all(refused(answer, 401, "invalid_client") for answer in answers)
    assert answers[0].content == answers[1].content


def test_credentials_in_the_body_are_refused(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    """[OAD003: client_id sent together with Basic]"""
    pair = {"client_id": sunny.registration.client_id, "client_secret": sunny.client_secret}
    assert refused(flow.redeem(client, sunny, code, client_id=pair["client_id"]), 400, "invalid_request")
    assert refused(flow.redeem(client, sunny, code, **pair), 400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": 'a "quoted" é'}, "unsupported_grant_type"),
        ({"code": ""}, "invalid_request"),
        ({"code": "0" * 64}, "invalid_grant"),
        ({"code": "\0é"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"redirect_uri": "https://sunny.example/callback/"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "v" * 43}, "invalid_grant"),
    ],
)
def test_a_wrong_request_is_refused_and_costs_nothing(
    client: Client, sunny: cast.ThirdParty, code: str, changes: dict[str, str], error: str
) -> None:
    """[OAD003]"""
    assert refused(flow.redeem(client, sunny, code, **changes), 400, error)
    assert flow.redeem(client, sunny, code).status_code == 200


def test_a_parameter_sent_twice_is_refused(client: Client, sunny: cast.ThirdParty) -> None:
    kind = "application/x-www-form-urlencoded"
    body = "grant_type=client_credentials&grant_type=client_credentials"
    response = client.post(flow.TOKEN, body, content_type=kind, headers=flow.basic(sunny))
    assert refused(response, 400, "invalid_request")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"grant_type": "client_credentials"}'),
        ("text/plain", "grant_type=client_credentials"),
        ("application/x-www-form-urlencoded; charset=latin-1", "grant_type=client_credentials"),
        ("multipart/form-data", "grant_type=client_credentials"),
    ],
)
def test_a_body_of_another_kind_is_refused(client: Client, sunny: cast.ThirdParty, kind: str, body: str) -> None:
    response = client.post(flow.TOKEN, body, content_type=kind, headers=flow.basic(sunny))
    assert refused(response, 400, "invalid_request")


def test_too_many_parameters_are_refused(client: Client, sunny: cast.ThirdParty) -> None:
    many = {f"p{number}": "1" for number in range(2000)}
    assert refused(flow.post(client, many, flow.basic(sunny)), 400, "invalid_request")
    response = client.post(f"{flow.TOKEN}?{urlencode(many)}", headers=flow.basic(sunny))
    assert refused(response, 414, "invalid_request")
    short = "&".join(["a"] * 2000)
    assert refused(client.post(f"{flow.TOKEN}?{short}", headers=flow.basic(sunny)), 400, "invalid_request")
    assert client.get(f"{flow.AUTHORIZE}?{short}").status_code == 400


def test_a_huge_body_is_refused(client: Client, sunny: cast.ThirdParty) -> None:
    response = flow.post(client, {"grant_type": "client_credentials", "x": "x" * 70_000}, flow.basic(sunny))
    assert refused(response, 413, "invalid_request")


@pytest.mark.parametrize("name", ["token", "revoke", "introspect", "par"])
def test_programs_are_told_in_json_what_is_not_there(client: Client, sunny: cast.ThirdParty, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    nowhere = strict.post(f"/DataCustodian/nowhere/oauth/{name}", headers=flow.basic(sunny))
    assert refused(nowhere, 404, "not_found")
    by_get = strict.get(f"/DataCustodian/epe/oauth/{name}")
    assert refused(by_get, 405, "invalid_request")
    assert by_get["Allow"] == "POST"


def test_only_post_is_answered_and_the_query_is_not_read(client: Client, sunny: cast.ThirdParty) -> None:
    address = f"{flow.TOKEN}?grant_type=client_credentials"
    assert client.get(address, headers=flow.basic(sunny)).status_code == 405
    assert refused(client.post(address, headers=flow.basic(sunny)), 400, "invalid_request")


def test_a_code_lives_for_a_minute(
    client: Client, sunny: cast.ThirdParty, code: str, set_clock: Callable[..., None]
) -> None:
    """[OAD003: six minutes old]"""
    issued = AuthorizationCode.objects.get().created
    set_clock(issued + timedelta(seconds=60))
    assert refused(flow.redeem(client, sunny, code), 400, "invalid_grant")
    set_clock(issued + timedelta(seconds=59))
    assert flow.redeem(client, sunny, code).status_code == 200


def test_a_code_used_again_ends_all_that_came_of_it(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    """[OAD004]"""
    first = flow.redeem(client, sunny, code).json()
    second = flow.refresh(client, sunny, first["refresh_token"]).json()
    assert tokens.find(second["access_token"]) is not None
    assert refused(flow.redeem(client, sunny, code), 400, "invalid_grant")
    assert flow.refresh(client, sunny, second["refresh_token"]).status_code == 400


def test_a_strangers_code_is_nothing_and_stays_usable(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    rival = cast.third_party("Rival")
    stolen = flow.redeem(client, rival, code, redirect_uri=flow.callback(sunny))
    assert refused(stolen, 400, "invalid_grant")
    assert flow.redeem(client, sunny, code).status_code == 200
    assert flow.redeem(client, rival, code, redirect_uri=flow.callback(sunny)).status_code == 400
    assert flow.in_force() == 2


def test_a_code_is_dead_once_the_customer_stops_sharing(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    lifecycle.revoke(Authorization.objects.get(), "customer")
    assert refused(flow.redeem(client, sunny, code), 400, "invalid_grant")


def test_a_code_is_dead_once_the_company_is_suspended(client: Client, sunny: cast.ThirdParty, code: str) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    assert refused(flow.redeem(client, sunny, code), 400, "invalid_grant")


def test_secrets_are_kept_as_digests_and_never_logged(
    client: Client, sunny: cast.ThirdParty, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    body = flow.redeem(client, sunny, code).json()
    newer = flow.refresh(client, sunny, body["refresh_token"]).json()
    secrets = [
        code,
        sunny.client_secret,
        *(found[f"{kind}_token"] for found in (body, newer) for kind in ("access", "refresh")),
    ]
    assert not [secret for secret in secrets if secret in caplog.text]
    digests = [
        *Token.objects.values_list("digest", flat=True),
        *AuthorizationCode.objects.values_list("digest", flat=True),
    ]
    assert not set(secrets) & set(digests)


def test_redeeming_needs_few_queries(
    client: Client, sunny: cast.ThirdParty, code: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(10):
        flow.redeem(client, sunny, code)
