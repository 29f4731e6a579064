"""What every page has in common: landmarks, language, brand, sandbox band, kind errors, no foreign origin."""

import re
from collections.abc import Callable

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views import defaults

import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_page_has_landmarks_a_skip_link_and_one_heading(browser: Client) -> None:
    text = page(browser, "/")
    assert '<html lang="en">' in text
    assert (
        text.index('href="#content"') < text.index("<header") < text.index('<main id="content"') < text.index("<footer")
    )
    assert text.count("<h1") == 1


def test_the_language_follows_the_browser(browser: Client) -> None:
    assert '<html lang="es">' in page(browser, "/", accept_language="es-MX,es;q=0.9")


def test_the_switch_changes_the_language_and_keeps_the_page(browser: Client) -> None:
    text = page(browser, "/directory?page=1")
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token is not None
    answer = browser.post(
        "/i18n/setlang", {"language": "es", "next": "/directory?page=1", "csrfmiddlewaretoken": token[1]}
    )
    assert answer["Location"] == "/directory?page=1"
    assert '<html lang="es">' in page(browser, "/directory")


def test_no_inline_style_or_script_and_no_other_origin(browser: Client) -> None:
    answer = browser.get("/")
    text = answer.content.decode()
    assert " style=" not in text
    assert not re.search(r"<script(?![^>]* src=\"/static/)", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]+\.(?:css|js|png|svg|woff)', text)
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_test_data_stands_under_a_band_and_says_so_in_the_title(rf: RequestFactory) -> None:
    text = render_to_string("base.html", {"is_test_data": True}, rf.get("/"))
    assert 'class="band"' in text
    assert "<title>Sandbox: " in text


def test_a_tenant_brands_the_page(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.csp_nonce = "n0nce"  # type: ignore[attr-defined]
    utility = cast.epe()
    text = render_to_string("base.html", {"utility": utility}, request)
    assert f"– {utility.name}</title>" in text
    assert f'<style nonce="n0nce">:root{{--accent:{utility.accent};' in text


def test_an_unknown_page_says_so_and_leads_on(browser: Client) -> None:
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "This page is not here" in answer.content.decode()


def test_a_stale_form_asks_to_send_again(browser: Client) -> None:
    answer = browser.post("/i18n/setlang", {"language": "es"})
    assert answer.status_code == 403
    assert "Please send that again" in answer.content.decode()


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (lambda request: defaults.bad_request(request, ValueError()), "could not understand"),
        (lambda request: defaults.permission_denied(request, ValueError()), "may not see this page"),
        (defaults.server_error, "broke on our side"),
    ],
)
def test_errors_are_told_kindly(view: Callable[[HttpRequest], HttpResponse], says: str, rf: RequestFactory) -> None:
    text = view(rf.get("/")).content.decode()
    assert says in text
    assert "</html>" in text


def test_the_stylesheet_stays_small() -> None:
    path = finders.find("wattkeeper.css")
    assert path is not None
    with open(path, "rb") as file:
        assert len(file.read()) < 20_000
