"""Identifiers and secrets: random where they must not be guessed, derived where they must not change."""

import hashlib
import secrets
import uuid

NAMESPACE = uuid.UUID("6d2f8a1c-6f3e-5c0b-9a55-3f0d5f7f8b21")
CLIENT_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_uid() -> uuid.UUID:
    return uuid.uuid4()


def stable_uid(*parts: object) -> uuid.UUID:
    """A UUIDv5 of a stable name: the same parts give the same id for ever (RFC 9562 section 5.5)."""
    name = NAMESPACE.bytes + "/".join(map(str, parts)).encode()
    # uuid.uuid5 does the same, a third slower: feeds ask for one id a day of every stream.
    return uuid.UUID(bytes=hashlib.sha1(name, usedforsecurity=False).digest()[:16], version=5)


def new_secret() -> str:
    """256 random bits as 64 hex characters. Shown once, stored as its digest."""
    return secrets.token_hex(32)


def digest(secret: str) -> str:
    """SHA-256 in hex: enough for 256 random bits, and cheap on every token call."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_client_id(utility_code: str) -> str:
    """Utility code, underscore, 9 characters, as `EPE_ccccccccc`."""
    return f"{utility_code}_" + "".join(secrets.choice(CLIENT_ID_ALPHABET) for _ in range(9))
