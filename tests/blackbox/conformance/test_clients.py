"""Rows 37 to 45: who redeems. The proof key of the request, and the client's own credentials."""

import base64
import secrets
import statistics
from typing import Any
from urllib.parse import quote

import pytest
import requests

from blackbox.conformance.flow import Flow, Proof
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later, Own
from blackbox.conformance.target import Client, Target
from blackbox.walker import SHARE

NO_PROOF: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture(scope="module")
def native(target: Target) -> Client:
    """A public client: an app on the customer's machine."""
    return target.clients["native"]


@pytest.fixture(scope="module")
def plain(target: Target) -> Client:
    """A client excused from PKCE."""
    return target.clients["plain"]


@row(37, "RFC 9700 2.1.1; RFC 8252 8.1")
def test_row_37_a_public_client_needs_a_challenge(flow: Flow, native: Client) -> None:
    """Broken: `requires_pkce` of a public client switched off in the database."""
    assert flow.came_by(flow.ask(native, **NO_PROOF))["error"] == "invalid_request"
    assert flow.tokens(native)["token_type"] == "Bearer"


@row(38, "RFC 7636 4.1, 4.6")
@pytest.mark.parametrize(
    "verifier",
    [None, "", secrets.token_urlsafe(48), "a" * 42, "a" * 129, "a" * 60 + " /", "☀" * 50, "a" * 100_000],
    ids=["missing", "empty", "another", "short", "long", "alphabet", "unicode", "huge"],
)
def test_row_38_the_verifier_is_checked(flow: Flow, sunny: Client, native: Client, verifier: str | None) -> None:
    """Broken: `is_proof` always true, and a missing verifier let pass."""
    for client in (sunny, native):
        response = flow.redeem(client, flow.share(client), code_verifier=verifier)
        assert response.status_code in {400, 413}
        assert response.json()["error"] in {"invalid_grant", "invalid_request"}


@row(38, "RFC 7636 4.1")
@pytest.mark.parametrize("length", [43, 128])
def test_row_38_the_shortest_and_the_longest_verifier_work(flow: Flow, sunny: Client, length: int) -> None:
    """Broken: the bounds of the pattern moved by one."""
    proof = Proof(secrets.token_urlsafe(128)[:length])
    came = flow.came(flow.open(sunny, proof=proof).press(SHARE), proof)
    assert flow.redeem(sunny, came).status_code == 200


@row(38, "RFC 7636 4.6")
def test_row_38_the_challenge_is_no_verifier(flow: Flow, sunny: Client) -> None:
    """Broken: `plain` compared when S256 was declared."""
    came = flow.share(sunny)
    assert flow.redeem(sunny, came, code_verifier=came.proof.challenge).status_code == 400


@row(39, "RFC 9700 2.1.1, 4.8.2")
def test_row_39_a_verifier_nobody_asked_for_is_refused(flow: Flow, plain: Client) -> None:
    """Broken: the verifier ignored where the request had no challenge: an attacker who strips it goes unseen."""
    came = flow.share(plain, **NO_PROOF)
    response = flow.redeem(plain, came)
    assert (response.status_code, response.json()["error"]) in {(400, "invalid_grant"), (400, "invalid_request")}


@row(40, "RFC 9700 2.1.1; RFC 7636 4.2")
@pytest.mark.parametrize("method", ["plain", None, "", "s256", "S512", "none", "S256 "])
def test_row_40_only_s256_is_taken(flow: Flow, sunny: Client, method: str | None) -> None:
    """Broken: `plain` added to the methods. DOT 3.4.1 takes it."""
    assert flow.came_by(flow.ask(sunny, code_challenge_method=method))["error"] == "invalid_request"


@row(40, "RFC 7636 4.2")
@pytest.mark.parametrize("challenge", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "+", "☀" * 43])
def test_row_40_a_challenge_is_43_characters_of_base64url(flow: Flow, sunny: Client, challenge: str) -> None:
    """Broken: the pattern for the challenge left out."""
    assert flow.came_by(flow.ask(sunny, code_challenge=challenge))["error"] == "invalid_request"


@row(41, "RFC 9700 2.1.1")
def test_row_41_a_confidential_client_needs_pkce_unless_excused(flow: Flow, sunny: Client, plain: Client) -> None:
    """Broken: ProofKey's `required` always false."""
    assert flow.came_by(flow.ask(sunny, **NO_PROOF))["error"] == "invalid_request"
    came = flow.share(plain, **NO_PROOF)
    assert flow.redeem(plain, came, code_verifier=None).status_code == 200
    assert "access_token" in flow.tokens(plain)


