"""A customer's own data, in Chromium: on a phone and a desk, in both languages, by keyboard, without JavaScript."""

from functools import partial

import pytest
from django.utils import translation
from django.utils.translation import gettext

from browser.conftest import Opened
from browser.looks import faults, follow
from mydata.homes import with_sun_on_the_roof
from wattkeeper.common import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(visit_signed_in: Opened) -> Opened:
    """Opens a path as the customer of a home with sun on the roof."""
    with_sun_on_the_roof()
    return partial(visit_signed_in, begin="/my-data")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_can_be_read_and_used(opened: Opened, language: str, width: int) -> None:
    with translation.override(language):
        make, download = gettext("Make a token"), gettext("Download")
    page = opened("/my-data", language, width)
    page.locator("summary").click()
    found = {"month": faults(page)}
    day = page.locator("tbody a").first.get_attribute("href") or ""
    for name, path in (
        ("day", f"/my-data{day}"),
        ("year", f"/my-data?period={clock.now().year}"),
        ("bills", "/my-data/bills"),
        ("what you share", "/my-authorizations"),
    ):
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        found[name] = faults(page)
    page.goto("/my-data/download?file=xml&first=2000-01-01&last=2000-01-01")
    found["download"] = faults(page)
    assert page.get_by_role("button", name=download).is_visible()
    assert page.evaluate("document.activeElement.className") == "summary-of-errors"
    page.goto("/my-data/programs")
    page.locator("input[name=name]").fill("Home Assistant")
    follow(page, page.get_by_role("button", name=make))
    found["token"] = faults(page)
    follow(page, page.locator("article a"))
    found["stop"] = faults(page)
    assert found == {name: [] for name in found}


def test_by_keyboard_from_the_month_to_a_day_and_back(opened: Opened) -> None:
    page = opened("/my-data")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.locator("tbody a").last.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h2#period").inner_text() == page.title().split(": ", 2)[2].partition(" – ")[0]
    follow(page, page.get_by_role("link", name="Month", exact=True))
    assert page.locator("nav a[aria-current=true]").inner_text() == "Month"


def test_the_chart_is_drawn_and_leads_to_its_days_without_javascript(opened: Opened) -> None:
    page = opened("/my-data", java_script_enabled=False)
    bars = page.locator("svg a rect")
    boxes = [bar.bounding_box() for bar in bars.all()]
    heights = [box["height"] for box in boxes if box is not None]
    assert max(heights) > 30
    assert page.locator("rect.sent").count() > 1
    follow(page, bars.last)
    assert "period=" in page.url


def test_a_file_is_saved_under_its_name(opened: Opened) -> None:
    page = opened("/my-data/download")
    for kind, ending in (("csv", "csv"), ("xml", "xml")):
        page.locator(f"input[value={kind}]").check()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download").click()
        assert saved.value.suggested_filename.startswith("Sandbox-EPE_Electric-Gas_Usage_")
        assert saved.value.suggested_filename.endswith(f".{ending}")
        assert saved.value.failure() is None


def test_the_token_can_be_copied(opened: Opened) -> None:
    page = opened("/my-data/programs")
    page.locator("input[name=name]").fill("Home Assistant")
    follow(page, page.get_by_role("button", name="Make a token"))
    assert page.locator(".code .copy").count() == 3
    assert len(page.locator(".code code").first.inner_text()) == 64
