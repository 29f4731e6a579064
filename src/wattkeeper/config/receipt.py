"""`wattkeeper receipt`: checks a signed receipt, and keeps the keys that sign them. Needs no server and no database."""

import argparse
import json
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from wattkeeper.authorizations.receipt_file import Outcome, Receipt, Verdict, check
from wattkeeper.common.signing import KeyRing, KeyStore, Unsound
from wattkeeper.config import env


class Trouble(Exception):
    """Said to the reader in one line."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="wattkeeper receipt", description="Signed consent receipts.")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser(
        "verify",
        help="whether a receipt is what was given out",
        description="Exit status: 0 genuine, 1 not, 2 unchanged but by a signer that could not be checked.",
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--keys", type=Path, metavar="JWKS_FILE", help="the signer's public keys; else this platform's")
    commands.add_parser("keys", help="print the public keys, old and new, as a JWK Set")
    commands.add_parser("rotate-key", help="sign with a new key from now on; the public halves of the old ones stay")
    options = parser.parse_args(arguments)
    try:
        if options.command == "verify":
            return verified(options.file, options.keys)
        print(rotated() if options.command == "rotate-key" else json.dumps(store().ring().published(), indent=2))
    except (Trouble, Unsound, ImproperlyConfigured, OSError) as trouble:
        print(f"wattkeeper receipt: {trouble}", file=sys.stderr)
        return 1
    return 0


def store() -> KeyStore:
    kept = Path(env.text("VAR", "var")).resolve() / "receipt_keys.json"
    return env.key_store("RECEIPT_KEYS", kept, may_be_new=True)


def rotated() -> str:
    ring = store().rotate()
    newest, *old = ring.published()["keys"]
    return f"Receipts are signed with {newest['kid']} from now on. {len(old)} earlier public keys are kept."


def verified(file: Path, keys_file: Path | None) -> int:
    try:
        text = file.read_bytes().decode()
    except ValueError:
        raise Trouble(f"{file} is not text in UTF-8") from None
    verdict = check(text, keys(keys_file))
    print("\n".join(said(file, verdict)))
    return verdict.outcome


def keys(file: Path | None) -> KeyRing | None:
    """From the file; else the platform's own where it has some. Nothing is made here."""
    if file is None:
        own = store()
        return own.ring() if own.path is None or own.path.exists() else None
    try:
        return KeyRing.parse(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Trouble(f"{file} holds no keys: it is no JWK Set (RFC 7517) of Ed25519 keys") from error


def said(file: Path, verdict: Verdict) -> list[str]:
    lines = {
        Outcome.GENUINE: [f"{file}: GENUINE. It says what was signed, with one of the signer's keys."],
        Outcome.WRONG: [f"{file}: NOT GENUINE. Do not rely on what it says."],
        Outcome.SIGNER_UNKNOWN: [
            f"{file}: UNCHANGED since it was signed, but whose key signed it was not checked.",
            "  Compare the key's fingerprint with the one on a receipt you printed or got by mail, or name the",
            "  signer's keys with --keys.",
        ],
    }[verdict.outcome]
    lines = lines + [f"  - {finding}" for finding in verdict.findings]
    if verdict.kid:
        lines.append(f"  Key        {verdict.kid}")
    if verdict.receipt is not None and verdict.outcome != Outcome.WRONG:
        lines += summary(verdict.receipt)
    return lines


def summary(receipt: Receipt) -> list[str]:
    """What it is about, from fields that every receipt of ours has."""
    content = receipt["content"]
    names = {party["party_id"]: party["party_name"] for party in content["party_identification"]}
    purpose, last = content["pii_processing"]["purposes"][0], content["event"][-1]
    shared = ", ".join(found["pii_attribute_id"] for found in purpose["pii_information"])
    return [
        f"  Receipt    {receipt['receipt_id']} of consent {content['record_id']}",
        f"  Company    {', '.join(names[found] for found in purpose['recipient_third_parties'])}",
        f"  Utility    {names[content['green_button']['utility']]}",
        f"  Shared     {shared}",
        f"  Until      {content['green_button']['until'] or 'withdrawn'}",
        f"  Last event {last['event_state']}, {last['event_time']}",
    ]
