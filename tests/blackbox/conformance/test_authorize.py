"""Rows 1 to 17: the authorization request. What is wrong is said where it cannot be abused; nothing is widened."""

from urllib.parse import quote, urlencode

import pytest
import requests

from blackbox.conformance.flow import SCOPE, Flow, Proof, page_of, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client
from blackbox.walker import DECLINE, SHARE

EVIL = "https://evil.example/callback"
ERRORS: list[dict[str, str | None]] = [
    {"scope": "FB=????"},
    {"scope": "FB=99"},
    {"response_type": None},
    {"response_type": "token"},
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge": "x"},
    {"code_challenge_method": "plain"},
    {"prompt": "none"},
    {"response_mode": "fragment"},
    {"request_uri": "https://evil.example/request"},
    {"state": "x" * 2001},
]


def is_told_here(response: requests.Response) -> None:
    """An error page of ours; the browser is sent nowhere, and nothing on the page leads out of our origin."""
    assert response.status_code in {400, 401, 403, 414}
    assert "Location" not in response.headers
    assert "Refresh" not in response.headers
    page = page_of(response)
    assert page.find(".//meta[@http-equiv]") is None
    assert [link for _, _, link, _ in page.iterlinks() if "evil" in link or "//" in link] == []


@row(1, "RFC 6749 4.1.2.1")
@pytest.mark.parametrize("client_id", ["EPE_nobodyxx", "", "a\0b", "☀", "x" * 4000, None])
def test_row_01_an_unknown_client_is_told_here(flow: Flow, sunny: Client, client_id: str | None) -> None:
    """Broken: UnknownClientError given the request's redirect_uri."""
    is_told_here(flow.ask(sunny, client_id=client_id))


@row(2, "RFC 6749 4.1.2.1; RFC 9700 2.1, 4.11.2")
def test_row_02_an_unregistered_address_is_told_here(flow: Flow, sunny: Client) -> None:
    """Broken: UnregisteredRedirectError given the request's redirect_uri; then the page showing it as a link."""
    response = flow.ask(sunny, redirect_uri=EVIL)
    is_told_here(response)
    assert "evil.example" not in page_of(response).text_content()


@row(3, "RFC 9700 4.11.2")
@pytest.mark.parametrize("address", [EVIL, "javascript:alert(1)", "/callback", "https:"])
@pytest.mark.parametrize("changes", ERRORS)
def test_row_03_no_other_mistake_comes_before_the_address(
    flow: Flow, sunny: Client, changes: dict[str, str | None], address: str
) -> None:
    """Broken: the response_type judged before the redirect_uri, as three released servers had it."""
    is_told_here(flow.ask(sunny, **(changes | {"redirect_uri": address})))


MUTATIONS = [
    "https://sunny.example/callback/",
    "https://sunny.example/callback2",
    "https://sunny.example/callback/extra",
    "https://sunny.example/x/../callback",
    "https://sunny.example/callback/../callback",
    "https://sunny.example/callback/..;/callback",
    "https://sunny.example/callback;p=1",
    "https://sunny.example/%2e%2e/callback",
    "https://sunny.example/%63allback",
    "https://evil@sunny.example/callback",
    "https://sunny.example@evil.example/callback",
    "https://a@sunny.example@evil.example/callback",
    "https://sunny.example\\@evil.example/callback",
    "https://sunny.example\\callback",
    "https://sunny.example/call\tback",
    "https://sunny.example/callback\n",
    "https://sunny.example/callback\0",
    " https://sunny.example/callback",
    "https://sunny.example/callback?extra=1",
    "https://sunny.example/callback?",
    "https://sunny.example/callback#f",
    "https://sunny.example/callback#",
    "https://sunny.example:8443/callback",
    "https://sunny.example:443/callback",
    "http://sunny.example/callback",
    "https://sunny.example./callback",
    "https://sunny.example/Callback",
    "https://SUNNY.example/callback",
    "HTTPS://sunny.example/callback",
    "https://sսnny.example/callback",
    "https://xn--snny-8xe.example/callback",
    "https://[::ffff:192.0.2.1/callback",
    "https://sunny.example/callback" + "x" * 8000,
]


@row(4, "RFC 9700 2.1, 4.1.3")
@pytest.mark.parametrize("mutated", MUTATIONS)
def test_row_04_the_address_is_compared_exactly(flow: Flow, sunny: Client, mutated: str) -> None:
    """Broken: `check_redirect_uri` comparing with startswith, casefold, or parsed and unquoted."""
    is_told_here(flow.ask(sunny, redirect_uri=mutated))


@row(4, "RFC 9700 2.1")
@pytest.mark.parametrize(
    "mutated", ["https://rival.example/callback", "https://rival.example/callback?tenant=1&x=1", "https://rival.example/callback?tenant=2"]
)  # fmt: skip
def test_row_04_a_registered_query_belongs_to_the_address(flow: Flow, rival: Client, mutated: str) -> None:
    """Broken: `check_redirect_uri` leaving the query out."""
    is_told_here(flow.ask(rival, redirect_uri=mutated))


