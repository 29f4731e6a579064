"""Rows 26, 93 to 95 and 97 to 102: throttled guessing, what is not there yet, logs, odd input and odd connections."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from blackbox.conformance import server
from blackbox.conformance.database import Database
from blackbox.conformance.flow import COOKIES, ISSUED, Flow, hold_to_rules, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import FAKETIME, LIMITS, Later, Own
from blackbox.conformance.target import Client
from blackbox.walker import Walker

ROOT = Path(__file__).parents[3]
PUBLISHED = {
    "LIMIT_CLIENT": "50/second",
    "LIMIT_TOKEN": "50/second",
    "LIMIT_ADDRESS": "50/second",
    "LIMIT_SIGN_INS": "60/minute",
    "LIMIT_WRONG_CLIENTS": "30/minute",
    "LIMIT_WRONG_TOKENS": "10/second",
    "LIMIT_SIGN_INS_TO_ACCOUNT": "10/5 minutes",
}


@pytest.fixture(scope="module")
def limited(own: Own) -> Later:
    """A process with the limits as they are published, behind a proxy of ours, whose clock can be put ahead."""
    if not FAKETIME.exists():
        pytest.skip("libfaketime is missing (apt-get install faketime)")
    assert {f"WATTKEEPER_{name}" for name in PUBLISHED} == set(LIMITS)
    settings = {f"WATTKEEPER_{name}": value for name, value in PUBLISHED.items()}
    return Later(own, "limited", WATTKEEPER_BEHIND_PROXY="1", **settings)


def sign_in(flow: Flow, username: str, password: str, address: str) -> Walker:
    """Types a name and a password on the page of what is shared, from this address."""
    browser = flow.browser()
    browser.session.headers["X-Forwarded-For"] = f"6.6.6.6, {address}"
    browser.open(f"/my-authorizations?utility={flow.target.utility}")
    return browser.press("Sign in", username=username, password=password)


def is_in(walker: Walker) -> bool:
    return walker.response.status_code == 200 and "Signed in as" in walker.text


@row(26, "RFC 6749 10.7; OWASP ASVS 2.2.1")
def test_row_26_guessing_one_account_is_slowed_for_the_guesser_alone(flow: Flow, limited: Later) -> None:
    """Broken: SIGN_INS_TO_ACCOUNT counted without the address; the address taken from where the client writes it."""
    at, name = flow.at(limited.process.base), flow.target.customers[0]
    statuses = [sign_in(at, name, f"wrong {turn}", "203.0.113.1").response.status_code for turn in range(12)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert not is_in(sign_in(at, name, name, "203.0.113.1"))
    assert is_in(sign_in(at, name, name, "203.0.113.2"))
    limited.set(301)
    assert is_in(sign_in(at, name, name, "203.0.113.1"))
    limited.set(0)


@row(26, "RFC 6749 10.7; OWASP ASVS 2.2.1")
def test_row_26_guessing_many_accounts_is_slowed_too(flow: Flow, limited: Later) -> None:
    """Broken: SIGN_INS not counted. The limits are 60 a minute for an address, whatever accounts it tries."""
    at = flow.at(limited.process.base)
    statuses = [sign_in(at, f"somebody{turn}", "wrong", "203.0.113.3").response.status_code for turn in range(64)]
    assert set(statuses[:60]) == {200}
    assert statuses[-1] == 429


@row(26, "OWASP ASVS 2.2.1")
def test_row_26_nobody_learns_which_accounts_there_are(flow: Flow) -> None:
    """Broken: another sentence for a name that is not there. (The test accounts' names are published all the same.)"""
    texts = [
        re.sub(r'value="[^"]*"', "", sign_in(flow, name, "wrong", "203.0.113.4").response.text)
        for name in (flow.target.customers[0], "nobody_at_all")
    ]
    bare = [re.sub(r'nonce="[^"]*"', "", text) for text in texts]
    assert bare[0] == bare[1]


@row(26, "RFC 6749 10.7")
def test_row_26_guessing_secrets_and_tokens_is_slowed_and_no_header_helps(
    flow: Flow, limited: Later, sunny: Client
) -> None:
    """Broken: X-Forwarded-For believed from its beginning; WRONG_CLIENTS not counted."""
    at = flow.at(limited.process.base)
    statuses, tokens = list[int](), list[int]()
    for turn in range(40):
        headers = {"X-Forwarded-For": f"6.6.6.{turn}, 203.0.113.5", "Forwarded": f"for=6.6.6.{turn}"}
        how: dict[str, Any] = {"headers": headers, "timeout": 30}
        guess = (sunny.client_id, f"wrong{turn}")
        statuses.append(
            requests.post(f"{at.oauth}/token", auth=guess, data={"grant_type": "client_credentials"}, **how).status_code
        )
        headers["Authorization"] = f"Bearer {turn:064x}"
        tokens.append(requests.get(f"{at.base}/api/v2/authorizations", **how).status_code)
    assert statuses[0] == tokens[0] == 401
    assert statuses[-1] == 429
    assert 429 in tokens
    right = at.post(sunny, grant_type="client_credentials")
    assert right.status_code == 200


@row(79, "RFC 7591 5; draft-ietf-httpapi-ratelimit-headers-10")
def test_row_79_one_client_is_answered_fifty_times_a_second(flow: Flow, limited: Later, sunny: Client) -> None:
    """Broken: CLIENT not counted. The clock stands still for those fifty, because libfaketime says what time it is."""
    limited.say("2030-01-01 00:00:00")
    at = flow.at(limited.process.base)
    answers = [
        requests.get(
            f"{at.base}/api/v2/authorizations?limit=1",
            headers={"Authorization": f"Bearer {sunny.api_token}"},
            timeout=30,
        )
        for _ in range(52)
    ]
    limited.set(0)
    assert [answer.status_code for answer in answers] == [200] * 50 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "1"
    assert "q=50;w=1" in answers[0].headers["RateLimit-Policy"]
    assert answers[-1].headers["Content-Type"] == "application/json"


@row(93, "OWASP ASVS 4.1")
@pytest.mark.parametrize("path", ["/console", "/admin", "/staff", "/dashboard", "/api/v2/console"])
def test_row_93_there_is_no_staff_console_yet(flow: Flow, sunny: Client, path: str) -> None:
    """Broken: an address of that name added: then this row is to be tested in earnest."""
    for slash in ("", "/"):
        assert flow.read(sunny.api_token, path + slash).status_code == 404


@row(94, "OWASP ASVS 8.3")
@pytest.mark.parametrize("path", ["/console/customers", "/view-as", "/consent/as"])
def test_row_94_nobody_looks_as_a_customer_yet(flow: Flow, path: str) -> None:
    """Broken: an address of that name added: then this row is to be tested in earnest."""
    assert flow.once("GET", flow.base + path).status_code == 404


@row(95, "RFC 9700 4.2.4; RFC 6750 5.3")
def test_row_95_no_log_line_holds_a_secret_or_a_person(flow: Flow, own: Own, sunny: Client) -> None:
    """Broken: the body of a refused token request logged; `request.get_full_path()` in a log line. The server logs at
    DEBUG throughout, and each run ends with the same question for all that it was given."""
    answer = flow.tokens(sunny)
    came = flow.share(sunny)
    flow.once("GET", f"{flow.base}/nowhere/{came['code']}?token={answer['refresh_token']}")
    flow.post(Client(sunny.client_id, sunny.client_secret[:-1]), grant_type="nonsense", code=came["code"])
    flow.refresh(sunny, answer["refresh_token"] + "x")
    flow.read(answer["access_token"], "/api/v2/authorizations", params={"access_token": answer["access_token"]})
    flow.read(answer["access_token"], "/DataCustodian/espi/1_1/resource/Authorization")
    flow.revoke(sunny, answer["access_token"], token_type_hint="x" * 100)
    flow.post(sunny, "par", client_secret=sunny.client_secret, state=came.proof.verifier)
    told = own.logs()
    assert own.environment["WATTKEEPER_LOG_LEVEL"] == "DEBUG"
    assert told
    assert [secret for secret in ISSUED | COOKIES if secret in told] == []
    people = own.database.run("SELECT number FROM customers_customeraccount")
    people += own.database.run("SELECT email FROM customers_customer WHERE email <> ''")
    people += own.database.run("SELECT email FROM people_user")
    assert [text for (text,) in people if str(text) in told] == []
    assert uid_of(answer)


ODDITIES = [
    "'", "' OR '1'='1", "\" OR 1=1 --", "1; DROP TABLE authorizations_token", "*)(uid=*", "{{7*7}}", "${7*7}", "|id",
    "%0d%0aX-Injected: 1", "\r\nX-Injected: 1", "../../etc/passwd", "\0", "\ud7ff", "１２", "9" * 400, "-1", "NaN",
    "<x/>", "$(id)", "%n%n%s",
]  # fmt: skip


@row(97, "OWASP ASVS 5.3; RFC 9112 11.1")
@pytest.mark.parametrize("oddity", ODDITIES, ids=range(len(ODDITIES)))
def test_row_97_odd_input_is_only_odd(flow: Flow, sunny: Client, rival: Client, oddity: str) -> None:
    """Broken: a parameter put into SQL as text; `state` put into the Location unquoted."""
    stranger = uid_of(flow.tokens(rival))
    document = flow.once("GET", f"{flow.base}/api/v2/openapi.json").json()
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["in"] == "query":
                address = path.replace("{uid}", quote(oddity, safe=""))
                response = flow.read(sunny.api_token, address, params={parameter["name"]: oddity})
                assert response.status_code in {200, 400, 404}
                assert stranger not in response.text
                assert "X-Injected" not in response.headers
    for name in ("published-min", "updated-max", "max-results", "start-index", "depth"):
        response = flow.read(sunny.api_token, "/DataCustodian/espi/1_1/resource/Authorization", params={name: oddity})
        assert response.status_code in {200, 400}
    for name in ("client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge", "prompt"):
        response = flow.ask(sunny, **{name: oddity})
        assert "X-Injected" not in response.headers
        assert "\n" not in response.headers.get("Location", "")
    for name in ("grant_type", "code", "refresh_token", "redirect_uri", "code_verifier", "scope", "token"):
        for endpoint in ("token", "revoke", "introspect", "par"):
            assert flow.post(sunny, endpoint, **{name: oddity}).status_code in {200, 201, 400, 401, 403}


@row(101, "OWASP ASVS 14.1")
def test_row_101_a_fresh_installation_opens_to_nobody(own: Own, tmp_path: Path) -> None:
    """Broken: a user made by a migration; DEBUG on."""
    environment = {"WATTKEEPER_VAR": str(tmp_path), "WATTKEEPER_DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    assert own.run("migrate", "--verbosity", "0", **environment).returncode == 0
    fresh = Database(environment["WATTKEEPER_DATABASE_URL"])
    assert fresh.run("SELECT count(*) FROM people_user") == [(0,)]
    assert fresh.run("SELECT count(*) FROM companies_registration") == [(0,)]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    process = server.serve(own.environment | environment, tmp_path / "fresh.log", workers=1)
    process.start()
    try:
        for path in ("/nowhere", "/docs/utilities/nowhere", "/admin"):
            missing = requests.get(process.base + path, timeout=30)
            hold_to_rules(missing)
            assert missing.status_code == 404
            assert "urlpatterns" not in missing.text
            assert "DEBUG" not in missing.text
        assert requests.get(f"{process.base}/", timeout=30).status_code == 200
    finally:
        process.stop()


@row(101, "OWASP ASVS 14.1")
@pytest.mark.parametrize(
    "key", ["changeme", "django-insecure-" + "x" * 50, "a" * 64, "secret", "short", "your-secret-key-here" * 3]
)
def test_row_101_a_made_up_secret_key_stops_the_start(own: Own, key: str) -> None:
    """Broken: `kept_secret` taking any text."""
    done = own.run("check", WATTKEEPER_SECRET_KEY=key)
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
    assert key not in done.stderr or len(key) < 8


FLOORS = {"authlib": (1, 7, 1), "lxml": (6, 1, 0), "joserfc": (1, 4, 0), "django": (5, 2, 0), "oauthlib": (3, 2, 2)}


@row(102, "known vulnerabilities of dependencies")
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_row_102_nothing_is_older_than_its_known_holes(lock: str) -> None:
    """Broken: `lxml==6.0.0` in the lock file."""
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", (ROOT / lock).read_text(), re.MULTILINE))
    for name, floor in FLOORS.items():
        if name in pinned:
            assert tuple(map(int, pinned[name].split(".")))[:3] >= floor, name
    assert "lxml" in pinned or lock != "requirements.lock"
