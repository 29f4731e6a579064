"""The files: the same numbers as the JSON API, and what programs and spreadsheets make of them."""

import csv
import gzip
import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from lxml import etree
from pypdf import PdfReader

from api.reader import BASE, ROOT, TODAY, Shared, ask, body, call, content, file, follow, table, text
from api.test_bills import DETAILS
from cast import authorize, bearer, customer, fill, owner, third_party
from mydata.homes import RECEIVED, second_meter, token
from wattkeeper.authorizations import contents, lifecycle
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.customers.billing import BillRecord, StatementRecord, put_bill, put_statement
from wattkeeper.customers.models import Service

TABLES = ["meters_csv", "meters_bills_csv", "meters_lineitems_csv", "billing_summaries_csv", "intervals_csv"]
SUMMER_ENDS = date(2026, 11, 1)


@pytest.fixture
def full(shared: Shared) -> Shared:
    """With every charge there is, over the day on which the clock is set back, and with sun on the roof."""
    record = BillRecord(
        date(2026, 8, 10), date(2026, 9, 10), 5_123_001, 700_123, 72, 0, date(2026, 9, 11), "TOU 1", DETAILS
    )
    put_bill(shared.service.pk, record)
    fill(shared.service, SUMMER_ENDS, date(2026, 11, 3))
    fill(shared.service, SUMMER_ENDS, date(2026, 11, 2), RECEIVED)
    return shared


def named(shared: Shared) -> dict[str, Any]:
    return {"authorizations": shared.grant.uid}


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal())


def exactly(numbers: list[float | None]) -> Decimal:
    return sum((Decimal(repr(number)) for number in numbers if number is not None), Decimal())


def test_bills_say_what_the_api_says(full: Shared) -> None:
    rows, bills = (
        table(full.token, "meters_bills_csv", **named(full)),
        call(full.token, "/bills", **named(full))["bills"],
    )
    assert list(rows[0])[:16] == [
        "meter_uid", "utility", "utility_service_id", "utility_billing_account", "utility_service_address",
        "utility_meter_number", "utility_tariff_name", "bill_start_date", "bill_end_date", "bill_days",
        "bill_statement_date", "bill_total_kWh", "bill_total", "bill_volume", "bill_total_unit", "Demand_kw",
    ]  # fmt: skip
    assert [row["bill_uid"] for row in rows] == [bill["uid"] for bill in reversed(bills)]
    assert total(rows, "bill_total") == exactly([bill["base"]["bill_total_cost"] for bill in bills])
    assert total(rows, "bill_total_kWh") == exactly([bill["base"]["bill_total_kwh"] for bill in bills])
    first = rows[0]
    assert first["bill_start_date"] == "2026-08-10T00:00:00.000000-06:00"
    assert (first["bill_days"], first["bill_total"], first["Demand_kw"]) == ("31", "51.23001", "12.34")
    assert (rows[1]["Demand_kw"], rows[1]["currency"]) == ("", "USD")


def test_line_items_add_up_as_they_do_in_the_api(full: Shared) -> None:
    rows, bills = (
        table(full.token, "meters_lineitems_csv", **named(full)),
        call(full.token, "/bills", **named(full))["bills"],
    )
    items = [item for bill in bills for item in bill["line_items"]]
    assert len(rows) == len(items) == 4
    assert total(rows, "line_item_cost") == exactly([item["cost"] for item in items])
    assert total(rows, "line_item_volume") == exactly([item["volume"] for item in items])
    assert {row["line_item_name"] for row in rows} == {item["name"] for item in items}


def test_meters_say_what_the_api_says(full: Shared) -> None:
    (row,), meter = table(full.token, "meters_csv", **named(full)), call(full.token, f"/meters/{full.meter.uid}")
    assert row["meter_uid"] == meter["uid"]
    assert (row["bill_count"], row["interval_count"]) == (str(meter["bill_count"]), str(meter["interval_count"]))
    assert [row["bill_coverage_start"], row["bill_coverage_end"]] == [
        meter["bill_coverage"][0][0],
        meter["bill_coverage"][-1][1],
    ]
    assert row["utility_service_address"] == meter["base"]["service_address"]


