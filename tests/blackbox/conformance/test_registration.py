"""Rows 6, 7, 23 and 79 to 83: where a client may send browsers, how it is shown, and what it cannot change itself."""

from typing import Any

import pytest

from blackbox.conformance.flow import Flow, Proof, page_of, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client, Target
from blackbox.conformance.things import ROOT
from blackbox.walker import SHARE


@pytest.fixture(scope="module")
def native(target: Target) -> Client:
    """An app on the customer's machine: http://127.0.0.1/callback and http://[::1]:7777/callback."""
    return target.clients["native"]


@row(6, "RFC 8252 7.3, 8.3; RFC 9700 2.1")
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/callback", "http://127.0.0.1:1024/callback", "http://127.0.0.1:65535/callback",
     "http://[::1]:7777/callback", "http://[::1]:51004/callback", "http://[::1]/callback"],
)  # fmt: skip
def test_row_06_an_app_on_the_machine_has_any_port(flow: Flow, native: Client, address: str) -> None:
    """Broken: `is_registered` comparing the port of a loopback address too."""
    came = flow.share(native, redirect_uri=address)
    assert came.address == address
    assert flow.redeem(native, came).status_code == 200


LOOKALIKES = [
    "http://localhost:1024/callback", "http://localhost.evil.test/callback", "http://127.0.0.1.evil.test/callback",
    "http://localhost:80@evil.test/callback", "http://127.0.0.1:80@evil.test/callback", "http://127.0.0.1@evil.test/callback",
    "http://127.0.0.1\\@evil.test/callback", "http://127.1/callback", "http://2130706433/callback", "http://127.0.0.2/callback",
    "http://[::ffff:127.0.0.1]/callback", "http://[::1%25eth0]/callback", "http://[::1].evil.test/callback",
    "https://127.0.0.1/callback", "http://127.0.0.1/callback2", "http://127.0.0.1/callback?x=1", "http://127.0.0.1/callback#f",
    "http://127.0.0.1:/callback", "http://127.0.0.1:0/callback", "http://127.0.0.1:x/callback", "http://127.0.0.1:999999/callback",
    "http://0.0.0.0/callback", "http://127.0.0.1:80:80/callback", "http://127.0.0.1:８０/callback",
]  # fmt: skip


@row(6, "RFC 8252 7.3; RFC 9700 2.1")
@pytest.mark.parametrize("address", LOOKALIKES)
def test_row_06_what_only_looks_like_the_machine_is_refused(flow: Flow, native: Client, address: str) -> None:
    """Broken: `startswith("http://127.0.0.1")`, as Keycloak had it for localhost (CVE-2024-8883)."""
    response = flow.ask(native, redirect_uri=address)
    assert response.status_code in {400, 403}
    assert "Location" not in response.headers


UNREGISTRABLE = [
    "JaVaScRiPt:alert(1)",
    "https://sunny.example/#f",
    "https://*.sunny.example/",
    "http://127.0.0.1.evil.test/",
    "https://sunny.example/" + "x" * 2000,
]
"""One of each kind: a command takes a second, and the product's own tests have the long list."""


@row(7, "RFC 6749 3.1.2; RFC 9700 2.1")
def test_row_07_an_address_that_cannot_be_trusted_cannot_be_registered(own: Own, target: Target) -> None:
    """Broken: `check` of redirect_uris left out. The good one among them does not save the rest."""
    sunny = target.clients["sunny"]
    for address in UNREGISTRABLE:
        done = own.run(
            "registration", "set", sunny.client_id, "--redirect-uri=https://ok.example/", f"--redirect-uri={address}"
        )
        assert done.returncode != 0, address
        assert done.stderr.strip()
    found = next(each for each in own.registration("list") if each["client_id"] == sunny.client_id)
    assert found["redirect_uris"] == sunny.redirect_uris


EVIL_NAMES = [
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
    "\u202eevil\u202c",
    "A&B's “Größe” ☀",
]


@row(23, "RFC 7591 5; RFC 9700 4.16")
@pytest.mark.parametrize("name", EVIL_NAMES)
def test_row_23_a_company_s_name_is_only_text(flow: Flow, own: Own, name: str) -> None:
    """Broken: the name marked safe in the form's heading."""
    client = own.register(name, "https://named.example/callback")
    walker = flow.open(client, state="s")
    assert walker.response.status_code == 200
    page = page_of(walker.response)
    assert name.split(maxsplit=1)[0].strip("\u202e\u202c") in page.text_content()
    assert page.xpath("//script[not(@src)]|//img[@onerror]|//*[@onerror]") == []
    assert "14" not in (page.find(".//h1").text_content() if "7|add" in name else "")
    assert "code" in flow.came(walker.press(SHARE))


@row(23, "RFC 7591 2")
def test_row_23_a_name_of_any_length_breaks_nothing(own: Own) -> None:
    """Broken: the length left to the database, which says it in its own words."""
    done = own.run("registration", "add", f"--company={'x' * 5000}", "--redirect-uri=https://long.example/")
    assert done.returncode != 0
    assert len(done.stderr) < 1000


@row(79, "RFC 7591 3, 5")
@pytest.mark.parametrize("path", ["register", "oauth/register", "connect/register"])
def test_row_79_nobody_registers_by_himself_yet(flow: Flow, path: str) -> None:
    """Broken: a registration endpoint added: then this row is to be tested in earnest."""
    metadata = flow.once("GET", flow.inserted(flow.target.issuer)).json()
    assert "registration_endpoint" not in metadata
    body = {"client_name": "Sunny", "redirect_uris": ["https://evil.example/"]}
    for address in (f"{flow.target.issuer}/{path}", f"{flow.base}/register/{flow.target.utility}"):
        response = flow.once("POST", address, json=body)
        assert response.status_code in {403, 404, 405}
        assert "client_id" not in response.text


