"""How a signed consent receipt is read and checked, and the public keys for it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from wattkeeper.common.pages import Cell, Table
from wattkeeper.public import docs

KEYS = "/.well-known/consent-receipt-keys"


def page(request: HttpRequest) -> HttpResponse:
    keys = settings.RECEIPT_KEYS.ring().published()["keys"]
    commands = {
        "keys": f"curl -o keys.json {settings.BASE_URL}{KEYS}",
        "verify": "wattkeeper receipt verify RECEIPT.json --keys keys.json",
    }
    return docs.page(request, "receipts", keys=_keys(keys), address=KEYS, commands=commands, fields=_fields())


def keys(request: HttpRequest) -> JsonResponse:
    """The public keys that sign receipts, and those that did, as a JWK Set (RFC 7517)."""
    answer = JsonResponse(settings.RECEIPT_KEYS.ring().published(), content_type="application/jwk-set+json")
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _keys(keys: list[dict[str, str]]) -> Table:
    rows = [
        [Cell(key["kid"], is_code=True), Cell(key["x"], is_code=True), Cell(_("signs") if not number else _("signed"))]
        for number, key in enumerate(keys)
    ]
    return Table(
        _("Public keys of this platform (Ed25519)"), [_("Fingerprint (kid)"), _("Key (x)"), _("What it does")], rows
    )


def _fields() -> Table:
    rows = [
        ("schema_version, receipt_id", _("Which form the receipt has, and its own identifier.")),
        ("content.record_id", _("The authorization: the same identifier as in both APIs.")),
        ("content.pii_principal_id", _("The customer, under a name that this company alone knows.")),
        (
            "content.pii_processing",
            _("The purpose as it stood on the page, its language, the terms, the kinds of data."),
        ),
        (
            "content.party_identification",
            _("The utility and the company, as they were named then, and their contacts."),
        ),
        (
            "content.event",
            _("What happened, in order: requested, given, changed, renewed, withdrawn, terminated, expired."),
        ),
        ("content.green_button", _("The scope, the meters, the days: what the standard leaves to the sector.")),
        ("signature", _("A JWS (RFC 7515) over all of it, with the signed text inside.")),
    ]
    cells = [[Cell(name, is_code=True), Cell(text)] for name, text in rows]
    return Table(_("What stands in a receipt"), [_("Field"), _("Says")], cells)
