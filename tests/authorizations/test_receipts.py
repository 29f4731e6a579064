"""Signed receipts: they say what the customer saw, keep saying it, and every change to the file is named."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

import cast
from wattkeeper.authorizations import changes, lifecycle, notices, receipt_file
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.authorizations.receipt_file import Outcome
from wattkeeper.common.signing import KeyRing, KeyStore
from wattkeeper.companies.models import ScopeOfUse
from wattkeeper.customers.models import Service

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
SCHEMA = Path(__file__).parents[2] / "docs" / "receipts" / "consent-receipt.schema.json"
Clock = Callable[[datetime], None]
fits = fastjsonschema.compile(json.loads(SCHEMA.read_text()))


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> KeyStore:
    kept = KeyStore(tmp_path / "keys.json")
    settings.RECEIPT_KEYS = kept
    return kept


def sunny() -> cast.ThirdParty:
    party = cast.third_party()
    party.company.email, party.company.terms_url = "privacy@sunny.example", "https://sunny.example/terms"
    party.company.save()
    texts = {"en": "We plan your roof.", "es": "Planificamos su techo."}
    ScopeOfUse.objects.create(registration=party.registration, texts=texts)
    return party


def documents(grant: Authorization) -> list[str]:
    return list(SignedReceipt.objects.filter(authorization=grant).order_by("pk").values_list("document", flat=True))


def content(document: str) -> dict[str, Any]:
    found: dict[str, Any] = receipt_file.signed_in(document)["content"]
    return found


def events(document: str) -> list[tuple[str, str, int | None]]:
    return [
        (found["event_state"], found["event_time"], found["validity_duration"]) for found in content(document)["event"]
    ]


def test_a_receipt_says_what_stood_on_the_form(store: KeyStore) -> None:
    service, party = cast.customer(), sunny()
    grant = cast.share(party, service, shares_account=False, expires=date(2026, 12, 31))
    [document] = documents(grant)
    fits(json.loads(document))
    said = content(document)
    purpose = said["pii_processing"]["purposes"][0]
    assert (said["record_id"], said["pii_processing"]["language"]) == (str(grant.uid), "en")
    assert said["pii_processing"]["privacy_notice"] == "https://sunny.example/terms"
    assert (purpose["purpose"], purpose["lawful_basis"]) == ("We plan your roof.", "consent")
    assert [(found["pii_attribute_id"], found["pii_type"]) for found in purpose["pii_information"]] == [
        ("intervals", "Your use over time, as detailed as your meter records it"),
        ("bills", "Your bills: period, charges and amount"),
    ]
    assert purpose["withdrawal_method"] == f"http://localhost:8000/authorizations/{grant.uid}/receipt"
    assert [(party["party_id"], party["party_name"]) for party in said["party_identification"]] == [
        ("EPE", "El Paso Electric"), (party.registration.client_id, "Sunny"),
    ]  # fmt: skip
    assert said["party_identification"][1]["party_email"] == "privacy@sunny.example"
    assert said["green_button"] == {
        "utility": "EPE",
        "client_id": party.registration.client_id,
        "scope": grant.scope,
        "requested_scope": "FB=4_16_51",
        "meters": [{
            "meter": str(grant.meters.get().uid), "kind": "electricity", "number": service.meter_number,
            "address": "1234 Main Ave, El Paso, TX 79901",
        }],
        "data_from": "2024-03-10",
        "data_to": None,
        "until": "2026-12-31",
        "expires": "2027-01-01T07:00:00Z",
        "time_zone": "America/Denver",
        "test_data": True,
    }  # fmt: skip
    assert events(document) == [
        ("consent requested", "2026-03-10T18:00:00Z", 0),
        ("consent given", "2026-03-10T18:00:00Z", 296 * 86400 + 13 * 3600),
    ]
    assert receipt_file.check(document, store.ring()).outcome == Outcome.GENUINE


def test_it_is_in_the_language_of_the_form() -> None:
    """The company's words are those of the page, ours those of the language that it was given in."""
    with translation.override("es"):
        shown = cast.share(sunny(), cast.customer(), language="es")
    assert content(documents(shown)[0])["pii_processing"]["purposes"][0]["purpose"] == "Planificamos su techo."
    given = cast.share(cast.third_party("Rival"), cast.customer(), language="es")
    purpose = content(documents(given)[0])["pii_processing"]["purposes"][0]
    assert purpose["pii_information"][0]["pii_type"].startswith("Su consumo")


