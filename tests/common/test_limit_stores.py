"""Counting in memory: never more than the limit in any window, whatever comes when, and nothing kept for ever."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits.errors import StorageError

from wattkeeper.common import clock
from wattkeeper.common.limit_stores import Memory, Shared

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SetClock = Callable[[datetime], None]


@pytest.fixture
def noon(set_clock: SetClock) -> None:
    set_clock(NOON)


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 5), st.sampled_from([1, 10]))
def test_no_window_holds_more_than_the_limit_and_none_is_refused_below_it(
    waits: list[int], limit: int, expiry: int
) -> None:
    store, taken, tenth = Memory(), list[int](), 0
    original = clock.set_source(lambda: NOON + timedelta(seconds=tenth / 10))
    try:
        for wait in waits:
            tenth += wait
            used = sum(tenth - then < expiry * 10 for then in taken)
            assert store.get_moving_window("key", limit, expiry)[1] == used
            assert store.acquire_entry("key", limit, expiry) == (used < limit)
            if used < limit:
                taken.append(tenth)
    finally:
        clock.set_source(original)


def test_the_oldest_hit_says_when_there_is_room_again(noon: None, set_clock: SetClock) -> None:
    store = Memory()
    store.acquire_entry("key", 2, 10)
    set_clock(NOON + timedelta(seconds=4))
    store.acquire_entry("key", 2, 10)
    assert store.get_moving_window("key", 2, 10) == (NOON.timestamp(), 2)
    assert store.get_moving_window("other", 2, 10) == (NOON.timestamp() + 4, 0)


def test_one_key_does_not_fill_another_and_can_be_cleared(noon: None) -> None:
    store = Memory()
    assert [store.acquire_entry("one", 1, 10), store.acquire_entry("other", 1, 10)] == [True, True]
    store.clear("one")
    assert [store.acquire_entry("one", 1, 10), store.acquire_entry("other", 1, 10)] == [True, False]


def test_keys_are_dropped_once_they_have_expired(noon: None, set_clock: SetClock) -> None:
    store = Memory()
    for number in range(1000):
        store.acquire_entry(f"stranger {number}", 5, 1)
        store.acquire_entry(f"guest {number}", 5, 60)
    set_clock(NOON + timedelta(seconds=2))
    store.acquire_entry("next", 5, 1)
    assert len(store) == 1001
    set_clock(NOON + timedelta(seconds=120))
    store.acquire_entry("next", 5, 60)
    store.acquire_entry("next", 5, 1)
    assert len(store) == 2


def test_threads_together_get_the_limit_and_no_more(noon: None) -> None:
    store = Memory()
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.acquire_entry("key", 50, 1), range(2000)))
    assert sum(taken) == 50


@pytest.fixture
def dumb_server() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_a_shared_cache_that_says_nothing_is_left_alone_for_a_while(
    noon: None, set_clock: SetClock, dumb_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    shared = Shared(dumb_server)
    store = shared.when_it_answers()
    assert store is not None
    with pytest.raises(StorageError) as failure:
        store.acquire_entry("key", 1, 1)
    shared.failed(failure.value)
    assert shared.when_it_answers() is None
    assert "each process counts for itself" in caplog.text
    set_clock(NOON + timedelta(seconds=5))
    assert shared.when_it_answers() is store
