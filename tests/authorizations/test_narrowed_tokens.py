"""An access token whose scope is narrower than its grant's opens that much, in both APIs (RFC 6749 section 6)."""

from datetime import date, timedelta
from typing import Any

import pytest
from lxml import etree

import cast
from api.reader import call
from greenbutton import reader
from greenbutton.reader import Home, body, get
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock

pytestmark = pytest.mark.django_db
EVERYTHING = {"intervals", "bills", "account"}


@pytest.fixture
def home() -> Home:
    return reader.home()


def token(home: Home, scope: str) -> str:
    later = clock.now() + timedelta(hours=1)
    registration = home.party.registration
    return tokens.issue(Token.Kind.ACCESS, registration, authorization=home.grant, scope=scope, expires=later)


def seen_as_json(home: Home, secret: str) -> set[str]:
    """The kinds of data that come out of the JSON API, by any of its ways."""
    meter = call(secret, f"/meters/{home.meter.uid}")
    (listed,) = call(secret, "/meters")["meters"]
    (granted,) = call(secret, "/authorizations", include="meters")["authorizations"]
    assert meter == listed == granted["meters"]["meters"][0]
    found: dict[str, list[Any]] = {
        "intervals": call(secret, "/intervals", meters=home.meter.uid)["intervals"],
        "bills": call(secret, "/bills", authorizations=home.grant.uid)["bills"],
    }
    bases = [meter["base"], *(row["base"] for rows in found.values() for row in rows)]
    found["account"] = [base["service_address"] for base in bases if base["service_address"]]
    assert found["account"] in ([], [home.service.address] * len(bases))
    assert bool(meter["interval_count"]) is bool(meter["interval_coverage"]) is bool(found["intervals"])
    assert bool(meter["bill_count"]) is bool(meter["bill_coverage"]) is bool(found["bills"])
    return {kind for kind, rows in found.items() if rows}


def seen_as_xml(home: Home, secret: str) -> set[str]:
    """The same of the Green Button API, which serves no account details yet."""
    content = b"".join(
        body(get(path, secret))
        for path in (
            home.batch,
            f"{home.batch}/UsagePoint/{home.meter.uid}",
            home.path("/UsageSummary"),
            "/ReadingType",
        )
    )
    for path in (home.path("/MeterReading"), home.path("/UsageSummary")):
        assert get(path, secret).status_code == 200
    reading = reader.links(
        reader.entries(etree.fromstring(body(get(home.batch, home.token))), "MeterReading")[0], "self"
    )
    is_open = get(reader.local(reading[0]) + "/IntervalBlock", secret).status_code == 200
    assert is_open is (b"<IntervalBlock" in content) is (b"<ReadingType" in content)
    return {kind for kind, name in (("intervals", b"<IntervalBlock"), ("bills", b"<UsageSummary")) if name in content}


@pytest.mark.parametrize(
    ("blocks", "kinds"),
    [
        ("4_16_51", EVERYTHING),
        ("4_46", {"intervals", "account"}),
        ("1_3_4_5_13", {"intervals"}),
        ("1_15_16", {"bills"}),
        ("51", {"account"}),
        ("1_3", set()),
    ],
)
def test_it_opens_the_kinds_it_names(home: Home, blocks: str, kinds: set[str]) -> None:
    secret = token(home, f"FB={blocks};HistoryLength=86400")
    assert seen_as_json(home, secret) == kinds
    assert seen_as_xml(home, secret) == kinds - {"account"}
    assert seen_as_json(home, home.token) == EVERYTHING, "the grant is as wide as before"


def test_the_scope_of_the_grant_opens_all_of_it(home: Home) -> None:
    for scope in (home.grant.scope, ""):
        assert seen_as_json(home, token(home, scope)) == EVERYTHING


def test_it_widens_nothing() -> None:
    home = reader.home(shares_bills=False, shares_account=False)
    secret = token(home, "FB=4_16_51")
    assert seen_as_json(home, secret) == {"intervals"}
    assert seen_as_xml(home, secret) == {"intervals"}


def test_days_are_as_granted(home: Home) -> None:
    secret = token(home, "FB=4;HistoryLength=999999999")
    cast.fill(home.service, date(2019, 12, 1), date(2019, 12, 2))
    assert "2019" not in str(call(secret, "/intervals", meters=home.meter.uid, order="earliest_first", limit=1))
