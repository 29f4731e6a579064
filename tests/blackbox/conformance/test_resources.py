"""Rows 66 to 70 and 72 to 75: what a bearer token opens, how it is shown, and no byte beyond the grant."""

import re
from typing import Any

import pytest
import requests

from blackbox.conformance.flow import Flow, hold_to_rules, status_of, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Later
from blackbox.conformance.target import Client

JSON, ESPI = "/api/v2/authorizations", "/DataCustodian/espi/1_1/resource/ReadServiceStatus"
BOTH = pytest.mark.parametrize("address", [JSON, ESPI], ids=["json", "espi"])


@pytest.fixture(scope="module")
def granted(flow: Flow, sunny: Client) -> dict[str, Any]:
    """A grant of everything."""
    return flow.tokens(sunny)


def challenge(response: requests.Response) -> str:
    return response.headers["WWW-Authenticate"]


@BOTH
@row(66, "RFC 6750 3; RFC 9728 5.1")
def test_row_66_without_a_token_there_is_a_bare_challenge(flow: Flow, address: str) -> None:
    """Broken: the challenge left out, as DOT 3.4.1's view does, or with an error for a request that made none."""
    for method in ("GET", "HEAD"):
        response = flow.once(method, flow.base + address)
        assert response.status_code == 401
        assert challenge(response).startswith("Bearer ")
        assert "error=" not in challenge(response)


@BOTH
@row(67, "RFC 6750 3.1")
@pytest.mark.parametrize("token", ["0" * 64, "x", "revoked", "refresh", "code", "expired"])
def test_row_67_a_token_that_opens_nothing_is_said_to_be_invalid(
    flow: Flow, later: Later, sunny: Client, address: str, token: str
) -> None:
    """Broken: `expires` not asked for; a refresh token taken for an access token."""
    at = flow
    if token == "code":
        token = flow.share(sunny)["code"]
    elif token in {"revoked", "refresh", "expired"}:
        tokens = flow.tokens(sunny)
        if token == "revoked":
            flow.revoke(sunny, tokens["access_token"])
        if token == "expired":
            later.set(3605)
            at = flow.at(later.process.base)
        token = tokens["refresh_token" if token == "refresh" else "access_token"]
    response = at.read(token, address)
    later.set(0)
    assert response.status_code == 401
    assert 'error="invalid_token"' in challenge(response)


@row(67, "RFC 6750 3.1")
def test_row_67_a_token_of_another_class_lacks_scope(flow: Flow, sunny: Client, granted: dict[str, Any]) -> None:
    """Broken: 401 for a token that is good elsewhere. Twice, with a write between: a shared list once grew."""
    client_token = flow.client_token(sunny)["access_token"]
    for _ in range(2):
        for token, address in ((client_token, granted["resourceURI"]), (client_token, JSON)):
            response = flow.read(token, address)
            assert response.status_code == 403
            assert 'error="insufficient_scope"' in challenge(response)
        patched = flow.read(
            granted["access_token"], f"{JSON}/{uid_of(granted)}", method="PATCH", json={"nickname": "x"}
        )
        assert patched.status_code == 200


@row(67, "RFC 6750 3.1")
@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=1e3", "after=x", "is_test=maybe", "after=%00"])
def test_row_67_a_malformed_question_is_a_bad_request(flow: Flow, granted: dict[str, Any], query: str) -> None:
    """Broken: a value handed to the database unchecked."""
    assert flow.read(granted["access_token"], f"{JSON}?{query}").status_code == 400


@row(68, "RFC 9700 4.3.2; RFC 6750 2.2, 2.3")
def test_row_68_green_button_takes_a_token_in_its_header_alone(flow: Flow, granted: dict[str, Any]) -> None:
    """Broken: `access_token` read from the query. DOT 3.4.1 takes it there."""
    token = granted["access_token"]
    address = flow.here(granted["resourceURI"])
    assert flow.once("GET", address, params={"access_token": token}).status_code == 401
    assert flow.once("POST", address, data={"access_token": token}).status_code in {401, 405}
    assert flow.once("GET", address, data={"access_token": token}).status_code == 401


@row(68, "RFC 9700 4.3.2; RFC 6750 2.2, 2.3")
def test_row_68_json_takes_no_grant_s_token_in_the_address(flow: Flow, granted: dict[str, Any]) -> None:
    """Broken: `TokenInQuery` taking every class of token."""
    token, address = granted["access_token"], flow.base + JSON
    assert flow.once("GET", address, params={"access_token": token}).status_code in {400, 401}
    assert flow.once("POST", address, data={"access_token": token}).status_code in {401, 405}


