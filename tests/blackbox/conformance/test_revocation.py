"""Rows 60 to 65: what is over is over at once, on every worker, and is told to nobody but its owner."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from blackbox.conformance.flow import Flow, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later, Own
from blackbox.conformance.target import Client

INACTIVE = {"active": False}


def dies_on_every_worker(flow: Flow, token: str) -> None:
    """Fresh connections land on either process."""
    for _ in range(6):
        assert not flow.at(flow.base).works(token)


@row(60, "RFC 7009 2, 2.2")
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_row_60_a_client_gives_its_own_token_back(flow: Flow, sunny: Client, kind: str, hint: str | None) -> None:
    """Broken: the hint believed, so that a wrong one finds nothing."""
    tokens = flow.tokens(sunny)
    assert flow.works(tokens["access_token"])
    answer = flow.revoke(sunny, tokens[kind], token_type_hint=hint)
    assert answer.status_code == 200
    dies_on_every_worker(flow, tokens["access_token"])
    assert flow.revoke(sunny, tokens[kind]).status_code == 200


@row(60, "RFC 7009 2.1, 2.2")
@pytest.mark.parametrize("token", ["unknown", "0" * 64, "☀", "a\0b", "x" * 20_000])
def test_row_60_an_unknown_token_is_as_good_as_revoked(flow: Flow, sunny: Client, token: str) -> None:
    """Broken: 404 for a token that is not there."""
    assert flow.revoke(sunny, token).status_code == 200


@row(60, "RFC 7009 2.1")
def test_row_60_another_client_s_token_is_left_alone(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: the registration left out of the look-up. DOT 3.4.1 revokes it."""
    tokens = flow.tokens(sunny)
    for name in ("access_token", "refresh_token"):
        assert flow.revoke(rival, tokens[name]).text == flow.revoke(rival, "0" * 64).text
    assert flow.works(tokens["access_token"])
    assert flow.refresh(sunny, tokens["refresh_token"]).status_code == 200


@row(60, "RFC 7009 2.1; RFC 6749 5.2")
def test_row_60_a_stranger_revokes_nothing(flow: Flow, sunny: Client) -> None:
    """Broken: the client not asked for."""
    tokens = flow.tokens(sunny)
    for client in (None, Client(sunny.client_id, "wrong"), Client(sunny.client_id)):
        answer = flow.revoke(client, tokens["access_token"])
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert flow.revoke(sunny, "").status_code == 400
    assert flow.works(tokens["access_token"])


@row(61, "RFC 7009 2.1")
def test_row_61_with_a_refresh_token_goes_all_that_came_of_it(flow: Flow, sunny: Client) -> None:
    """Broken: the refresh token alone revoked."""
    first = flow.tokens(sunny)
    second = flow.refresh(sunny, first["refresh_token"]).json()
    assert flow.revoke(sunny, second["refresh_token"]).status_code == 200
    dies_on_every_worker(flow, second["access_token"])