def test_readings_say_what_the_api_says_also_where_an_hour_comes_twice(full: Shared) -> None:
    rows = table(full.token, "intervals_csv", **named(full))
    days = call(full.token, "/intervals", order="earliest_first", **named(full))["intervals"]
    readings = [reading for day in days for reading in reversed(day["readings"])]
    assert [(row["interval_start"], row["interval_end"]) for row in rows] == [
        (reading["start"], reading["end"]) for reading in readings
    ]
    assert [row["net_kWh"] for row in rows] == [
        "" if reading["kwh"] is None else repr(reading["kwh"]) for reading in readings
    ]
    for kind in ("fwd", "rev"):
        points = [point["value"] for each in readings for point in each["datapoints"] if point["type"] == kind]
        assert total(rows, f"datapoint_{kind}_kwh") == exactly(points)
    assert total(rows, "interval_kWh") == total(rows, "datapoint_fwd_kwh")
    clocks_back = [row for row in rows if row["interval_start"].startswith("2026-11-01")]
    assert len({row["interval_start"] for row in clocks_back}) == 100
    assert [row["interval_start"][11:] for row in clocks_back if "T01:15" in row["interval_start"]] == [
        "01:15:00.000000-06:00",
        "01:15:00.000000-07:00",
    ]
    assert list(rows[0])[:13] == [
        "meter_uid", "utility", "utility_service_id", "utility_service_address", "utility_meter_number",
        "utility_tariff_name", "interval_start", "interval_end", "interval_kWh", "net_kWh", "source", "updated",
        "interval_timezone",
    ]  # fmt: skip
    assert rows[0]["interval_timezone"] == "America/Denver"


def test_a_second_meter_follows_the_first_and_has_columns_of_its_own(full: Shared) -> None:
    second = authorize(full.party, customer("Oscar Other"))
    fill(second.meters.get().service, date(2026, 11, 20), TODAY, RECEIVED)
    both = f"{full.grant.uid},{second.uid}"
    rows = table(full.token, "intervals_csv", authorizations=both, start="2026-11-20")
    order = [row["meter_uid"] for row in rows]
    assert order == sorted(order, key=order.index)
    assert len(set(order)) == 2
    theirs = [row for row in rows if row["meter_uid"] != str(full.meter.uid)]
    assert {row["datapoint_fwd_kwh"] for row in theirs} == {""}
    assert theirs[0]["datapoint_rev_kwh"] == "0.001"
    assert (theirs[0]["net_kWh"], theirs[0]["interval_kWh"]) == ("-0.001", "")


def test_statements_are_there_where_every_bill_on_them_is(full: Shared) -> None:
    account = owner(full.service).accounts.get()
    gas = second_meter(owner(full.service))
    alone = StatementRecord(date(2026, 9, 11), 1_000_000, 400_000, 5_123_001, 5_723_001, date(2026, 9, 29))
    put_statement(account.pk, alone, [full.service.pk])
    for service in (full.service, gas):
        put_bill(
            service.pk, BillRecord(date(2026, 11, 10), date(2026, 11, 20), 1, 1, statement_date=date(2026, 11, 21))
        )
    both = StatementRecord(date(2026, 11, 21), 0, 0, 2, 2, date(2026, 12, 1))
    put_statement(account.pk, both, [full.service.pk, gas.pk])
    (row,) = table(full.token, "billing_summaries_csv", **named(full))
    assert row["statement_date"].startswith("2026-09-11")
    amounts = ["previous_balance_amount", "previous_payment_amount", "new_charges_amount", "amount_due"]
    assert [row[name] for name in amounts] == ["10.0", "4.0", "51.23001", "57.23001"]
    assert row["amount_due_date"] == "2026-09-29T00:00:00.000000-06:00"
    assert row["meter_uids"] == str(full.meter.uid)
    with_gas = authorize(full.party, full.service, gas)
    assert len(table(full.token, "billing_summaries_csv", authorizations=with_gas.uid)) == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(full: Shared, start: str) -> None:
    Service.objects.update(street=f"{start}cmd|' /C calc'!A0", tariff=f"{start}1+1", meter_number=f"{start}2")
    for path in [*TABLES[:-2], "intervals_csv"]:
        answer = file(full.token, path, **named(full)).decode()
        for row in csv.reader(io.StringIO(answer, newline="")):
            for cell in row:
                is_number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
                assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (path, cell)
        assert f"'{start}" in answer


