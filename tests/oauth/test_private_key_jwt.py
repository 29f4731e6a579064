"""Clients that sign (RFC 7523): only for us, only by a registered key, only once, only now."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

import cast
import oauth_flow as flow
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration
from wattkeeper.companies.registrations import set_keys
from wattkeeper.customers.models import Service
from wattkeeper.oauth.models import UsedAssertion
from wattkeeper.oauth.rfc7523_private_key_jwt import ASSERTION_TYPE
from wattkeeper.oauth.tasks import forget

pytestmark = pytest.mark.django_db
ANY = jws.JWSRegistry(algorithms=["ES256", "PS256", "RS256", "RS512"], strict_check_header=False)
ANY.max_header_length = ANY.max_payload_length = 10**7
EC, RSA, OTHER = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), ECKey.generate_key("P-256")


@pytest.fixture
def sunny() -> cast.ThirdParty:
    party = cast.third_party()
    party.registration.token_endpoint_auth_method = Registration.AuthMethod.KEY
    party.registration.save()
    public = [EC.as_dict(private=False) | {"kid": "ec"}, RSA.as_dict(private=False) | {"kid": "rsa"}]
    set_keys(party.registration, json.dumps({"keys": public}))
    return party


def claims(party: cast.ThirdParty, **changes: Any) -> dict[str, Any]:
    client_id, at = party.registration.client_id, clock.epoch(clock.now())
    right = {"iss": client_id, "sub": client_id, "aud": flow.ISSUER, "exp": at + 60, "iat": at, "jti": "1"}
    return {name: value for name, value in (right | changes).items() if value is not None}


def signed(payload: Any, key: Any = EC, **header: Any) -> str:
    said = {"alg": "ES256", "kid": "ec"} | header
    body = payload if isinstance(payload, str) else json.dumps(payload)
    return jws.serialize_compact({name: v for name, v in said.items() if v is not None}, body, key, registry=ANY)


def ask(client: Client, assertion: str, **more: str) -> Any:
    body = {"grant_type": "client_credentials", "client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    return flow.post(client, body | more, {})


def refused(response: Any) -> bool:
    error = response.json()["error"]
    return (response.status_code, error, flow.in_force()) == (401, "invalid_client", 0)


@pytest.mark.parametrize(("key", "header"), [(EC, {}), (RSA, {"alg": "PS256"}), (RSA, {"alg": "RS256"})])
def test_a_registered_key_is_believed(client: Client, sunny: cast.ThirdParty, key: Any, header: dict[str, str]) -> None:
    kid = "rsa" if key is RSA else "ec"
    assert ask(client, signed(claims(sunny), key, kid=kid, **header)).status_code == 200


def test_the_whole_flow(client: Client, sunny: cast.ThirdParty) -> None:
    service: Service = cast.customer()
    body = flow.redemption(sunny, flow.code_for(client, sunny, service))
    first = ask(client, signed(claims(sunny, jti="2")), **body).json()
    body = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert ask(client, signed(claims(sunny, jti="3")), **body).status_code == 200


def test_the_audience_may_be_a_list_of_us_alone_and_the_id_may_be_repeated(
    client: Client, sunny: cast.ThirdParty
) -> None:
    assertion = signed(claims(sunny, aud=[flow.ISSUER]))
    assert ask(client, assertion, client_id=sunny.registration.client_id).status_code == 200


def test_an_assertion_is_good_once(client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None]) -> None:
    set_clock(clock.now())
    assert ask(client, assertion := signed(claims(sunny))).status_code == 200
    Token.objects.all().delete()
    assert refused(ask(client, assertion))
    assert refused(ask(client, signed(claims(sunny, exp=clock.epoch(clock.now()) + 200))))


def test_one_that_is_refused_is_not_used_up(client: Client, sunny: cast.ThirdParty) -> None:
    """Or a stranger could use up the `jti` of a client's next assertion."""
    assert refused(ask(client, signed(claims(sunny), OTHER)))
    assert not UsedAssertion.objects.exists()
    assert ask(client, signed(claims(sunny))).status_code == 200


def test_another_clients_jti_is_another(client: Client, sunny: cast.ThirdParty) -> None:
    rival = cast.third_party("Rival")
    Registration.objects.filter(pk=rival.registration.pk).update(
        token_endpoint_auth_method="private_key_jwt", jwks=sunny.registration.jwks
    )
    assert ask(client, signed(claims(sunny))).status_code == 200
    assert ask(client, signed(claims(rival))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": "https://another.example"},
        {"aud": [flow.ISSUER, "https://another.example"]},
        {"aud": []},
        {"aud": f"{flow.ISSUER}/oauth/token"},
        {"aud": f"{flow.ISSUER}/"},
        {"aud": flow.ISSUER.replace("epe", "EPE")},
        {"iss": None},
        {"iss": "EPE_rivalxxxx"},
        {"sub": "EPE_nobody"},
        {"sub": None},
        {"sub": 7},
        {"sub": "\ud800"},
        {"sub": "a\0b"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 257},
        {"jti": "\ud800"},
        {"jti": 1},
        {"exp": None},
        {"exp": True},
        {"exp": "9999999999"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**300},
    ],
)
def test_wrong_claims_are_refused(client: Client, sunny: cast.ThirdParty, changes: dict[str, Any]) -> None:
    assert refused(ask(client, signed(claims(sunny, **changes))))


