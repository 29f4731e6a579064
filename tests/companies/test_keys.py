"""Keys a client registers: public, strong, few, and of a kind that is known here."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from wattkeeper.companies.keys import KeysError, check, read

EC = ECKey.generate_key("P-256").as_dict(private=False)
RSA = RSAKey.generate_key(2048)


def keys(*members: Any) -> str:
    return json.dumps({"keys": members})


def test_public_members_alone_are_kept() -> None:
    kept = check(keys(EC | {"kid": "a", "use": "sig", "x5u": "https://evil.example", "x": EC["x"]}))
    assert kept == {"keys": [{**EC, "kid": "a", "use": "sig"}]}
    assert [key.kid for key in read(kept).keys] == ["a"]
    assert check(keys(EC, RSA.as_dict(private=False)))["keys"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"keys": 1}',
        '{"keys": [1]}',
        keys(),
        keys({}),
        keys({"kty": "EC"}),
        keys({"kty": "XX"}),
        keys({"kty": ["EC"]}),
        keys({**EC, "x": "AA"}),
        keys({**EC, "x": 1}),
        keys(*[{**EC, "kid": str(number)} for number in range(11)]),
        keys(EC, EC),
        keys({**EC, "kid": "a"}, {**RSA.as_dict(private=False), "kid": "a"}),
        keys(RSA.as_dict(private=True)),
        keys(OctKey.generate_key(256).as_dict()),
        keys(ECKey.generate_key("P-384").as_dict(private=False)),
        keys({**EC, "kid": "x" * 20_000}),
        '{"keys": ' + "[" * 5000,
    ],
    ids=map(str, range(21)),  # the keys are new each time, and names of tests must not be
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(KeysError) as refusal:
        check(text)
    assert refusal.value.message.endswith(".")


def test_a_short_rsa_key_is_refused() -> None:
    """1024 bits, from a time when that was enough."""
    modulus = "w" + "A" * 169 + "w"
    with pytest.raises(KeysError):
        check(keys({"kty": "RSA", "e": "AQAB", "n": modulus}))
