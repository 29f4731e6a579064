"""Who may use which route. A route that is not in the table below fails the first test."""

from dataclasses import dataclass

import pytest

from api.reader import ROOT, Shared, ask, body, call, send, text
from cast import access_token, authorize, client_token, customer, registration_token, third_party
from consent.visitor import published_account
from wattkeeper.authorizations.models import Authorization
from wattkeeper.companies import portals
from wattkeeper.companies.models import Form
from wattkeeper.customers.models import TestAccount


@dataclass(frozen=True)
class Route:
    """`stranger` is what another company's token gets: 404, or 200 without a row of ours."""

    method: str
    path: str
    stranger: int
    query: str = ""
    is_of_company: bool = False
    """Opened by no token but the company's own."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, grant: Authorization) -> str:
        uid = grant.meters.get().uid if self.path.startswith("/meters/") else grant.uid
        if self.path.startswith("/templates/"):
            uid = portals.template_of(grant.registration.company).uid
        if self.path.startswith("/forms/"):
            uid = form_of(grant).uid
        return self.path.format(uid=uid)

    def parameters(self, grant: Authorization) -> dict[str, object]:
        return {self.query: grant.uid} if self.query else {}


TABLE = [
    Route("GET", "/authorizations", 200),
    Route("GET", "/authorizations/{uid}", 404),
    Route("PATCH", "/authorizations/{uid}", 404),
    Route("POST", "/authorizations/{uid}/revoke", 404),
    Route("GET", "/meters", 200),
    Route("GET", "/meters/{uid}", 404),
    Route("PATCH", "/meters/{uid}", 404),
    Route("GET", "/bills", 404, "authorizations"),
    Route("GET", "/intervals", 404, "authorizations"),
    Route("GET", "/templates", 200, is_of_company=True),
    Route("GET", "/templates/{uid}", 404, is_of_company=True),
    Route("GET", "/forms", 200, is_of_company=True),
    Route("POST", "/forms", 200, is_of_company=True),
    Route("GET", "/forms/{uid}", 404, is_of_company=True),
    Route("PATCH", "/forms/{uid}", 404, is_of_company=True),
    Route("DELETE", "/forms/{uid}", 404, is_of_company=True),
    Route("POST", "/forms/{uid}/test-submit", 404, is_of_company=True),
]
BODIES: dict[str, object] = {
    "PATCH": {},
    "/forms/{uid}/test-submit": {"utility": "EPE", "scenario": "test_residential"},
}
every_route = pytest.mark.parametrize("route", TABLE, ids=str)


def form_of(grant: Authorization) -> Form:
    """A form of the company that holds the grant, with a test account to answer it."""
    company = grant.registration.company
    found = Form.objects.filter(company=company).first()
    if not TestAccount.objects.exists():
        published_account(grant.meters.get().service)
    if found is None:
        found = Form.objects.create(company=company, template=portals.template_of(company))
    return found


def reach(token: str | None, route: Route, grant: Authorization) -> tuple[int, str]:
    """Status and body of a route called for a grant; a change it makes is an empty one."""
    sent = BODIES.get(route.path, BODIES.get(route.method))
    if sent is not None and token is not None:
        response = send(token, route.url(grant), route.method, sent)
    else:
        response = ask(token, route.url(grant), route.method, **route.parameters(grant))
    return response.status_code, text(response)


def test_the_table_names_every_route(db: None) -> None:
    document = body(ask(None, "/openapi.json"))
    served = {
        (method.upper(), path.removeprefix(ROOT)) for path, methods in document["paths"].items() for method in methods
    }
    assert {(route.method, route.path) for route in TABLE} == served


@every_route
def test_its_own_company_is_let_in(shared: Shared, route: Route) -> None:
    assert reach(shared.token, route, shared.grant)[0] == 200
    if route.path.endswith("revoke"):
        return
    expected = 403 if route.is_of_company else 200
    assert reach(access_token(shared.grant), route, shared.grant)[0] == expected


@every_route
def test_a_stranger_finds_nothing(shared: Shared, route: Route) -> None:
    rival = third_party("Rival")
    theirs = authorize(rival, customer("Oscar Other"))
    for token in (rival.api_token, access_token(theirs)):
        status, answer = reach(token, route, shared.grant)
        assert status == (403 if route.is_of_company and token != rival.api_token else route.stranger)
        assert str(shared.grant.uid) not in answer
        assert str(shared.meter.uid) not in answer
    shared.grant.refresh_from_db()
    assert shared.grant.revoked is None


@every_route
def test_nobody_in_particular_is_asked_for_a_token(shared: Shared, route: Route) -> None:
    for token in (None, "0" * 64):
        response = ask(token, route.url(shared.grant), route.method, **route.parameters(shared.grant))
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer ")
        assert ('error="invalid_token"' in response["WWW-Authenticate"]) == (token is not None)
        assert body(response)["error"] == "unauthorized"


@every_route
def test_tokens_of_a_client_or_registration_open_nothing(shared: Shared, route: Route) -> None:
    for token in (client_token(shared.party), registration_token(shared.party)):
        assert reach(token, route, shared.grant)[0] == 403
        response = ask(token, route.url(shared.grant), route.method, **route.parameters(shared.grant))
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


def test_an_access_token_opens_one_authorization(shared: Shared) -> None:
    other = authorize(shared.party, customer("Oscar Other"))
    token = access_token(shared.grant)
    assert [row["uid"] for row in call(token, "/authorizations")["authorizations"]] == [str(shared.grant.uid)]
    assert [row["uid"] for row in call(token, "/meters")["meters"]] == [str(shared.meter.uid)]
    for path in (f"/authorizations/{other.uid}", f"/meters/{other.meters.get().uid}"):
        assert ask(token, path).status_code == 404
    assert ask(token, "/intervals", authorizations=other.uid).status_code == 404


def test_an_oauth_token_in_the_query_is_refused(shared: Shared) -> None:
    response = ask(None, "/meters", access_token=access_token(shared.grant))
    assert (response.status_code, body(response)["error"]) == (400, "invalid_request")
    assert ask(None, "/meters", access_token=client_token(shared.party)).status_code == 403


def test_two_tokens_in_one_request_are_refused(shared: Shared) -> None:
    for query in (shared.token, "", "9" * 64):
        assert ask(shared.token, "/meters", access_token=query).status_code == 400


def test_an_api_token_in_the_query_is_as_good(shared: Shared) -> None:
    response = ask(None, "/meters", access_token=shared.token, limit=1)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert "Authorization" in response["Vary"]
