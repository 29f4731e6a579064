"""`wattkeeper template`."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import cast
from wattkeeper.common.models import AuditEntry

pytestmark = pytest.mark.django_db
BACK = "https://sunny.example/back"


def run(party: cast.ThirdParty, *arguments: str) -> Any:
    out = io.StringIO()
    call_command("template", party.registration.client_id, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_it_is_shown_and_changed(sunny: cast.ThirdParty) -> None:
    shown = {
        "company": "Sunny",
        "base_url": "http://localhost:8000/authorize/sunny",
        "links": "on",
        "redirect_uris": [],
    }
    assert run(sunny) == run(sunny) == shown
    assert not AuditEntry.objects.filter(action="template_changed").exists()
    changed = run(sunny, "--portal", "sunny_roofs", "--redirect-uri", BACK, "--links", "off")
    assert changed == shown | {
        "base_url": "http://localhost:8000/authorize/sunny_roofs",
        "links": "off",
        "redirect_uris": [BACK],
    }
    assert run(sunny, "--links", "on") == changed | {"links": "on"}
    assert AuditEntry.objects.filter(action="template_changed", actor_kind="operator").count() == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--portal", "rival"),
        ("--portal", "Rival"),
        ("--portal", "no way"),
        ("--portal", "ñ"),
        ("--portal", ""),
        ("--portal", "x" * 61),
        ("--redirect-uri", "http://sunny.example"),
        ("--redirect-uri", f"{BACK}?referral=1"),
        ("--redirect-uri", "javascript:alert(1)"),
    ],
)
def test_what_cannot_be_is_refused(sunny: cast.ThirdParty, arguments: tuple[str, str]) -> None:
    run(cast.third_party("Rival"))
    before = run(sunny)
    with pytest.raises(CommandError):
        run(sunny, *arguments)
    assert run(sunny) == before


def test_a_client_of_nobody_has_none() -> None:
    with pytest.raises(CommandError):
        call_command("template", "EPE_nobody")
