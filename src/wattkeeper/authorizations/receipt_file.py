"""The file a customer keeps: a consent receipt in the words of ISO/IEC TS 27560, and a signature over all of it.

The signature is a JWS that holds what was signed, so a changed file can be held against it line by line. Checking
needs no platform, no database and no network: this module knows neither Django nor the rows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from wattkeeper.common import signing
from wattkeeper.common.signing import KeyRing, Unsound

TYPE = "consent-receipt+jws"
SIGNATURE = "signature"
Receipt = dict[str, Any]


class Outcome(IntEnum):
    """What a check found; also the exit status of the command that makes it."""

    GENUINE = 0
    WRONG = 1
    SIGNER_UNKNOWN = 2


@dataclass(frozen=True)
class Verdict:
    """`findings` say what is wrong, or what a reader should know; `receipt` is what was signed, where that holds."""

    outcome: Outcome
    findings: list[str]
    receipt: Receipt | None = None
    kid: str = ""


def written(receipt: Receipt, keys: KeyRing) -> str:
    """The file's text: the receipt for people to read, and the signature."""
    payload = json.dumps(receipt, ensure_ascii=False, separators=(",", ":")).encode()
    return _file(receipt, keys.sign(payload, TYPE))


def signed_in(document: str) -> Receipt:
    """The receipt in a file of ours, unchecked."""
    receipt: Receipt = json.loads(document)
    del receipt[SIGNATURE]
    return receipt


def signer_of(document: str) -> str:
    """The fingerprint of the key that signed a file of ours."""
    return signing.read(json.loads(document)[SIGNATURE], TYPE).key.thumbprint()


def check(text: str, keys: KeyRing | None) -> Verdict:
    """Whether a file is what was given out by the holder of one of these keys. Without keys it cannot say by whom."""
    try:
        shown = json.loads(text, object_pairs_hook=_without_doubles)
        compact = shown.pop(SIGNATURE)
        signed = signing.read(compact, TYPE)
        receipt = json.loads(signed.payload)
    except Unsound as unsound:
        return Verdict(Outcome.WRONG, [f"{unsound}: the file was changed, or it is not a receipt"])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return Verdict(Outcome.WRONG, ["it is not a receipt: no JSON object with a signature in it"])
    kid = signed.key.thumbprint()
    if changes := list(_differences(receipt, shown, "")):
        return Verdict(Outcome.WRONG, changes, receipt, kid)
    notes = []
    if text != _file(receipt, compact):
        notes = ["its layout was changed (spaces, line ends or order); what it says is as it was signed"]
    if keys is None:
        return Verdict(Outcome.SIGNER_UNKNOWN, notes, receipt, kid)
    if keys.find(kid) is None:
        return Verdict(Outcome.WRONG, [f"the key {kid}, which signed it, is not one of the keys given"], receipt, kid)
    return Verdict(Outcome.GENUINE, notes, receipt, kid)


def _file(receipt: Receipt, compact: str) -> str:
    return json.dumps({**receipt, SIGNATURE: compact}, ensure_ascii=False, indent=2) + "\n"


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A member that stands twice would be read one way here and another way elsewhere."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _differences(signed: Any, shown: Any, path: str) -> Iterator[str]:
    """One line for every place where the file does not say what was signed."""
    if isinstance(signed, dict) and isinstance(shown, dict):
        for name in [*signed, *(name for name in shown if name not in signed)]:
            here = f"{path}.{name}" if path else name
            if name not in shown:
                yield f"{here} was taken out; signed is {_said(signed[name])}"
            elif name not in signed:
                yield f"{here} was put in: {_said(shown[name])}"
            else:
                yield from _differences(signed[name], shown[name], here)
    elif isinstance(signed, list) and isinstance(shown, list) and len(signed) == len(shown):
        for index, pair in enumerate(zip(signed, shown, strict=True)):
            yield from _differences(*pair, f"{path}[{index}]")
    elif _said(signed) != _said(shown):
        yield f"{path} was changed to {_said(shown)}; signed is {_said(signed)}"


def _said(value: Any) -> str:
    """JSON text tells 1 from true and from 1.0, which Python's equality does not."""
    return json.dumps(value, ensure_ascii=False)