@pytest.mark.parametrize(
    ("name", "ahead"),
    [("exp", 0), ("exp", -1), ("exp", 301), ("exp", 10 * 365 * 86400), ("nbf", 61), ("iat", 61)],
)
def test_it_lives_five_minutes_at_most(
    client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None], name: str, ahead: int
) -> None:
    set_clock(at := clock.from_epoch(1_800_000_000))
    assert refused(ask(client, signed(claims(sunny, **{name: clock.epoch(at) + ahead}))))
    nearer = {"exp": 300 if ahead > 0 else 1}.get(name, 60)
    assert ask(client, signed(claims(sunny, **{name: clock.epoch(at) + nearer}))).status_code == 200


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (OTHER, {}),
        (OTHER, {"kid": "unknown"}),
        (EC, {"kid": None}),
        (RSA, {"alg": "RS512", "kid": "rsa"}),
        (EC, {"kid": "rsa", "alg": "ES256"}),
        (OTHER, {"jwk": OTHER.as_dict(private=False)}),
        (EC, {"jwk": EC.as_dict(private=False)}),
        (EC, {"jku": "https://sunny.example/jwks"}),
        (EC, {"x5u": "https://sunny.example/x5u"}),
        (EC, {"x5c": ["MII="]}),
    ],
)
def test_only_registered_keys_and_their_algorithms_count(
    client: Client, sunny: cast.ThirdParty, key: Any, header: dict[str, Any]
) -> None:
    assert refused(ask(client, signed(claims(sunny), key, **header)))


@pytest.mark.parametrize(("key", "kid"), [(EC, "ec"), (RSA, "rsa")])
def test_a_public_key_is_no_shared_secret(client: Client, sunny: cast.ThirdParty, key: Any, kid: str) -> None:
    parts = unsigned({"alg": "HS256", "kid": kid}, claims(sunny)).rpartition(".")[0]
    for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        signature = base64.urlsafe_b64encode(hmac.digest(secret, parts.encode(), "sha256")).rstrip(b"=").decode()
        assert refused(ask(client, f"{parts}.{signature}"))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", ""])
def test_no_signature_is_no_proof(client: Client, sunny: cast.ThirdParty, alg: str) -> None:
    assertion = unsigned({"alg": alg, "kid": "ec"}, claims(sunny))
    assert refused(ask(client, assertion))
    assert refused(ask(client, assertion.rpartition(".")[0] + "."))


def unsigned(header: Any, payload: Any) -> str:
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in (*parts, "sig"))


@pytest.mark.parametrize(
    "assertion",
    [
        "x",
        "..",
        "x.y.z",
        "é.é.é",
        unsigned({}, {}),
        unsigned([], {"sub": "x"}),
        unsigned("[" * 700, {"sub": "x"}),
        unsigned({"alg": "ES256"}, "[" * 3000),
        unsigned({"alg": "ES256"}, "not json"),
        unsigned({"alg": "ES256"}, [1]),
        unsigned({"alg": ["ES256"]}, {"sub": "x"}),
        unsigned({"alg": "ES256", "crit": ["b64"], "b64": False}, {"sub": "x"}),
        unsigned({"alg": "ES256", "x": "x" * 2000}, {"sub": "x"}),
        "x" * 60_000,
    ],
)
def test_what_is_no_assertion_is_refused(client: Client, sunny: cast.ThirdParty, assertion: str) -> None:
    assert refused(ask(client, assertion))


@pytest.mark.parametrize("crit", [["b64"], ["exp"], ["http://example.com/unknown"], [], "b64"])
def test_critical_headers_are_refused_however_well_they_are_signed(
    client: Client, sunny: cast.ThirdParty, crit: object
) -> None:
    parts = unsigned({"alg": "RS256", "kid": "rsa", "crit": crit, "b64": True}, claims(sunny)).rpartition(".")[0]
    signature = ANY.get_alg("RS256").sign(parts.encode(), RSA)
    assert refused(ask(client, f"{parts}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"))


def test_an_assertion_of_1_mb_is_refused_by_its_length(client: Client, sunny: cast.ThirdParty) -> None:
    assert ask(client, signed(claims(sunny), x="x" * 1_000_000)).status_code == 413


def test_another_type_of_assertion_and_another_way_are_refused(client: Client, sunny: cast.ThirdParty) -> None:
    assert refused(ask(client, signed(claims(sunny)), client_assertion_type="urn:x"))
    assert refused(ask(client, signed(claims(sunny)), client_id="EPE_nobody"))
    assert refused(ask(client, ""))
    assert refused(flow.post(client, {"grant_type": "client_credentials"}, flow.basic(sunny)))


def test_a_client_with_a_secret_cannot_sign(client: Client, sunny: cast.ThirdParty) -> None:
    Registration.objects.update(token_endpoint_auth_method="client_secret_basic")
    assert refused(ask(client, signed(claims(sunny))))


def test_used_assertions_are_forgotten_once_they_would_be_too_old(
    client: Client, sunny: cast.ThirdParty, set_clock: Callable[..., None]
) -> None:
    set_clock(at := clock.from_epoch(1_800_000_000))
    ask(client, signed(claims(sunny, exp=clock.epoch(at) + 60)))
    set_clock(at + timedelta(seconds=60))
    forget.func()
    assert UsedAssertion.objects.exists()
    set_clock(at + timedelta(seconds=61))
    forget.func()
    assert not UsedAssertion.objects.exists()
