"""When clocks change, as ESPI writes it."""

from zoneinfo import ZoneInfo

import pytest

from wattkeeper.greenbutton.timezones import time_rules


@pytest.mark.parametrize(
    ("zone", "offset", "dst_offset", "start", "end"),
    [
        ("America/Denver", -25200, 3600, "360E2000", "B40E2000"),
        ("America/New_York", -18000, 3600, "360E2000", "B40E2000"),
        ("America/Phoenix", -25200, 0, "FFFFFFFF", "FFFFFFFF"),
        ("Europe/Berlin", 3600, 3600, "3E0E2000", "AE0E3000"),
        ("Australia/Sydney", 36000, 3600, "A40E2000", "440E3000"),
        ("Australia/Lord_Howe", 37800, 1800, "A40E2000", "440E2000"),
        ("America/St_Johns", -12600, 3600, "360E2000", "B40E2000"),
        ("UTC", 0, 0, "FFFFFFFF", "FFFFFFFF"),
    ],
)
def test_rules_of_a_zone(zone: str, offset: int, dst_offset: int, start: str, end: str) -> None:
    rules = time_rules(ZoneInfo(zone))
    assert (rules.offset, rules.dst_offset, rules.dst_start, rules.dst_end) == (offset, dst_offset, start, end)
