"""The public pages say what is there, in both languages, and lead nowhere that is not."""

import html
import re
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import DjangoAssertNumQueries, Settings

import cast
from public_site import PAGES, code_blocks, el_paso, links, read, words
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.customers.models import TestAccount
from wattkeeper.oauth.rfc6749_authorization_code import CODE_LIFETIME
from wattkeeper.public import references
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_of_the_first_rank(client: Client, address: str, language: str) -> None:
    el_paso()
    page = read(client, address, language)
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1
    ranks = [int(rank) for rank in re.findall(r"<h([1-6])", page)]
    assert all(after - before <= 1 for before, after in pairwise(ranks)), ranks
    assert page.count("<table") == page.count("<caption")


@pytest.mark.parametrize("demo", ["", "http://thirdparty.example"])
def test_no_link_leads_into_the_void(client: Client, settings: Settings, demo: str) -> None:
    settings.DEMO_THIRDPARTY_URL = demo
    el_paso()
    waiting, seen = {"/"}, set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
            continue
        answer = client.get(address)
        assert answer.status_code in {200, 302}, address
        if answer.status_code == 200:
            waiting |= links(answer.content.decode()) - seen - {"/i18n/setlang"}
    assert set(PAGES) <= seen


def test_every_anchor_is_there(client: Client) -> None:
    el_paso()
    page = read(client, "/docs/utilities/epe")
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_every_address_in_the_docs_is_served() -> None:
    tables = (references.json_api(), references.oauth())
    rows = [row[0].text.split()[-1] for table in tables for row in table.rows]
    rows += [references.ESPI + row[0].text for row in references.green_button().rows]
    for address in rows:
        path = re.sub(r"\{utility\}", "epe", address)
        match = resolve(re.sub(r"\{\w+\}", "6d2f8a1c-6f3e-4c0b-9a55-3f0d5f7f8b21", path))
        assert match.url_name != "unknown", address


def test_the_home_page_of_an_empty_platform_says_so(client: Client) -> None:
    Utility.objects.all().delete()
    for address in ("/", "/docs", "/directory", "/docs/oauth"):
        read(client, address)
    assert "No utility is set up on this platform yet." in words(read(client, "/"))


def test_the_directory_names_live_companies_alone(client: Client) -> None:
    cast.third_party("Sandy")
    sunny = cast.third_party("Sunny", Registration.Status.LIVE).registration
    ScopeOfUse.objects.create(
        registration=sunny, texts={"en": "To plan your solar roof.", "es": "Para su techo solar."}
    )
    page = read(client, "/directory", "es")
    assert "Sunny" in page
    assert "Para su techo solar." in page
    assert "Sandy" not in page


def test_the_directory_of_nobody_says_what_is_next(client: Client) -> None:
    cast.third_party("Sandy")
    assert "No company can be chosen yet" in read(client, "/directory")


def test_the_demo_address_leads_to_the_demo(client: Client, settings: Settings) -> None:
    settings.DEMO_THIRDPARTY_URL = "http://thirdparty.example"
    assert client.get("/DataCustodian/thirdparty-demo")["Location"] == "http://thirdparty.example"


def test_without_a_demo_its_address_is_kindly_empty(client: Client, settings: Settings) -> None:
    settings.DEMO_THIRDPARTY_URL = ""
    answer = client.get("/DataCustodian/thirdparty-demo")
    assert answer.status_code == 404
    assert "This page is not here" in answer.content.decode()


def test_robots_stay_out_of_the_apis(client: Client) -> None:
    assert "Disallow: /api/" in client.get("/robots.txt").content.decode()


def test_security_headers(client: Client) -> None:
    answer = client.get("/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_utilitys_page_is_made_of_its_rows(client: Client, settings: Settings) -> None:
    settings.DEMO_THIRDPARTY_URL = "http://thirdparty.example"
    el_paso()
    Utility.objects.update(name="Rio Electric", zone_name="America/Chicago", sign_in_methods=["test"])
    page = read(client, "/docs/utilities/epe", "es")
    said = words(page)
    for text in (
        "Rio Electric",
        "EPE",
        "America/Chicago",
        "Un hogar con un servicio.",
        "EPE_ccccccccc",
        "Test Company",
    ):
        assert text in said
    assert "auth-test-test_residential" in said
    assert "auth-sso" not in said
    assert "http://thirdparty.example/?client_id=EPE_ccccccccc" in page


def test_the_scope_example_is_percent_encoded_once(client: Client) -> None:
    el_paso()
    codes = code_blocks(read(client, "/docs/utilities/epe"))
    assert "scope=FB%3D4_16_51%3BAdditionalScope%3Dauth-test-test_residential" in codes
    link = next(code for code in codes if "response_type=code" in code)
    assert urlsplit(link).path == "/DataCustodian/epe/oauth/authorize"


def test_the_authorize_link_leads_to_consent(client: Client) -> None:
    el_paso()
    for address in ("/docs/utilities/epe", "/docs/oauth"):
        link = next(code for code in code_blocks(read(client, address)) if "response_type=code" in code)
        parts = urlsplit(link)
        answer = client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/consent/")


def test_each_test_account_can_be_tried(client: Client) -> None:
    """The link goes to the form of that account, and names no way back, so that it ends on a receipt."""
    el_paso()
    TestAccount.objects.update(customer=cast.owner(cast.customer()))
    links_of = re.findall(r'<a href="([^"]+)">test_residential</a>', read(client, "/docs/utilities/epe"))
    assert len(links_of) == 1
    parts = urlsplit(html.unescape(links_of[0]))
    answer = client.get(f"{parts.path}?{parts.query}", follow=True)
    assert answer.redirect_chain[-1][0].endswith("/form")
    assert AuthorizationRequest.objects.get().redirect_uri == ""


def test_a_customer_finds_what_they_share_from_the_first_page(client: Client) -> None:
    assert reverse("consent:mine") in links(read(client, "/"))


def test_the_oauth_page_says_how_long_a_code_lives(client: Client) -> None:
    el_paso()
    assert f"for {CODE_LIFETIME.seconds} seconds" in words(read(client, "/docs/oauth"))


def test_an_unknown_utility_is_not_found(client: Client) -> None:
    for address in ("/docs/utilities/nowhere", "/register/nowhere"):
        assert client.get(address).status_code == 404


def test_pages_ask_the_database_little(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    el_paso()
    with django_assert_max_num_queries(7):
        client.get("/docs/utilities/epe")
