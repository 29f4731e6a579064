"""The public keys a client signs its assertions with (RFC 7517), checked where they are registered."""

import json

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

MOST = 10
LARGEST = 16 * 1024
LEAST_RSA_BITS = 2048
PUBLIC_MEMBERS = frozenset({"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"})
SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeysError(ValueError):
    """Keys that cannot be registered; `message` says why, to a developer, in English."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def check(text: str) -> dict[str, object]:
    """The key set in a JSON text, its public members alone. Raises KeysError."""
    if len(text) > LARGEST:
        raise KeysError(f"The key set is larger than {LARGEST} bytes.")
    try:
        keys = json.loads(text)["keys"]
        members = [dict(key) for key in keys]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeysError('The key set is not a JSON object {"keys": [...]} (RFC 7517 section 5).') from None
    if not 1 <= len(members) <= MOST:
        raise KeysError(f"A key set has 1 to {MOST} keys.")
    if any(SECRET_MEMBERS & key.keys() for key in members):
        raise KeysError("A private or symmetric key is among the keys: register the public ones, and replace this one.")
    public: dict[str, object] = {
        "keys": [{name: key[name] for name in key if name in PUBLIC_MEMBERS} for key in members]
    }
    if not all(map(_is_of_a_known_kind, members)):
        raise KeysError(f"A key is either EC on the curve P-256 or RSA with at least {LEAST_RSA_BITS} bits.")
    try:
        found = read(public).keys
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeysError("A key cannot be read.") from None
    if len({key.kid for key in found}) < len(found):
        raise KeysError("Two keys have the same kid.")
    return public


def _is_of_a_known_kind(key: dict[str, object]) -> bool:
    if key.get("kty") == "EC":
        return key.get("crv") == "P-256"
    return key.get("kty") == "RSA" and len(str(key.get("n"))) * 6 >= LEAST_RSA_BITS


def read(jwks: dict[str, object]) -> KeySet:
    """The keys of a registration, to verify with."""
    return KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # what is registered was checked above
