"""The page that says wait, in both languages and at both widths."""

import pytest
from limits import parse
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from browser.looks import faults, follow
from consent.visitor import home
from wattkeeper.common import limits
from wattkeeper.common.limit_stores import Memory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def one_try(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    home()
    monkeypatch.setattr(limits, "MEMORY", Memory())
    settings.LIMITS = settings.LIMITS | {"sign_ins_to_account": parse("1/5 minutes")}


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize(("language", "says"), [("en", "Please wait 5 minutes"), ("es", "Espere 5 minutos")])
@pytest.mark.parametrize("width", [320, 1280])
def test_who_types_too_many_passwords_reads_how_long_to_wait(
    chromium: Browser, live_server: LiveServer, language: str, says: str, width: int
) -> None:
    context = chromium.new_context(
        locale=f"{language}-US", base_url=live_server.url, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    for path in ("/my-authorizations", "/my-authorizations"):
        page.goto(path)
        page.fill("#id_username", "test_residential")
        page.fill("#id_password", "guess")
        follow(page, page.locator("form[novalidate] button"))
    assert says in page.locator("main").inner_text()
    assert faults(page) == []
    context.close()
