"""Client authentication by a signed assertion, `private_key_jwt` (RFC 7523 section 3), with the audience rule of
draft-ietf-oauth-security-topics-update: our issuer and nothing beside it, so that an assertion made for another server
cannot be used here.

Authlib's own class is not used: it takes an assertion that names us among others, and asks the system's clock.
The signatures are checked by its JOSE library, with the registered keys alone.
"""

import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from joserfc import jws
from joserfc.errors import JoseError

from wattkeeper.common import clock, ids
from wattkeeper.companies import keys
from wattkeeper.companies.models import Registration
from wattkeeper.oauth.clients import Client, find_client
from wattkeeper.oauth.models import UsedAssertion
from wattkeeper.utilities.models import Utility

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "PS256", "RS256")
LONGEST_JTI = 256
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(minutes=1)
KEYS_OF_ITS_OWN = ("jwk", "jku", "x5u", "x5c")
REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
REGISTRY.max_header_length, REGISTRY.max_payload_length = 1024, 4096
"""Looks at the length of each part before it decodes any."""


class AssertionRefused(Exception):
    """Its text says why."""


def client_of(utility: Utility, form: dict[str, str]) -> Client:
    """The client whose assertion this is, used up by this. Raises AssertionRefused."""
    assertion = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise AssertionRefused(f"send it with the client_assertion_type {ASSERTION_TYPE}")
    client = find_client(utility, _claimed_client(assertion))
    if client is None or client.registration.token_endpoint_auth_method != Registration.AuthMethod.KEY:
        raise AssertionRefused("its sub is no client with keys here")
    registration = client.registration
    claims = _verified_claims(assertion, registration)
    _check(claims, utility.issuer, registration.client_id, form.get("client_id"))
    _use_up(registration, claims)
    return client


def _claimed_client(assertion: str) -> str:
    """The `sub`, not yet believed: it says whose keys to look at."""
    try:
        found = jws.extract_compact(assertion.encode(), registry=REGISTRY)
        headers, subject = found.headers(), json.loads(found.payload or b"")["sub"]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise AssertionRefused("it cannot be read") from None
    if any(name in headers for name in KEYS_OF_ITS_OWN):
        raise AssertionRefused("it brings a key of its own; only registered keys count")
    if "crit" in headers:
        raise AssertionRefused("it has crit, of which nothing is known here")
    if not isinstance(subject, str) or not subject.isascii():
        raise AssertionRefused("its sub is not a client_id")
    return subject


def _verified_claims(assertion: str, registration: Registration) -> dict[str, Any]:
    try:
        signed = jws.deserialize_compact(assertion.encode(), keys.read(registration.jwks), registry=REGISTRY)
        claims: dict[str, Any] = json.loads(signed.payload or b"")
    except (JoseError, ValueError, TypeError, KeyError):
        raise AssertionRefused(f"no registered key verifies it; sign with {', '.join(ALGORITHMS)}") from None
    return claims


def _check(claims: dict[str, Any], issuer: str, client_id: str, said: str | None) -> None:
    if not claims.get("iss") == client_id == (said or client_id):
        raise AssertionRefused("iss, sub and client_id are one and the same")
    if claims.get("aud") not in (issuer, [issuer]):
        raise AssertionRefused("its aud is the issuer of this server alone")
    at = clock.now()
    expires = _moment(claims, "exp")
    if not at.timestamp() < expires <= (at + LONGEST_LIFE).timestamp():
        raise AssertionRefused("its exp has passed, or lies more than 5 minutes ahead")
    if any(_moment(claims, name) > (at + SKEW).timestamp() for name in ("nbf", "iat") if name in claims):
        raise AssertionRefused("it is not valid yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI or not jti.isascii():
        raise AssertionRefused("its jti is missing, too long, or not ASCII")


def _moment(claims: dict[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519 section 2)."""
    value = claims.get(name)
    if not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise AssertionRefused(f"its {name} is missing or no time")
    return value


def _use_up(registration: Registration, claims: dict[str, Any]) -> None:
    """Kept until the assertion would be refused for its age anyway. Of two at once the constraint lets one in."""
    expires = clock.from_epoch(int(claims["exp"]) + 1)
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(
                registration=registration, jti_digest=ids.digest(claims["jti"]), expires=expires
            )
    except IntegrityError:
        raise AssertionRefused("it was used before") from None
