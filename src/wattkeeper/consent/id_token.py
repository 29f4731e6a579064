"""Judging an ID token (OpenID Connect Core section 3.1.3.7) with the keys its provider publishes and no other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from wattkeeper.common import clock
from wattkeeper.consent.failures import Failure, SignInFailed

ALGORITHMS = ("RS256", "ES256", "PS256")
"""Never `none`, and no shared secret: with one, whoever knows the public key could sign."""
LEEWAY = 120
"""Seconds by which the provider's clock may differ from ours."""
LONGEST_SUBJECT = 255
KEY_TYPES: dict[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


class UnknownKeyError(Exception):
    """The token names a key that is not among these: the provider may have a new one."""


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """The public keys of a JWK set (RFC 7517) that can check a signature. One that cannot be read is left out."""
    found: list[Key] = []
    listed = document.get("keys")
    for key in listed if isinstance(listed, list) else []:
        try:
            if key.get("use", "sig") == "sig":
                found.append(KEY_TYPES[key["kty"]].import_key(key))
        except (JoseError, *UNREADABLE):
            continue
    return KeySet(found)


def judge(
    token: object, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str | None
) -> dict[str, Any]:
    """The claims of a token that is this issuer's, for us, for this very sign-in, and in force now.

    Raises SignInFailed, or UnknownKeyError before anything in the token is believed.
    """
    if not isinstance(token, str):
        raise SignInFailed(Failure.UNTRUSTED, "the answer holds no ID token")
    try:
        opened = jwt.decode(token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
    except InvalidKeyIdError:
        raise UnknownKeyError from None
    except (JoseError, *UNREADABLE) as error:
        raise SignInFailed(Failure.UNTRUSTED, f"ID token: {type(error).__name__}") from None
    essential = {"iss": issuer, "aud": client_id}
    claims = CodeIDToken(
        opened.claims,
        opened.header,
        {name: {"essential": True, "value": value} for name, value in essential.items()},
        {"nonce": nonce, "client_id": client_id, "access_token": access_token},
    )
    try:
        claims.validate(clock.epoch(clock.now()), LEEWAY)
    except ClaimError as error:
        is_future = isinstance(error, InvalidClaimError) and error.claim in {"iat", "nbf"}
        is_clock = isinstance(error, ExpiredTokenError) or is_future
        failure = Failure.CLOCK if is_clock else Failure.UNTRUSTED
        raise SignInFailed(failure, f"ID token: {type(error).__name__} of {error.claim}") from None
    except (JoseError, *UNREADABLE) as error:
        raise SignInFailed(Failure.UNTRUSTED, f"ID token: {type(error).__name__}") from None
    if not 0 < len(opened.claims["sub"]) <= LONGEST_SUBJECT:
        raise SignInFailed(Failure.UNTRUSTED, "ID token: the subject is empty or too long")
    return dict(opened.claims)


def check_fresh(claims: Mapping[str, Any], since: datetime) -> None:
    """That the person really signed in anew where that was asked for (`auth_time`). Raises SignInFailed."""
    at = claims.get("auth_time")
    if not isinstance(at, (int, float)) or not at >= clock.epoch(since) - LEEWAY:
        raise SignInFailed(Failure.UNTRUSTED, "the provider did not ask for a new sign-in")
