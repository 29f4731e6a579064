"""What a browser does on a page before it is looked at."""

from collections.abc import Callable

from playwright.sync_api import Page

from browser.looks import follow

Act = Callable[[Page], None]


def press(text: str) -> Act:
    """The button with these words."""
    return lambda page: follow(page, page.locator("main button", has_text=text).first)


def submit(page: Page) -> None:
    """The page's form as it stands."""
    follow(page, page.locator("main form[novalidate] button").first)


def open_all(page: Page) -> None:
    """What can be folded open."""
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()


def wrong_address(page: Page) -> None:
    page.fill("#id_email", "nobody")
    follow(page, page.locator("button[value=share]"))


def wrong_bill(page: Page) -> None:
    for field, typed in (("number", "3000000001"), ("postal_code", "79901"), ("amount", "1.00")):
        page.fill(f"#id_{field}", typed)
    submit(page)


def wrong_code(page: Page) -> None:
    page.fill("#id_code", "0000 0000")
    submit(page)


def go_on_later(page: Page) -> None:
    page.fill("#id_email", "lena@example.com")
    submit(page)


def make_token(page: Page) -> None:
    page.fill("#id_name", "Home Assistant")
    submit(page)


def guess_twice(page: Page) -> None:
    """Passwords of a test account; after the first the limit is reached."""
    for _ in range(2):
        open_all(page)
        page.fill("#id_username", "test_residential")
        page.fill("#id_password", "guess")
        submit(page)


def stale(page: Page) -> None:
    """The form of a page whose cookies are gone."""
    page.context.clear_cookies()
    follow(page, page.locator("form.languages button"))