@row(68, "RFC 6750 2.3")
def test_row_68_an_api_token_may_stand_in_the_address(flow: Flow, sunny: Client) -> None:
    """The deviation. Broken: `TokenInQuery` taken out."""
    assert flow.once("GET", flow.base + JSON, params={"access_token": sunny.api_token}).status_code == 200


@row(68, "RFC 6750 2")
def test_row_68_two_tokens_at_once_are_refused(flow: Flow, sunny: Client, granted: dict[str, Any]) -> None:
    """Broken: the header taken and the query not looked at. (The Green Button API knows no token there at all.)"""
    response = flow.read(granted["access_token"], JSON, params={"access_token": sunny.api_token})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@BOTH
@row(69, "RFC 9110 11.1; RFC 6750 2.1")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_row_69_the_scheme_has_no_case(flow: Flow, granted: dict[str, Any], address: str, scheme: str) -> None:
    """Broken: `startswith("Bearer ")`."""
    response = flow.once("GET", flow.base + address, headers={"Authorization": f"{scheme} {granted['access_token']}"})
    assert response.status_code == 200


@BOTH
@row(69, "RFC 9110 11.4; RFC 6750 2.1")
@pytest.mark.parametrize(
    "header",
    [
        b"Bearer", b"Bearer ", b"Bearer {token} x", b"Bearer {token},{token}", b"Bearer\t{token}", b"Token {token}",
        b"{token}", b"Bearer {token}\xc3\xa9", b"Bearer \xff\xfe", b"Bearer token={token}", b"Basic {token}",
        b"Bearer " + b"x" * 65_536, b'Bearer "{token}"',
    ],
    ids=lambda header: header.decode("latin-1")[:24],
)  # fmt: skip
def test_row_69_any_other_header_is_no_token(flow: Flow, granted: dict[str, Any], address: str, header: bytes) -> None:
    """Broken: the token cut out of the header with `split`."""
    sent = header.replace(b"{token}", granted["access_token"].encode())
    response = flow.once("GET", flow.base + address, headers={"Authorization": sent})
    assert response.status_code in {400, 401, 431}


@BOTH
@row(69, "RFC 9110 5.3")
def test_row_69_two_authorization_headers_are_refused(flow: Flow, granted: dict[str, Any], address: str) -> None:
    """Broken: the first of two taken."""
    lines = f"Authorization: Bearer {granted['access_token']}\r\n" * 2
    answer = flow.raw(f"GET {address} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n{lines}\r\n")
    assert status_of(answer) in {400, 401}


@row(70, "RFC 6750 5.3; RFC 9111 3.5")
def test_row_70_customer_data_is_kept_by_no_cache(
    flow: Flow, sunny: Client, rival: Client, granted: dict[str, Any]
) -> None:
    """Broken: the headers left off a streamed answer; an ETag of the path alone."""
    token, uid = granted["access_token"], uid_of(granted)
    addresses = [JSON, f"{JSON}/{uid}", "/api/v2/meters", f"/api/v2/bills?authorizations={uid}",
                 f"/api/v2/intervals?authorizations={uid}&limit=2", granted["resourceURI"]]  # fmt: skip
    for address in addresses:
        response = flow.read(token, address)
        assert response.status_code == 200
        assert {"private", "no-store"} <= {part.strip() for part in response.headers["Cache-Control"].split(",")}
        assert "authorization" in response.headers["Vary"].lower()
        other = flow.read(rival.api_token, address, headers={"If-None-Match": response.headers.get("ETag", "*")})
        assert other.status_code != 304
        assert uid not in other.text


@row(72, "RFC 9700 2.3")
@pytest.mark.parametrize("listing", ["authorizations", "meters", "bills", "intervals"])
def test_row_72_a_next_link_is_worth_nothing_to_another(flow: Flow, sunny: Client, rival: Client, listing: str) -> None:
    """Broken: the row of `after` looked for among everybody's."""
    mine = [flow.tokens(sunny, customer) for customer in flow.target.customers[:2]]
    query = {"limit": "1"} | ({"authorizations": uid_of(mine[0])} if listing in {"bills", "intervals"} else {})
    following = flow.read(sunny.api_token, f"/api/v2/{listing}", params=query).json()["next"]
    assert flow.read(sunny.api_token, following).status_code == 200
    theirs = flow.tokens(rival)
    for token in (rival.api_token, theirs["access_token"]):
        response = flow.read(token, following)
        assert response.status_code in {400, 404}
        assert uid_of(mine[0]) not in response.text
    own_query = following.replace(uid_of(mine[0]), uid_of(theirs))
    if listing in {"bills", "intervals"}:
        assert flow.read(rival.api_token, own_query).status_code == 400


