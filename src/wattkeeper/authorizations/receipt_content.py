"""What a receipt says: the fields of a consent record of ISO/IEC TS 27560:2023 (6.3, 6.4), and what Green Button adds.

A receipt is written when the customer answers, from what the customer saw; each later one is the one before it with
another event, so that what stood on the page then stays in it whatever the company changes afterwards. Of very many
events one holds the first and the latest; the others stand in the receipts before it, which are all kept.
"""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from wattkeeper.authorizations import words
from wattkeeper.authorizations.models import Authorization, Meter, SignedReceipt
from wattkeeper.authorizations.receipt_file import Receipt
from wattkeeper.common import ids
from wattkeeper.companies.models import Company
from wattkeeper.utilities.models import Utility

SCHEMA_VERSION = "wattkeeper-27560-1"
NOT_STATED = "not stated"
MOST_EVENTS, FIRST_EVENTS = 50, 2
State = SignedReceipt.State
EVENTS = {
    State.GIVEN: "consent given",
    State.CHANGED: "consent changed",
    State.SHORTENED: "consent changed",
    State.RENEWED: "consent renewed",
    State.WITHDRAWN: "consent withdrawn",
    State.ENDED_BY_COMPANY: "consent terminated",
    State.ENDED_BY_UTILITY: "consent terminated",
    State.EXPIRED: "consent expired",
}


def first(
    grant: Authorization, uid: UUID, *, meters: Iterable[Meter], purpose: str, locked: bool, asked: datetime | None
) -> Receipt:
    """The receipt of a consent that was just given, in the language it was given in.

    `purpose` is the text that stood on the page, `locked` whether kinds of data could not be left out, `asked` when
    the company asked, by the world's clock.
    """
    given = _event(grant, EVENTS[State.GIVEN], grant.created, _principal(grant))
    content = {
        "record_id": str(grant.uid),
        "pii_principal_id": _principal(grant),
        **_said(grant, purpose, locked),
        "event": [*_requested(grant, asked), given],
        "green_button": _green_button(grant, meters),
    }
    return {"schema_version": SCHEMA_VERSION, "receipt_id": str(uid), "content": content}


def on_new_terms(
    before: Receipt,
    grant: Authorization,
    uid: UUID,
    *,
    meters: Iterable[Meter],
    purpose: str,
    locked: bool,
    asked: datetime,
) -> Receipt:
    """The receipt of a consent to other terms, given at `grant.updated`: what happened goes on from the one before, and
    the rest is what stood on the page this time."""
    receipt = deepcopy(before)
    receipt["receipt_id"] = str(uid)
    content = receipt["content"]
    changed = _event(grant, EVENTS[State.CHANGED], grant.updated, _principal(grant))
    content |= {**_said(grant, purpose, locked), "green_button": _green_button(grant, meters)}
    content["event"] = _bounded([*content["event"], *_requested(grant, asked), changed])
    return receipt


def following(before: Receipt, grant: Authorization, uid: UUID, state: State, at: datetime) -> Receipt:
    """The receipt of a consent after something happened to it."""
    receipt = deepcopy(before)
    receipt["receipt_id"] = str(uid)
    content = receipt["content"]
    who = {
        State.ENDED_BY_COMPANY: grant.registration.client_id,
        State.ENDED_BY_UTILITY: grant.world.utility.code,
        State.EXPIRED: grant.world.utility.code,
    }.get(state, _principal(grant))
    content["event"] = _bounded([*content["event"], _event(grant, EVENTS[state], at, who)])
    content["green_button"] |= _ends(grant)
    return receipt


def _said(grant: Authorization, purpose: str, locked: bool) -> dict[str, Any]:
    """What stood on the page: who asks, for what, under which terms."""
    company, utility = grant.registration.company, grant.world.utility
    with translation.override(grant.language):
        processing = {
            "privacy_notice": company.terms_url or company.website or NOT_STATED,
            "language": grant.language,
            "purposes": [_purpose(grant, purpose or NOT_STATED, locked)],
        }
    parties = [_utility(utility), _company(grant.registration.client_id, company)]
    return {"pii_processing": processing, "party_identification": parties}


def _requested(grant: Authorization, asked: datetime | None) -> list[dict[str, Any]]:
    return [] if asked is None else [_event(grant, "consent requested", asked, grant.registration.client_id)]


