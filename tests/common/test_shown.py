"""What strangers wrote is shown as text, and as no more than that."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.common.shown import is_of_the_web, shown


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Sunny", "Sunny"),
        ("Sol & Söhne <GmbH>", "Sol & Söhne <GmbH>"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2067\u2066\u200f\u061cSunny\u2069", "Sunny"),
        ("Sun\u200bny\ufeff\u00ad\x00\x1b[31m", "Sunny[31m"),
        ("Sun\u2028ny\u2029", "Sunny"),
        ("  Sunny \t  Roofs ", "Sunny Roofs"),
        ("We plan.\r\nWe  build.\n", "We plan.\nWe build."),
        ("نور الشمس", "نور الشمس"),
        ("👩\u200d🔧 Sol", "👩\u200d🔧 Sol"),
        ("Z" + "\u0351" * 40 + "algo", "Z" + "\u0351" * 4 + "algo"),
        ("\u202e", ""),
    ],
)
def test_words_stay_and_tricks_go(written: str, seen: str) -> None:
    assert shown(written, 120) == seen


def test_what_is_too_long_is_cut() -> None:
    assert shown("x" * 5000, 120) == "x" * 119 + "…"


@given(st.text(), st.integers(1, 50))
def test_nothing_that_turns_or_hides_gets_through_and_doing_it_twice_is_the_same(written: str, longest: int) -> None:
    seen = shown(written, longest)
    assert len(seen) <= longest
    assert shown(seen, longest) == seen
    left = {unicodedata.category(character) for character in seen if character not in "\n\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    "address", ["https://sunny.example", "http://sunny.example:8080/a?b=c#d", "https://ñandú.example"]
)
def test_addresses_of_the_web(address: str) -> None:
    assert is_of_the_web(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//sunny.example",
        "https:", "https://epe.example@evil.example", "https://sunny.example/\u202e", "https://[", "sunny",
        "mailto:a@b.example",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(address: str) -> None:
    assert not is_of_the_web(address)