@row(5, "RFC 6749 3.1.2.3")
def test_row_05_without_an_address_the_customer_ends_on_the_receipt(flow: Flow, sunny: Client, rival: Client) -> None:
    """Broken: `_back` used with the registered address; DOT takes the only one registered."""
    for client in (sunny, rival):
        walker = flow.open(client, redirect_uri=None).press(SHARE)
        assert walker.left_for == ""
        assert walker.response.url.endswith("/receipt")
        assert "code=" not in walker.response.text


@row(8, "RFC 6749 4.1.2.1; RFC 9207 2; RFC 9700 4.12")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "FB=????"}, "invalid_scope"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_row_08_errors_of_a_known_client_go_back_with_state_and_issuer(
    flow: Flow, sunny: Client, changes: dict[str, str | None], error: str
) -> None:
    """Broken: `iss` left out of error redirects, as DOT does with its switch on."""
    response = flow.ask(sunny, state="exact & ñ+%", **changes)
    assert response.status_code in {302, 303}
    came = flow.came_by(response)
    assert came.address == sunny.redirect_uri
    assert (came["error"], came["state"], came["iss"]) == (error, "exact & ñ+%", flow.target.issuer)
    assert {name for name, _ in came.pairs} <= {"error", "error_description", "state", "iss"}


@row(8, "RFC 6749 4.1.2.1; RFC 9700 4.12")
def test_row_08_declining_goes_back_with_state_and_issuer(flow: Flow, sunny: Client) -> None:
    """Broken: `iss` left out of `_back`; a 307 that would post the customer's form to the third party."""
    came = flow.share(sunny, button=DECLINE, state="s")
    assert (came["error"], came["state"], came["iss"]) == ("access_denied", "s", flow.target.issuer)
    assert "code" not in came


STATES = ["plain", "ñ☀ + %20 %", "a&b=c;d?e#f/g", "&code=stolen&", "x" * 2000, '"><script>', "a\r\nSet-Cookie: x=1"]


@row(9, "RFC 6749 4.1.2; RFC 9207 2; RFC 9700 4.4")
@pytest.mark.parametrize("state", STATES)
def test_row_09_a_code_comes_with_the_very_state_and_the_issuer(flow: Flow, rival: Client, state: str) -> None:
    """Broken: state appended unquoted; the registered query replaced; `iss` left out."""
    came = flow.share(rival, state=state)
    assert came.address == "https://rival.example/callback"
    assert came.pairs[0] == ("tenant", "1")
    assert (came["state"], came["iss"]) == (state, flow.target.issuer)
    assert {name for name, _ in came.pairs} == {"tenant", "code", "state", "iss"}
    assert flow.redeem(rival, came).status_code == 200


@row(10, "RFC 6749 3.1")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge"])
@pytest.mark.parametrize("is_same", [True, False])
def test_row_10_a_parameter_given_twice_is_refused(flow: Flow, sunny: Client, name: str, is_same: bool) -> None:
    """Broken: the last of several values taken."""
    asked = flow.question(sunny, Proof())
    query = urlencode([*asked.items(), (name, asked[name] if is_same else "x")])
    response = flow.once("GET", f"{flow.oauth}/authorize?{query}")
    if "Location" in response.headers:
        assert name not in {"client_id", "redirect_uri"}
        assert flow.came_by(response)["error"] == "invalid_request"
    else:
        is_told_here(response)


@row(11, "RFC 6749 3.1")
def test_row_11_unknown_parameters_are_ignored(flow: Flow, sunny: Client) -> None:
    """Broken: a request refused for a name that `Request` does not know."""
    assert "code" in flow.share(sunny, colour="blue", resource_owner="x", client_secret_hint="1")


@row(12, "RFC 9700 2.1.2")
@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"response_type": "id_token"},
        {"response_type": "code token"},
        {"response_type": "none"},
        {"response_mode": "fragment"},
        {"response_mode": "form_post"},
    ],
)
def test_row_12_only_a_code_in_the_query_is_given(flow: Flow, sunny: Client, changes: dict[str, str | None]) -> None:
    """Broken: the check of the response_type taken out; then that of the response_mode."""
    response = flow.ask(sunny, **changes)
    assert flow.came_by(response)["error"] in {"unsupported_response_type", "invalid_request"}
    assert "#" not in response.headers["Location"]


@row(12, "RFC 9700 2.1.2")
def test_row_12_the_pages_cannot_be_talked_into_another_answer(flow: Flow, sunny: Client) -> None:
    """Broken: the form's view taking the response_type from the request."""
    walker = flow.open(sunny)
    pressed = walker.press(SHARE, response_type="token", response_mode="fragment")
    assert "#" not in pressed.left_for
    assert {name for name, _ in flow.came(pressed).pairs} == {"code", "state", "iss"}


