"""Rows 51 to 59: refresh tokens are replaced at each use, and what was replaced must not come back."""

import hashlib
from typing import Any

import pytest
import requests

from blackbox.conformance.database import Database
from blackbox.conformance.flow import Flow, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later, Own
from blackbox.conformance.target import Client
from blackbox.conformance.together import ROUNDS, SIZES, refusals, together

Tokens = dict[str, Any]
ANCESTORS = 50_000


def is_refused(response: requests.Response, error: str = "invalid_grant") -> None:
    assert (response.status_code, response.json()["error"]) == (400, error)


def refreshed(flow: Flow, client: Client, tokens: Tokens, **changes: str | None) -> Tokens:
    response = flow.refresh(client, tokens["refresh_token"], **changes)
    assert response.status_code == 200, response.text
    return dict(response.json())


def is_dead(flow: Flow, client: Client, tokens: Tokens) -> None:
    assert not flow.works(tokens["access_token"])
    is_refused(flow.refresh(client, tokens["refresh_token"]))


@row(51, "RFC 6749 6, 10.4")
def test_row_51_another_client_cannot_refresh(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: the token looked up without its registration."""
    tokens = flow.tokens(sunny)
    is_refused(flow.refresh(rival, tokens["refresh_token"]))
    is_refused(flow.refresh(sunny, tokens["access_token"]))
    assert flow.works(tokens["access_token"])
    assert flow.works(refreshed(flow, sunny, tokens)["access_token"])


@row(52, "RFC 6749 6")
@pytest.mark.parametrize("scope", ["FB=4_16_51", "FB=99", "FB=????", "openid", "FB=4;HistoryLength=999999999"])
def test_row_52_a_refresh_cannot_widen(flow: Flow, sunny: Client, scope: str) -> None:
    """Broken: the scope of the request taken over unchecked."""
    asked = f"FB=4;HistoryLength=864000;AdditionalScope=auth-test-{flow.target.customers[0]}"
    flow.end_sharing(sunny)
    tokens = flow.tokens(sunny, scope=asked)
    is_refused(flow.refresh(sunny, tokens["refresh_token"], scope=scope), "invalid_scope")
    assert flow.works(tokens["access_token"])


@row(52, "RFC 6749 6")
def test_row_52_a_narrowed_token_is_narrow_and_the_next_is_whole(flow: Flow, sunny: Client) -> None:
    """Broken: `data_blocks` of the Caller ignored; the refresh token stored with the narrowed scope."""
    whole = flow.tokens(sunny)
    query = {"authorizations": uid_of(whole), "limit": "1"}
    narrow = refreshed(flow, sunny, whole, scope="FB=4")
    assert "16" not in narrow["scope"].split(";")[0].removeprefix("FB=").split("_")
    assert flow.read(narrow["access_token"], "/api/v2/intervals", params=query).json()["intervals"]
    assert flow.read(narrow["access_token"], "/api/v2/bills", params=query).json()["bills"] == []
    assert "<UsageSummary" not in flow.read(narrow["access_token"], narrow["resourceURI"]).text
    again = refreshed(flow, sunny, narrow)
    assert again["scope"] == whole["scope"]
    assert flow.read(again["access_token"], "/api/v2/bills", params=query).json()["bills"]


@row(53, "RFC 9700 4.14.2")
def test_row_53_a_late_replay_ends_the_family(flow: Flow, later: Later, sunny: Client) -> None:
    """Broken: `_answer_again` without the look at the time; `end_family` not called."""
    first = flow.tokens(sunny)
    second = refreshed(flow, sunny, first)
    with later.by(32) as base:
        is_refused(flow.at(base).refresh(sunny, first["refresh_token"]))
    is_dead(flow, sunny, second)


@row(54, "RFC 9700 4.14.2")
def test_row_54_a_lost_answer_can_be_had_again(flow: Flow, sunny: Client) -> None:
    """Broken: GRACE zero; then a fresh pair given at each replay."""
    first = flow.tokens(sunny)
    second = refreshed(flow, sunny, first)
    for _ in range(3):
        again = refreshed(flow, sunny, first)
        assert (again["access_token"], again["refresh_token"]) == (second["access_token"], second["refresh_token"])
    assert flow.works(second["access_token"])
    assert not flow.works(first["access_token"])


@row(54, "RFC 9700 4.14.2")
def test_row_54_the_grandparent_ends_the_family(flow: Flow, sunny: Client) -> None:
    """Broken: the grace given to every token replaced within half a minute, as DOT 3.4.1 does."""
    first = flow.tokens(sunny)
    second = refreshed(flow, sunny, first)
    third = refreshed(flow, sunny, second)
    is_refused(flow.refresh(sunny, first["refresh_token"]))
    is_dead(flow, sunny, third)


@row(55, "RFC 7009 2.1")
@pytest.mark.parametrize("kind", ["refresh_token", "successor", "by the customer"])
def test_row_55_what_was_revoked_gets_no_grace(flow: Flow, sunny: Client, kind: str) -> None:
    """Broken: `_answer_again` not asking whether the successors are in force. DOT 3.4.1 revives them."""
    browser = flow.open(sunny)
    first = flow.tokens(sunny)
    last = first
    if kind == "successor":
        last = refreshed(flow, sunny, first)
    if kind == "by the customer":
        flow.stop(browser, uid_of(first))
    else:
        assert flow.revoke(sunny, last["refresh_token"]).status_code == 200
    is_dead(flow, sunny, first)
    is_dead(flow, sunny, last)


@row(56, "RFC 9700 4.14.2")
@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "fresh"])
def test_row_56_many_refreshes_at_once_give_one_pair(flow: Flow, sunny: Client, many: int, kept: bool) -> None:
    """Broken: the conditional UPDATE made a read and a write. DOT 3.4.1 gave two pairs in 3 of 25 rounds, and with its
    strict switch killed the winner's."""
    tokens = flow.tokens(sunny)
    for _ in range(ROUNDS):
        old = tokens["refresh_token"]
        answers = together(flow, lambda own, old=old: own.refresh(sunny, old), many, kept=kept)  # type: ignore[misc]
        assert refusals(answers) == set()
        pairs = {(answer.json()["access_token"], answer.json()["refresh_token"]) for answer in answers}
        assert len(pairs) == 1
        tokens = answers[0].json()
        assert flow.works(tokens["access_token"])


@row(57, "RFC 9700 4.14.2")
def test_row_57_a_replay_is_known_after_the_power_went(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: what was replaced remembered in the process alone. Keycloak did (CVE-2026-9802)."""
    first = flow.tokens(sunny)
    second = refreshed(flow, sunny, first)
    third = refreshed(flow, sunny, second)
    own.main.kill()
    own.main.start()
    flow.session.close()  # its connections ended with the server
    assert flow.works(third["access_token"])
    is_refused(flow.refresh(sunny, first["refresh_token"]))
    is_dead(flow, sunny, third)


@row(58, "RFC 9700 4.14.2; RFC 6749 6")
def test_row_58_a_refresh_token_ends_with_its_consent(flow: Flow, later: Later, sunny: Client) -> None:
    """Broken: `lock_grant` not asking whether the grant has expired. No job has to clean up first."""
    tokens = flow.tokens(sunny, form={"until": flow.day_from_today(30)})
    with later.by(29 * 86400) as base:
        tokens = refreshed(flow.at(base), sunny, tokens)
    with later.by(32 * 86400) as base:
        is_refused(flow.at(base).refresh(sunny, tokens["refresh_token"]))
        assert not flow.at(base).works(tokens["access_token"])


def age(database: Database, secret: str, ancestors: int) -> None:
    """Gives the family of a refresh token that many replaced ancestors, as years of refreshing would."""
    digest = digest_of(secret)
    (one,) = database.run("SELECT * FROM authorizations_token WHERE digest = %s", digest)
    names = [name for name in database.columns("authorizations_token") if name != "id"]
    values = ", ".join(
        "'f' || numbers.n || substr(digest, 8)" if name == "digest" else "created" if name == "revoked" else name
        for name in names
    )
    assert one
    database.run(
        f"""INSERT INTO authorizations_token ({", ".join(names)})
        WITH RECURSIVE numbers(n) AS (SELECT 100001 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
        SELECT {values} FROM numbers, authorizations_token WHERE digest = %s""",
        100_000 + ancestors,
        digest,
    )


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@row(59, "RFC 9700 4.14.2")
def test_row_59_an_old_family_costs_no_more_than_a_young_one(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: the index of tokens in force dropped, so that ending a family reads all of it."""
    first = flow.tokens(sunny)
    second = refreshed(flow, sunny, first)
    third = refreshed(flow, sunny, second)
    age(own.database, first["refresh_token"], ANCESTORS)
    with own.cpu() as spent:
        for _ in range(20):
            is_refused(flow.refresh(sunny, first["refresh_token"]))
    assert spent.seconds / 20 < 0.05
    is_dead(flow, sunny, third)
