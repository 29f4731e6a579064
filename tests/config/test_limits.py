"""The limits as each kind of caller meets them: what is counted for whom, what 429 looks like, when it is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from limits import parse
from pytest_django import Settings

import cast
import oauth_flow as flow
from consent.visitor import Visitor, ask, home
from mydata.homes import token
from wattkeeper.common import limits
from wattkeeper.common.limit_stores import Memory
from wattkeeper.common.limits import Limit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
SetClock = Callable[[datetime], None]
SetLimits = Callable[..., None]
SOMEBODY, ELSEWHERE = "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def noon(set_clock: SetClock) -> None:
    set_clock(NOON)


@pytest.fixture
def set_limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SetLimits:
    """Sets some limits, as `client="3/minute"`, and begins to count anew."""

    def set_to(**changes: str) -> None:
        monkeypatch.setattr(limits, "MEMORY", Memory())
        settings.LIMITS = settings.LIMITS | {name: parse(text) for name, text in changes.items()}

    return set_to


def json_api(token: str, **meta: str) -> Any:
    return Client().get("/api/v2/authorizations", headers=cast.bearer(token), **meta)  # type: ignore[arg-type]


def green_button(token: str, **meta: str) -> Any:
    path = "/DataCustodian/espi/1_1/resource/ReadServiceStatus"
    return Client().get(path, headers=cast.bearer(token), **meta)  # type: ignore[arg-type]


def token_endpoint(party: cast.ThirdParty, secret: str | None = None) -> Any:
    return flow.post(Client(), {"grant_type": "client_credentials"}, flow.basic(party, secret))


def statuses(*answers: Any) -> list[int]:
    return [answer.status_code for answer in answers]


def test_each_customer_s_programs_are_counted_for_that_customer(set_limits: SetLimits) -> None:
    services = [cast.customer(), cast.customer("Oscar Other")]
    (_, mine), (_, also_mine), (_, theirs) = (token(service) for service in (services[0], *services))
    set_limits(client="2/minute")
    assert statuses(*(json_api(secret) for secret in (mine, also_mine, mine, theirs))) == [200, 200, 429, 200]


@pytest.mark.parametrize("call", [json_api, green_button])
def test_an_api_counts_down_and_then_says_when_to_come_back(
    call: Callable[..., Any], set_limits: SetLimits, set_clock: SetClock
) -> None:
    token = cast.third_party().api_token
    set_limits(client="3/minute", token="1000/second")
    for remaining in (2, 1, 0):
        answer = call(token)
        assert answer.status_code == 200
        assert answer["RateLimit-Policy"] == '"token";q=1000;w=1, "client";q=3;w=60'
        assert answer["RateLimit"] == f'"token";r={999 - 2 + remaining};t=1, "client";r={remaining};t=60'
    refused = call(token)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert refused["RateLimit"].endswith('"client";r=0;t=60')
    assert set(refused.json()) == {"error", "error_description", "url"}
    assert refused.json()["error"] == "too_many_requests"
    assert refused.json()["error_description"] == "More than 3 in 60 s (client). Try again in 60 s."
    set_clock(NOON + timedelta(seconds=59.5))
    assert call(token)["Retry-After"] == "1"
    set_clock(NOON + timedelta(seconds=60))
    assert statuses(*[call(token) for _ in range(4)]) == [200, 200, 200, 429]


def test_the_token_endpoint_counts_for_the_client_and_answers_as_oauth_does(
    set_limits: SetLimits, set_clock: SetClock
) -> None:
    party = cast.third_party()
    set_limits(client="2/minute")
    assert statuses(token_endpoint(party), token_endpoint(party)) == [200, 200]
    refused = token_endpoint(party)
    assert (refused.status_code, refused["Retry-After"], refused["Content-Type"]) == (429, "60", "application/json")
    assert refused.json()["error"] == "temporarily_unavailable"
    assert "no-store" in refused["Cache-Control"]
    set_clock(NOON + timedelta(seconds=60))
    assert token_endpoint(party).status_code == 200


def test_a_client_has_one_limit_for_all_its_tokens_and_both_apis(set_limits: SetLimits) -> None:
    sunny, rival = cast.third_party(), cast.third_party("Rival")
    tokens = [cast.client_token(sunny), cast.client_token(sunny)]
    set_limits(client="3/minute")
    assert statuses(*[green_button(token) for token in (tokens[0], tokens[1], tokens[0], tokens[1])])[-2:] == [200, 429]
    assert token_endpoint(sunny).status_code == 429
    assert statuses(green_button(cast.client_token(rival)), token_endpoint(rival)) == [200, 200]


def test_a_token_has_a_limit_of_its_own(set_limits: SetLimits) -> None:
    sunny = cast.third_party()
    one, other = cast.client_token(sunny), cast.client_token(sunny)
    set_limits(token="2/minute")
    assert statuses(green_button(one), green_button(one), green_button(one), green_button(other)) == [
        200,
        200,
        429,
        200,
    ]


def test_a_token_beyond_its_limit_is_not_even_looked_up(
    set_limits: SetLimits, django_assert_num_queries: Callable[[int], Any]
) -> None:
    token = cast.third_party().api_token
    set_limits(token="1/minute")
    json_api(token)
    with django_assert_num_queries(0):
        assert json_api(token).status_code == 429


def test_wrong_secrets_slow_the_guesser_and_never_the_client(set_limits: SetLimits, set_clock: SetClock) -> None:
    party = cast.third_party()
    set_limits(wrong_clients="2/minute", client="3/minute")
    assert statuses(*[token_endpoint(party, "a guess") for _ in range(4)]) == [401, 401, 429, 429]
    assert statuses(*[token_endpoint(party) for _ in range(3)]) == [200, 200, 200]
    set_clock(NOON + timedelta(seconds=60))
    assert token_endpoint(party, "a guess").status_code == 401


@pytest.mark.parametrize("call", [json_api, green_button])
def test_unknown_tokens_slow_the_guesser_and_never_who_shares_its_address(
    call: Callable[..., Any], set_limits: SetLimits
) -> None:
    token = cast.third_party().api_token
    set_limits(wrong_tokens="2/minute")
    assert statuses(*[call(str(number) * 64) for number in range(4)]) == [401, 401, 429, 429]
    assert call("9" * 64, REMOTE_ADDR=ELSEWHERE).status_code == 401
    assert call(token).status_code == 200


def test_the_authorize_endpoint_counts_for_the_browsers_address(set_limits: SetLimits) -> None:
    party = cast.third_party()
    set_limits(address="2/minute")
    assert statuses(flow.ask(Client(), party), flow.ask(Client(), party)) == [302, 302]
    refused = Client().get(flow.AUTHORIZE, flow.question(party), headers={"Accept-Language": "en"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Please wait 60 seconds" in refused.content.decode()
    spanish = Client().get(flow.AUTHORIZE, flow.question(party), headers={"Accept-Language": "es"})
    assert "Espere 60 segundos" in spanish.content.decode()
    elsewhere = Client().get(flow.AUTHORIZE, flow.question(party), REMOTE_ADDR=ELSEWHERE)
    assert elsewhere.status_code == 302


def test_an_address_cannot_be_made_up(set_limits: SetLimits, settings: Settings) -> None:
    party = cast.third_party()
    set_limits(address="1/minute")

    def ask_from(*forwarded: str) -> int:
        headers = {"X-Forwarded-For": ", ".join(forwarded)}
        return int(Client().get(flow.AUTHORIZE, flow.question(party), headers=headers).status_code)

    assert [ask_from(SOMEBODY), ask_from(ELSEWHERE)] == [302, 429]
    settings.PROXIES = 1
    assert [ask_from("1.1.1.1", SOMEBODY), ask_from("2.2.2.2", SOMEBODY), ask_from(ELSEWHERE)] == [302, 429, 302]


def test_what_needs_no_token_counts_for_the_address(set_limits: SetLimits) -> None:
    set_limits(address="1/minute")
    answers = [Client().get("/api/v2/openapi.json"), Client().get("/api/v2/nothing")]
    assert statuses(*answers) == [200, 429]
    assert answers[0]["RateLimit-Policy"] == '"address";q=1;w=60'


def test_each_of_several_processes_has_its_part(set_limits: SetLimits, settings: Settings) -> None:
    settings.SERVER_PROCESSES = 4
    token = cast.third_party().api_token
    set_limits(client="11/minute")
    answers = [json_api(token) for _ in range(3)]
    assert statuses(*answers) == [200, 200, 429]
    assert '"client";q=11;w=60' in answers[0]["RateLimit-Policy"]
    assert '"client";r=1;t=60' in answers[0]["RateLimit"]


class Guesser(Visitor):
    """Types passwords from an address of its own."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.client.defaults["REMOTE_ADDR"] = address

    def type(self, path: str, username: str, password: str) -> int:
        self.open(path)
        if self.response.status_code == 200:
            self.press("Sign in", username=username, password=password)
        return int(self.response.status_code)


