"""Rows 30 to 36: an authorization code is good once, soon, for whom and where it was given."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from blackbox.conformance.flow import Came, Flow
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later, Own
from blackbox.conformance.target import Client
from blackbox.conformance.together import ROUNDS, SIZES, refusals, together
from blackbox.walker import SHARE


def is_refused(response: requests.Response) -> None:
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@row(30, "RFC 6749 4.1.2, 10.5")
def test_row_30_a_replayed_code_ends_what_it_gave(flow: Flow, sunny: Client) -> None:
    """Broken: `end_family` not called. DOT 3.4.1 leaves the first access token alive."""
    came = flow.share(sunny)
    first = flow.redeem(sunny, came).json()
    second = flow.refresh(sunny, first["refresh_token"]).json()
    assert flow.works(second["access_token"])
    is_refused(flow.redeem(sunny, came))
    for answer in (first, second):
        assert not flow.works(answer["access_token"])
        is_refused(flow.refresh(sunny, answer["refresh_token"]))
        assert flow.introspect(sunny, answer["access_token"]).json() == {"active": False}
        assert flow.introspect(sunny, answer["refresh_token"]).json() == {"active": False}


@row(30, "RFC 6749 4.1.2")
def test_row_30_another_grant_of_the_same_customer_lives_on(flow: Flow, sunny: Client) -> None:
    """Broken: the replay ending every token of the client."""
    other, came = flow.tokens(sunny), flow.share(sunny)
    flow.redeem(sunny, came)
    is_refused(flow.redeem(sunny, came))
    assert flow.works(other["access_token"])


@row(31, "RFC 6749 4.1.2, 10.5")
@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "fresh"])
def test_row_31_of_many_redemptions_at_once_one_wins(flow: Flow, sunny: Client, many: int, kept: bool) -> None:
    """Broken: the conditional UPDATE made a read and a write. DOT 3.4.1 answers 500 in half the rounds."""
    for _ in range(ROUNDS):
        came = flow.share(sunny)
        answers = together(flow, lambda own, came=came: own.redeem(sunny, came), many, kept=kept)  # type: ignore[misc]
        assert [answer.status_code for answer in answers].count(200) == 1
        assert refusals(answers) == {(400, "invalid_grant")}


@row(32, "RFC 6749 4.1.2")
def test_row_32_killed_workers_neither_double_nor_lose_what_was_answered(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: the tokens stored outside the transaction that marks the code."""
    dice = random.Random(32)
    for _ in range(ROUNDS):
        own.wait_for_workers(2)
        codes = [flow.share(sunny) for _ in range(12)]
        with ThreadPoolExecutor(len(codes)) as pool:
            asked = [pool.submit(insist, flow, sunny, came) for came in codes]
            time.sleep(dice.uniform(0.005, 0.03))
            os.kill(own.main.oldest_worker(), signal.SIGKILL)
            answers = [future.result() for future in asked]
        assert refusals(answers) <= {(400, "invalid_grant")}
        given = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
        assert len(set(given)) == len(given)
        own.wait_for_workers(2)
        flow.session.close()  # its connections ended with the workers
        assert all(flow.works(token) for token in given)


def insist(flow: Flow, client: Client, came: Came) -> requests.Response:
    """Redeems until there is an answer, as a client does whose connection broke."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return flow.at(flow.base).redeem(client, came)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):  # cut off, in the middle too
            time.sleep(0.05)
    raise AssertionError("no answer within a minute")


@row(33, "RFC 6749 4.1.3, 10.5")
def test_row_33_a_code_is_worth_nothing_to_another_client(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: the code looked up without its registration. The attempt leaves the owner's code usable."""
    came = flow.share(sunny)
    is_refused(flow.redeem(rival, came))
    is_refused(flow.redeem(rival, came, redirect_uri=rival.redirect_uri))
    assert flow.redeem(sunny, came).status_code == 200


@row(34, "RFC 6749 4.1.3")
@pytest.mark.parametrize(
    "address", [None, "", "https://sunny.example/callback/", "https://SUNNY.example/callback", "https://evil.example/"]
)
def test_row_34_the_address_is_shown_again(flow: Flow, sunny: Client, address: str | None) -> None:
    """Broken: `get_redirect_uri` answering nothing, so that nothing is compared."""
    came = flow.share(sunny)
    response = flow.redeem(sunny, came, redirect_uri=address)
    assert response.status_code == 400
    assert response.json()["error"] in {"invalid_grant", "invalid_request"}


@row(34, "RFC 6749 4.1.3")
def test_row_34_another_of_the_client_s_addresses_is_another(flow: Flow, rival: Client) -> None:
    """Broken: any registered address taken at the token endpoint."""
    came = flow.share(rival)
    is_refused(flow.redeem(rival, came, redirect_uri=rival.redirect_uris[1]))


@row(35, "RFC 6749 4.1.2, 10.5")
@pytest.mark.parametrize(("age", "is_good"), [(56, True), (61, False), (400, False)])
def test_row_35_a_code_lives_a_minute(flow: Flow, later: Later, sunny: Client, age: int, is_good: bool) -> None:
    """Broken: `expires__gt` taken out of the UPDATE; a lifetime of 300 s."""
    came = flow.share(sunny)
    with later.by(age) as base:
        response = flow.at(base).redeem(sunny, came)
    if is_good:
        assert response.status_code == 200
    else:
        is_refused(response)


@row(36, "RFC 6749 4.1.3, 10.5")
def test_row_36_a_code_of_a_consent_that_was_stopped_is_dead(flow: Flow, sunny: Client) -> None:
    """Broken: `revoke` leaving the codes, and `lock_grant` not asking whether the grant is active."""
    browser = flow.open(sunny).press(SHARE)
    came = flow.came(browser)
    flow.stop(browser)
    assert flow.redeem(sunny, came).status_code == 400


@row(36, "RFC 6749 4.1.3")
def test_row_36_a_code_of_a_suspended_client_is_dead(flow: Flow, own: Own, rival: Client) -> None:
    """Broken: `may_request` not asked in `lock_grant`."""
    came = flow.share(rival)
    with own.status(rival, "suspended"):
        assert flow.redeem(rival, came).status_code in {400, 401}
