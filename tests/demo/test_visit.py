"""From the redirect back to the data shown: what is sent to the platform, and what the developer sees of it."""

import re
from base64 import b64encode
from html import unescape

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from demo import fake_platform
from demo.conftest import SECRET, Visitor
from demo.fake_platform import ACCESS, AUTHORIZATION, FRESH, METER, REFRESH, Platform

pytestmark = pytest.mark.server
BATCH = f"/DataCustodian/espi/1_1/resource/Batch/Subscription/{AUTHORIZATION}"


def test_a_code_is_exchanged_as_the_standard_has_it(visitor: Visitor, platform: Platform) -> None:
    _, link = visitor.link(visitor.get("/").text)
    page = visitor.get(f"/callback?code=the-code&state={link['state']}")
    assert page.url == f"{visitor.url}/data"
    asked = platform.last("/oauth/token")
    verifier = asked.form.pop("code_verifier")
    assert link["code_challenge"] == create_s256_code_challenge(verifier)
    assert verifier not in page.text
    assert asked.headers["Authorization"] == "Basic " + b64encode(f"EPE_ccccccccc:{SECRET}".encode()).decode()
    assert asked.form == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": f"{visitor.url}/callback",
    }


def test_another_servers_answer_is_none(visitor: Visitor, platform: Platform) -> None:
    """RFC 9207: the answer of a server that was not asked is not taken to the one that was."""
    assert visitor.come_back(code="c", iss="https://evil.example/DataCustodian/epe").status_code == 400
    assert platform.asked == []
    assert visitor.come_back(code="c", iss=f"{platform.url}/DataCustodian/epe").status_code == 200


def test_state_is_checked_and_works_once(visitor: Visitor, platform: Platform) -> None:
    _, parameters = visitor.link(visitor.get("/").text)
    answer = f"/callback?code=c&state={parameters['state']}"
    stranger = Visitor(visitor.url, visitor.var)
    assert visitor.get("/callback?code=c").status_code == 400
    assert visitor.get("/callback?code=c&state=guessed").status_code == 400
    assert stranger.get(answer).status_code == 400
    assert platform.asked == []
    assert visitor.get(answer).status_code == 200
    assert visitor.get(answer).status_code == 400


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "chose not to share"), ("invalid_scope", "could not read the scope"), ("x_y", "x_y")],
)
def test_a_refusal_is_explained(visitor: Visitor, platform: Platform, error: str, words: str) -> None:
    page = visitor.come_back(error=error, error_description="<b>because</b>")
    assert words in page.text
    assert "&lt;b&gt;because" in page.text
    assert platform.asked == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, "application/json", b'{"error": "invalid_grant"}'), "used up, too old"),
        ((401, "application/json", b'{"error": "invalid_client"}'), "does not know this client id"),
        ((500, "text/html", b"<p>Sorry"), "had a fault of its own"),
        ((200, "text/html", b"<p>Hello"), "not the JSON that was expected"),
        ((200, "application/json", b'{"access_token": "x", "token_type": "Bearer"}'), "lacks something"),
    ],
)
def test_an_exchange_that_fails_is_explained_and_shown(
    visitor: Visitor, platform: Platform, answer: tuple[int, str, bytes], words: str
) -> None:
    platform.broken["/DataCustodian/epe/oauth/token"] = answer
    page = visitor.come_back(code="old")
    assert page.status_code == 400
    assert words in page.text
    assert "What just happened" in page.text


def test_only_the_day_shown_is_asked_for(visitor: Visitor, platform: Platform) -> None:
    visitor.come_back(code="c")
    assert platform.last(BATCH).query == {
        "published-min": "2026-11-22T07:00:00Z",
        "published-max": "2026-11-23T07:00:00Z",
    }
    first, following = (asked.query for asked in platform.asked if asked.path == "/api/v2/intervals")
    assert first == {"meters": METER, "start": "2026-11-22T07:00:00Z", "end": "2026-11-23T07:00:00Z"}
    assert following == first | {"after": "1"}


def test_local_time_is_asked_for_once(visitor: Visitor, platform: Platform) -> None:
    visitor.come_back(code="c")
    visitor.get("/data?view=month")
    assert sum("LocalTimeParameters" in path for path in platform.paths()) == 1


