"""Who may use which route. A route that is not in the table below fails the first test."""

from dataclasses import dataclass

import pytest

from api.reader import ROOT, TODAY, Shared, ask, body, call, send, text
from cast import access_token, authorize, client_token, customer, registration_token, third_party
from consent.visitor import published_account
from wattkeeper.api import bills
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.statements import account_uid
from wattkeeper.companies import portals
from wattkeeper.companies.models import Form
from wattkeeper.customers.models import Bill, TestAccount
from wattkeeper.events.models import Event


@dataclass(frozen=True)
class Route:
    """`stranger` is what another company's token gets: 404, or 200 without a row of ours. `change`: the body it takes,
    where it takes one."""

    method: str
    path: str
    stranger: int
    query: str = ""
    change: dict[str, object] | None = None
    is_of_company: bool = False
    """Opened by no token but the company's own."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, grant: Authorization) -> str:
        meter = grant.meters.get()
        account = account_uid(grant.uid, meter.service.occupancies.get().account.uid)
        uids: dict[str, object] = {"authorizations": grant.uid, "meters": meter.uid, "billing-accounts": account}
        uids["billing-summaries"] = f"{account}-{TODAY.isoformat()}"
        uids["events"] = Event.objects.filter(authorization_uid=grant.uid).values_list("uid", flat=True).first() or ""
        uids["templates"] = portals.template_of(grant.registration.company).uid
        uids["forms"] = form_of(grant).uid if self.path.startswith("/forms/") else ""
        uid = next((uid for name, uid in uids.items() if f"/{name}/" in self.path), grant.uid)
        return self.path.format(uid=uid, meter=meter.uid, raw=f"{meter.uid}-2026-11-23")

    def sent(self, grant: Authorization) -> dict[str, object] | None:
        if self.change is None or self.path not in {COLLECT, MONITOR}:
            return self.change
        return self.change | {"meters": [str(grant.meters.get().uid)]}

    @property
    def ends(self) -> bool:
        """Whether it ends the grant, so that it is called once."""
        return self.method == "DELETE" or self.path.endswith("revoke")

    def parameters(self, grant: Authorization) -> dict[str, object]:
        if self.query == "uid":
            return {"uid": bills.uid_of(grant.meters.get(), Bill.objects.latest("start").uid)}
        if self.query == "meter":
            return {"meter": grant.meters.get().uid}
        return {self.query: grant.uid} if self.query else {}


COLLECT, MONITOR = "/meters/historical-collection", "/meters/ongoing-monitoring"
TABLE = [
    Route("GET", "/authorizations", 200),
    Route("GET", "/authorizations/{uid}", 404),
    Route("PATCH", "/authorizations/{uid}", 404, change={}),
    Route("DELETE", "/authorizations/{uid}", 404),
    Route("POST", "/authorizations/{uid}/revoke", 404),
    Route("GET", "/meters", 200),
    Route("GET", "/meters/{uid}", 404),
    Route("PATCH", "/meters/{uid}", 404, change={}),
    Route("POST", COLLECT, 404, change={"collection_duration": 12}),
    Route("POST", MONITOR, 404, change={"frequency": "daily"}),
    Route("GET", "/bills", 404, "authorizations"),
    Route("GET", "/intervals", 404, "authorizations"),
    Route("GET", "/accounting/billing-accounts", 200),
    Route("GET", "/accounting/billing-accounts/{uid}", 404),
    Route("GET", "/accounting/billing-summaries", 200),
    Route("GET", "/accounting/billing-summaries/{uid}", 404),
    Route("GET", "/files/meters_csv", 404, "authorizations"),
    Route("GET", "/files/meters_bills_csv", 404, "accounts"),
    Route("GET", "/files/csv/{uid}", 404),
    Route("GET", "/files/meters_lineitems_csv", 404, "authorizations"),
    Route("GET", "/files/billing_summaries_csv", 404, "authorizations"),
    Route("GET", "/files/intervals_csv", 404, "authorizations"),
    Route("GET", "/files/intervals_xml", 404, "authorizations"),
    Route("GET", "/files/meters_bills_zip", 404, "authorizations"),
    Route("GET", "/files/pdf_bill", 404, "uid"),
    Route("GET", "/files/latest_pdf", 404, "meter"),
    Route("GET", "/files/latest_pdf/{meter}", 404),
    Route("GET", "/files/{raw}", 404),
    Route("GET", "/events", 200),
    Route("GET", "/events/{uid}", 404),
    Route("PATCH", "/events/{uid}", 404, change={}),
    Route("GET", "/templates", 200, is_of_company=True),
    Route("GET", "/templates/{uid}", 404, is_of_company=True),
    Route("GET", "/forms", 200, is_of_company=True),
    Route("POST", "/forms", 200, change={}, is_of_company=True),
    Route("GET", "/forms/{uid}", 404, is_of_company=True),
    Route("PATCH", "/forms/{uid}", 404, change={}, is_of_company=True),
    Route("DELETE", "/forms/{uid}", 404, is_of_company=True),
    Route(
        "POST",
        "/forms/{uid}/test-submit",
        404,
        change={"utility": "EPE", "scenario": "test_residential"},
        is_of_company=True,
    ),
]
pytestmark = pytest.mark.usefixtures("stated")
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
    if route.change is not None and token is not None:
        response = send(token, route.url(grant), route.method, route.sent(grant))
    else:
        response = ask(token, route.url(grant), route.method, **route.parameters(grant))
    return response.status_code, text(response)


def test_the_table_names_every_route(db: None) -> None:
    document = body(ask(None, "/openapi.json"))
    served = {
        (method.upper(), path.removeprefix(ROOT)) for path, methods in document["paths"].items() for method in methods
    }
    open_to_all = {("GET", "/utilities"), ("GET", "/utilities/{utility}")}
    assert {(route.method, route.path) for route in TABLE} == served - open_to_all


@every_route
def test_its_own_company_is_let_in(shared: Shared, route: Route) -> None:
    assert reach(shared.token, route, shared.grant)[0] == 200
    if route.ends:
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
        assert route.url(shared.grant).rpartition("/")[2] not in answer or "{uid}" not in route.path
        assert str(shared.meter.uid) not in answer.replace(f"There is no meter '{shared.meter.uid}'", "")
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
