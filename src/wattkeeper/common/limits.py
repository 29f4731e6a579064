"""How many requests are answered: so many in a moving window for each client, token, address or account.

What the limits are stands in settings.LIMITS (see docs/operate/settings.md). They hold for the deployment: counted in
the shared cache where settings.SHARED_CACHE names one, else each server process has its part of every limit.

What a request used is kept with it, so that the answer can say so in the fields `RateLimit` and `RateLimit-Policy` of
draft-ietf-httpapi-ratelimit-headers-10 (2025); with 429 comes `Retry-After` (RFC 9110 section 10.2.3).
"""

import enum
import math
import threading
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem
from limits.errors import StorageError

from wattkeeper.common import clock, ids
from wattkeeper.common.client_address import client_address, neighbourhood
from wattkeeper.common.limit_stores import Memory, Shared, Store

MEMORY = Memory()
_STANDINGS = "wattkeeper.limits"
_MAKING = threading.Lock()
"""The library finds Redis half imported, and refuses it, where two threads make their first store at once."""


class Limit(enum.StrEnum):
    """What is limited; the names stand in the header fields and, in capitals, in the settings."""

    CLIENT = "client"
    """All requests of one third party: of its registration, or of its company by API tokens."""
    TOKEN = "token"  # noqa: S105 - a name
    """All requests with one token."""
    ADDRESS = "address"
    """Requests that come without either, above all to the authorize endpoint."""
    WRONG_CLIENTS = "wrong_clients"
    """Failed client authentications from one address."""
    WRONG_TOKENS = "wrong_tokens"
    """Tokens from one address that are unknown, expired or revoked."""
    SIGN_INS = "sign_ins"
    """Typed passwords from one address."""
    SIGN_INS_TO_ACCOUNT = "sign_ins_to_account"
    """Wrong passwords in a row for one account from one address: a stranger slows the stranger, not the customer."""


@dataclass(frozen=True)
class Standing:
    """A limit as a caller meets it: `quota` hits in `window` seconds, `remaining` now, the next one in `wait`."""

    limit: Limit
    quota: int
    window: int
    remaining: int
    wait: int

    @property
    def policy(self) -> str:
        return f'"{self.limit}";q={self.quota};w={self.window}'

    @property
    def state(self) -> str:
        return f'"{self.limit}";r={self.remaining};t={self.wait}'


class TooManyError(Exception):
    """A request beyond a limit. Its text is for developers, in English; people get a page."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        super().__init__(
            f"More than {standing.quota} in {standing.window} s ({standing.limit}). Try again in {standing.wait} s."
        )


def spend(request: HttpRequest, limit: Limit, *whose: str) -> None:
    """Counts this request. Raises TooManyError if that is one too many; then it is not counted."""
    taken, standing = _take(limit, whose)
    request.META.setdefault(_STANDINGS, []).append(standing)
    if not taken:
        raise TooManyError(standing)


def spend_for_address(request: HttpRequest, limit: Limit, *whose: str) -> None:
    """Counts this request for where it came from."""
    spend(request, limit, neighbourhood(client_address(request)), *whose)


def forgive_for_address(request: HttpRequest, limit: Limit, *whose: str) -> None:
    """Forgets what was counted."""
    key = _key(limit, (neighbourhood(client_address(request)), *whose))
    for store, _ in _stores():
        try:
            store.clear(key)
        except StorageError as error:
            _shared(settings.SHARED_CACHE).failed(error)


def standings(request: HttpRequest) -> list[Standing]:
    """What this request was counted for so far."""
    found: list[Standing] = request.META.get(_STANDINGS, [])
    return found


def _take(limit: Limit, whose: tuple[str, ...]) -> tuple[bool, Standing]:
    item, key = settings.LIMITS[limit], _key(limit, whose)
    for store, parts in _stores():
        try:
            return _take_from(store, limit, item, key, parts)
        except StorageError as error:
            _shared(settings.SHARED_CACHE).failed(error)
    raise AssertionError("the process's own store cannot fail")


def _take_from(store: Store, limit: Limit, item: RateLimitItem, key: str, parts: int) -> tuple[bool, Standing]:
    quota, window = item.amount // parts, item.get_expiry()
    taken = store.acquire_entry(key, quota, window)
    oldest, used = store.get_moving_window(key, quota, window)
    wait = max(1, math.ceil(oldest + window - clock.now().timestamp()))
    return taken, Standing(limit, item.amount, window, quota - used, min(wait, window))


def _stores() -> list[tuple[Store, int]]:
    """Where to count, in the order to try, each with the number of equal parts it has of the deployment's limits."""
    own: tuple[Store, int] = (MEMORY, settings.SERVER_PROCESSES)
    shared = _shared(settings.SHARED_CACHE).when_it_answers() if settings.SHARED_CACHE else None
    return [own] if shared is None else [(shared, 1), own]


def _shared(address: str) -> Shared:
    with _MAKING:
        return _made(address)


@lru_cache
def _made(address: str) -> Shared:
    return Shared(address)


def _key(limit: Limit, whose: tuple[str, ...]) -> str:
    """Nothing that anybody typed or may not see stands in a key: half a digest tells them apart as well."""
    return f"{limit}:{ids.digest(chr(0).join(whose))[:32]}"