@pytest.mark.parametrize(
    ("query", "total", "readings"),
    [
        ("view=day&on=2026-11-22", "4.656 kWh", "96 readings"),
        ("view=day&on=2026-11-01", "5.05 kWh", "100 readings"),
        ("view=day&on=2026-11-10", "4.046 kWh", "76 readings"),
        ("view=month&on=2026-10-25", "55.872 kWh", "1,152 readings"),
        ("view=year", "158.088 kWh", "3,248 readings"),
        ("view=day&on=9999-12-31", "4.656 kWh", "96 readings"),
    ],
)
def test_both_apis_give_the_same_total(visitor: Visitor, query: str, total: str, readings: str) -> None:
    visitor.come_back(code="c")
    page = visitor.get(f"/data?{query}").text
    assert page.count(f'<p class="total">{total}</p>') == 2
    assert page.count(f"<p>{readings}</p>") == 2
    assert "✓ equal" in page


def test_two_apis_that_differ_are_said_to_differ(visitor: Visitor, platform: Platform) -> None:
    visitor.come_back(code="c")
    empty = fake_platform.answer_json({"intervals": [], "next": None})
    platform.broken["/api/v2/intervals"] = empty
    assert "✕ different" in visitor.get("/data").text


def test_the_chart_shows_gaps_estimates_and_the_long_day(visitor: Visitor) -> None:
    visitor.come_back(code="c")
    kinds = {
        day: re.findall(r'<rect [^>]*class="(\w+)"><title>', visitor.get(f"/data?on={day}").text)
        for day in ("2026-11-10", "2026-11-12", "2026-11-01")
    }
    assert kinds["2026-11-10"] == ["full"] * 20 + ["none"] * 20 + ["full"] * 56
    assert kinds["2026-11-12"].count("estimated") == 1
    assert len(kinds["2026-11-01"]) == 100
    month = visitor.get("/data?view=month").text
    assert "76 of 96" in month
    assert "incomplete" in month


def test_what_is_yet_to_come_is_no_gap(visitor: Visitor) -> None:
    """The meter's data reach from October 20 to November 22, 2026."""
    visitor.come_back(code="c")
    november, year = (visitor.get(f"/data?view={view}").text for view in ("month", "year"))
    assert november.count('<tr><th scope="row">Nov ') == 22
    assert year.count("<title>") - 1 == 2
    assert "The newest reading is of November 22, 2026." in november
    assert "The newest reading" not in visitor.get("/data?view=day").text


def test_the_summary_says_what_the_eye_sees(visitor: Visitor) -> None:
    visitor.come_back(code="c")
    assert "Shaded parts have no reading." in visitor.get("/data?on=2026-11-10").text
    assert "Hatched bars are estimates." in visitor.get("/data?on=2026-11-12").text
    ordinary = visitor.get("/data?on=2026-11-13").text
    assert "Shaded" not in ordinary
    assert "Hatched" not in ordinary


def test_numbers_of_a_column_have_the_same_places(visitor: Visitor) -> None:
    page = visitor.come_back(code="c").text
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert {len(number) for number in re.findall(r">\d+\.(\d+) kWh<", table)} == {3}


def test_test_data_stands_under_a_band_and_says_so_in_the_title(visitor: Visitor, platform: Platform) -> None:
    assert "<title>What came" in visitor.come_back(code="c").text
    known = {"uid": AUTHORIZATION, "is_test": True, "meters": {"meters": [fake_platform.meter()], "next": None}}
    platform.broken[f"/api/v2/authorizations/{AUTHORIZATION}"] = fake_platform.answer_json(known)
    page = visitor.get("/data").text
    assert "<title>Sandbox: What came" in page
    assert 'class="band sandbox"' in page


def test_a_page_full_of_calls_stays_light(visitor: Visitor) -> None:
    visitor.come_back(code="c")
    answer = visitor.get("/data?view=day", stream=True)
    assert len(answer.raw.read(decode_content=False)) < 20_000


def test_json_is_shown_in_lines(visitor: Visitor) -> None:
    assert unescape(visitor.come_back(code="c").text).count('\n  "token_type": "Bearer"') == 1


