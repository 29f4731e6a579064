"""The demo website in a real browser: script keeps the link in step, forms are accepted, no page is too wide."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.conftest import Visitor
from demo.fake_platform import Platform

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, website: Visitor, platform: Platform) -> Iterator[Page]:
    """A phone's page; the test fails on any script error or anything its policy blocked."""
    problems: list[str] = []
    with chromium.new_context(viewport={"width": 320, "height": 640}, base_url=website.url, locale="en-US") as context:
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
    assert problems == []


def come_back(page: Page) -> None:
    """From the link on the start page to the data, as if the customer had said yes."""
    page.goto("/")
    link = page.get_by_role("link", name="Go to the utility").get_attribute("href") or ""
    page.goto(f"/callback?code=c&state={link.partition('&state=')[2]}")


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_the_link_follows_the_form(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Account details").uncheck()
    page.get_by_label("Test account: a home").check()
    expect(page.locator("#encoded")).to_contain_text("FB%3D4_16%3BAdditionalScope%3Dauth-test-test_residential")
    page.get_by_label("A client of your own").check()
    expect(page.get_by_label("Client secret")).to_be_visible()
    expect(page.get_by_role("link", name="Go to the utility")).to_have_count(0)
    assert not is_too_wide(page)


def test_a_browser_may_send_the_forms(page: Page) -> None:
    come_back(page)
    page.get_by_role("button", name="Refresh the access token").click()
    expect(page.locator(".calls li")).to_have_count(7)
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lo que llegó")


@pytest.mark.parametrize("view", ["day", "month", "year"])
def test_no_page_scrolls_sideways(page: Page, view: str) -> None:
    come_back(page)
    page.goto(f"/data?view={view}")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert not is_too_wide(page)
