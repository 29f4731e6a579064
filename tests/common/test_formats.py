"""Days, numbers and money as readers of English and of Spanish in the United States write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from wattkeeper.common import formats

DENVER = ZoneInfo("America/Denver")
AFTERNOON = datetime(2026, 11, 24, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "November 24, 2026", "November 24, 2026, 3:05 PM MST"),
        ("es", "24 de noviembre de 2026", "24 de noviembre de 2026, 3:05 p.m. MST"),
        ("fr", "November 24, 2026", "November 24, 2026, 3:05 PM MST"),
    ],
)
def test_days_and_moments(language: str, day: str, moment: str) -> None:
    with translation.override(language):
        assert formats.day(date(2026, 11, 24)) == day
        assert " ".join(formats.moment(AFTERNOON, DENVER).split()) == moment  # CLDR's narrow spaces made plain


@pytest.mark.parametrize("language", ["en", "es"])
def test_numbers_and_money_are_written_as_in_the_united_states(language: str) -> None:
    with translation.override(language):
        assert formats.number(Decimal("1234.56"), 1) == "1,234.6"
        assert formats.number(1234) == "1,234"
        assert formats.amount(123_456_789, "USD") == "$1,234.57"


def test_the_hour_that_comes_twice_is_told_apart_by_its_zone() -> None:
    first, second = datetime(2026, 11, 1, 7, tzinfo=UTC), datetime(2026, 11, 1, 8, tzinfo=UTC)
    with translation.override("en"):
        shown = [" ".join(formats.time_of_day(hour, DENVER).split()) for hour in (first, second)]
    assert shown == ["1:00 AM MDT", "1:00 AM MST"]
