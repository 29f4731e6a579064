"""What a third party writes about itself does nothing on any page but stand there."""

import html
from collections.abc import Callable
from datetime import UTC, datetime

import lxml.html
import pytest
from django.db import DataError, transaction

from config.site_map import World, visits, world
from wattkeeper.companies.models import Company, Registration, ScopeOfUse

pytestmark = pytest.mark.django_db
TAGS = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7|add:7 }}{% now "Y" %}'
TURNED = "\u202egnirahs pots\u2066"


@pytest.fixture
def there(set_clock: Callable[[datetime], None]) -> World:
    set_clock(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))
    return world()


def call_it(there: World, name: str, purpose: str, website: str) -> None:
    Company.objects.update(name=name, website=website, terms_url=website)
    ScopeOfUse.objects.create(registration=there.registration, texts={"en": purpose, "es": purpose})
    Registration.objects.update(status=Registration.Status.LIVE)  # so that it stands in the directory too


@pytest.mark.parametrize(
    ("name", "purpose"), [(TAGS, TAGS), (TURNED + "Sunny", f"We plan {TURNED}your roof.\n\nNo more.")]
)
def test_it_is_text_on_every_page(there: World, name: str, purpose: str) -> None:
    call_it(there, name[:120], purpose, "javascript:alert(document.cookie)")
    named = 0
    for where, address, answer in visits(there):
        if not answer["Content-Type"].startswith("text/html") or address.is_for_programs or not answer.content:
            continue
        page = lxml.html.document_fromstring(answer.content)
        assert all(script.get("src", "").startswith("/static/") for script in page.iter("script")), where
        assert not list(page.iter("img")), where
        assert not any(link.get("href", "").startswith("javascript") for link in page.iter("a")), where
        text = html.unescape(answer.content.decode())
        assert not {"\u202e", "\u2066"} & set(text), where
        named += "Sunny" in text or "{{ 7|add:7 }}" in text
    assert named > 3


def test_five_kilobytes_are_cut_however_they_got_in(there: World) -> None:
    call_it(there, "Sunny", "y" * 5000, "")
    page = there.visitor.open(f"/consent/{there.asking.uid}/form").text
    assert "y" * 1999 + "…" in page
    assert "y" * 2000 not in page
    try:
        with transaction.atomic():
            Company.objects.update(name="x" * 5000)
    except DataError:  # PostgreSQL takes none; SQLite takes any
        return
    page = there.visitor.open(f"/consent/{there.asking.uid}/form").text
    assert "x" * 119 + "…" in page
    assert "x" * 120 not in page