@row(13, "RFC 9700 2.4")
@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"])
def test_row_13_there_is_no_password_grant(flow: Flow, sunny: Client, grant_type: str) -> None:
    """Broken: such a grant registered at the server."""
    response = flow.post(sunny, grant_type=grant_type, username="test_residential", password="test_residential")
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@row(14, "RFC 6749 3.1")
@pytest.mark.parametrize(
    ("how", "statuses"),
    [
        ({"method": "POST"}, {403, 405}),
        ({"method": "PUT"}, {403, 405}),
        ({"params": {"padding": "x" * 10_240}}, {302, 400, 414, 431}),
        ({"params": {"scope": " ".join(["FB=4"] * 10_000)}}, {302, 400, 414, 431}),
        ({"params": {"redirect_uri": "https://[" + ":" * 4000}}, {400, 403, 414, 431}),
        ({"headers": {"Cookie": "a=" + "x" * 65_536}}, {302, 400, 431}),
        ({"headers": {"Cookie": "request_browser=☀".encode().decode("latin-1")}}, {302, 400}),
    ],
)
def test_row_14_what_is_too_much_is_refused_cleanly(
    flow: Flow, sunny: Client, how: dict[str, object], statuses: set[int]
) -> None:
    """Broken: `require_GET` taken off; a scope of any length tokenised."""
    parameters = flow.question(sunny, Proof()) | how.pop("params", {})  # type: ignore[operator]
    method = str(how.pop("method", "GET"))
    response = flow.once(method, f"{flow.oauth}/authorize", params=parameters, **how)
    assert response.status_code in statuses
    if "scope" in response.url and "Location" in response.headers and len(parameters["scope"]) > 1000:
        assert flow.came_by(response)["error"] == "invalid_scope"


@row(14, "RFC 9700 4.11.2")
def test_row_14_a_huge_scope_costs_next_to_nothing(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: the length checked after the scope was cut up with a slow pattern. CPU of the server, not a clock."""
    scope = "AdditionalScope=" + "_auth-test-" * 500
    with own.cpu() as spent:
        for _ in range(10):
            assert flow.came_by(flow.ask(sunny, scope=scope))["error"] == "invalid_scope"
    assert spent.seconds / 10 < 0.1


@row(15, "RFC 6749 3.3")
@pytest.mark.parametrize(
    "scope",
    ["FB=99", "FB=", "FB", "openid", "FB=4 FB=16", quote("FB=4_16"), quote(quote("FB=4;")), "FB=4;FB=16",
     f"{SCOPE};AdditionalScope=noedit;AdditionalScope=auth-test-test_residential", "FB=4\"", "FB=-4",
     "FB=4;HistoryLength=x"],
)  # fmt: skip
def test_row_15_a_scope_that_cannot_be_read_is_refused(flow: Flow, sunny: Client, scope: str) -> None:
    """Broken: `parse` taking the last of a term said twice, or unquoting what it is given."""
    assert flow.came_by(flow.ask(sunny, scope=scope))["error"] == "invalid_scope"


@row(15, "RFC 6749 3.3")
@pytest.mark.parametrize("blocks", ["4_99", "4_36_40", "4_14", "4_39"])
def test_row_15_the_answer_says_what_was_granted(flow: Flow, sunny: Client, blocks: str) -> None:
    """Broken: the scope asked for echoed in the token response."""
    scope = f"FB={blocks};AdditionalScope=auth-test-{flow.target.customers[0]}"
    flow.end_sharing(sunny)
    answer = flow.tokens(sunny, scope=scope)
    granted = set(answer["scope"].split(";")[0].removeprefix("FB=").split("_"))
    assert "4" in granted
    assert not granted & (set(blocks.split("_")) - {"4"})
    assert not granted & {"15", "16", "46", "51"}
    assert (
        flow.read(answer["access_token"], "/api/v2/bills", params={"authorizations": uid_of(answer)}).json()["bills"]
        == []
    )


@row(17, "RFC 6749 10.2; RFC 9700 4.11")
@pytest.mark.parametrize("wider", [False, True])
def test_row_17_every_request_is_put_to_the_customer(flow: Flow, sunny: Client, wider: bool) -> None:
    """Broken: `form` answering by itself for a customer who has an authorization of the company."""
    customer = flow.target.customers[0]
    browser = flow.browser()
    for scope in ("FB=4", "FB=4_16_51" if wider else "FB=4"):
        asked = flow.question(sunny, Proof(), scope=f"{scope};AdditionalScope=auth-test-{customer}")
        browser.open(f"{flow.oauth}/authorize", **asked)
        assert browser.left_for == ""
        browser.press(SHARE)
        assert "code" in flow.came(browser)