def test_green_button_is_what_the_other_api_says(full: Shared) -> None:
    feed = etree.fromstring(file(full.token, "intervals_xml", **named(full)))
    values = [int(each.text or 0) for each in feed.iter("{http://naesb.org/espi}value")]
    assert len(values) >= 10 * 96
    day = etree.fromstring(file(full.token, "intervals_xml", **named(full), start="2026-11-20", end="2026-11-21"))
    starts = {int(each.text or 0) for each in day.iterfind(".//{*}IntervalReading/{*}timePeriod/{*}start")}
    assert len(starts) == 96


def test_no_token_is_written_into_a_file(full: Shared) -> None:
    response = ask(None, "/files/intervals_xml", access_token=full.token, **named(full))
    told = text(response)
    assert response.status_code == 200
    assert full.token not in told
    assert f"intervals_xml?meters={full.meter.uid}" in told


def pages(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_bill_of_a_made_up_customer_is_a_pdf_that_says_so(full: Shared) -> None:
    bill = call(full.token, "/bills", order="earliest_first", **named(full))["bills"][0]
    source = follow(full.token, bill["sources"][0]["raw_url"])
    assert source["Content-Type"] == "application/pdf"
    assert source["Content-Disposition"] == (
        f'attachment; filename="EPE_{full.service.identifier}_2026-08-10_2026-09-09.pdf"'
    )
    told = pages(content(source))
    for expected in (
        "Not a bill to pay", "Heather Homeowner", "1234 Main Ave", full.service.meter_number, "$51.23",
        "August 10, 2026 to September 9, 2026", "Tier 1", "700.1 kWh",
    ):  # fmt: skip
        assert expected in told, told
    assert file(full.token, "pdf_bill", uid=bill["uid"]) == content(source)
    assert file(full.token, "pdf_bill", uid=bill["uid"], meters=full.meter.uid) == content(source)
    newest = pages(file(full.token, f"latest_pdf/{full.meter.uid}"))
    assert "November 9, 2026" in newest
    assert pages(file(full.token, "latest_pdf", meter=full.meter.uid)) == newest


def test_a_bill_is_in_the_customer_s_language(full: Shared) -> None:
    person = owner(full.service)
    person.language = "es"
    person.save()
    told = pages(file(full.token, f"latest_pdf/{full.meter.uid}"))
    assert "Factura de electricidad" in told
    assert "No es una factura que deba pagar" in told


def test_a_zip_has_every_bill_once_in_order(full: Shared) -> None:
    archive = zipfile.ZipFile(io.BytesIO(file(full.token, "meters_bills_zip", **named(full))))
    assert archive.testzip() is None
    names = archive.namelist()
    assert names == sorted(names)
    assert [name.split("_", 2)[2] for name in names] == [
        "2026-08-10_2026-09-09.pdf", "2026-09-10_2026-10-08.pdf", "2026-10-09_2026-11-09.pdf",
    ]  # fmt: skip
    assert "$51.23" in pages(archive.read(names[0]))


def test_services_that_are_called_alike_in_files_keep_their_bills_apart(full: Shared) -> None:
    gas = second_meter(owner(full.service))
    Service.objects.filter(pk=full.service.pk).update(identifier="A/1")
    Service.objects.filter(pk=gas.pk).update(identifier="A 1")
    put_bill(gas.pk, BillRecord(date(2026, 8, 10), date(2026, 9, 10), 7_000_000, 1))
    grant = authorize(full.party, full.service, gas)
    archive = zipfile.ZipFile(io.BytesIO(file(full.token, "meters_bills_zip", authorizations=grant.uid)))
    alike = [name for name in archive.namelist() if "2026-08-10" in name]
    assert sorted(alike) == ["EPE_A-1_2026-08-10_2026-09-09.pdf", "EPE_A-1_2026-08-10_2026-09-09_2.pdf"]
    assert sorted("$70.00" in pages(archive.read(name)) for name in alike) == [False, True]


def test_every_link_leads_somewhere_and_has_a_name(full: Shared) -> None:
    meter, grant = call(full.token, f"/meters/{full.meter.uid}"), call(full.token, f"/authorizations/{full.grant.uid}")
    assert meter["exports"].keys() >= {"bills_csv", "bills_zip", "latest_pdf", "intervals_csv", "intervals_xml"}
    assert grant["exports"].keys() >= {"bills_combined_csv", "meters_csv"}
    for links in (meter, grant):
        assert [each["link"] for each in links["exports_list"]] == list(links["exports"].values())
        assert links["exports_list"][0]["name"].endswith("[csv]")
        for link in links["exports"].values():
            assert link.startswith(BASE + ROOT)
            response = follow(full.token, link)
            assert response.status_code == 200, link
            assert content(response)
            assert re.search(r'filename="EPE_[A-Za-z0-9_.-]+\.(csv|xml|zip|pdf)"', response["Content-Disposition"])
    assert (meter["bill_sources"], meter["interval_sources"]) == (["pdf"], ["greenbutton_cmd"])


def test_the_source_of_a_day_is_that_day_as_green_button(full: Shared) -> None:
    day = call(full.token, "/intervals", **named(full), limit=1)["intervals"][0]
    (source,) = day["sources"]
    assert source["type"] == "greenbutton_cmd"
    feed = etree.fromstring(content(follow(full.token, source["raw_url"])))
    assert len(feed.findall(".//{*}IntervalReading")) == 96 == len(day["readings"])
    assert ask(full.token, f"/files/{full.meter.uid}-2026-11-05").status_code == 404


def test_links_are_there_only_where_a_file_would_have_something_in_it(present: None) -> None:
    sunny = third_party()
    nothing = authorize(sunny, customer())
    meter = call(sunny.api_token, f"/meters/{nothing.meters.get().uid}")
    assert (meter["exports"], meter["exports_list"]) == ({}, [])
    assert (meter["bill_sources"], meter["interval_sources"]) == ([], [])
    lifecycle.revoke(nothing, "customer")
    ended = call(sunny.api_token, f"/authorizations/{nothing.uid}")
    assert (ended["exports"], ended["exports_list"]) == ({}, [])


def test_a_file_is_packed_where_that_is_taken(full: Shared) -> None:
    headers = bearer(full.token) | {"Accept-Encoding": "gzip"}
    for path in ("intervals_csv", "intervals_xml"):
        link = f"{ROOT}/files/{path}?authorizations={full.grant.uid}"
        response: Any = Client().get(link, headers=headers)
        assert response["Content-Encoding"] == "gzip"
        assert gzip.decompress(content(response)) == file(full.token, path, **named(full))
    packed = Client().get(f"{ROOT}/files/latest_pdf/{full.meter.uid}", headers=headers)
    assert "Content-Encoding" not in packed
    assert int(packed["Content-Length"]) == len(content(packed))


def test_days_are_narrowed_as_for_bills_and_readings(full: Shared) -> None:
    rows = table(full.token, "intervals_csv", **named(full), start="2026-11-20", end="2026-11-22")
    assert {row["interval_start"][:10] for row in rows} == {"2026-11-20", "2026-11-21"}
    bills = table(full.token, "meters_bills_csv", **named(full), start="2026-10-01")
    assert [row["bill_start_date"][:10] for row in bills] == ["2026-10-09"]


@pytest.mark.parametrize("path", [*TABLES, "intervals_xml", "meters_bills_zip"])
@pytest.mark.parametrize(
    ("asked", "error", "named_parameter"),
    [
        ({}, "required_param_missing", "meters"),
        ({"meters": ","}, "required_param_missing", "meters"),
        ({"accounts": "a", "authorizations": "a"}, "invalid_param", "accounts"),
        ({"meters": "a", "start": "yesterday"}, "invalid_param", "start"),
        ({"meters": "a\0"}, "invalid_param", "meters"),
    ],
)
def test_nonsense_is_named(full: Shared, path: str, asked: dict[str, str], error: str, named_parameter: str) -> None:
    response = ask(full.token, f"/files/{path}", **asked)
    assert (response.status_code, body(response)["error"]) == (400, error)
    assert named_parameter in body(response)["error_description"]


@pytest.mark.parametrize("asked", [{}, {"uid": "x\0"}])
def test_a_bill_must_be_named(full: Shared, asked: dict[str, str]) -> None:
    response = ask(full.token, "/files/pdf_bill", **asked)
    assert response.status_code == 400
    assert "uid" in body(response)["error_description"]


def test_what_no_file_is_called_is_not_found(full: Shared) -> None:
    uid = str(full.meter.uid)
    for raw in ("x", uid, f"{uid}-", f"{uid}-x", f"{uid}x2026-11-23", f"{uid}-2026-02-30", f"{uid}-{uid}", "9" * 400):
        assert ask(full.token, f"/files/{raw}").status_code == 404, raw
    assert ask(full.token, "/files/latest_pdf/x").status_code == 404
    assert ask(full.token, "/files/csv/x").status_code == 404


def test_a_pdf_takes_bills_and_account_details_both(full: Shared) -> None:
    for missing in ("shares_account", "shares_bills"):
        grant = authorize(full.party, full.service, **{missing: False})
        meter = grant.meters.get()
        told = call(full.token, f"/meters/{meter.uid}")
        assert told["bill_sources"] == []
        assert not {"latest_pdf", "bills_zip"} & told["exports"].keys()
        assert ask(full.token, f"/files/latest_pdf/{meter.uid}").status_code == 404
        assert ask(full.token, "/files/meters_bills_zip", meters=meter.uid).status_code == 404
    no_account = authorize(full.party, full.service, shares_account=False)
    for bill in call(full.token, "/bills", authorizations=no_account.uid)["bills"]:
        assert bill["sources"] == []
        assert ask(full.token, "/files/pdf_bill", uid=bill["uid"]).status_code == 404
    for path in TABLES:
        assert "1234 Main" not in file(full.token, path, authorizations=no_account.uid).decode()


def test_a_customer_s_own_program_reads_their_own_files(full: Shared) -> None:
    grant, secret = token(full.service)
    assert len(table(secret, "meters_bills_csv", authorizations=grant.uid)) == 3
    assert "Heather" in pages(file(secret, f"latest_pdf/{grant.meters.get().uid}"))
    assert ask(secret, "/files/meters_bills_csv", **named(full)).status_code == 404


@pytest.mark.parametrize("path", ["intervals_csv", "meters_bills_zip", "meters_bills_csv"])
def test_a_file_breaks_off_when_its_grant_ends(full: Shared, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "BATCH", 1)
    monkeypatch.setattr("wattkeeper.authorizations.sending.CHUNK", 1)
    whole = file(full.token, path, **named(full))
    response: Any = ask(full.token, f"/files/{path}", **named(full))
    chunks = iter(response.streaming_content)
    received = [next(chunks)]
    lifecycle.revoke(full.grant, "customer")
    with pytest.raises(GrantEndedError):
        received.extend(chunks)
    assert len(b"".join(received)) < len(whole)
    if path.endswith("zip"):
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(io.BytesIO(b"".join(received)))
