"""What the tests of the public pages share: the pages, and reading them."""

import html
import re

from django.test import Client

import cast
from wattkeeper.companies.models import Company, Registration
from wattkeeper.customers.models import TestAccount

CALLBACK = "http://thirdparty.example/callback"
PAGES = (
    "/",
    "/utilities/epe",
    "/utilities/epe/how-it-works",
    "/utilities/epe/directory",
    "/utilities/epe/help",
    "/utilities/epe/contact",
    "/utilities/epe/terms",
    "/utilities/epe/privacy",
    "/docs",
    "/docs/quick-start",
    "/docs/oauth",
    "/docs/api",
    "/docs/greenbutton",
    "/docs/receipts",
    "/docs/utilities/epe",
    "/register/epe",
)


def el_paso() -> Registration:
    """El Paso Electric with a test account and the public client; returns the client."""
    utility = cast.epe()
    TestAccount.objects.create(
        world=cast.sandbox(),
        username="test_residential",
        password="test_residential",
        scenario="residential",
        descriptions={"en": "A home with one service.", "es": "Un hogar con un servicio."},
    )
    return Registration.objects.create(
        company=Company.objects.create(name="Test Company"),
        utility=utility,
        client_id="EPE_ccccccccc",
        is_public_demo=True,
        redirect_uris=[CALLBACK],
    )


def read(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, address
    return answer.content.decode()


def words(page: str) -> str:
    """What a page says, without its tags."""
    body = page[page.index("<body") :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def code_blocks(page: str) -> list[str]:
    return [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]


def links(page: str) -> set[str]:
    """The addresses on this site that a page leads to."""
    return {html.unescape(link) for link in re.findall(r'(?:href|src)="(/[^"#]*)', page)}
