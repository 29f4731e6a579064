"""GET /bills."""

from datetime import UTC, date, datetime

import pytest

from api.reader import BASE, ROOT, Shared, call
from cast import authorize, customer, third_party
from wattkeeper.authorizations.models import Authorization
from wattkeeper.customers.billing import (
    BillRecord,
    DemandCharge,
    Details,
    LineItem,
    Tier,
    TouBucket,
    put_bill,
)
from wattkeeper.customers.models import Bill

DETAILS = Details(
    line_items=[
        LineItem("Customer charge", 925_000, "delivery", 4),
        LineItem("Energy", 4_075_001, "supply", 3, 700_123, 72, 0, 10_153, "kwh"),
        LineItem("Reactive", 120_000, "other", 3, 5_500, 73, 0, 500, "kvarh"),
        LineItem("Days", 3_000, "other", 3, 29, None, 0, 100, "days"),
    ],
    tou=[TouBucket("On peak", "peak", 2_000_000, 200_123)],
    tiers=[Tier("Tier 1", 1, 1_000_000, 500_000)],
    demand=[DemandCharge("Demand", 1_500_000, 12_340)],
)
START, END = "2026-03-01T00:00:00.000000-07:00", "2026-04-01T00:00:00.000000-06:00"


def billed(shared: Shared, **parameters: object) -> list[tuple[str, str]]:
    """First day and end of every bill found."""
    return [
        (row["base"]["bill_start_date"][:10], row["base"]["bill_end_date"][:10])
        for row in call(shared.token, "/bills", meters=shared.meter.uid, **parameters)["bills"]
    ]


@pytest.fixture
def march(shared: Shared) -> Bill:
    """A bill with everything on it, over a change of the clock."""
    record = BillRecord(
        date(2026, 3, 1), date(2026, 4, 1), 5_123_001, 700_123, 72, 0, date(2026, 4, 3), "TOU 1", DETAILS
    )
    put_bill(shared.service.pk, record)
    return Bill.objects.get(start=date(2026, 3, 1))


def test_a_bill_has_every_field_and_block(shared: Shared, march: Bill) -> None:
    row = call(shared.token, "/bills", meters=shared.meter.uid, end="2026-05-01")["bills"][0]
    assert row["base"].pop("service_identifier") == shared.service.identifier
    assert {name: row["base"][name] for name in row["base"] if name.startswith("bill_")} == {
        "bill_start_date": START, "bill_end_date": END, "bill_statement_date": "2026-04-03T00:00:00.000000-06:00",
        "bill_total_cost": 51.23001, "bill_total_volume": 700.123, "bill_total_unit": "kwh",
        "bill_total_kwh": 700.123,
    }  # fmt: skip
    assert row["base"]["service_tariff"] == "TOU 1"
    assert row["base"]["billing_contact"] == "Heather Homeowner"
    assert (row["meter_uid"], row["authorization_uid"]) == (str(shared.meter.uid), str(shared.grant.uid))
    assert row["created"] == march.created.isoformat(timespec="microseconds")
    assert (row["notes"], row["utility"]) == ([], "EPE")
    assert row["sources"] == [{"type": "pdf", "raw_url": f"{BASE}{ROOT}/files/{shared.meter.uid}-{row['uid']}"}]
    assert row["blocks"] == ["base", "sources", "line_items", "tiers", "tou", "demand", "power"]
    assert set(row["blocks"]) < row.keys()


