"""Download My Data, as the tests of the standard have it (FB 2 and 30), and as a table."""

import csv
import re
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from lxml import etree
from pytest_django import DjangoAssertNumQueries

import cast
from consent.visitor import Visitor, home, published_account
from greenbutton import reader
from mydata.homes import GAS, RECEIVED, move, put, second_meter, signed_in
from wattkeeper.authorizations import own
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.billing import put_bill
from wattkeeper.customers.models import Service
from wattkeeper.readings.store import ReadingType

pytestmark = pytest.mark.django_db
NAME = re.compile(r'attachment; filename="([^"/\\]+)"')


def fetch(seen: Visitor, **asked: Any) -> Any:
    """The answer to the form as the page has it, with changes."""
    form = seen.open("/my-data/download").page.xpath("//main//form[@method='get']")[0]
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    return seen.client.get("/my-data/download", fields | asked)


def name_of(answer: Any) -> str:
    found = NAME.fullmatch(answer["Content-Disposition"])
    assert found is not None
    return found[1]


def feed(answer: Any) -> etree._Element:
    assert answer.status_code == 200
    document = etree.fromstring(reader.body(answer))
    reader.check_schema(document)
    return document


def table(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    text = reader.body(answer).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def test_as_the_form_stands_there_is_a_green_button_file_of_everything() -> None:
    home()
    answer = fetch(signed_in())
    assert answer["Content-Type"] == "application/atom+xml"
    assert "no-store" in answer["Cache-Control"]
    # GB009, GB012: company, service, kind of data, first and last day; the word for test data stands in front.
    assert name_of(answer) == "Sandbox-EPE_Electric_15_Minute_02-03-2026_03-09-2026.xml"
    document = feed(answer)
    kinds = ["UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType", "IntervalBlock", "UsageSummary"]
    assert [len(reader.entries(document, kind)) for kind in kinds] == [1, 1, 1, 1, 2, 1]
    values = [int(found.text or "") for found in document.iter(f"{reader.ESPI}value")]
    assert sum(values[:188]) == sum(range(1, 93)) + sum(range(1, 97))


def test_it_is_what_the_green_button_api_says_and_the_same_at_every_download() -> None:
    """FDFTP001: the ids of usage points are the same in two downloads."""
    service = home()
    grant = own.access(cast.owner(service))
    secret = own.issue_token(grant, "tests", timedelta(days=1))
    seen = signed_in()
    first, second = feed(fetch(seen)), feed(fetch(seen))
    api = reader.read(f"/Batch/Subscription/{grant.uid}", secret)
    for document in (second, api):
        assert [etree.tostring(entry) for entry in reader.entries(document)] == [
            etree.tostring(entry) for entry in reader.entries(first)
        ]


def test_nothing_of_a_person_is_in_the_file() -> None:
    """GB007."""
    service = home()
    text = reader.body(fetch(signed_in())).decode()
    owner = cast.owner(service)
    for personal in (owner.name, owner.email, service.street, service.meter_number, owner.accounts.get().number):
        assert personal not in text


def test_the_days_asked_for_come_and_no_others() -> None:
    home()
    answer = fetch(signed_in(), first="2026-03-09", last="2026-03-09")
    assert name_of(answer).endswith("_03-09-2026_03-09-2026.xml")
    document = feed(answer)
    assert len(reader.entries(document, "IntervalBlock")) == 1
    assert reader.entries(document, "UsageSummary") == []


def test_a_table_has_a_row_for_each_interval_with_local_times() -> None:
    service = home()
    put(service, date(2026, 3, 9), [None, 250, *[1_000] * 94], quality=[0, 8, *[0] * 94])
    put(service, date(2026, 3, 9), [0, 5, *[0] * 94], RECEIVED)
    answer = fetch(signed_in(), file="csv", first="2026-03-08")
    assert name_of(answer) == "Sandbox-EPE_Electric_15_Minute_2026-03-08_2026-03-09.csv"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = table(answer)
    assert header == [
        "Meter", "Address", "From", "Until", "Offset from UTC", "Unit", "Used", "Sent back", "Note",
    ]  # fmt: skip
    assert len(lines) == 92 + 96
    whose = [service.meter_number, service.address]
    assert lines[7] == [*whose, "2026-03-08 01:45", "2026-03-08 03:00", "-07:00", "kWh", "0.008", "", ""]
    assert lines[8][2:5] == ["2026-03-08 03:00", "2026-03-08 03:15", "-06:00"]
    assert lines[92:95] == [
        [*whose, "2026-03-09 00:00", "2026-03-09 00:15", "-06:00", "kWh", "", "0.000", ""],
        [*whose, "2026-03-09 00:15", "2026-03-09 00:30", "-06:00", "kWh", "0.250", "0.005", "estimated"],
        [*whose, "2026-03-09 00:30", "2026-03-09 00:45", "-06:00", "kWh", "1.000", "0.000", ""],
    ]


def test_a_missing_reading_is_a_row_that_says_so() -> None:
    service = home()
    put(service, date(2026, 3, 9), [None, *[1_000] * 95])
    lines = table(fetch(signed_in(), file="csv", first="2026-03-09"))
    assert lines[1][6:] == ["", "", "no reading"]


def test_a_table_in_spanish() -> None:
    service = home()
    put(service, date(2026, 3, 9), [None, *[1_000] * 95])
    header, first, *_ = table(fetch(signed_in(language="es"), file="csv", first="2026-03-09"))
    assert header[2:5] == ["Desde", "Hasta", "Diferencia con UTC"]
    assert first[-1] == "sin lectura"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    service = home()
    Service.objects.filter(pk=service.pk).update(street=text, meter_number=text)
    line = table(fetch(signed_in(), file="csv", first="2026-03-09"))[1]
    assert [cell[:2] for cell in line[:2]] == [f"'{text[0]}"] * 2


def test_meters_are_chosen_and_stand_one_after_another() -> None:
    service = home()
    gas = second_meter(cast.owner(service))
    put(gas, date(2026, 3, 9), [500] * 24, GAS)
    seen = signed_in()
    both = fetch(seen, file="csv", first="2026-03-09")
    assert name_of(both) == "Sandbox-EPE_Electric-Gas_Usage_2026-03-09_2026-03-09.csv"
    assert [line[0] for line in table(both)[1:]] == [service.meter_number] * 96 + [gas.meter_number] * 24
    only = str(own.access(cast.owner(service)).meters.get(service=gas).uid)
    one = fetch(seen, file="csv", first="2026-03-09", meter=only)
    assert name_of(one) == "Sandbox-EPE_Gas_60_Minute_2026-03-09_2026-03-09.csv"
    assert table(one)[1][5:7] == ["therm", "0.500"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"first": "2026-03-09", "last": "2026-03-08"}, "The last day is before the first. Change one of the two."),
        (
            {"first": "2019-01-01"},
            "There is data from February 3, 2026 to March 9, 2026. Choose a day among these.",
        ),
        ({"last": "2026-03-10"}, "There is data from February 3, 2026 to March 9, 2026. Choose a day among these."),
        ({"first": "yesterday"}, "Enter the first day, for example 2026-11-24."),
        ({"last": ""}, "Enter the last day."),
        ({"meter": []}, "Choose at least one meter."),
        ({"file": "pdf"}, "Choose which file."),
    ],
)
def test_a_range_that_makes_no_sense_is_said_on_the_page_and_nothing_is_lost(asked: Any, error: str) -> None:
    home()
    seen = signed_in()
    seen.response = fetch(seen, **asked)
    assert seen.response.status_code == 200
    assert seen.errors() == [error]
    for name in ("first", "last"):
        assert seen.values(name) == [asked.get(name, {"first": "2026-02-03", "last": "2026-03-09"}[name])]