@row(61, "RFC 7009 2.1")
def test_row_61_with_a_consent_goes_every_token_of_it(flow: Flow, sunny: Client) -> None:
    """Broken: `revoke` leaving the tokens, and the grant not asked for at use."""
    tokens, browser = flow.tokens(sunny), flow.open(sunny)
    flow.stop(browser, uid_of(tokens))
    dies_on_every_worker(flow, tokens["access_token"])
    assert flow.refresh(sunny, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@contextmanager
def unwritable(own: Own) -> Iterator[None]:
    """A database that takes no change of a token."""
    if own.database.is_sqlite:
        own.database.run(
            "CREATE TRIGGER stuck BEFORE UPDATE ON authorizations_token BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
        yield
        own.database.run("DROP TRIGGER stuck")
        return
    own.database.run(
        "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$;"
        "CREATE TRIGGER stuck BEFORE UPDATE ON authorizations_token FOR EACH ROW EXECUTE FUNCTION stuck()"
    )
    yield
    own.database.run("DROP TRIGGER stuck ON authorizations_token; DROP FUNCTION stuck()")


@row(62, "RFC 7009 2.2.1")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_row_62_what_could_not_be_revoked_is_not_said_to_be(flow: Flow, own: Own, sunny: Client, kind: str) -> None:
    """Broken: `except DatabaseError: pass` around the revocation, as fosite had it (CVE-2020-15223)."""
    tokens = flow.tokens(sunny)
    with unwritable(own), own.excused("oauth/revoke", "stuck"):
        answer = requests.post(f"{flow.oauth}/revoke", data={"token": tokens[kind]}, auth=sunny.basic, timeout=30)
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert flow.works(tokens["access_token"])
    assert flow.revoke(sunny, tokens[kind]).status_code == 200
    assert not flow.works(tokens["access_token"])


@row(63, "RFC 7662 2.2, 4")
def test_row_63_a_client_learns_of_its_own_tokens(flow: Flow, sunny: Client) -> None:
    """Broken: `sub` the customer's uid; the refresh token not found."""
    tokens = flow.tokens(sunny)
    told = flow.introspect(sunny, tokens["access_token"]).json()
    assert (told["active"], told["client_id"], told["scope"]) == (True, sunny.client_id, tokens["scope"])
    assert told["exp"] - told["iat"] == tokens["expires_in"]
    assert told["sub"] == uid_of(tokens)
    assert flow.introspect(sunny, tokens["refresh_token"]).json()["active"] is True


@row(63, "RFC 7662 2.1, 4")
def test_row_63_nobody_learns_of_another_s_token(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: the registration not compared; the client not asked for."""
    tokens = flow.tokens(sunny)
    for name in ("access_token", "refresh_token"):
        assert flow.introspect(rival, tokens[name]).json() == INACTIVE
        for client in (None, Client(sunny.client_id, "wrong"), Client(sunny.client_id)):
            answer = flow.introspect(client, tokens[name])
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    by_token = requests.post(
        f"{flow.oauth}/introspect", data={"token": tokens["access_token"]}, timeout=30,
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )  # fmt: skip
    assert by_token.status_code == 401


@row(63, "RFC 7662 2.2")
@pytest.mark.parametrize("token", ["revoked", "replaced", "code", "garbage", "☀", "a\0b", "x" * 20_000])
def test_row_63_what_is_over_is_inactive_and_no_more_is_said(flow: Flow, sunny: Client, token: str) -> None:
    """Broken: the reason given; a NUL handed to the database."""
    tokens = flow.tokens(sunny)
    if token == "revoked":
        flow.revoke(sunny, token := tokens["access_token"])
    elif token == "replaced":
        token = tokens["refresh_token"]
        flow.refresh(sunny, token)
    elif token == "code":
        token = flow.share(sunny)["code"]
    assert flow.introspect(sunny, token).json() == INACTIVE


@row(63, "RFC 7662 2.2")
def test_row_63_an_expired_token_is_inactive_and_a_huge_one_refused(flow: Flow, later: Later, sunny: Client) -> None:
    """Broken: `expires` not asked in `tokens.find`; no bound on the body."""
    tokens = flow.tokens(sunny)
    with later.by(tokens["expires_in"] + 5) as base:
        assert flow.at(base).introspect(sunny, tokens["access_token"]).json() == INACTIVE
        assert not flow.at(base).works(tokens["access_token"])
    assert flow.introspect(sunny, "x" * 1_000_000).status_code == 413


def serves_nothing(flow: Flow, client: Client, tokens: dict[str, Any]) -> None:
    """Neither by the grant's own token nor by the company's: what there was is not served any more either."""
    assert flow.read(tokens["access_token"], tokens["resourceURI"]).status_code == 401
    query = {"authorizations": uid_of(tokens)}
    for address in ("/api/v2/intervals", "/api/v2/bills"):
        assert flow.read(tokens["access_token"], address, params=query).status_code == 401
        assert flow.read(client.api_token, address, params=query).status_code in {401, 404}
    assert flow.read(client.api_token, tokens["resourceURI"]).status_code in {401, 404}
    assert flow.refresh(client, tokens["refresh_token"]).status_code in {400, 401}


@row(64, "RFC 6749 10.3; RFC 7009 1")
def test_row_64_what_a_customer_stops_is_served_to_nobody(flow: Flow, sunny: Client) -> None:
    """Broken: `open_windows` not asking whether the grant is in force."""
    tokens, browser = flow.tokens(sunny), flow.open(sunny)
    assert flow.read(tokens["access_token"], tokens["resourceURI"] + "?max-results=1").status_code == 200
    flow.stop(browser, uid_of(tokens))
    serves_nothing(flow, sunny, tokens)
    told = flow.read(sunny.api_token, f"/api/v2/authorizations/{uid_of(tokens)}").json()
    assert told["is_revoked"] is True


@row(64, "RFC 6749 10.3")
def test_row_64_a_suspended_company_is_served_nothing(flow: Flow, own: Own, rival: Client) -> None:
    """Broken: `may_request` not asked in `access`, for tokens of grants and for the company's own."""
    tokens = flow.tokens(rival)
    assert flow.works(tokens["access_token"])
    with own.status(rival, "suspended"):
        dies_on_every_worker(flow, tokens["access_token"])
        serves_nothing(flow, rival, tokens)
        assert flow.post(rival, grant_type="client_credentials").status_code in {400, 401}
    assert flow.works(tokens["access_token"])


@row(64, "RFC 6749 10.3")
def test_row_64_a_grant_that_has_ended_is_served_to_nobody(flow: Flow, later: Later, sunny: Client) -> None:
    """Broken: `expires` of the Authorization not asked for, in tokens and in windows."""
    tokens = flow.tokens(sunny, form={"until": flow.day_from_today(2)})
    with later.by(4 * 86400) as base:
        serves_nothing(flow.at(base), sunny, tokens)


def download(flow: Flow, token: str, address: str) -> Iterator[bytes]:
    """A body read at leisure, with next to no buffer between the server and us."""
    place = urlsplit(flow.here(address))
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        line.settimeout(60)
        line.connect((place.hostname, place.port))
        line.sendall(
            f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        while chunk := line.recv(64 * 1024):
            yield chunk


@row(65, "RFC 7009 1; RFC 9700 4.14")
def test_row_65_a_running_download_stops_when_its_consent_does(flow: Flow, sunny: Client) -> None:
    """Broken: the windows not looked at again between chunks."""
    tokens, browser = flow.tokens(sunny, flow.target.customers[1]), flow.open(sunny, flow.target.customers[1])
    body = download(flow, tokens["access_token"], tokens["resourceURI"])
    assert any(b"<feed" in chunk for chunk in body), "the download did not begin"
    began = time.monotonic()
    flow.stop(browser, uid_of(tokens))
    rest = b"".join(body)
    assert time.monotonic() - began < 60
    assert b"</feed>" not in rest
