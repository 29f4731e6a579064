"""The public keys, and the page that says how a receipt is checked."""

import json
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

import cast
from public_site import read, words
from wattkeeper.authorizations import receipt_file
from wattkeeper.authorizations.models import SignedReceipt
from wattkeeper.authorizations.receipt_file import Outcome
from wattkeeper.common.signing import KeyRing, KeyStore

pytestmark = pytest.mark.django_db
ADDRESS = "/.well-known/consent-receipt-keys"


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> KeyStore:
    kept = KeyStore(tmp_path / "keys.json")
    settings.RECEIPT_KEYS = kept
    return kept


def test_the_published_keys_check_old_receipts_and_new_ones(client: Client, store: KeyStore) -> None:
    cast.share(cast.third_party(), cast.customer())
    store.rotate()
    cast.share(cast.third_party("Rival"), cast.customer("Oscar Other"))
    answer = client.get(ADDRESS)
    assert answer["Content-Type"] == "application/jwk-set+json"
    keys = KeyRing.parse(answer.content.decode())
    documents = list(SignedReceipt.objects.values_list("document", flat=True))
    assert [receipt_file.check(document, keys).outcome for document in documents] == [Outcome.GENUINE] * 2


def test_no_secret_is_among_them(client: Client, store: KeyStore) -> None:
    store.ring()
    store.rotate()
    secret = json.loads((store.path or Path()).read_text())["keys"][0]["d"]
    for address in (ADDRESS, "/docs/receipts"):
        assert secret not in client.get(address).content.decode()
    assert [set(key) for key in client.get(ADDRESS).json()["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 2


def test_the_page_has_the_keys_and_the_commands(client: Client, store: KeyStore) -> None:
    page = read(client, "/docs/receipts")
    assert store.ring().published()["keys"][0]["kid"] in page
    assert f"curl -o keys.json http://localhost:8000{ADDRESS}" in page
    assert "wattkeeper receipt verify RECEIPT.json --keys keys.json" in page


def test_it_is_in_spanish_too(client: Client) -> None:
    assert "Comprobantes de consentimiento" in words(read(client, "/docs/receipts", "es"))
