"""The main job as a newcomer clicks it: from the demo third party to the utility and back, in Chromium."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from blackbox.conftest import Demo
from blackbox.walker import DECLINE, SHARE
from browser.looks import faults, follow

pytestmark = pytest.mark.browser
WIDTHS = [("en", 1280), ("es", 320)]
WORDS = {
    "en": {"go": "Go to the utility", "came": "What came"},
    "es": {"go": "Ir a la compañía", "came": "Lo que llegó"},
}
Started = Callable[[str, int], Page]


@pytest.fixture
def started(chromium: Browser, demo: Demo) -> Iterator[Started]:
    """Opens the demo third party and goes on to the utility's sign-in. What a page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def start(language: str, width: int) -> Page:
        context = chromium.new_context(locale=f"{language}-US", viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{demo.keys['thirdparty_url']}/?client_id={demo.keys['client']['client_id']}")
        page.get_by_role("link", name=WORDS[language]["go"]).click()
        page.wait_for_url(f"{demo.base}/consent/*")
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []


def answer(page: Page, value: str) -> None:
    page.locator(f"button[name=answer][value={value}]").click()


@pytest.mark.parametrize(("language", "width"), WIDTHS)
@pytest.mark.parametrize("account", ["test_residential", "test_commercial"])
def test_sharing_shows_the_third_party_the_same_in_both_apis(
    started: Started, language: str, width: int, account: str
) -> None:
    page = started(language, width)
    follow(page, page.locator("button", has_text=account))
    assert faults(page) == []
    answer(page, SHARE)
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["came"])
    totals = page.locator(".total").all_inner_texts()
    assert len(totals) == 2
    assert totals[0] == totals[1]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_choosing_less_gives_less(started: Started) -> None:
    page = started("en", 1280)
    follow(page, page.locator("button", has_text="test_residential"))
    page.get_by_label("Your bills").uncheck()
    page.get_by_label("The last 90 days").check()
    answer(page, SHARE)
    expect(page.get_by_role("heading", level=1)).to_have_text("What came")
    (blocks,) = set(re.findall(r"\bFB=([0-9_]+)", page.content())) - {"4_16_51"}
    assert {"4", "51"} <= set(blocks.split("_"))
    assert not {"15", "16"} & set(blocks.split("_"))
    assert "HistoryLength=777" in page.content()


@pytest.mark.parametrize(("language", "width"), WIDTHS)
def test_declining_is_explained(started: Started, language: str, width: int) -> None:
    page = started(language, width)
    follow(page, page.locator("button", has_text="test_residential"))
    answer(page, DECLINE)
    page.wait_for_url("**/callback?error=access_denied*")
    assert "access_denied" in page.content()


def test_a_sign_in_that_finds_nobody_leaves_a_way_on(started: Started) -> None:
    page = started("en", 320)
    follow(page, page.locator("button", has_text="test_badlogin"))
    expect(page.get_by_text("We could not find a customer")).to_be_visible()
    assert faults(page) == []
    follow(page, page.locator("button", has_text="test_residential"))
    page.wait_for_url("**/form")


@pytest.mark.parametrize(("language", "width"), WIDTHS)
def test_a_live_customer_shares_through_the_utility_s_own_sign_in(
    started: Started, demo: Demo, language: str, width: int
) -> None:
    page = started(language, width)
    page.goto(f"{demo.keys['thirdparty_url']}/?client_id={demo.keys['live_client']['client_id']}")
    page.get_by_role("link", name=WORDS[language]["go"]).click()
    page.wait_for_url(f"{demo.base}/consent/*")
    assert faults(page) == []
    page.locator("section[aria-labelledby=sso] a").click()
    page.wait_for_url(f"{demo.keys['provider_url']}/authorize?*")
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator("button", has_text="Maria Lucero").click()
    page.wait_for_url(f"{demo.base}/consent/*/form")
    assert faults(page) == []
    answer(page, SHARE)
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["came"])