def encoded(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@row(42, "RFC 6749 2.3.1, 5.2; RFC 7617 2")
@pytest.mark.parametrize(
    "header",
    [
        None, "", "Basic", "Basic ", "Basic !!!", "Basic é", encoded("nocolon"), encoded(":"), encoded(":secret"),
        encoded("{id}:"), encoded("{id}:wrong"), encoded("{id}:{secret}x"), encoded("EPE_nobodyxx:{secret}"),
        encoded("{id}\0:{secret}"), "Bearer {secret}", "Digest username={id}", "Basic " + "A" * 4000,
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), encoded("{secret}:{id}"),
    ],
)  # fmt: skip
def test_row_42_bad_credentials_are_a_challenge_not_a_crash(flow: Flow, sunny: Client, header: str | None) -> None:
    """Broken: `_basic` without its `except`. Keycloak answered 500 to such a header."""
    if header is not None and header.startswith("Basic ") and len(header) < 1000:
        header = filled(header, sunny)
    headers = {"Authorization": header.encode("utf-8")} if header is not None else {}
    response = flow.once("POST", f"{flow.oauth}/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert "no-store" in response.headers["Cache-Control"]


def filled(header: str, client: Client) -> str:
    """The header with the client's id and secret where the case names them."""
    try:
        text = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return header
    return encoded(text.replace("{id}", client.client_id).replace("{secret}", client.client_secret))


@row(42, "RFC 6749 2.3")
@pytest.mark.parametrize("extra", ["client_secret", "client_id", "other client_id"])
def test_row_42_two_ways_at_once_are_refused(flow: Flow, sunny: Client, rival: Client, extra: str) -> None:
    """Broken: the body looked at first, the header after."""
    body = {
        "client_secret": {"client_id": sunny.client_id, "client_secret": sunny.client_secret},
        "client_id": {"client_id": sunny.client_id},
        "other client_id": {"client_id": rival.client_id},
    }[extra]
    response = flow.post(sunny, grant_type="client_credentials", **body)
    assert response.status_code in {400, 401}
    assert response.json()["error"] in {"invalid_request", "invalid_client"}


@row(42, "RFC 6749 2.3.1")
def test_row_42_a_secret_in_the_address_opens_nothing(flow: Flow, sunny: Client) -> None:
    """Broken: the query read beside the body."""
    query = {"client_id": sunny.client_id, "client_secret": sunny.client_secret, "grant_type": "client_credentials"}
    for data in ({"grant_type": "client_credentials"}, {}):
        response = flow.once("POST", f"{flow.oauth}/token", params=query, data=data)
        assert response.status_code in {400, 401}
        assert "access_token" not in response.text


@row(42, "RFC 6749 2.3.1, B")
def test_row_42_id_and_secret_may_be_form_encoded_in_basic(flow: Flow, sunny: Client) -> None:
    """Broken: `unquote_plus` left out."""
    odd = "".join(f"%{ord(letter):02X}" for letter in sunny.client_id)
    for client_id, secret in ((quote(sunny.client_id), sunny.client_secret), (odd, sunny.client_secret)):
        response = flow.once(
            "POST",
            f"{flow.oauth}/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": encoded(f"{client_id}:{secret}")},
        )
        assert response.status_code == 200


@row(42, "RFC 6749 2.3.1")
def test_row_42_a_secret_may_go_in_the_body(flow: Flow, sunny: Client) -> None:
    """Broken: `client_secret_post` not read."""
    body = {"client_id": sunny.client_id, "client_secret": sunny.client_secret, "grant_type": "client_credentials"}
    assert flow.post(None, **body).status_code == 200
    assert flow.post(None, **(body | {"client_secret": "wrong"})).status_code == 401
    assert flow.post(None, **(body | {"client_secret": ""})).status_code == 401


@row(42, "RFC 6749 2.3.1, 3.2.1")
def test_row_42_a_client_with_a_secret_is_no_public_one(flow: Flow, sunny: Client, native: Client) -> None:
    """Broken: a bare client_id taken of any client."""
    came = flow.share(sunny)
    assert flow.redeem(Client(sunny.client_id), came).status_code == 401
    assert flow.redeem(Client(native.client_id, "a secret"), flow.share(native)).status_code == 401
    assert flow.post(native, grant_type="client_credentials").status_code in {400, 401}


def failing(flow: Flow, client_id: str, secret: str) -> requests.Response:
    response = flow.post(Client(client_id, secret), grant_type="client_credentials")
    assert response.status_code == 401
    return response


@row(43, "RFC 9700 4.10")
def test_row_43_an_unknown_client_and_a_wrong_secret_look_the_same(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: the secret only digested for a client that exists, ten thousand times over. Same answer, and the same
    work: CPU of the server, because a clock on a shared machine tells nothing."""
    cases = [(sunny.client_id, "0" * 64), ("EPE_nobodyxx", "0" * 64)]
    assert len({failing(flow, *case).text for case in cases}) == 1
    work: list[list[float]] = [[], []]
    for _ in range(5):
        for case, spent in zip(cases, work, strict=True):
            with own.cpu() as cpu:
                for _ in range(40):
                    failing(flow, *case)
            spent.append(cpu.seconds)
    known, unknown = map(statistics.median, work)
    assert abs(known - unknown) < 0.35 * max(known, unknown) + 0.02


@row(44, "RFC 9700 4.10")
def test_row_44_a_failed_authentication_costs_little(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: `make_password` in place of the digest: 0.2 s each then. Most of this is HTTP around it."""
    with own.cpu() as spent:
        for _ in range(100):
            failing(flow, sunny.client_id, secrets.token_hex(32))
    assert spent.seconds / 100 < 0.015


@row(45, "RFC 6749 2.3.1")
def test_row_45_two_secrets_live_while_one_is_rotated_out(flow: Flow, own: Own, later: Later) -> None:
    """Broken: the old secret ended at once; then `expires` not asked for."""
    client = own.register("Rotating")
    newer = own.registration("rotate-secret", client.client_id, "--keep-old=2")["client_secret"]
    for secret in (client.client_secret, newer):
        assert flow.post(Client(client.client_id, secret), grant_type="client_credentials").status_code == 200
    with later.by(2 * 3600 + 60) as base:
        failing(flow.at(base), client.client_id, client.client_secret)
        assert "access_token" in flow.at(base).client_token(Client(client.client_id, newer))
