"""The scope object of forms in the words of the scope grammar."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cast
from wattkeeper.authorizations.scope import ScopeError
from wattkeeper.authorizations.scope_object import after, asked, read
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration

AT = datetime(2026, 3, 10, 18, 30, tzinfo=UTC)


@pytest.fixture
def registration(db: None) -> Registration:
    return cast.third_party().registration


@pytest.mark.parametrize(
    ("values", "scope"),
    [
        ({}, "FB=4_16_51"),
        ({"expires": None, "shares": [], "green_button": ""}, "FB=4_16_51"),
        ({"expires": "until_revoked"}, "FB=4_16_51;PreferredAuthEndDate=0"),
        ({"expires": "7d"}, f"FB=4_16_51;PreferredAuthEndDate={int(AT.timestamp()) + 7 * 86400}"),
        ({"expires": "2027-01-01T00:00:00+00:00"}, "FB=4_16_51;PreferredAuthEndDate=1798761600"),
        ({"expires": "2027-01-01"}, "FB=4_16_51;PreferredAuthEndDate=1798786800"),
        ({"shares": ["bills", "account"]}, "FB=16_51"),
        ({"ongoing_end": "2026-12-31T07:00:00Z"}, "FB=4_16_51;AdditionalScope=ongoing-2026-12-30"),
        ({"ongoing_end": "2026-12-31T06:59:59Z"}, "FB=4_16_51;AdditionalScope=ongoing-2026-12-29"),
        ({"ongoing_end": "2026-12-31"}, "FB=4_16_51;AdditionalScope=ongoing-2026-12-30"),
        ({"history_start": "2025-01-01T07:00:00Z"}, "FB=4_16_51;AdditionalScope=historical-2025-01-01"),
        ({"history_start": "2025-01-01T07:00:01Z"}, "FB=4_16_51;AdditionalScope=historical-2025-01-02"),
        (
            {"green_button": "FB=4;AdditionalScope=noedit", "expires": "until_revoked"},
            "FB=4;PreferredAuthEndDate=0;AdditionalScope=noedit",
        ),
    ],
)
def test_every_key_has_its_words(registration: Registration, values: dict[str, Any], scope: str) -> None:
    assert str(asked(values, registration, AT)) == scope


def test_other_blocks_of_the_default_stay(registration: Registration) -> None:
    registration.default_scope = "FB=4_16_39;HistoryLength=1000000"
    assert str(asked({"shares": ["account"]}, registration, AT)) == "FB=39_51;HistoryLength=1000000"
    found = asked({"history_start": "2026-01-01"}, registration, AT)
    assert found.history_length is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"expires": "2026-03-10T18:29:00Z"}, "PreferredAuthEndDate lies in the past"),
        ({"ongoing_end": "2020-01-01"}, "neither past nor future"),
        ({"green_button": "FB=99"}, "shares none"),
        ({"green_button": f"FB=4;AdditionalScope=sou-{'x' * 470}", "expires": "1d"}, "more than 512 characters"),
    ],
)
def test_what_nobody_could_grant_is_refused(registration: Registration, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ScopeError) as refused:
        asked(values, registration, AT)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("length", "end"),
    [
        ("1d", date(2024, 3, 1)),
        ("2w", date(2024, 3, 14)),
        ("12m", date(2025, 2, 28)),
        ("1m", date(2024, 3, 29)),
        ("1y", date(2025, 2, 28)),
        ("4y", date(2028, 2, 29)),
        ("24m", date(2026, 2, 28)),
    ],
)
def test_months_and_years_are_the_calendar_s(length: str, end: date) -> None:
    assert after(length, datetime(2024, 2, 29, 12, tzinfo=UTC)).date() == end


@given(st.integers(1, 36500), st.sampled_from("dwmy"), st.integers(6 * 10**8, 38 * 10**8))
def test_a_length_leads_ahead_or_is_refused(number: int, unit: str, seconds: int) -> None:
    length, at = f"{number}{unit}", clock.from_epoch(seconds)
    try:
        read({"expires": length})
    except ScopeError:
        assert number > {"d": 36500, "w": 5200, "m": 1200, "y": 100}[unit]
    else:
        assert at < after(length, at) <= at.replace(year=at.year + 101, day=1)
