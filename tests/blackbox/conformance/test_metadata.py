"""Rows 76 to 78, 85 and 87: what the server says of itself, pushed requests, and two utilities side by side."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from blackbox.conformance.flow import Flow, Proof
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later, Own
from blackbox.conformance.target import Client, Target
from blackbox.conformance.things import UUID
from blackbox.walker import SHARE


@pytest.fixture(scope="module")
def metadata(flow: Flow) -> dict[str, Any]:
    response = flow.once("GET", flow.inserted(flow.target.issuer))
    assert response.status_code == 200
    return dict(response.json())


@row(76, "RFC 8414 2, 3.1, 3.3")
def test_row_76_the_issuer_answers_where_it_is_looked_for(flow: Flow, metadata: dict[str, Any]) -> None:
    """Broken: the path-inserted address left out, as DOT 3.4.1 does; a slash at the end of the issuer."""
    suffixed = flow.once("GET", f"{flow.target.issuer}/.well-known/oauth-authorization-server")
    assert suffixed.json() == metadata
    assert metadata["issuer"] == flow.target.issuer
    assert suffixed.headers["Content-Type"].split(";")[0] == "application/json"
    assert flow.once("GET", flow.inserted(flow.target.issuer + "x")).status_code == 404


@row(76, "RFC 8414 2")
def test_row_76_every_endpoint_named_is_there(flow: Flow, metadata: dict[str, Any], own: Own) -> None:
    """Broken: an endpoint named that is not served; an address of plain HTTP in a deployment that has TLS."""
    endpoints = {name: value for name, value in metadata.items() if name.endswith("_endpoint")}
    assert endpoints.keys() >= {
        "authorization_endpoint", "token_endpoint", "revocation_endpoint", "introspection_endpoint",
        "pushed_authorization_request_endpoint",
    }  # fmt: skip
    for name, address in endpoints.items():
        method = "GET" if name == "authorization_endpoint" else "POST"
        assert flow.once(method, address).status_code in {400, 401}, name
    secure = own.beside("secure", "https://greenbutton.example", WATTKEEPER_ALLOWED_HOSTS="127.0.0.1")
    told = requests.get(
        flow.at(secure.base).inserted(flow.target.issuer), headers={"X-Forwarded-Proto": "https"}, timeout=30,
        allow_redirects=False,
    )  # fmt: skip
    if told.status_code == 200:
        addresses = re.findall(r'"(https?://[^"]*)"', told.text)
        assert {urlsplit(address).scheme for address in addresses} == {"https"}


@row(76, "RFC 8414 2; RFC 9700 2.1.1, 2.1.2, 2.4")
def test_row_76_what_is_listed_works_and_nothing_else_is(flow: Flow, metadata: dict[str, Any], sunny: Client) -> None:
    """Broken: `implicit`, `password` or `plain` listed, as DOT 3.4.1 does."""
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["response_modes_supported"] == ["query"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert set(metadata["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    for grant_type in metadata["grant_types_supported"]:
        error = flow.post(sunny, grant_type=grant_type).json().get("error")
        assert error != "unsupported_grant_type"
    assert set(metadata["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic", "client_secret_post", "private_key_jwt", "none",
    }  # fmt: skip
    assert "none" not in metadata["token_endpoint_auth_signing_alg_values_supported"]


@row(76, "RFC 9728 2, 3, 5.1")
def test_row_76_each_api_names_the_servers_whose_tokens_it_takes(flow: Flow, metadata: dict[str, Any]) -> None:
    """Broken: `resource` another string than the address it was found by."""
    assert len(metadata["protected_resources"]) == 2
    for resource in metadata["protected_resources"]:
        path = urlsplit(resource).path
        told = flow.once("GET", f"{flow.base}/.well-known/oauth-protected-resource{path}").json()
        assert told["resource"] == resource
        assert flow.target.issuer in told["authorization_servers"]
        assert told["bearer_methods_supported"] == ["header"]


def pushed(flow: Flow, client: Client, proof: Proof | None = None, /, **changes: Any) -> requests.Response:
    return flow.post(client, "par", **flow.question(client, proof or Proof(), "", client_id=None, **changes))


def reference(flow: Flow, client: Client, proof: Proof | None = None, /, **changes: Any) -> str:
    response = pushed(flow, client, proof, **changes)
    assert response.status_code == 201, response.text
    return str(response.json()["request_uri"])


@row(77, "RFC 9126 2.2, 4")
def test_row_77_a_pushed_request_goes_through_with_its_reference_alone(flow: Flow, sunny: Client) -> None:
    """Broken: `take_up` never finding anything; a reference of 64 bits."""
    proof = Proof()
    request_uri = reference(flow, sunny, proof, state="pushed")
    assert re.fullmatch(r"urn:ietf:params:oauth:request_uri:[0-9a-f]{64}", request_uri)
    walker = flow.browser().open(f"{flow.oauth}/authorize", client_id=sunny.client_id, request_uri=request_uri)
    came = flow.came(walker.press(SHARE), proof)
    assert came["state"] == "pushed"
    assert flow.redeem(sunny, came, redirect_uri=sunny.redirect_uri).status_code == 200


@row(77, "RFC 9126 4, 7.3")
def test_row_77_pushed_values_win(flow: Flow, sunny: Client) -> None:
    """Broken: the query's parameters put over the pushed ones."""
    flow.end_sharing(sunny)
    request_uri = reference(flow, sunny, scope=f"FB=4;AdditionalScope=auth-test-{flow.target.customers[0]}", state="a")
    walker = flow.browser().open(
        f"{flow.oauth}/authorize", client_id=sunny.client_id, request_uri=request_uri,
        redirect_uri="https://evil.example/", scope="FB=4_16_51", state="b", response_type="token",
    )  # fmt: skip
    assert "Your bills" not in walker.text
    came = flow.came(walker.press(SHARE))
    assert (came.address, came["state"]) == (sunny.redirect_uri, "a")


