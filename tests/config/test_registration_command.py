"""`wattkeeper registration`: what an operator has instead of a console, and what it prints works."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc.jwk import ECKey

import cast
import oauth_flow as flow
from wattkeeper.authorizations import access
from wattkeeper.common import ids
from wattkeeper.companies.credentials import check_client_secret
from wattkeeper.companies.models import Company, Registration

pytestmark = pytest.mark.django_db
CALLBACK = "https://sunny.example/callback"
ADD = ("add", "--company", "Sunny", "--redirect-uri", CALLBACK, "--member", "dev@sunny.example")


@pytest.fixture(autouse=True)
def utility() -> None:
    cast.epe()


def run(*words: str) -> str:
    out = StringIO()
    call_command("registration", *words, stdout=out)
    return out.getvalue()


def answer(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_what_it_prints_opens_the_token_endpoint_and_the_api(client: Client) -> None:
    made = answer(*ADD)
    company = Company.objects.get()
    party = cast.ThirdParty(company, company.members.get(), Registration.objects.get(), made["client_secret"], "")
    assert made["issuer"] == flow.ISSUER
    assert flow.post(client, {"grant_type": "client_credentials"}, flow.basic(party)).status_code == 200
    caller = access.identify(answer("token", made["client_id"])["api_token"])
    assert caller is not None
    assert caller.company == company


def test_people_get_lines(client: Client) -> None:
    said = run(*ADD)
    assert "company: Sunny\n" in said
    assert f"redirect_uris: {CALLBACK}\n" in said
    assert check_client_secret(Registration.objects.get(), said.split("client_secret: ")[1].strip())


def test_secrets_are_told_once() -> None:
    made = answer(*ADD)
    assert made["client_secret"] not in run("list")
    assert made["client_secret"] not in run("set", made["client_id"], "--status", "live")


def test_one_company_registers_at_two_utilities() -> None:
    rio = cast.epe()
    rio.pk, rio.uid, rio.code, rio.slug, rio._state.adding = None, ids.new_uid(), "RIO", "rio", True
    rio.save()
    answer(*ADD)
    answer(*ADD, "--utility", "RIO")
    assert Company.objects.count() == 1
    assert [row["utility"] for row in answer("list")] == ["EPE", "RIO"]
    assert [row["utility"] for row in answer("list", "--utility", "RIO")] == ["RIO"]


def test_every_way_to_authenticate_can_be_registered(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
    made = answer("add", "--company", "A", "--auth-method", "private_key_jwt", "--jwks", str(keys))
    assert "client_secret" not in made
    assert Registration.objects.get().jwks["keys"]
    assert "client_secret" not in answer("add", "--company", "B", "--auth-method", "none")


def test_a_registration_is_changed() -> None:
    client_id = answer(*ADD)["client_id"]
    changed = answer(
        "set", client_id, "--status", "live", "--requires-pkce", "off", "--redirect-uri", "https://a.example"
    )
    assert (changed["status"], changed["requires_pkce"]) == ("live", False)
    assert changed["redirect_uris"] == ["https://a.example"]
    assert answer("set", client_id, "--requires-pkce", "on")["requires_pkce"]


def test_a_change_is_made_whole_or_not_at_all() -> None:
    client_id = answer("add", "--company", "A", "--auth-method", "none")["client_id"]
    with pytest.raises(CommandError, match="public client"):
        run("set", client_id, "--redirect-uri", CALLBACK, "--requires-pkce", "off")
    assert Registration.objects.get().redirect_uris == []


def test_a_secret_is_replaced() -> None:
    made = answer(*ADD)
    new = answer("rotate-secret", made["client_id"], "--keep-old", "1")
    kept = Registration.objects.get()
    assert check_client_secret(kept, made["client_secret"])
    assert check_client_secret(kept, new["client_secret"])
    answer("rotate-secret", made["client_id"], "--keep-old", "0")
    assert not check_client_secret(kept, new["client_secret"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "--company", "A", "--utility", "NOWHERE"), "no utility"),
        (("add", "--company", "A", "--redirect-uri", "http://sunny.example"), "https"),
        (("add", "--company", "A", "--auth-method", "private_key_jwt"), "public keys"),
        (("add", "--company", "A", "--auth-method", "private_key_jwt", "--jwks", "/nowhere"), "cannot be read"),
        (("add", "--company", "A", "--member", "nobody"), "e-mail"),
        (("set", "EPE_nobody", "--status", "live"), "no client"),
        (("set", "EPE_nobody", "--purpose", "fr=Bonjour"), "LANGUAGE=TEXT"),
        (("rotate-secret", "EPE_nobody", "--keep-old", "-1"), "hours"),
        (("token", "EPE_nobody"), "no client"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why) as refusal:
        run(*words)
    assert "\n" not in str(refusal.value)
    assert not Company.objects.exists()


def test_a_company_without_members_gets_no_token() -> None:
    made = answer("add", "--company", "A")
    with pytest.raises(CommandError, match="no such member"):
        run("token", made["client_id"])
