"""Today is noon of 10 March 2026 at El Paso Electric, two days after the clock was set forward."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))
