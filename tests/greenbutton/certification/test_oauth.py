"""Function blocks 14 and 31: asking for consent and for tokens. GBA's cases OAD001 to OAD016."""

import warnings

import pytest

from blackbox.conformance.flow import Flow
from blackbox.conformance.server import FAKETIME, Later, Own
from blackbox.conformance.target import Client
from blackbox.walker import DECLINE, SHARE
from greenbutton.certification.cases import case
from greenbutton.certification.conftest import ANOTHER, SCOPE, Granted, at, granted

ACCESS = {
    "access_token", "token_type", "refresh_token", "expires_in", "scope", "resourceURI", "authorizationURI",
}  # fmt: skip
REFUSED = {401, 403}
NOBODY = ("", "access")
"""No token, and a customer's."""


@pytest.fixture(scope="module")
def later(own: Own) -> Later:
    if not FAKETIME.exists():
        warnings.warn("NOT TESTED: OAD003, OAD016 (apt-get install faketime)", pytest.PytestWarning, stacklevel=1)
        pytest.skip("libfaketime is missing (apt-get install faketime)")
    return Later(own)


@case("OAD001")
@pytest.mark.parametrize("wrong", [{"response_type": None}, {"response_type": "kode"}, {"scope": "FB=????"}])
def test_oad001_a_wrong_request_goes_back_with_an_error(flow: Flow, sunny: Client, wrong: dict[str, str]) -> None:
    came = flow.came_by(flow.ask(sunny, **wrong))
    assert came.address == sunny.redirect_uri
    assert "error" in came
    assert "code" not in came


@case("OAD001")
@pytest.mark.parametrize(
    "wrong", [{"client_id": None}, {"client_id": "EPE_nobody"}, {"redirect_uri": "https://evil.example/"}]
)
def test_oad001_nobody_is_sent_anywhere(flow: Flow, sunny: Client, wrong: dict[str, str]) -> None:
    response = flow.ask(sunny, **wrong)
    assert response.status_code in REFUSED
    assert "Location" not in response.headers


@case("OAD002")
def test_oad002_the_customer_declines(flow: Flow, sunny: Client) -> None:
    assert flow.share(sunny, ANOTHER, button=DECLINE)["error"] == "access_denied"


@case("OAD003")
def test_oad003_token_requests_that_do_not_prove_who_asks(flow: Flow, sunny: Client) -> None:
    came = flow.share(sunny, ANOTHER)
    assert flow.redeem(None, came).status_code == 401
    wrong = Client(sunny.client_id, "0" * 64, sunny.redirect_uris)
    assert flow.redeem(wrong, came).status_code == 401
    data = {"grant_type": "authorization_code", "code": came["code"]}
    response = flow.once("POST", f"{flow.oauth}/token", data=data, headers={"Authorization": "Basic ?"})
    assert response.status_code in {400, 401}


@case("OAD003")
@pytest.mark.parametrize(
    "wrong",
    [{"grant_type": None}, {"code": None}, {"redirect_uri": None}, {"redirect_uri": "https://sunny.example/"},
     {"code": "0" * 64}],
)  # fmt: skip
def test_oad003_token_requests_that_lack_something(flow: Flow, sunny: Client, wrong: dict[str, str | None]) -> None:
    assert flow.redeem(sunny, flow.share(sunny, ANOTHER), **wrong).status_code == 400


@case("OAD003")
def test_oad003_a_client_id_beside_basic(flow: Flow, sunny: Client, rival: Client) -> None:
    for client in (sunny, rival):
        assert flow.redeem(sunny, flow.share(sunny, ANOTHER), client_id=client.client_id).status_code == 400


@case("OAD003")
def test_oad003_a_code_of_six_minutes(flow: Flow, sunny: Client, later: Later) -> None:
    came = flow.share(sunny, ANOTHER)
    with later.by(361) as base:
        assert flow.at(base).redeem(sunny, came).status_code == 400


@case("OAD004")
def test_oad004_a_code_used_twice(flow: Flow, sunny: Client) -> None:
    came = flow.share(sunny, ANOTHER)
    assert flow.redeem(sunny, came).status_code == 200
    assert flow.redeem(sunny, came).status_code == 400


@case("OAD005")
def test_oad005_all_seven_fields(heather: Granted) -> None:
    assert all(heather.answer[name] for name in ACCESS)


@case("OAD006")
@pytest.mark.parametrize("token_class", ["client", *NOBODY])
def test_oad006_a_registration(heather: Granted, token_class: str) -> None:
    assert heather.status(heather.registration_answer["resourceURI"], token_class) in REFUSED