def test_what_is_on_a_bill_comes_out_exactly(shared: Shared, march: Bill) -> None:
    row = call(shared.token, "/bills", meters=shared.meter.uid, end="2026-05-01")["bills"][0]
    span = {"start": START, "end": END}
    assert row["line_items"] == [
        {"name": "Customer charge", "cost": 9.25, "volume": None, "rate": None, "unit": None, "kind": "delivery"}
        | span,
        {"name": "Energy", "cost": 40.75001, "volume": 700.123, "rate": 0.10153, "unit": "kwh", "kind": "supply"}
        | span,
        {"name": "Reactive", "cost": 1.2, "volume": 5.5, "rate": 0.005, "unit": "kvarh", "kind": "other"} | span,
        {"name": "Days", "cost": 0.03, "volume": 29.0, "rate": 0.001, "unit": "days", "kind": "other"} | span,
    ]
    assert row["tou"] == [{"name": "On peak", "bucket": "peak", "cost": 20.0, "volume": 200.123, "unit": "kwh"}]
    assert row["tiers"] == [{"name": "Tier 1", "level": 1, "cost": 10.0, "volume": 500.0, "unit": "kwh"}]
    assert row["demand"] == [{"name": "Demand", "cost": 15.0, "demand": 12.34}]
    assert row["power"] == [
        {"type": "real_demand", "name": "Demand", "volume": 12.34, "unit": "kw"},
        {"type": "reactive_usage", "name": "Reactive", "volume": 5.5, "unit": "kvarh"},
    ]


def test_a_bill_has_only_the_blocks_it_needs(shared: Shared) -> None:
    row = call(shared.token, "/bills", meters=shared.meter.uid)["bills"][0]
    assert row["blocks"] == ["base", "sources", "line_items"]
    assert not {"tiers", "tou", "demand", "power"} & row.keys()


def test_gas_has_no_kwh(shared: Shared) -> None:
    put_bill(shared.service.pk, BillRecord(date(2026, 1, 1), date(2026, 2, 1), 100, 12_345, 169, -3))
    base = call(shared.token, "/bills", meters=shared.meter.uid, end="2026-02-01")["bills"][0]["base"]
    assert (base["bill_total_volume"], base["bill_total_unit"], base["bill_total_kwh"]) == (12.345, "therms", None)


def test_bills_are_chosen_by_where_they_start_and_end(shared: Shared) -> None:
    september, october = ("2026-09-10", "2026-10-09"), ("2026-10-09", "2026-11-10")
    assert billed(shared) == [october, september]
    assert billed(shared, order="earliest_first") == [september, october]
    assert billed(shared, start="2026-09-11") == [october]
    assert billed(shared, end="2026-10-09") == [september]
    assert billed(shared, start="2026-10-09T06:00:00Z") == [october]
    assert billed(shared, start="2026-10-09T06:00:00.5Z") == []
    assert billed(shared, end="2026-11-10T00:00:00-07:00", start="2026-09-10") == [october, september]
    assert billed(shared, end="2026-11-09T23:59:59.999999-07:00") == [september]
    assert billed(shared, limit=1) == [october]


def test_only_bills_wholly_inside_the_window_are_there(shared: Shared) -> None:
    Authorization.objects.update(history_start=datetime(2026, 9, 10, 6, 0, 1, tzinfo=UTC))
    assert billed(shared) == [("2026-10-09", "2026-11-10")]
    Authorization.objects.update(ongoing_end=datetime(2026, 11, 10, 6, 59, 59, tzinfo=UTC))
    assert billed(shared) == []


def test_a_uid_belongs_to_the_grant(shared: Shared) -> None:
    """Two third parties of one customer can't recognise each other's bills."""
    rival = third_party("Rival")
    theirs = call(rival.api_token, "/bills", authorizations=authorize(rival, shared.service).uid)["bills"]
    mine = call(shared.token, "/bills", authorizations=shared.grant.uid)["bills"]
    assert mine == call(shared.token, "/bills", authorizations=shared.grant.uid)["bills"]
    assert len(theirs) == len(mine) == 2
    assert not {row["uid"] for row in mine} & {row["uid"] for row in theirs}


def test_bills_of_many_meters_stand_in_one_order(shared: Shared) -> None:
    home = customer("Oscar Other")
    put_bill(home.pk, BillRecord(date(2026, 9, 20), date(2026, 10, 20), 1, 1))
    other = authorize(shared.party, home)
    both = f"{shared.grant.uid},{other.uid}"
    starts = [row["base"]["bill_start_date"][:10] for row in call(shared.token, "/bills", authorizations=both)["bills"]]
    assert starts == ["2026-10-09", "2026-09-20", "2026-09-10"]