@row(72, "RFC 9700 2.3")
@pytest.mark.parametrize(
    "cursor", ["x", "00000000-0000-4000-8000-000000000000", "' OR 1=1 --", "a\0b", "☀", "x" * 5000]
)
def test_row_72_an_edited_cursor_is_refused(flow: Flow, sunny: Client, granted: dict[str, Any], cursor: str) -> None:
    """Broken: an unknown cursor taken for the beginning."""
    for listing in ("authorizations", "meters", "bills", "intervals"):
        query = {"after": cursor, "authorizations": uid_of(granted)}
        assert flow.read(sunny.api_token, f"/api/v2/{listing}", params=query).status_code == 400


@row(73, "ESPI 3.1; RFC 6749 1.4")
def test_row_73_each_class_of_token_opens_its_own(flow: Flow, sunny: Client, granted: dict[str, Any]) -> None:
    """Broken: `route.classes` not looked at."""
    root = "/DataCustodian/espi/1_1/resource"
    client, registration = flow.client_token(sunny), flow.client_token(sunny, "FB=36_40")
    about_client = registration["resourceURI"]
    data = [granted["resourceURI"], f"{root}/Subscription/{uid_of(granted)}/UsagePoint", JSON, "/api/v2/meters"]
    of_client = [f"{root}/Authorization", f"{root}/Authorization/{uid_of(granted)}"]
    expected = {
        granted["access_token"]: (200, 403, 403),
        client["access_token"]: (403, 200, 403),
        registration["access_token"]: (403, 403, 200),
    }
    for token, statuses in expected.items():
        for addresses, status in zip((data, of_client, [about_client]), statuses, strict=True):
            for address in addresses:
                assert flow.read(token, address + "?max-results=1").status_code == status, address


def readings(feed: str) -> list[int]:
    return [int(start) for start in re.findall(r"<timePeriod>\s*<duration>\d+</duration>\s*<start>(\d+)</start>", feed)]


@row(74, "RFC 6749 3.3")
def test_row_74_only_the_granted_slice_is_served(flow: Flow, sunny: Client) -> None:
    """Broken: `Window` clipped by the dates asked for instead of the granted ones."""
    first = flow.day_from_today(-40)
    tokens = flow.tokens(sunny, form={"share": ["intervals"], "history": "other", "history_day": first})
    token, uid = tokens["access_token"], uid_of(tokens)
    wide = {"published-min": "2000-01-01T00:00:00Z", "published-max": "2100-01-01T00:00:00Z"}
    for feed in (flow.read(token, tokens["resourceURI"]), flow.read(token, tokens["resourceURI"], params=wide)):
        starts = readings(feed.text)
        assert starts
        assert min(starts) >= flow.epoch_of(first) - 86_400
        assert "<UsageSummary" not in feed.text
    ask = {"authorizations": uid, "start": "2000-01-01", "end": "2100-01-01", "order": "earliest_first"}
    oldest = flow.read(token, "/api/v2/intervals", params=ask).json()["intervals"][0]["readings"]
    assert all(reading["start"][:10] >= first for reading in oldest)
    assert flow.read(token, "/api/v2/bills", params=ask).json()["bills"] == []


@row(74, "RFC 6749 3.3; GDPR Art. 25")
def test_row_74_who_and_where_the_customer_is_stands_nowhere_unless_shared(flow: Flow, sunny: Client) -> None:
    """Broken: `base` filled without asking `shares_account`."""
    of_whole = flow.read(flow.tokens(sunny)["access_token"], "/api/v2/meters").json()["meters"][0]["base"]
    part = flow.tokens(sunny, form={"share": ["intervals", "bills"]})
    personal = ("service_address", "meter_numbers", "billing_contact", "billing_address", "billing_account")
    known = [value for name in personal for value in [of_whole[name]] if value]
    assert len(known) >= 4
    texts = [
        flow.read(part["access_token"], address).text
        for address in ("/api/v2/meters", f"{JSON}?include=meters", f"/api/v2/bills?authorizations={uid_of(part)}",
                        part["resourceURI"], part["authorizationURI"])
    ]  # fmt: skip
    for value in known:
        words = value if isinstance(value, list) else [value]
        assert not [word for word in words for text in texts if word in text]


@row(75, "UtilityAPI on-demand reads")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_row_75_there_are_no_live_reads_yet(flow: Flow, sunny: Client, method: str) -> None:
    """Broken: an address `/api/epe/odr` added: then this row is to be tested in earnest."""
    response = flow.read(sunny.api_token, f"/api/{flow.target.utility}/odr", method=method, params={"meter": "x"})
    hold_to_rules(response)
    assert response.status_code == 404