@case("OAD007 OAD008")
@pytest.mark.parametrize("token_class", ["registration", *NOBODY])
def test_oad007_oad008_authorizations(heather: Granted, token_class: str) -> None:
    for address in (heather.answer["authorizationURI"], at("/Authorization")):
        assert heather.status(address, token_class) in REFUSED


@case("OAD009")
@pytest.mark.parametrize(("token_class", "status"), [("registration", 403), ("client", 403), ("", 401)])
def test_oad009_a_batch(heather: Granted, token_class: str, status: int) -> None:
    assert heather.status(heather.answer["resourceURI"], token_class) == status


@case("OAD010")
@pytest.mark.parametrize(("token_class", "status"), [("registration", 200), ("access", 200), ("", 401)])
def test_oad010_the_service_status(heather: Granted, token_class: str, status: int) -> None:
    assert heather.status(at("/ReadServiceStatus"), token_class) == status


@pytest.fixture
def fresh(flow: Flow, sunny: Client) -> Granted:
    """A grant of this test's own."""
    return granted(flow, sunny, ANOTHER)


@case("OAD011")
def test_oad011_refreshes_that_lack_something_or_want_more(flow: Flow, sunny: Client) -> None:
    held = granted(flow, sunny, ANOTHER, "FB=4").answer["refresh_token"]
    assert flow.post(sunny, refresh_token=held).status_code == 400
    assert flow.post(sunny, grant_type="refresh_token").status_code == 400
    assert flow.refresh(sunny, held, scope="FB=4_16").status_code == 400
    assert flow.refresh(sunny, held, scope="FB=4").status_code == 200


@case("OAD012")
def test_oad012_a_refresh_gives_all_seven_fields(fresh: Granted) -> None:
    response = fresh.flow.refresh(fresh.client, fresh.answer["refresh_token"])
    assert response.status_code == 200
    assert all(response.json()[name] for name in ACCESS)


@case("OAD013")
def test_oad013_the_old_access_token_is_dead_after_a_refresh(fresh: Granted) -> None:
    assert fresh.status(fresh.answer["resourceURI"], "access") == 200
    assert fresh.flow.refresh(fresh.client, fresh.answer["refresh_token"]).status_code == 200
    assert fresh.status(fresh.answer["resourceURI"], "access") == 401


@case("OAD014")
def test_oad014_client_credentials_that_lack_something_or_want_more(flow: Flow, sunny: Client) -> None:
    assert flow.post(sunny, scope="FB=1").status_code == 400
    assert flow.post(sunny, grant_type="client_credentials", scope="FB=40").status_code == 400


@case("OAD015")
def test_oad015_client_credentials(heather: Granted, flow: Flow) -> None:
    answer = heather.client_answer
    assert all(answer[name] for name in ACCESS - {"refresh_token"})
    assert "refresh_token" not in answer
    for address in (answer["resourceURI"], answer["authorizationURI"]):
        assert heather.status(address, "client") == 200


@case("OAD016")
def test_oad016_an_expired_access_token(fresh: Granted, later: Later) -> None:
    with later.by(int(fresh.answer["expires_in"]) + 1) as base:
        assert fresh.flow.at(base).read(fresh.token, fresh.answer["resourceURI"]).status_code == 401


@case("OFA001")
def test_ofa001_an_authorization_whose_id_came_another_way(flow: Flow, sunny: Client, heather: Granted) -> None:
    """Without a redirect_uri there is no code: the customer ends on a receipt, and the client finds the grant in its
    list."""
    flow.end_sharing(sunny, ANOTHER)
    known = {entry["uid"] for entry in listed(flow, sunny)}
    flow.open(sunny, redirect_uri=None, scope=f"{SCOPE};AdditionalScope=auth-test-{ANOTHER}").press(SHARE)
    (uid,) = {entry["uid"] for entry in listed(flow, sunny)} - known
    entry = heather.read(at(f"/Authorization/{uid}"), "client")
    resource = entry.findtext(".//{*}resourceURI") or ""
    assert flow.read(sunny.api_token, resource).status_code == 200
    for name in ("authorizedPeriod", "publishedPeriod", "expires_at", "scope", "token_type", "authorizationURI"):
        assert entry.find(f".//{{*}}{name}") is not None, name


def listed(flow: Flow, client: Client) -> list[dict[str, str]]:
    return list(flow.read(client.api_token, "/api/v2/authorizations").json()["authorizations"])
