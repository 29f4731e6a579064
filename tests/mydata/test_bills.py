"""A customer's bills: what each says, and whose they are."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

import cast
from consent.visitor import Visitor, home
from greenbutton import reader
from mydata.homes import move, signed_in
from wattkeeper.customers.billing import put_bill
from wattkeeper.customers.models import Bill

pytestmark = pytest.mark.django_db


def facts(seen: Visitor) -> list[dict[str, str]]:
    return [
        {row.findtext("dt"): row.findtext("dd") for row in article.iterfind("details/dl/div")}
        for article in seen.page.iter("article")
    ]


def test_a_bill_says_its_period_its_use_its_amount_and_what_it_is_made_of() -> None:
    service = home()
    Bill.objects.all().delete()
    put_bill(service.pk, reader.bill(date(2026, 2, 3), date(2026, 3, 4)))
    seen = signed_in(page="/my-data/bills")
    assert "February 3, 2026 to March 3, 2026" in seen.text
    assert "$50.00, 700.0 kWh, 29 days" in seen.text
    assert facts(seen) == [{"Rate": "Residential"}]
    charges = [" ".join(row.text_content().split()) for row in seen.page.xpath("//tbody/tr")]
    assert charges == ["Customer charge $9.25", "Energy charge <summer & winter> 700.0 kWh $40.75"]


def test_bills_stand_by_the_year_they_end_in_newest_first() -> None:
    service = home()
    for start, end in ((date(2025, 12, 5), date(2026, 1, 6)), (date(2025, 11, 5), date(2025, 12, 5))):
        put_bill(service.pk, reader.bill(start, end))
    seen = signed_in(page="/my-data/bills")
    assert [heading.text for heading in seen.page.iter("h2")] == [
        "February 3, 2026 to March 3, 2026",
        "December 5, 2025 to January 5, 2026",
    ]
    seen.open(seen.page.xpath("//a[text()='2025']/@href")[0].replace("?", "/my-data/bills?"))
    assert [heading.text for heading in seen.page.iter("h2")] == ["November 5, 2025 to December 4, 2025"]
    assert "No bill ends in this year." in seen.open("/my-data/bills?year=1999").text
    assert seen.open("/my-data/bills?year=20x6").response.status_code == 404


def test_a_bill_of_the_tenant_before_is_not_here() -> None:
    service = home()
    move(service, date(2026, 2, 20))
    assert "There are no bills yet" in signed_in(page="/my-data/bills").text


def test_the_bills_of_years_need_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    service = home()
    for year in range(2020, 2026):
        for month in range(1, 12):
            put_bill(service.pk, reader.bill(date(year, month, 1), date(year, month + 1, 1)))
    seen = signed_in()
    with django_assert_num_queries(9):
        seen.client.get("/my-data/bills")
    assert len(facts(seen.open("/my-data/bills?year=2025"))) == 11
    assert cast.owner(service).accounts.count() == 1


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Download this bill (PDF)"), ("es", "Descargar esta factura (PDF)")]
)
def test_a_bill_can_be_kept_as_a_pdf(language: str, words: str) -> None:
    service = home()
    seen = signed_in(page="/my-data/bills", language=language)
    (link,) = [each for each in seen.page.iter("a") if (each.text or "") == words]
    answer: Any = seen.client.get(link.get("href", ""))
    assert answer["Content-Type"] == "application/pdf"
    told = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert service.meter_number in told
    another_day = re.sub("first=.*", "first=1999-01-01", link.get("href", ""))
    assert seen.client.get(another_day).status_code == 404


def test_nobody_else_s_bill_can_be_kept() -> None:
    service = home()
    link = signed_in(page="/my-data/bills").page.xpath("//a[@download]/@href")[0]
    move(service, date(2026, 1, 1))
    seen = signed_in(page="/my-data/bills")
    for address in (link, "/my-data/bills/pdf", "/my-data/bills/pdf?first=x", link.replace("meter=", "meter=x")):
        assert seen.client.get(address).status_code == 404, address
