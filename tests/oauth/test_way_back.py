"""The way back to the third party: one code for a grant, access_denied for a refusal, in that browser only."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

import cast
import oauth_flow as flow
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import AuthorizationCode, AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(client: Client) -> AuthorizationRequest:
    return flow.stored(flow.ask(client, cast.third_party()))


def test_a_grant_goes_back_with_a_code_and_the_state(client: Client, asking: AuthorizationRequest) -> None:
    flow.grant(asking, cast.customer())
    address, query = flow.resume(client, asking)
    assert address == asking.redirect_uri
    assert query.keys() == {"code", "state", "iss"}
    assert (query["state"], query["iss"]) == (flow.STATE, flow.ISSUER)
    kept = AuthorizationCode.objects.get()
    assert kept.digest == ids.digest(query["code"])
    assert kept.expires - kept.created == timedelta(seconds=60)


def test_the_registered_query_stays_in_front(client: Client) -> None:
    party = cast.third_party()
    Registration.objects.update(redirect_uris=["https://sunny.example/cb?tenant=a%20b"])
    party.registration.refresh_from_db()
    asking = flow.stored(flow.ask(client, party, state="x&code=forged"))
    flow.grant(asking, cast.customer())
    _, query = flow.resume(client, asking)
    assert query.keys() == {"tenant", "code", "state", "iss"}
    assert query["tenant"] == "a b"
    assert query["state"] == "x&code=forged"


def test_a_second_visit_gets_no_second_code(client: Client, asking: AuthorizationRequest) -> None:
    authorization = flow.grant(asking, cast.customer())
    flow.resume(client, asking)
    response = client.get(f"/oauth/continue/{asking.uid}")
    assert response["Location"] == f"/authorizations/{authorization.uid}/receipt"
    assert AuthorizationCode.objects.count() == 1


def test_a_refusal_goes_back_as_access_denied(client: Client, asking: AuthorizationRequest) -> None:
    lifecycle.decline(asking, None)
    for _ in range(2):
        address, query = flow.resume(client, asking)
        assert address == asking.redirect_uri
        assert (query["error"], query["state"], query["iss"]) == ("access_denied", flow.STATE, flow.ISSUER)
        assert "code" not in query


def test_another_browser_gets_nothing(client: Client, asking: AuthorizationRequest) -> None:
    flow.grant(asking, cast.customer())
    assert Client().get(f"/oauth/continue/{asking.uid}")["Location"] == f"/consent/{asking.uid}"
    assert not AuthorizationCode.objects.exists()


def test_an_unanswered_request_goes_back_to_the_customers_pages(client: Client, asking: AuthorizationRequest) -> None:
    assert client.get(f"/oauth/continue/{asking.uid}")["Location"] == f"/consent/{asking.uid}/done"


def test_a_grant_stopped_in_between_gives_no_code(client: Client, asking: AuthorizationRequest) -> None:
    lifecycle.revoke(flow.grant(asking, cast.customer()), "customer")
    client.get(f"/oauth/continue/{asking.uid}")
    assert not AuthorizationCode.objects.exists()


def test_the_customer_has_the_hour_and_then_the_way_back(
    client: Client, asking: AuthorizationRequest, set_clock: Callable[..., None]
) -> None:
    begun = clock.now()
    set_clock(begun + timedelta(minutes=59))
    flow.grant(asking, cast.customer())
    set_clock(begun + timedelta(minutes=61))
    assert "code" in flow.resume(client, asking)[1]
