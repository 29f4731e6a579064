"""Where hits are counted: in this process, or in a Redis that all processes share.

Both keep the same moving window: a hit is taken if fewer than `limit` were in the `expiry` seconds before it. A hit
that is not taken doesn't count. The shared one is the library's. Its store in memory is not used: it keeps every key
for ever, which a stranger could fill, and has a clock of its own.
"""

import logging
import threading
from collections import OrderedDict, defaultdict, deque
from typing import Protocol, cast

from limits.errors import StorageError
from limits.storage import storage_from_string

from wattkeeper.common import clock

PATIENCE_SECONDS = 0.25
SILENCE_SECONDS = 5

log = logging.getLogger(__name__)


class Store(Protocol):
    """What the library's stores with a moving window can do."""

    def acquire_entry(self, key: str, limit: int, expiry: int) -> bool:
        """Takes the hit if there is room."""

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit that still counts was (seconds since 1970; now where there is none), and how many do."""

    def clear(self, key: str) -> None:
        """Forgets the key's hits."""


class Memory:
    """Hits of this process. Keys whose hits have all expired are dropped while others are counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hits: dict[int, OrderedDict[str, deque[float]]] = defaultdict(OrderedDict)
        """For each length of window the keys, the one hit last at the end, with the times of their hits."""

    def acquire_entry(self, key: str, limit: int, expiry: int) -> bool:
        present = clock.now().timestamp()
        with self._lock:
            keys = self._hits[expiry]
            hits = _counting(keys.setdefault(key, deque()), present - expiry)
            if len(hits) >= limit:
                return False
            hits.append(present)
            keys.move_to_end(key)
            while not _counting(next(iter(keys.values())), present - expiry):
                keys.popitem(last=False)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        present = clock.now().timestamp()
        with self._lock:
            hits = _counting(self._hits[expiry].get(key, deque()), present - expiry)
            return (hits[0], len(hits)) if hits else (present, 0)

    def clear(self, key: str) -> None:
        with self._lock:
            for keys in self._hits.values():
                keys.pop(key, None)

    def __len__(self) -> int:
        return sum(map(len, self._hits.values()))


def _counting(hits: deque[float], since: float) -> deque[float]:
    while hits and hits[0] <= since:
        hits.popleft()
    return hits


class Shared:
    """A Redis behind an address such as `redis://cache.example:6379/0`. None of it where it doesn't answer."""

    def __init__(self, address: str) -> None:
        store = storage_from_string(
            address, wrap_exceptions=True, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
        self._store = cast("Store", store)
        self._silent_until = 0.0

    def when_it_answers(self) -> Store | None:
        """The store, unless it failed just now: then no request waits for it again for SILENCE_SECONDS."""
        return self._store if clock.now().timestamp() >= self._silent_until else None

    def answers(self) -> bool:
        """Asks it, for whoever looks after the installation."""
        try:
            self._store.get_moving_window("doctor", 1, 1)
        except StorageError:
            return False
        return True

    def failed(self, error: StorageError) -> None:
        self._silent_until = clock.now().timestamp() + SILENCE_SECONDS
        log.warning("the shared cache does not answer, so each process counts for itself: %s", error.storage_error)