@row(80, "RFC 7591 2")
@pytest.mark.parametrize(
    "options", [["--auth-method=client_secret_jwt"], ["--status=staff"], ["--grant-types=implicit"]]
)
def test_row_80_a_registration_has_only_what_the_server_offers(own: Own, options: list[str]) -> None:
    """Broken: a value stored as it came. Third parties cannot send these fields at all yet (row 79)."""
    done = own.run("registration", "add", "--company=Greedy", "--redirect-uri=https://greedy.example/", *options)
    assert done.returncode != 0
    assert "Greedy" not in {each["company"] for each in own.registration("list")}


@row(80, "RFC 7591 2; RFC 6749 2.1")
def test_row_80_a_new_registration_is_a_sandbox_one_with_pkce(own: Own) -> None:
    """Broken: another default for `--status`; PKCE off for a public client allowed."""
    made = own.register("Modest", "http://127.0.0.1/", auth_method="none")
    found = next(each for each in own.registration("list") if each["client_id"] == made.client_id)
    assert (found["status"], found["requires_pkce"]) == ("sandbox", True)
    assert own.run("registration", "set", made.client_id, "--requires-pkce=off").returncode != 0


@row(81, "RFC 7592 2; ESPI 3.1 ApplicationInformation")
def test_row_81_a_registration_s_token_reads_its_own_and_changes_nothing(
    flow: Flow, own: Own, sunny: Client, rival: Client
) -> None:
    """Broken: the class of token not asked for; `may_request` not asked for after a suspension."""
    mine, theirs = (flow.client_token(client, "FB=36_40") for client in (sunny, rival))
    assert flow.read(theirs["access_token"], theirs["resourceURI"]).status_code == 200
    assert flow.read(mine["access_token"], theirs["resourceURI"]).status_code == 404
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        for address in (theirs["resourceURI"], f"{ROOT}/ApplicationInformation"):
            answer = flow.read(theirs["access_token"], address, method=method, data="<status>live</status>")
            assert answer.status_code in {404, 405}
    with own.status(rival, "suspended"):
        assert flow.read(theirs["access_token"], theirs["resourceURI"]).status_code == 401
        assert flow.post(rival, grant_type="client_credentials", scope="FB=36_40").status_code in {400, 401}


@row(82, "RFC 7592 2.2; RFC 9700 4.15")
def test_row_82_a_live_client_cannot_change_itself(flow: Flow, target: Target) -> None:
    """Broken: an address that takes a registration's fields: then this row is to be tested in earnest."""
    live = target.clients["live"]
    token = flow.client_token(live, "FB=36_40")
    fields = {"redirect_uris": ["https://evil.example/"], "client_name": "Evil", "status": "live"}
    for address in ("/api/v2/registrations", "/dashboard", "/settings", "/settings/registrations"):
        for method in ("POST", "PUT", "PATCH"):
            assert flow.read(live.api_token, address, method=method, json=fields).status_code in {403, 404, 405}
    told = flow.read(token["access_token"], token["resourceURI"]).text
    assert "evil.example" not in told
    assert flow.ask(live, redirect_uri="https://evil.example/").status_code == 403


@row(83, "RFC 6749 10.1; RFC 7591 3.2.1")
def test_row_83_secrets_are_shown_once(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: `client_secret` in `described`, or in ApplicationInformation."""
    registration = flow.client_token(sunny, "FB=36_40")
    listed = own.command("registration", "list") + own.command("registration", "list", "--json")
    changed = str(own.registration("set", sunny.client_id, "--requires-pkce=on"))
    told = flow.read(registration["access_token"], registration["resourceURI"]).text
    company = flow.read(sunny.api_token, registration["resourceURI"]).text
    for text in (listed, changed, told, company):
        assert sunny.client_secret not in text
        assert sunny.api_token not in text
    assert registration["access_token"] not in company


@row(83, "RFC 6749 10.3; RFC 9700 4.2.4")
@pytest.mark.parametrize(
    "path",
    [
        "/docs?q={secret}",
        "/{secret}",
        "/api/v2/{secret}",
        "/api/v2/authorizations?uids={secret}",
        "/directory?q={secret}",
        "/DataCustodian/epe/oauth/authorize?client_id={secret}",
        "/DataCustodian/epe/oauth/authorize?client_id={client_id}&scope={secret}",
    ],
)
def test_row_83_no_page_repeats_a_secret(flow: Flow, sunny: Client, path: str) -> None:
    """Broken: an error page that shows the address it could not find."""
    asked = path.format(secret=sunny.client_secret, client_id=sunny.client_id)
    response = flow.read(sunny.api_token, asked)
    visible = page_of(response).text_content() if "html" in response.headers["Content-Type"] else response.text
    assert sunny.client_secret not in visible
    assert sunny.api_token not in response.text


@row(83, "RFC 6749 4.1.3")
def test_row_83_a_grant_s_answer_is_not_to_be_had_again(flow: Flow, sunny: Client) -> None:
    """Broken: tokens listed beside an authorization."""
    answer: dict[str, Any] = flow.tokens(sunny)
    listed = flow.read(sunny.api_token, f"/api/v2/authorizations/{uid_of(answer)}?include=meters").text
    grants = flow.read(flow.client_token(sunny)["access_token"], f"{ROOT}/Authorization").text
    page = flow.open(sunny, proof=Proof()).open("/my-authorizations").response.text
    for text in (listed, grants, page):
        assert answer["access_token"] not in text
        assert answer["refresh_token"] not in text