def is_refused(response: requests.Response) -> None:
    assert response.status_code in {400, 401, 403}
    assert "Location" not in response.headers


@row(77, "RFC 9126 2.2, 7.1, 7.3")
@pytest.mark.parametrize("case", ["twice", "another client", "garbage", "half a reference", "no client"])
def test_row_77_a_reference_is_good_once_for_its_own_client(
    flow: Flow, sunny: Client, rival: Client, case: str
) -> None:
    """Broken: `browser_digest=""` taken out of `take_up`; the registration not compared."""
    request_uri = reference(flow, sunny)
    asked = {"client_id": sunny.client_id, "request_uri": request_uri}
    if case == "twice":
        assert flow.once("GET", f"{flow.oauth}/authorize", params=asked).status_code == 302
    asked |= {
        "twice": {}, "another client": {"client_id": rival.client_id}, "no client": {"client_id": ""},
        "garbage": {"request_uri": "urn:ietf:params:oauth:request_uri:" + "0" * 64},
        "half a reference": {"request_uri": request_uri[:-1]},
    }[case]  # fmt: skip
    is_refused(flow.once("GET", f"{flow.oauth}/authorize", params=asked))


@row(77, "RFC 9126 2.2")
def test_row_77_a_reference_waits_no_longer_than_it_says(flow: Flow, later: Later, sunny: Client) -> None:
    """Broken: `expires__gt` taken out of `take_up`."""
    response = pushed(flow, sunny).json()
    with later.by(response["expires_in"] + 2) as base:
        asked = {"client_id": sunny.client_id, "request_uri": response["request_uri"]}
        is_refused(flow.once("GET", f"{flow.at(base).oauth}/authorize", params=asked))


