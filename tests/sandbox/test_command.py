"""`wattkeeper sandbox` makes homes, grows them, and says in plain words what it did or cannot do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

import cast
from wattkeeper.customers.models import Service
from wattkeeper.readings.models import DayBlock

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-11-24T19:00:00Z")


@pytest.fixture(autouse=True)
def today(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def run(*words: str) -> str:
    out = StringIO()
    call_command("sandbox", *words, stdout=out)
    return out.getvalue()


def test_it_makes_as_many_homes_as_asked() -> None:
    cast.sandbox()
    said = run("homes", "--count", "2", "--kind", "solar", "--seed", "7", "--months", "2")
    assert said == "2 solar homes: 244 days of readings, 2 bills, 2 statements added\n"
    assert Service.objects.count() == 2


def test_the_same_homes_are_not_made_twice() -> None:
    cast.sandbox()
    run("homes", "--months", "1")
    assert run("homes", "--months", "1").startswith("1 residential home: 0 days")
    run("homes", "--months", "1", "--seed", "2")
    assert Service.objects.count() == 2


def test_it_grows_what_is_behind(set_clock: Callable[[datetime], None]) -> None:
    cast.sandbox()
    run("homes", "--months", "1")
    set_clock(NOON + timedelta(days=1))
    assert run("grow").startswith("1 home behind: 1 days")
    assert DayBlock.objects.latest("day").day == NOON.date()
    assert run("grow").startswith("0 homes behind")


def test_it_makes_el_paso_electric() -> None:
    assert "2 test homes" in run("epe")
    assert Service.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["homes", "--count", "0"], "whole number from 1"),
        (["homes", "--months", "many"], "whole number from 1"),
        (["homes", "--kind", "castle"], "castle"),
        (["homes"], "no sandbox world 'main' of a utility 'EPE'"),
        (["grow", "--utility", "XYZ"], "XYZ"),
        ([], "required"),
    ],
)
def test_it_says_what_is_wrong(words: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        run(*words)