def test_another_customer_s_meter_cannot_be_chosen() -> None:
    theirs = own.access(cast.owner(home("Oscar Other", "test_other"))).meters.get()
    home()
    seen = signed_in()
    for meter in (str(theirs.uid), "x"):
        seen.response = fetch(seen, meter=meter)
        assert seen.errors() == ["Choose among your meters."]


def test_the_tenant_before_left_nothing_in_the_file() -> None:
    service = home()
    newcomer = move(service, date(2026, 3, 9))
    account = published_account(None, "test_newcomer")
    account.customer = newcomer
    account.save()
    answer = fetch(signed_in("test_newcomer"))
    assert name_of(answer).endswith("_03-09-2026_03-09-2026.xml")
    assert len(reader.entries(feed(answer), "IntervalBlock")) == 1
    assert len(table(fetch(signed_in("test_newcomer"), file="csv"))) == 1 + 96
    assert len(table(fetch(signed_in(), file="csv", first="2026-03-08"))) == 1 + 92


def test_thirteen_months_are_offered_where_there_are_so_many() -> None:
    """GB016."""
    service = home()
    for month in (1, 2):
        put(service, date(2025, month, 15), [100] * 96)
    seen = signed_in().open("/my-data/download")
    assert (seen.values("first"), seen.values("last")) == (["2025-02-01"], ["2026-03-09"])
    assert "There is data of yours from January 15, 2025 to March 9, 2026." in seen.text


def test_where_there_is_nothing_yet_it_says_so() -> None:
    published_account(cast.customer("Bea Bare"), "test_bare")
    assert "There is nothing to download yet" in signed_in("test_bare", page="/my-data/download").text


def test_a_meter_with_bills_alone_has_a_file() -> None:
    service = cast.customer("Mona Monthly")
    published_account(service, "test_monthly")
    put(service, date(2026, 3, 9), [1], ReadingType(1, 73, 900))
    service.channels.all().delete()
    put_bill(service.pk, reader.bill(date(2026, 1, 3), date(2026, 2, 4)))
    answer = fetch(signed_in("test_monthly"))
    assert name_of(answer) == "Sandbox-EPE_Electric_Bills_01-03-2026_02-03-2026.xml"
    assert len(reader.entries(feed(answer), "UsageSummary")) == 1


@pytest.mark.parametrize("file", ["xml", "csv"])
def test_the_trail_is_told_what_was_downloaded(file: str) -> None:
    service = home()
    fetch(signed_in(), file=file, first="2026-03-08")
    row = AuditEntry.objects.filter(action="data_read").latest("pk")
    assert row.actor == str(cast.owner(service).uid)
    for part in (f'"what":"download-{file}"', '"first":"2026-03-08"', '"last":"2026-03-09"'):
        assert part in row.data
    assert ('"bills"' in row.data) == (file == "xml")


@pytest.mark.parametrize(("file", "queries"), [("xml", 46), ("csv", 37)])
def test_two_years_need_few_queries(file: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    service = home()
    cast.fill(service, date(2024, 3, 10), date(2026, 3, 10))
    seen = signed_in()
    fields = {"file": file, "meter": str(own.access(cast.owner(service)).meters.get().uid)}
    with django_assert_num_queries(queries):
        answer = seen.client.get("/my-data/download", fields | {"first": "2024-03-10", "last": "2026-03-09"})
        assert reader.body(answer)
    assert answer.streaming
