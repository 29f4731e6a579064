"""The main job, by HTTP alone: a third party asks, a test customer shares, both APIs give the same numbers."""

import io
import os
import stat
from collections import Counter
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from lxml import etree
from requests_oauthlib import OAuth2Session

from blackbox.conftest import Demo
from blackbox.walker import DECLINE, SHARE, Walker
from wattkeeper.common import clock, days
from wattkeeper.sandbox.loads import ENERGY, Day, Kind, Load

pytestmark = pytest.mark.server

ESPI = "{http://naesb.org/espi}"
DENVER = ZoneInfo("America/Denver")
KINDS = {"test_residential": Kind.RESIDENTIAL, "test_commercial": Kind.COMMERCIAL}


def yesterday() -> date:
    return days.local_day(clock.epoch(clock.now()), DENVER) - timedelta(days=1)


def simulated(account: str, day: date) -> Day:
    return Load(f"epe/{account}", KINDS[account], DENVER).day(day)


def share(demo: Demo, account: str, **changes: str | list[str] | None) -> AuthlibSession:
    """A session of Authlib's client after this customer shared, having changed these fields of the form."""
    client = demo.keys["client"]
    session = AuthlibSession(
        client["client_id"],
        client["client_secret"],
        redirect_uri=client["redirect_uri"],
        scope=f"FB=4_16_51;AdditionalScope=auth-test-{account}",
    )
    url, state = session.create_authorization_url(f"{demo.base}/DataCustodian/epe/oauth/authorize")
    walker = Walker(demo.base).open(url).press(SHARE, **changes)
    session.fetch_token(
        f"{demo.base}/DataCustodian/epe/oauth/token", authorization_response=walker.left_for, state=state
    )
    return session


def espi_values(feed: bytes) -> list[tuple[int, int]]:
    """(start, value) of every reading of a feed."""
    return [
        (int(reading.findtext(f"{ESPI}timePeriod/{ESPI}start")), int(reading.findtext(f"{ESPI}value")))
        for _, reading in etree.iterparse(io.BytesIO(feed), tag=f"{ESPI}IntervalReading")
    ]


def json_readings(demo: Demo, session: AuthlibSession, day: date) -> list[dict[str, object]]:
    uid = session.token["authorizationURI"].rsplit("/", 1)[1]
    answer = session.get(
        f"{demo.base}/api/v2/intervals",
        params={"authorizations": uid, "start": day.isoformat(), "end": (day + timedelta(days=1)).isoformat()},
        timeout=30,
    )
    return [reading for interval in answer.json()["intervals"] for reading in interval["readings"]]


@pytest.mark.parametrize("account", KINDS)
def test_both_apis_give_the_numbers_of_the_simulator(demo: Demo, account: str) -> None:
    session, day = share(demo, account), yesterday()
    window = {
        "published-min": clock.from_epoch(days.day_start(day, DENVER)).isoformat(),
        "published-max": clock.from_epoch(days.day_end(day, DENVER)).isoformat(),
    }
    feed = session.get(session.token["resourceURI"], params=window, timeout=60)
    assert feed.headers["Content-Type"].startswith("application/atom+xml")
    expected = simulated(account, day)
    assert Counter(espi_values(feed.content)) == Counter(
        (start, value) for readings in expected.values() for start, _, value in readings
    )
    energy = next(readings for stream, readings in expected.items() if (stream.flow_direction, stream.uom) == (1, 72))
    assert [reading["kwh"] for reading in json_readings(demo, session, day)] == [
        value / 1000 for value in reversed(energy.values) if value is not None
    ]


def test_the_whole_history_is_there_once(demo: Demo) -> None:
    session = share(demo, "test_residential")
    found = espi_values(session.get(session.token["resourceURI"], timeout=120).content)
    assert len(found) == len({start for start, _ in found})
    first = days.local_day(found[0][0], DENVER)
    wanted = [simulated("test_residential", day)[ENERGY].values for day in days.days(first, yesterday())]
    assert [value for _, value in found][: sum(map(len, wanted))] == [value for day in wanted for value in day]
    assert (yesterday() - first).days >= 700


def test_requests_oauthlib_does_the_flow_and_refreshes(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client, token_url = demo.keys["client"], f"{demo.base}/DataCustodian/epe/oauth/token"
    session = OAuth2Session(client["client_id"], redirect_uri=client["redirect_uri"])
    url, _ = session.authorization_url(f"{demo.base}/DataCustodian/epe/oauth/authorize")
    walker = Walker(demo.base).open(url).press("Sign in as test_residential").press(SHARE)
    first = session.fetch_token(
        token_url, authorization_response=walker.left_for, client_secret=client["client_secret"]
    )
    assert session.get(f"{demo.base}/api/v2/meters", timeout=30).json()["meters"]
    second = session.refresh_token(token_url, auth=(client["client_id"], client["client_secret"]))
    assert second["access_token"] != first["access_token"]
    assert session.get(second["resourceURI"] + "?max-results=1", timeout=30).status_code == 200
    stale = requests.get(
        f"{demo.base}/api/v2/meters", headers={"Authorization": f"Bearer {first['access_token']}"}, timeout=30
    )
    assert stale.status_code == 401


def test_declining_tells_the_third_party_so(demo: Demo) -> None:
    client = demo.keys["client"]
    walker = Walker(demo.base).open(
        "/DataCustodian/EPE/oauth/authorize",
        response_type="code",
        client_id=client["client_id"],
        redirect_uri=client["redirect_uri"],
        scope="FB=4;AdditionalScope=auth-test-test_residential",
        state="s1",
    )
    came = parse_qs(urlsplit(walker.press(DECLINE).left_for).query)
    assert (came["error"], came["state"]) == (["access_denied"], ["s1"])


def test_a_sign_in_that_finds_nobody_is_explained_in_both_languages(demo: Demo) -> None:
    for language, words in (("en", "could not find a customer"), ("es", "No encontramos")):
        walker = Walker(demo.base, language).open(
            "/DataCustodian/epe/oauth/authorize",
            response_type="code",
            client_id=demo.keys["client"]["client_id"],
            scope="FB=4;AdditionalScope=auth-test-test_badlogin",
        )
        assert words in walker.text


def test_without_a_redirect_uri_the_customer_ends_on_the_receipt(demo: Demo) -> None:
    walker = Walker(demo.base).open(
        "/DataCustodian/epe/oauth/authorize",
        response_type="code",
        client_id=demo.keys["client"]["client_id"],
        scope="FB=4;AdditionalScope=auth-test-test_residential",
    )
    walker.press(SHARE)
    assert urlsplit(walker.response.url).path.endswith("/receipt")
    assert "Test Company" in walker.text


def test_the_keys_are_for_their_owner_s_eyes(demo: Demo) -> None:
    mode = os.stat(demo.var / "demo.json").st_mode
    assert stat.S_IMODE(mode) == 0o600
