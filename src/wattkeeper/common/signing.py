"""Keys that sign what leaves the house and must hold without it, and checking what they signed (RFC 7515, 7517, 8037).

A key ring is a JWK Set: its first key signs, the rest are the public halves of those that signed before. It knows no
Django, so that a signature can be checked where no platform is.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

ALGORITHM: Literal["Ed25519"] = "Ed25519"
"""RFC 9864: the algorithm names its curve."""
PARTS = ("kty", "crv", "x", "d")


class Unsound(ValueError):
    """A key ring or a signature that cannot be used; says why in one line."""


@dataclass(frozen=True)
class KeyRing:
    """The keys of one signer. `signer` is None in a ring that can only check."""

    signer: OKPKey | None
    public: tuple[OKPKey, ...]

    @classmethod
    def new(cls) -> "KeyRing":
        return cls(None, ()).rotated()

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """From a JWK Set, or a single JWK. Raises Unsound for anything else, and for keys that are not Ed25519."""
        try:
            found = json.loads(text)
            rows = found.get("keys", [found])
            keys = [OKPKey.import_key({name: row[name] for name in PARTS if name in row}) for row in rows]
        except (ValueError, TypeError, AttributeError, KeyError, JoseError) as error:
            raise Unsound("it is no JWK Set (RFC 7517) of Ed25519 keys") from error
        if not keys or any(key["crv"] != ALGORITHM for key in keys):
            raise Unsound("it has no Ed25519 key, or one of another kind")
        return cls(keys[0] if keys[0].is_private else None, tuple(keys))

    def rotated(self) -> "KeyRing":
        """A ring with a new key that signs; of the old ones it keeps the public halves alone."""
        key = OKPKey.generate_key(ALGORITHM)
        return KeyRing(key, (key, *self.public))

    def find(self, kid: str) -> OKPKey | None:
        return next((key for key in self.public if key.thumbprint() == kid), None)

    def published(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set for everybody: public halves, the one that signs first. A kid is a thumbprint (RFC 7638)."""
        return {"keys": [public_jwk(key) for key in self.public]}

    def kept(self) -> str:
        """The ring as it is stored: the secret of the key that signs, and no other."""
        rows = self.published()["keys"]
        if self.signer is not None:
            rows[0] = {**rows[0], "d": str(self.signer.as_dict(private=True)["d"])}
        return json.dumps({"keys": rows}, indent=2) + "\n"

    def sign(self, payload: bytes, type_: str) -> str:
        """A compact JWS over the payload, with the public key in its header (RFC 7515 section 4.1.3)."""
        if self.signer is None:
            raise Unsound("the key ring has no key that signs")
        jwk = public_jwk(self.signer)
        header = {"alg": ALGORITHM, "kid": jwk["kid"], "typ": type_, "jwk": jwk}
        return jws.serialize_compact(header, payload, self.signer, algorithms=[ALGORITHM])


@dataclass(frozen=True)
class Signed:
    """A JWS whose signature fits: what was signed, and with which key, which is not yet to say whose that is."""

    payload: bytes
    key: OKPKey


def read(compact: str, type_: str) -> Signed:
    """Checks a compact JWS against the key in its own header. Raises Unsound where it is not exactly as it was made."""
    try:
        head, payload, _ = (urlsafe_b64decode(part.encode()) for part in compact.split("."))
        header: dict[str, Any] = json.loads(head)
        key = OKPKey.import_key(header["jwk"])
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise Unsound("the signature is not readable") from error
    wanted = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": type_, "jwk": public_jwk(key)}
    if header != wanted or key["crv"] != ALGORITHM:
        raise Unsound("the signature's header is not one that was made here")
    try:
        jws.deserialize_compact(compact, key, algorithms=[ALGORITHM])
    except JoseError as error:
        raise Unsound("the signature does not fit what is signed") from error
    return Signed(payload, key)


def public_jwk(key: OKPKey) -> dict[str, str]:
    """kty, crv and x, with what they are for."""
    parts = key.as_dict(private=False)
    named = {name: str(parts[name]) for name in ("kty", "crv", "x")}
    return {**named, "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}


@dataclass(frozen=True)
class KeyStore:
    """Where a ring is kept: a file, read anew each time so that every process sees a rotation at once, or a text."""

    path: Path | None = None
    text: str = ""

    def ring(self) -> KeyRing:
        """The ring; the file is made when it is first asked for."""
        if self.path is None:
            return KeyRing.parse(self.text)
        if not self.path.exists():
            self._keep_first()
        return KeyRing.parse(self.path.read_text())

    def rotate(self) -> KeyRing:
        """Puts a new key in front, or makes the first. Raises Unsound where the ring is not in a file."""
        if self.path is None:
            raise Unsound("the keys are in the setting itself, where they cannot be replaced")
        if not self.path.exists():
            return self.ring()
        ring = self.ring().rotated()
        self._written(self.path, ring).replace(self.path)
        return ring

    def _keep_first(self) -> None:
        """Whoever links the file first has made it: of two processes that start at once, one ring remains."""
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self._written(self.path, KeyRing.new())
        try:
            os.link(part, self.path)
        except FileExistsError:
            pass
        finally:
            part.unlink()

    @staticmethod
    def _written(path: Path, ring: KeyRing) -> Path:
        """A file beside the path, complete, for its owner's eyes alone from the first byte on."""
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(ring.kept())
            file.flush()
            os.fsync(file.fileno())
        return part