@row(77, "RFC 9126 2.1, 2.3")
def test_row_77_nobody_pushes_for_another(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: the client not asked for; a `client_id` of another one stored."""
    fields = flow.question(sunny, Proof())
    assert flow.post(None, "par", **fields).status_code == 401
    assert flow.post(Client(sunny.client_id, "wrong"), "par", **fields).status_code == 401
    assert flow.post(rival, "par", **fields).status_code in {400, 401}


@row(77, "RFC 9126 2.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"request_uri": "urn:ietf:params:oauth:request_uri:" + "0" * 64},
        {"request": "eyJhbGciOiJub25lIn0.e30."},
        {"code_challenge": None, "code_challenge_method": None},
        {"response_type": "token"},
        {"scope": "FB=????"},
    ],
)
def test_row_77_a_push_is_judged_as_a_request(flow: Flow, sunny: Client, changes: dict[str, str | None]) -> None:
    """Broken: the request stored as it came and judged later, or never."""
    response = pushed(flow, sunny, **changes)
    assert response.status_code in {400, 403}
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    assert "Location" not in response.headers


class Listener(BaseHTTPRequestHandler):
    """Counts who comes."""

    def do_GET(self) -> None:
        CAME.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


CAME: list[str] = []


@row(78, "RFC 9101 6, 10.4; RFC 9126 7")
@pytest.mark.parametrize(
    "name", ["request_uri", "request", "logo_uri", "jwks_uri", "client_uri", "sector_identifier_uri"]
)
def test_row_78_nothing_in_a_request_is_fetched(flow: Flow, sunny: Client, name: str) -> None:
    """Broken: `requests.get` of a `request_uri`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/{name}"
        response = flow.ask(sunny, **{name: address})
        pushed(flow, sunny, **{name: address})
        flow.post(None, grant_type="client_credentials", client_id=address, **{name: address})
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert CAME == []
    if name in {"request_uri", "request"}:
        assert flow.came_by(response)["error"] in {"request_uri_not_supported", "request_not_supported"}


@row(85, "RFC 9700 4.15")
def test_row_85_a_client_id_is_never_a_customer_s_id(flow: Flow, target: Target, sunny: Client) -> None:
    """Broken: client ids made as UUIDs, which is what customers, grants and meters have."""
    answer = flow.tokens(sunny)
    told = flow.introspect(sunny, answer["access_token"]).json()
    assert re.fullmatch(UUID, told["sub"])
    for name in ("sunny", "rival"):
        client_id = target.clients[name].client_id
        assert re.fullmatch(r"[A-Z]{2,8}_[a-z0-9]{9}", client_id)
        assert not re.fullmatch(UUID, client_id)
    own_token = flow.introspect(sunny, flow.client_token(sunny)["access_token"]).json()
    assert own_token.get("sub") in {None, sunny.client_id}


SECOND = """
from wattkeeper.utilities.models import Utility, World
utility = Utility.objects.create(code="RIO", slug="rio", name="Rio Electric", zone_name="America/Denver",
    languages=["en"], sign_in_methods=["sso", "test"], function_blocks=[1, 3, 4, 5, 13, 15, 16, 31, 37, 51])
World.objects.create(utility=utility, kind=World.Kind.LIVE)
World.objects.create(utility=utility, kind=World.Kind.SANDBOX, name="main")
"""


@row(87, "RFC 9207 2.4; RFC 9700 4.4")
def test_row_87_two_utilities_are_two_issuers(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: one issuer for all; a client looked up without its utility."""
    own.command("shell", "-v", "0", "-c", SECOND)
    other = Flow(Target(own.base, "rio", {}, flow.target.customers))
    theirs = own.register("Sunny", "https://sunny.example/rio", utility="RIO")
    told = {
        issuer: flow.once("GET", flow.inserted(issuer)).json() for issuer in (flow.target.issuer, other.target.issuer)
    }
    assert all(found["issuer"] == issuer for issuer, found in told.items())
    endpoints = [{value for name, value in found.items() if name.endswith("_endpoint")} for found in told.values()]
    assert not endpoints[0] & endpoints[1]
    assert flow.came_by(flow.ask(sunny, scope="?"))["iss"] != flow.came_by(other.ask(theirs, scope="?"))["iss"]
    assert other.ask(sunny).status_code == flow.ask(theirs).status_code == 401
    came = flow.share(sunny)
    assert other.redeem(sunny, came).status_code == 401
    assert other.redeem(theirs, came).status_code == 400
    answer = flow.redeem(sunny, came).json()
    assert other.introspect(theirs, answer["access_token"]).json() == {"active": False}
    assert other.refresh(theirs, answer["refresh_token"]).status_code == 400
