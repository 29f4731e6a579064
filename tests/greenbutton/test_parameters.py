"""Query parameters: function block 37's tests by id, and the odd spellings that real clients send."""

from contextlib import suppress
from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from greenbutton import reader
from greenbutton.reader import ATOM, Home, entries, get, numbers
from wattkeeper.greenbutton.errors import RefusedError
from wattkeeper.greenbutton.parameters import LATEST, Query
from wattkeeper.readings.models import DayBlock

NAMES = ("published-min", "published-max", "updated-min", "updated-max")
NOON = 1772220600  # 2026-02-27T19:30:00Z


def query(**values: str) -> Query:
    params = QueryDict(mutable=True)
    params.update({name.replace("_", "-"): value for name, value in values.items()})
    return Query.of(params)


@pytest.fixture
def home(db: None) -> Home:
    return reader.home()


def starts(path: str, token: str) -> list[int]:
    return [
        numbers(block, "IntervalBlock/interval/start")[0]
        for block in entries(reader.read(path, token), "IntervalBlock")
    ]


def stamped(home: Home, index: int) -> str:
    block = entries(reader.read(home.batch, home.token), "IntervalBlock")[index]
    return block.findtext(f"{ATOM}published") or ""


def test_qry001_published_window_takes_n_minus_2_blocks(home: Home) -> None:
    everything = starts(home.batch, home.token)
    low, high = stamped(home, 1), stamped(home, -1)
    assert starts(f"{home.batch}?published-min={low}&published-max={high}", home.token) == everything[1:-1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["All", "03/01/2016", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00Z; DROP", "-5"])
def test_qry002_words_for_times_400(home: Home, name: str, value: str) -> None:
    response = get(f"{home.batch}?{name}={value}", home.token)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_param")
    assert name in response.json()["error_description"]


@pytest.mark.parametrize("name", ["max-results", "start-index", "depth"])
@pytest.mark.parametrize("value", ["ten", "1.5", "-1", "9" * 30])
def test_qry002_words_for_counts_400(home: Home, name: str, value: str) -> None:
    assert get(f"{home.batch}?{name}={value}", home.token).status_code == 400


@pytest.mark.parametrize(
    "params", [{"start_index": "0"}, {"published_min": "2026-02-01", "published_max": "2026-01-01"}]
)
def test_what_cannot_be_meant_400(params: dict[str, str]) -> None:
    with pytest.raises(RefusedError) as refused:
        query(**params)
    assert refused.value.status == 400


@pytest.mark.parametrize("name", [*NAMES, "max-results", "start-index", "depth"])
def test_a_parameter_that_stands_twice_400(home: Home, name: str) -> None:
    response = get(f"{home.batch}?{name}=1&{name}=1", home.token)
    assert (response.status_code, response.json()["error_description"]) == (400, f"{name} stands twice.")


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-27T19:30:00Z", "2026-02-27t19:30:00z", "2026-02-27T19:30:00.123456789Z", "2026-02-27T19:30:00,5Z",
        "2026-02-27T12:30:00-07:00", "2026-02-27T20:30:00+01:00", "2026-02-27T20:30:00 01:00", "2026-02-27T19:30Z",
        "2026-02-27T19:30:00", "1772220600", "1772220600.5", " 2026-02-27T19:30:00Z ", "2026-02-27T12:30:00-0700",
    ],
)  # fmt: skip
def test_one_moment_in_many_spellings(value: str) -> None:
    assert query(published_min=value).published == (NOON, LATEST)


def test_a_bare_day_is_its_beginning_and_an_empty_value_nothing() -> None:
    assert query(updated_max="2026-02-27", updated_min="").updated == (0, 1772150400)


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59-23:59", "2300-01-01T00:00:00Z"])
def test_a_maximum_in_the_future_takes_everything_there_is(home: Home, value: str) -> None:
    assert len(starts(f"{home.batch}?published-max={value}", home.token)) == 35


def test_a_minimum_before_our_times_takes_everything_there_is(home: Home) -> None:
    assert len(starts(f"{home.batch}?published-min=0001-01-01T00:00:00Z", home.token)) == 35


def test_a_window_without_data_still_says_what_there_would_be(home: Home) -> None:
    feed = reader.read(f"{home.batch}?published-min=2030-01-01T00:00:00Z", home.token)
    assert [entry.findtext(f"{ATOM}title") for entry in entries(feed)] == ["UsagePoint", "LocalTimeParameters"]


def test_updated_min_takes_what_was_written_since(home: Home) -> None:
    DayBlock.objects.filter(day=date(2026, 3, 10)).update(updated=2_000_000_000)
    assert len(starts(f"{home.batch}?updated-min=2033-01-01T00:00:00Z", home.token)) == 1


def test_summaries_are_chosen_by_the_start_of_their_period_in_a_half_open_window(home: Home) -> None:
    path = home.path("/UsageSummary?published-min=2026-02-27T07:00:00Z&published-max=2026-03-15T06:00:00Z")
    (summary,) = entries(reader.read(path, home.token))
    assert summary.findtext(f"{ATOM}published") == "2026-02-27T07:00:00Z"


def test_a_page_is_a_run_of_the_feeds_entries(home: Home) -> None:
    whole = [entry.findtext(f"{ATOM}id") for entry in entries(reader.read(home.batch, home.token))]
    page = reader.read(f"{home.batch}?start-index=4&max-results=5", home.token)
    assert [entry.findtext(f"{ATOM}id") for entry in entries(page)] == whole[3:8]
    assert entries(reader.read(f"{home.batch}?start-index=1000", home.token)) == []
    assert entries(reader.read(f"{home.batch}?max-results=0", home.token)) == []


def test_parameters_nobody_knows_are_passed_over(home: Home) -> None:
    assert get(f"{home.batch}?depth=1&foo=bar", home.token).status_code == 200


@given(st.dictionaries(st.sampled_from([*NAMES, "max-results", "start-index", "depth"]), st.text()))
def test_any_text_is_understood_or_refused(values: dict[str, str]) -> None:
    params = QueryDict(mutable=True)
    params.update(values)
    with suppress(RefusedError):
        found = Query.of(params)
        assert 0 <= found.published[0] <= found.published[1] <= LATEST
