"""What the tests of delivery share: noon of a day, and an address to come from."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


@pytest.fixture(autouse=True)
def sender(settings: Settings) -> None:
    settings.MAIL_FROM = "no-reply@gb.example"