def test_bills_are_a_table(visitor: Visitor) -> None:
    page = visitor.come_back(code="c").text
    for figure in ("Oct 20, 2026 – Nov 18, 2026", "612.5 kWh", "$84.10", "Customer charge", "$9.25"):
        assert figure in page


def test_every_call_is_shown_and_no_secret(visitor: Visitor, platform: Platform) -> None:
    page = visitor.come_back(code="code-that-is-long-enough").text
    calls = page[page.index('id="calls"') :]
    assert calls.count("<details>") == len(platform.asked) == 8
    assert "Basic base64(EPE_ccccccccc:••••••)" in calls
    for secret in (SECRET, ACCESS, REFRESH, "code-that-is-long-enough", b64encode(SECRET.encode()).decode()[:20]):
        assert secret not in calls
    assert "Authorization: Bearer aaaaaa…" in calls


def test_refreshing_brings_a_new_access_token(visitor: Visitor, platform: Platform) -> None:
    page = visitor.post("/refresh", {}, visitor.come_back(code="c").text).text
    assert platform.last("/oauth/token").form == {"grant_type": "refresh_token", "refresh_token": REFRESH}
    assert platform.last("/bills").headers["Authorization"] == f"Bearer {FRESH}"
    assert FRESH in page


def test_tokens_stay_on_the_server(visitor: Visitor) -> None:
    visitor.come_back(code="c")
    cookies = visitor.session.cookies.get_dict()
    assert set(cookies) == {"demo_session", "demo_csrf"}
    assert not any(secret in value for value in cookies.values() for secret in (ACCESS, REFRESH, SECRET))
    modes = {path.stat().st_mode & 0o077 for path in visitor.var.rglob("*")}
    assert modes == {0}


def test_forgetting_ends_the_session(visitor: Visitor, platform: Platform) -> None:
    visitor.post("/forget", {}, visitor.come_back(code="c").text)
    platform.asked.clear()
    assert visitor.get("/data").url == f"{visitor.url}/"
    assert platform.asked == []


def test_what_was_not_granted_is_not_asked_for(visitor: Visitor, platform: Platform) -> None:
    platform.scope = "FB=1_3_16_51"
    page = visitor.come_back(code="c").text
    assert "Interval data (FB 4) was not granted" in page
    assert not any("intervals" in path or "Batch" in path for path in platform.paths())


@pytest.mark.parametrize("kind", ["doctype", "cut", "html", "gone"])
def test_a_broken_feed_leaves_the_rest_standing(visitor: Visitor, platform: Platform, kind: str) -> None:
    platform.broken[BATCH] = {
        "doctype": (200, "application/atom+xml", b'<!DOCTYPE f [<!ENTITY e "x">]><f>&e;</f>'),
        "cut": (200, "application/atom+xml", b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>'),
        "html": (200, "text/html", b"<p>Sorry"),
        "gone": (404, "application/json", b'{"error": "not_found", "error_description": "No.", "url": null}'),
    }[kind]
    page = visitor.come_back(code="c").text
    assert "Use, from the Green Button API: not shown" in page
    assert "$84.10" in page
    assert page.count("4.656 kWh</p>") == 1


def test_a_token_is_never_sent_to_another_address(visitor: Visitor, platform: Platform) -> None:
    token = platform.token(ACCESS) | {"resourceURI": "http://localhost:9/Batch/Subscription/" + AUTHORIZATION}
    platform.broken["/DataCustodian/epe/oauth/token"] = fake_platform.answer_json(token)
    page = visitor.come_back(code="c").text
    assert "named an address that is not its own" in page


def test_pages_allow_no_other_origin_and_are_not_kept(visitor: Visitor) -> None:
    answer = visitor.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]
    assert re.findall(r'(?:src|action)="(?!/)[^"]', answer.text) == []


def test_forms_from_elsewhere_are_refused(visitor: Visitor) -> None:
    visitor.come_back(code="c")
    assert visitor.session.post(f"{visitor.url}/forget", timeout=30).status_code == 403
    assert visitor.get("/data").url == f"{visitor.url}/data"