def _purpose(grant: Authorization, purpose: str, locked: bool) -> dict[str, Any]:
    company, client_id = grant.registration.company, grant.registration.client_id
    page = f"{settings.BASE_URL}/authorizations/{grant.uid}/receipt"
    return {
        "purpose": purpose,
        "lawful_basis": "consent",
        "pii_information": [
            {
                "pii_type": text,
                "pii_attribute_id": name,
                "pii_optional": not locked,
                "sensitive_pii_category": name == "intervals",  # it shows when somebody is at home (NISTIR 7628)
                "special_pii_category": False,
            }
            for name, text in words.kinds(grant).items()
        ],
        "pii_controllers": [grant.world.utility.code, client_id],
        "collection_method": ["measured and billed by the utility"],
        "processing_method": ["disclosed to the third party on its request while the consent is in force"],
        "storage_locations": [NOT_STATED],
        "retention_period": NOT_STATED,
        "jurisdiction": "US",
        "recipient_third_parties": [client_id],
        "withdrawal_method": page,
        "privacy_rights": {
            "see, shorten, renew or stop it": page,
            "have deleted what was received": company.email or company.website or NOT_STATED,
        },
    }


def _utility(utility: Utility) -> dict[str, Any]:
    contact = {"email": utility.support_email, "phone": utility.support_phone, "url": utility.website}
    return _party(utility.code, utility.name, "PII controller", "utility, data custodian", contact)


def _company(client_id: str, company: Company) -> dict[str, Any]:
    contact = {"email": company.email, "url": company.website}
    return _party(client_id, company.name, "third party", "recipient", contact)


def _party(party_id: str, name: str, role: str, type_: str, contact: dict[str, str]) -> dict[str, Any]:
    said = {way: value for way, value in contact.items() if value}
    return {
        "party_id": party_id,
        "party_name": name,
        "party_role": role,
        "party_type": type_,
        "party_address": NOT_STATED,
        **{f"party_{way}": value for way, value in said.items()},
        "party_contact": said,
    }


def _bounded(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    latest = events[FIRST_EVENTS:][FIRST_EVENTS - MOST_EVENTS :]
    return [*events[:FIRST_EVENTS], *latest]


def _event(grant: Authorization, state: str, at: datetime, entity_id: str) -> dict[str, Any]:
    """`validity_duration`: seconds for which the consent holds from then on; None until it is withdrawn."""
    holds = state in {"consent given", "consent changed", "consent renewed"}
    duration = int((grant.expires - at).total_seconds()) if grant.expires is not None and holds else None
    return {
        "event_time": _utc(at),
        "validity_duration": duration if holds else 0,
        "entity_id": entity_id,
        "event_type": "explicit",
        "event_state": state,
    }


def _green_button(grant: Authorization, meters: Iterable[Meter]) -> dict[str, Any]:
    """What the standard leaves to the sector: the grant in ESPI's terms, the meters, the local days."""
    start, last_data = grant.history_start.astimezone(grant.world.utility.zone), grant.ongoing_end
    return {
        "utility": grant.world.utility.code,
        "client_id": grant.registration.client_id,
        "scope": grant.scope,
        "requested_scope": grant.requested_scope,
        "meters": [
            {
                "meter": str(meter.uid),
                "kind": meter.service.get_kind_display().lower(),
                "number": meter.service.meter_number,
                "address": meter.service.address,
            }
            for meter in sorted(meters, key=lambda meter: (meter.service.street, meter.service.pk))
        ],
        "data_from": start.date().isoformat(),
        "data_to": _last_day(last_data, grant) if last_data is not None else None,
        **_ends(grant),
        "time_zone": grant.world.utility.zone_name,
        "test_data": not grant.world.is_live,
    }


def _ends(grant: Authorization) -> dict[str, Any]:
    if grant.expires is None:
        return {"until": None, "expires": None}
    return {"until": _last_day(grant.expires, grant), "expires": _utc(grant.expires)}


def _last_day(end: datetime, grant: Authorization) -> str:
    """The last local day before a moment."""
    return (end - timedelta(seconds=1)).astimezone(grant.world.utility.zone).date().isoformat()


def _principal(grant: Authorization) -> str:
    """Names the customer to this company alone: two companies' receipts cannot be joined by it."""
    return str(ids.stable_uid("pii_principal", grant.registration.uid, grant.customer.uid))


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
