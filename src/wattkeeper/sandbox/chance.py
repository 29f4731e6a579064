"""Chance that falls the same way for ever: every draw is a digest of a name, never of a clock or a process."""

import hashlib

_UNIT_BYTES = 6  # 48 bits always fit a float exactly, so a draw stays below 1


def name(*parts: object) -> bytes:
    return "/".join(map(str, parts)).encode()


def draw(*parts: object) -> float:
    """A number in [0, 1)."""
    digest = hashlib.blake2b(name(*parts), digest_size=_UNIT_BYTES).digest()
    return int.from_bytes(digest, "big") / (1 << 8 * _UNIT_BYTES)


def between(low: float, high: float, *parts: object) -> float:
    return low + (high - low) * draw(*parts)


def whole(low: int, high: int, *parts: object) -> int:
    """An integer from low up to and including high."""
    return low + int(draw(*parts) * (high - low + 1))


def octets(count: int, *parts: object) -> bytes:
    """`count` independent numbers from 0 to 255."""
    return hashlib.shake_128(name(*parts)).digest(count)
