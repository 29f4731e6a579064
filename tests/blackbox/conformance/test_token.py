"""Rows 46 to 50: the token endpoint's manners, and what tokens are made of."""

import math
import os
from collections import Counter

import pytest

from blackbox.conformance.flow import ISSUED, Came, Flow, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client

MANY = int(os.environ.get("WATTKEEPER_TOKENS", "150"))
"""Tokens to look at for chance: 10,000 for the measure in bench/."""
FORM = "application/x-www-form-urlencoded"


@row(46, "RFC 6749 3.2")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_row_46_tokens_are_posted_for(flow: Flow, sunny: Client, method: str) -> None:
    """Broken: `require_POST` taken off."""
    query = {"grant_type": "client_credentials"}
    response = flow.once(method, f"{flow.oauth}/token", params=query, auth=sunny.basic)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@row(46, "RFC 6749 3.2, 5.2")
@pytest.mark.parametrize(
    ("content_type", "body", "statuses"),
    [
        ("application/json", '{"grant_type": "client_credentials"}', {400, 415}),
        ("text/plain", "grant_type=client_credentials", {400, 415}),
        ("", "grant_type=client_credentials", {400, 415}),
        (f"{FORM}; charset=UTF-8", "grant_type=client_credentials", {200}),
        (f"{FORM};charset=latin-9", "grant_type=client_credentials", {200, 400}),
        (f"{FORM}; charset=nonsense", "grant_type=client_credentials", {200, 400}),
        (FORM, "grant_type=client_credentials&grant_type=client_credentials", {400}),
        (FORM, "grant_type=client_credentials&scope=FB%3D4&scope=FB%3D4", {400}),
        (FORM, "grant_type=" + "x" * 1_000_000, {413}),
        (FORM, "&".join(f"a{number}=1" for number in range(5000)), {400}),
        (FORM, "%", {400}),
        (FORM, "grant_type=%ff%fe", {400}),
        ("multipart/form-data", "nonsense", {400}),
        ("multipart/form-data; boundary=x", "--x\r\n", {400}),
    ],
)
def test_row_46_a_body_is_a_form_of_bearable_size(
    flow: Flow, sunny: Client, content_type: str, body: str, statuses: set[int]
) -> None:
    """Broken: LARGEST_BODY raised; repeated parameters let pass; `_form` without its `except`."""
    headers = {"Content-Type": content_type} if content_type else {}
    response = flow.once("POST", f"{flow.oauth}/token", data=body.encode(), headers=headers, auth=sunny.basic)
    assert response.status_code in statuses
    if response.status_code != 200:
        assert response.json()["error"] in {"invalid_request", "unsupported_grant_type"}


@row(47, "RFC 6749 5.1, 5.2")
@pytest.mark.parametrize("grant_type", ["client_credentials", "nonsense", None])
def test_row_47_answers_are_json_and_kept_nowhere(flow: Flow, sunny: Client, grant_type: str | None) -> None:
    """Broken: Authlib's headers not handed on."""
    for client in (sunny, None):
        response = flow.post(client, grant_type=grant_type)
        assert response.headers["Content-Type"].split(";")[0] == "application/json"
        assert "no-store" in response.headers["Cache-Control"]
        assert set(response.json()) <= {"access_token", "token_type", "expires_in", "scope", "resourceURI",
                                        "authorizationURI", "error", "error_description"}  # fmt: skip


@row(48, "RFC 6749 5.1; ESPI 3.1 Authorization")
def test_row_48_the_answer_is_whole_and_speaks_of_this_grant_alone(flow: Flow, sunny: Client) -> None:
    """Broken: the registration's uid in the addresses; `expires_in` as text."""
    one, other = (flow.tokens(sunny, customer) for customer in flow.target.customers[:2])
    assert one["token_type"] == "Bearer"
    assert type(one["expires_in"]) is int
    assert 0 < one["expires_in"] <= 3600
    assert one["scope"].startswith("FB=")
    assert "AdditionalScope" not in one["scope"]
    assert uid_of(one) != uid_of(other)
    assert {one[name].rsplit("/", 1)[1] for name in ("resourceURI", "authorizationURI", "customerResourceURI")} == {
        uid_of(one)
    }
    assert flow.read(one["access_token"], one["resourceURI"] + "?max-results=1").status_code == 200
    assert flow.read(one["access_token"], other["resourceURI"] + "?max-results=1").status_code == 404


def entropy_of(tokens: list[str]) -> float:
    """Bits of a token, judged by how even its characters are: log2 of the alphabet seen, times the length."""
    return len(tokens[0]) * math.log2(len(set("".join(tokens))))


def chi_square(tokens: list[str]) -> tuple[float, int]:
    counts = Counter("".join(tokens))
    expected = sum(counts.values()) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts.values()), len(counts) - 1


@row(49, "RFC 6749 10.10")
@pytest.mark.parametrize("kind", ["client token", "code"])
def test_row_49_what_is_issued_is_random_all_over(flow: Flow, sunny: Client, kind: str) -> None:
    """Broken: a token of 64 bits; one of letters a to f twice as often; one that begins with the time."""
    few = MANY if kind == "client token" else MANY // 5
    if kind == "code":
        found = [flow.share(sunny)["code"] for _ in range(few)]
    else:
        found = [flow.client_token(sunny)["access_token"] for _ in range(few)]
    assert len(set(found)) == few
    assert len({token[:6] for token in found}) > few * 0.9
    assert entropy_of(found) >= 256
    statistic, freedom = chi_square(found)
    assert statistic < freedom + 6 * math.sqrt(2 * freedom)


@row(49, "RFC 6749 10.3; RFC 9700 2.2")
def test_row_49_no_secret_is_kept_in_clear(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: `digest` storing what it is given. DOT 3.4.1 keeps access tokens in clear."""
    came: Came = flow.share(sunny)
    assert flow.redeem(sunny, came).status_code == 200
    dump = own.database.dump()
    secrets = {secret for secret in ISSUED if len(secret) >= 32}
    assert [secret for secret in secrets if secret in dump] == []
    assert sunny.client_secret in secrets


@row(50, "RFC 9700 2.6")
@pytest.mark.parametrize("endpoint", ["authorize", "token", "revoke", "introspect", "par"])
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "GET"])
def test_row_50_no_other_site_s_script_is_invited(flow: Flow, endpoint: str, method: str) -> None:
    """Broken: a middleware that answers every Origin."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = flow.once(method, f"{flow.oauth}/{endpoint}", headers=headers)
    allowed = {name.lower(): value for name, value in response.headers.items() if "access-control" in name.lower()}
    if endpoint == "authorize":
        assert allowed == {}
    assert "access-control-allow-credentials" not in allowed
    assert allowed.get("access-control-allow-origin", "") != "https://evil.example"