def test_the_customer_has_another_name_with_every_company() -> None:
    service = cast.customer()
    names = {
        content(documents(cast.share(party, service))[0])["pii_principal_id"]
        for party in (cast.third_party("Sunny"), cast.third_party("Rival"))
    }
    assert len(names) == 2
    assert str(cast.owner(service).uid) not in names


def a_whole_life(service: Service, party: cast.ThirdParty, set_clock: Clock) -> Authorization:
    """Given, renewed near its end, shortened, run out."""
    grant = cast.share(party, service, expires=date(2026, 3, 31))
    set_clock(NOON + timedelta(days=1))
    grant = Authorization.objects.get()
    changes.renew(grant)
    set_clock(NOON + timedelta(days=2))
    changes.shorten(grant, date(2026, 4, 5))
    set_clock(datetime(2026, 4, 7, tzinfo=UTC))
    for due in notices.due(grant.world):
        notices.take(due)
    return grant


def test_each_thing_that_happens_gives_another_receipt_with_all_before_it(set_clock: Clock, store: KeyStore) -> None:
    grant = a_whole_life(cast.customer(), sunny(), set_clock)
    states = list(SignedReceipt.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["given", "renewed", "shortened", "expired"]
    last = documents(grant)[-1]
    assert [state for state, _, _ in events(last)] == [
        "consent requested", "consent given", "consent renewed", "consent changed", "consent expired",
    ]  # fmt: skip
    assert content(last)["green_button"]["until"] == "2026-04-05"
    for document in documents(grant):
        fits(json.loads(document))
        assert receipt_file.check(document, store.ring()).outcome == Outcome.GENUINE


def test_a_consent_that_is_changed_very_often_has_a_receipt_that_does_not_grow(store: KeyStore) -> None:
    """A signed document of more than 125 KB could not be read back."""
    service, party = cast.customer(), sunny()
    for _ in range(60):
        grant = cast.share(party, service)
    last = documents(grant)[-1]
    told = [state for state, _, _ in events(last)]
    assert (len(told), told[:2], told[-2:]) == (
        50, ["consent requested", "consent given"], ["consent requested", "consent changed"],
    )  # fmt: skip
    assert len(documents(grant)) == 60
    assert receipt_file.check(last, store.ring()).outcome == Outcome.GENUINE


@pytest.mark.parametrize(
    ("by", "state", "entity"),
    [
        ("customer", "consent withdrawn", "pii_principal_id"),
        ("company", "consent terminated", "client_id"),
        ("utility", "consent terminated", "utility"),
    ],
)
def test_a_receipt_of_the_end_says_who_ended_it(by: str, state: str, entity: str) -> None:
    grant = cast.share(sunny(), cast.customer())
    lifecycle.revoke(grant, by)
    lifecycle.revoke(grant, by)
    assert len(documents(grant)) == 2
    said = content(documents(grant)[-1])
    assert said["event"][-1]["event_state"] == state
    assert said["event"][-1]["entity_id"] == (said | said["green_button"])[entity]
    assert said["event"][-1]["validity_duration"] == 0


def test_what_the_company_changes_later_changes_no_receipt(store: KeyStore) -> None:
    party = sunny()
    grant = cast.share(party, cast.customer())
    party.company.name, party.company.terms_url = "Moony", "https://moony.example/terms"
    party.company.save()
    ScopeOfUse.objects.update(texts={"en": "We sell your data."})
    lifecycle.revoke(grant, "customer")
    store.rotate()
    store.rotate()
    for document in documents(grant):
        assert "Sunny" in document
        assert "We plan your roof." in document
        assert "oony" not in document
        assert "We sell" not in document
        assert receipt_file.check(document, store.ring()).outcome == Outcome.GENUINE


def test_a_company_that_changes_its_words_meanwhile_gets_no_consent_to_them() -> None:
    party, service = sunny(), cast.customer()
    request = cast.ask(party)
    offered = lifecycle.offer(request, cast.owner(service))
    seen = lifecycle.fingerprint(offered, party.company)
    ScopeOfUse.objects.update(texts={"en": "We sell your data."})
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        cast.answer(request, service, seen=seen)
    assert refusal.value.reason == lifecycle.Refusal.CHANGED
    assert not SignedReceipt.objects.exists()


def test_no_receipt_no_consent(settings: Settings, tmp_path: Path) -> None:
    """They are one transaction: a key that cannot be read leaves no grant behind."""
    (tmp_path / "keys.json").write_text("{}")
    with pytest.raises(ValueError, match="Ed25519"):
        cast.share(sunny(), cast.customer())
    with pytest.raises(ObjectDoesNotExist):
        Authorization.objects.get()


RING = KeyRing.new()
SAID = {"schema_version": "wattkeeper-27560-1", "content": {"event": [{"holds": 1, "who": "Sunny"}], "ñ": None}}
FILE = receipt_file.written(SAID, RING)


CHANGES = [
    ('"Sunny"', '"Moony"', 'content.event[0].who was changed to "Moony"; signed is "Sunny"'),
    ('"holds": 1', '"holds": true', "content.event[0].holds was changed to true; signed is 1"),
    ('"holds": 1', '"holds": 1.0', "content.event[0].holds was changed to 1.0; signed is 1"),
    ('"who": "Sunny"', '"what": "Sunny"', 'content.event[0].what was put in: "Sunny"'),
    ('"ñ": null', '"n": null', "content.ñ was taken out; signed is null"),
    ('{\n        "holds', '{},{\n        "holds', "content.event was changed to"),
    ('"schema_version": "wattkeeper-27560-1",', "", 'schema_version was taken out; signed is "wattkeeper-27560-1"'),
    ('"content": {', '"content": {"event": [],', "it is not a receipt"),
]


@pytest.mark.parametrize(("old", "new", "finding"), CHANGES)
def test_what_was_changed_is_named(old: str, new: str, finding: str) -> None:
    assert old in FILE
    verdict = receipt_file.check(FILE.replace(old, new, 1), RING)
    assert verdict.outcome == Outcome.WRONG
    assert any(found.startswith(finding) for found in verdict.findings), verdict.findings


@given(st.integers(0, len(FILE) - 1), st.characters(codec="ascii"))
def test_any_character_that_is_another_is_named(place: int, letter: str) -> None:
    changed = FILE[:place] + letter + FILE[place + 1 :]
    verdict = receipt_file.check(changed, RING)
    if changed == FILE:
        assert (verdict.outcome, verdict.findings) == (Outcome.GENUINE, [])
    elif json_or_none(changed) == json_or_none(FILE):  # a space that is another kind of space
        assert verdict.findings[0].startswith("its layout was changed")
    else:
        assert verdict.outcome == Outcome.WRONG
        assert verdict.findings


def json_or_none(text: str) -> str | None:
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return None


def test_another_layout_is_said_and_is_no_fault() -> None:
    verdict = receipt_file.check(json.dumps(json.loads(FILE)).replace("\n", "\r\n"), RING)
    assert verdict.outcome == Outcome.GENUINE
    assert verdict.findings == ["its layout was changed (spaces, line ends or order); what it says is as it was signed"]


def test_whoever_signs_anew_is_found_out() -> None:
    forged = receipt_file.written({**SAID, "receipt_id": "another"}, KeyRing.new())
    assert receipt_file.check(forged, RING).outcome == Outcome.WRONG
    assert re.search("the key .* is not one of the keys given", receipt_file.check(forged, RING).findings[0])
    assert receipt_file.check(forged, None).outcome == Outcome.SIGNER_UNKNOWN


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "5", '{"signature": 5}', '{"signature": null}', "[" * 100_000]
)
def test_what_is_no_receipt_is_said(text: str) -> None:
    assert receipt_file.check(text, RING).outcome == Outcome.WRONG