@pytest.fixture(params=["/my-authorizations", "/consent/{uid}"])
def sign_in_page(request: pytest.FixtureRequest) -> str:
    home()
    return str(request.param).format(uid=ask().uid)


def test_guessing_passwords_is_slow_and_closes_the_account_to_nobody_else(
    sign_in_page: str, set_limits: SetLimits, set_clock: SetClock
) -> None:
    set_limits(sign_ins_to_account="3/5 minutes")
    stranger, heather = Guesser(SOMEBODY), Guesser(ELSEWHERE)
    tries = [stranger.type(sign_in_page, "test_residential", f"guess {number}") for number in range(4)]
    assert tries == [200, 200, 200, 429]
    assert "Please wait 5 minutes" in stranger.text
    assert stranger.type(sign_in_page, "test_residential", "test_residential") == 429
    heather.type(sign_in_page, "test_residential", "test_residential")
    assert "Signed in as Heather Homeowner." in heather.text
    set_clock(NOON + timedelta(minutes=5))
    stranger.type(sign_in_page, "test_residential", "test_residential")
    assert "Signed in as Heather Homeowner." in stranger.text


def test_an_unknown_account_is_answered_as_a_known_one(sign_in_page: str, set_limits: SetLimits) -> None:
    set_limits(sign_ins_to_account="2/5 minutes")
    pages = []
    for username in ("test_residential", "test_nobody"):
        guesser = Guesser(SOMEBODY)
        answers = [guesser.type(sign_in_page, username, "guess") for _ in range(2)]
        pages.append((answers, guesser.errors()))
        answers.append(guesser.type(sign_in_page, username, "guess"))
    assert pages[0] == pages[1]
    assert pages[0][0] == [200, 200, 429]


def test_one_password_on_many_accounts_is_slow_too(sign_in_page: str, set_limits: SetLimits) -> None:
    set_limits(sign_ins="5/minute")
    stranger = Guesser(SOMEBODY)
    tries = [stranger.type(sign_in_page, f"account_{number}", "summer") for number in range(6)]
    assert tries == [200] * 5 + [429]
    assert Guesser(ELSEWHERE).type(sign_in_page, "account_7", "summer") == 200


def test_a_right_password_forgives_the_wrong_ones(sign_in_page: str, set_limits: SetLimits) -> None:
    set_limits(sign_ins_to_account="3/5 minutes")
    for _ in range(3):
        heather = Guesser(SOMEBODY)
        heather.type(sign_in_page, "test_residential", "typo")
        heather.type(sign_in_page, "test_residential", "test_residential")
        assert "Signed in as Heather Homeowner." in heather.text


def test_every_limit_has_a_setting(settings: Settings) -> None:
    assert set(settings.LIMITS) == set(Limit)
