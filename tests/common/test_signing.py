"""Key rings and signatures: exact to the byte, old keys kept by their public halves, one ring among many processes."""

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattkeeper.common import signing
from wattkeeper.common.signing import KeyRing, KeyStore, Unsound

TYPE = "test+jws"
RING = KeyRing.new()
COMPACT = RING.sign(b'{"what": "was said"}', TYPE)


def test_what_was_signed_is_read_back() -> None:
    signed = signing.read(COMPACT, TYPE)
    assert signed.payload == b'{"what": "was said"}'
    assert RING.find(signed.key.thumbprint()) is not None
    assert KeyRing.new().find(signed.key.thumbprint()) is None


@given(st.integers(0, len(COMPACT) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_no_character_of_a_signature_can_be_another(place: int, letter: str) -> None:
    changed = COMPACT[:place] + letter + COMPACT[place + 1 :]
    if changed != COMPACT:
        with pytest.raises(Unsound):
            signing.read(changed, TYPE)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_also_not_those_bits_of_a_last_character_that_decoders_ignore(part: int) -> None:
    parts = COMPACT.split(".")
    for letter in set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") - {parts[part][-1]}:
        changed = [*parts[:part], parts[part][:-1] + letter, *parts[part + 1 :]]
        with pytest.raises(Unsound):
            signing.read(".".join(changed), TYPE)


@pytest.mark.parametrize("text", ["", "a.b.c", "....", COMPACT + ".", COMPACT.rpartition(".")[0] + "."])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(Unsound):
        signing.read(text, TYPE)


def test_a_signature_of_another_kind_is_refused() -> None:
    with pytest.raises(Unsound, match="header"):
        signing.read(RING.sign(b"hello", "other+jws"), TYPE)


def test_an_old_key_keeps_its_public_half_alone() -> None:
    ring = KeyRing.parse(RING.rotated().kept())
    assert [key.is_private for key in ring.public] == [True, False]
    assert ring.find(signing.read(COMPACT, TYPE).key.thumbprint()) is not None
    assert all("d" not in key for key in ring.published()["keys"])
    with pytest.raises(Unsound):
        KeyRing.parse(json.dumps(ring.published())).sign(b"", TYPE)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", "5", '{"keys": []}', '{"keys": [1]}', '{"keys": "a"}', '{"kty": "oct", "k": "AA"}',
        '{"kty": "OKP", "crv": "X25519", "x": "I5ttwg6qd31LcNOF1m2wKnN1PcFZqd1dQxJIByoFO-w"}',
        '{"kty": "OKP", "crv": "Ed25519", "x": "AA"}',
    ],
)  # fmt: skip
def test_what_is_no_key_ring_is_refused(text: str) -> None:
    with pytest.raises(Unsound):
        KeyRing.parse(text)


def test_many_processes_that_start_at_once_have_one_ring(tmp_path: Path) -> None:
    store, gate = KeyStore(tmp_path / "new" / "keys.json"), threading.Barrier(8)

    def start(_: int) -> str:
        gate.wait()
        return store.ring().kept()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "new" / "keys.json").stat().st_mode) == 0o600


def test_every_process_sees_a_rotation_at_once(tmp_path: Path) -> None:
    store, other = KeyStore(tmp_path / "keys.json"), KeyStore(tmp_path / "keys.json")
    first = store.ring().published()["keys"][0]["kid"]
    store.rotate()
    assert [key["kid"] for key in other.ring().published()["keys"]][1] == first
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    with pytest.raises(Unsound, match="in the setting itself"):
        KeyStore(text=RING.kept()).rotate()
