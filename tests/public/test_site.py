"""A utility's own pages: what its settings say stands on them, in both languages, and its own texts in versions."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

import cast
from public_site import el_paso, links, read, words
from wattkeeper.authorizations import changes, notices
from wattkeeper.common import retention
from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
SITE = "/utilities/epe"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
CASE = "0bb3d5c6-3c2e-4d53-a7a5-3a7e9e9d8f10"


def run(*told: str) -> str:
    out = StringIO()
    call_command("utility", *told, stdout=out)
    return out.getvalue()


@pytest.fixture
def march(set_clock: Callable[[datetime], None]) -> None:
    set_clock(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))


@pytest.fixture
def texts(tmp_path: Path) -> Callable[[str], list[str]]:
    """Files with a text in each language, as the command takes them."""

    def written(about: str) -> list[str]:
        (tmp_path / "en").write_text(f"## First\n\nOn {about} and\nmore.\n\n- one\n- <b>two</b>\n")
        (tmp_path / "es").write_text(f"## Primero\n\nSobre {about}.\n")
        return ["--file", f"en={tmp_path / 'en'}", "--file", f"es={tmp_path / 'es'}"]

    return written


def test_where_one_utility_is_its_pages_are_the_first_ones(client: Client) -> None:
    el_paso()
    for page in ("", "/how-it-works", "/directory", "/help", "/contact", "/terms", "/privacy"):
        assert words(read(client, page or "/")) == words(read(client, SITE + page)), page


def test_where_several_are_the_reader_is_asked_which(client: Client) -> None:
    el_paso()
    cast.elsewhere()
    for page in ("help", "contact", "terms", "privacy", "how-it-works", "directory"):
        assert {f"/utilities/epe/{page}", f"/utilities/rio/{page}"} <= links(read(client, f"/{page}"))
    assert {"/utilities/epe", "/utilities/rio"} <= links(read(client, "/"))
    assert "Rio Power" not in words(read(client, f"{SITE}/help"))


def test_every_page_leads_to_help_contact_terms_and_privacy_of_its_utility(client: Client) -> None:
    el_paso()
    cast.elsewhere()
    wanted = {f"/utilities/rio/{page}" for page in ("help", "contact", "terms", "privacy")}
    for address in ("/utilities/rio", "/docs/utilities/rio", "/register/rio", "/my-authorizations?utility=rio"):
        assert wanted <= links(read(client, address)), address


def test_an_error_leads_on(client: Client) -> None:
    el_paso()
    for answer in (client.get("/nowhere"), client.get(f"{SITE}/terms/1")):
        assert {SITE, f"{SITE}/help", f"{SITE}/contact"} <= links(answer.content.decode())
    assert {"/", "/help", "/contact"} <= links(client.get("/?x=" + "y" * 10_000).content.decode())


def test_contact_shows_what_was_set(client: Client) -> None:
    el_paso()
    run(
        "contact", "EPE", "--email", "gb@epe.example", "--phone", "915 555 0100", "--address", "1 Main Ave\\nEl Paso",
        "--hours", "en=Monday to Friday", "--hours", "es=De lunes a viernes",
    )  # fmt: skip
    page = read(client, f"{SITE}/contact", "es")
    said = words(page)
    assert "De lunes a viernes" in said
    assert "Monday" not in said
    assert 'href="mailto:gb@epe.example"' in page
    assert 'href="tel:9155550100"' in page
    assert "1 Main Ave<br>El Paso" in page


def test_contact_takes_a_case_number_and_nothing_else(client: Client) -> None:
    el_paso()
    Utility.objects.update(support_email="gb@epe.example")
    page = read(client, f"{SITE}/contact?case={CASE}")
    assert f"mailto:gb@epe.example?subject=Case%20{CASE}" in page
    assert "Your case number" not in words(read(client, f"{SITE}/contact?case=Evil"))


def test_a_wrong_email_address_is_refused() -> None:
    el_paso()
    with pytest.raises(CommandError, match="email"):
        run("contact", "EPE", "--email", "nobody")
    assert Utility.objects.get().support_email == ""


@pytest.mark.parametrize(("content", "kind"), [(SVG, "image/svg+xml"), (PNG, "image/png")])
def test_a_logo_is_on_every_page_and_may_be_kept(client: Client, tmp_path: Path, content: bytes, kind: str) -> None:
    el_paso()
    (tmp_path / "logo").write_bytes(content)
    run("logo", "EPE", "--file", str(tmp_path / "logo"))
    address = next(link for link in links(read(client, f"{SITE}/help")) if "/logo/" in link)
    answer = client.get(address)
    assert (answer.content, answer["Content-Type"]) == (content, kind)
    assert "immutable" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    run("logo", "EPE", "--remove")
    assert client.get(address).status_code == 404
    assert "/logo/" not in read(client, f"{SITE}/help")


@pytest.mark.parametrize("content", [b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"0" * 20_000])
def test_no_logo_that_is_none_or_weighs_too_much(tmp_path: Path, content: bytes) -> None:
    el_paso()
    (tmp_path / "logo").write_bytes(content)
    with pytest.raises(CommandError):
        run("logo", "EPE", "--file", str(tmp_path / "logo"))
    assert Utility.objects.get().logo_name == ""


@pytest.mark.usefixtures("march")
def test_own_terms_replace_the_standard_ones_and_old_versions_stay(
    client: Client, texts: Callable[[str], list[str]]
) -> None:
    el_paso()
    assert "Standard text of Wattkeeper" in words(read(client, f"{SITE}/terms"))
    run("text", "EPE", "terms", *texts("water"), "--since", "2026-03-01")
    run("text", "EPE", "terms", *texts("fire"), "--since", "2026-04-01")
    page = read(client, f"{SITE}/terms")
    assert "<h2>First</h2>" in page
    assert "<p>On water and more.</p>" in page
    assert "<li>&lt;b&gt;two&lt;/b&gt;</li>" in page
    assert "version 1, since March 1, 2026" in words(page)
    assert "Sobre water." in words(read(client, f"{SITE}/terms", "es"))
    assert f"{SITE}/terms/2" in links(page)
    coming = words(read(client, f"{SITE}/terms/2"))
    assert "On fire" in coming
    assert "Version 2 holds from April 1, 2026." in coming
    assert "Standard text" in words(read(client, f"{SITE}/privacy"))


@pytest.mark.usefixtures("march")
def test_a_replaced_text_says_so_and_the_standard_one_can_hold_again(
    client: Client, texts: Callable[[str], list[str]]
) -> None:
    el_paso()
    run("text", "EPE", "privacy", *texts("water"))
    run("text", "EPE", "privacy", "--standard")
    assert "Standard text" in words(read(client, f"{SITE}/privacy"))
    assert "has been replaced" in words(read(client, f"{SITE}/privacy/1"))
    assert client.get(f"{SITE}/privacy/2").status_code == 404


@pytest.mark.usefixtures("march")
def test_a_text_is_refused_unless_every_language_has_it(texts: Callable[[str], list[str]]) -> None:
    el_paso()
    with pytest.raises(CommandError, match="en, es"):
        run("text", "EPE", "terms", *texts("water")[:2])
    run("text", "EPE", "terms", *texts("water"), "--since", "2026-05-01")
    with pytest.raises(CommandError, match="cannot hold earlier"):
        run("text", "EPE", "terms", *texts("fire"))


def test_the_promises_are_what_the_code_keeps(client: Client) -> None:
    el_paso()
    privacy, helping = words(read(client, f"{SITE}/privacy")), words(read(client, f"{SITE}/help"))
    assert f"{retention.IDLE_SESSION.seconds // 60} minutes in which you do nothing" in privacy
    assert f"why it failed if it did: {retention.SIGN_IN_ATTEMPTS.days} days" in privacy
    assert f"deleted {retention.SENT_MAILS.days} days after" in privacy
    assert f"until {retention.EXPIRED_TOKENS.days * 24} hours after its token’s end" in privacy
    assert "come {}, {} and {} days before".format(*notices.DAYS_BEFORE) in helping
    assert f"from {changes.NEAR_END.days} days before the end to {changes.GRACE.days} days after" in helping


def test_the_first_page_help_and_privacy_lead_to_the_customer_s_own_data(client: Client) -> None:
    el_paso()
    cast.elsewhere()
    for address in (SITE, f"{SITE}/help", f"{SITE}/privacy", f"{SITE}/contact"):
        assert "/my-authorizations?utility=epe&data=1" in links(read(client, address)), address
    assert "Sign in to see your data" in words(read(client, "/my-authorizations?utility=epe&data=1"))


def test_help_speaks_of_the_ways_to_sign_in_that_there_are(client: Client) -> None:
    el_paso()
    Utility.objects.update(sign_in_methods=["test"])
    assert "only test accounts can sign in" in words(read(client, f"{SITE}/help"))
    Utility.objects.update(sign_in_methods=["code", "bill", "test"])
    said = words(read(client, f"{SITE}/help"))
    assert "a code goes to the email address" in said
    assert "one of your last two bills" in said
    assert "only test accounts" not in said
    assert "I forgot my password" not in said


def test_the_directory_begins_at_the_company(client: Client) -> None:
    sunny = cast.third_party("Sunny", Registration.Status.LIVE).registration
    ScopeOfUse.objects.create(registration=sunny, texts={"en": "To plan your roof.", "es": "Para su techo."})
    cast.third_party("Sandy")
    page = read(client, f"{SITE}/directory", "es")
    assert 'href="https://sunny.example"' in page
    assert "Empezar en Sunny" in words(page)
    assert "Para su techo." in words(page)
    assert "Sandy" not in page


@pytest.fixture
def own_host(settings: Settings) -> dict[str, str]:
    el_paso()
    cast.elsewhere()
    settings.TENANT_HOSTS = {"gb.epe.example": "epe"}
    settings.ALLOWED_HOSTS = ["gb.epe.example", "localhost"]
    return {"host": "gb.epe.example"}


def test_an_own_host_name_shows_its_utility_at_short_addresses(client: Client, own_host: dict[str, str]) -> None:
    page = client.get("/", headers=own_host).content.decode()
    assert "El Paso Electric" in words(page)
    assert {"/help", "/contact", "/terms", "/privacy", "/directory"} <= links(page)
    assert "Rio Power" not in page
    assert client.get("/help", headers=own_host).status_code == 200


@pytest.mark.parametrize("path", ["/my-authorizations?utility=epe", "/docs", "/utilities/rio/help", "/nowhere/at/all"])
def test_an_own_host_name_sends_all_else_to_the_base_url(client: Client, own_host: dict[str, str], path: str) -> None:
    answer = client.get(path, headers=own_host)
    if path.startswith("/nowhere"):
        assert answer.status_code == 404
    else:
        assert answer["Location"] == f"http://localhost:8000{path}"


def test_an_own_host_name_serves_no_api(client: Client, own_host: dict[str, str]) -> None:
    for answer in (
        client.get("/api/v2/authorizations", headers=own_host | {"authorization": "Bearer x"}),
        client.post("/DataCustodian/epe/oauth/token", {"grant_type": "client_credentials"}, headers=own_host),
    ):
        assert answer.status_code == 421
        assert answer.json()["error"] == "misdirected_request"
