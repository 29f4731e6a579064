"""GET /meters: what a meter says of itself, and of how much data it has."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.reader import TODAY, Shared, body, call, send
from cast import authorize, customer, fill, noon
from wattkeeper.authorizations.models import Authorization
from wattkeeper.customers.models import CustomerAccount
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days

NOW = "2026-11-24T19:00:00.000000+00:00"


def test_a_meter_has_every_field(shared: Shared) -> None:
    CustomerAccount.objects.update(billing_address="PO Box 1, El Paso, TX 79901")
    row = call(shared.token, f"/meters/{shared.meter.uid}")
    user, number = shared.party.member.user, shared.service.identifier[1:]
    assert [note["type"] for note in row.pop("notes")] == ["meters_full", "bills_full", "intervals_full"]
    assert row.pop("base") == {
        "service_identifier": f"S{number}", "service_tariff": "Residential", "service_class": "res-electric",
        "service_address": "1234 Main Ave, El Paso, TX 79901", "meter_numbers": [f"M{number}"],
        "billing_contact": "Heather Homeowner", "billing_address": "PO Box 1, El Paso, TX 79901",
        "billing_account": number,
    }  # fmt: skip
    assert [each["link"] for each in row.pop("exports_list")] == list(row.pop("exports").values())
    assert row == {
        "uid": str(shared.meter.uid), "authorization_uid": str(shared.grant.uid), "created": NOW,
        "user_email": user.email, "user_uid": str(user.uid), "is_archived": False, "is_activated": False,
        "is_expanded": True, "status": "updated", "status_message": "Data is up to date.", "status_ts": NOW,
        "ongoing_monitoring": {"frequency": "off", "next_refresh": None, "fixed_refresh_day": None,
                               "prepay": None, "next_prepay": None},
        "utility": "EPE", "bill_count": 2,
        "bill_coverage": [["2026-09-10T00:00:00.000000-06:00", "2026-11-10T00:00:00.000000-07:00"]],
        "bill_sources": ["pdf"], "interval_count": 960,
        "interval_coverage": [["2026-11-14T00:00:00.000000-07:00", "2026-11-24T00:00:00.000000-07:00"]],
        "interval_sources": ["greenbutton_cmd"], "blocks": ["base"],
    }  # fmt: skip


def test_who_and_where_is_told_only_where_it_is_shared(shared: Shared) -> None:
    Authorization.objects.update(shares_account=False)
    base = call(shared.token, f"/meters/{shared.meter.uid}")["base"]
    withheld = ("service_address", "billing_contact", "billing_address", "billing_account")
    assert [base[name] for name in withheld] == [None] * 4
    assert base["meter_numbers"] == []
    bill = call(shared.token, "/bills", meters=shared.meter.uid)["bills"][0]["base"]
    interval = call(shared.token, "/intervals", meters=shared.meter.uid, limit=1)["intervals"][0]["base"]
    assert (bill["service_address"], bill["billing_account"]) == (None, None)
    assert (interval["service_address"], interval["meter_numbers"]) == (None, [])


@pytest.mark.parametrize(
    ("unshared", "counts", "notes"),
    [
        ("shares_intervals", (2, 0), ["meters_full", "bills_full"]),
        ("shares_bills", (0, 960), ["meters_full", "intervals_full"]),
    ],
)
def test_a_class_of_data_not_shared_counts_nothing(
    shared: Shared, unshared: str, counts: tuple[int, int], notes: list[str]
) -> None:
    Authorization.objects.update(**{unshared: False})
    row = call(shared.token, f"/meters/{shared.meter.uid}")
    assert (row["bill_count"], row["interval_count"]) == counts
    assert [note["type"] for note in row["notes"]] == notes


def test_a_meter_without_data_says_so(shared: Shared) -> None:
    grant = authorize(shared.party, customer("Oscar Other"))
    row = call(shared.token, f"/meters/{grant.meters.get().uid}")
    assert row["status_message"] == "Service exists, but no data yet."
    assert (row["bill_coverage"], row["interval_coverage"], row["interval_count"]) == ([], [], 0)
    assert row["notes"][-1]["type"] == "intervals_empty"


def test_counts_are_of_what_the_window_shows(shared: Shared) -> None:
    """A start in the middle of a day, a gap, and a second channel on another grid."""
    day = date(2026, 11, 20)
    start = int(datetime(2026, 11, 20, 7, tzinfo=UTC).timestamp())
    fill(shared.service, day, date(2026, 11, 21), ReadingType(flow_direction=19, uom=73, interval_length=3600))
    gappy = channel_for(shared.service.pk, ReadingType(flow_direction=1, uom=72, interval_length=900))
    values = [None if slot in {40, 41, 60} else 1 for slot in range(96)]
    put_days(gappy, {day: Readings(range(start, start + 86400, 900), 900, values)})
    Authorization.objects.update(history_start=datetime(2026, 11, 18, 18, 30, tzinfo=UTC))
    row = call(shared.token, f"/meters/{shared.meter.uid}")
    shown = [
        reading
        for interval in call(shared.token, "/intervals", meters=shared.meter.uid)["intervals"]
        for reading in interval["readings"]
    ]
    assert row["interval_count"] == len(shown)
    assert row["interval_coverage"] == [[shown[-1]["start"], shown[0]["end"]]]


def test_coverage_ends_where_new_data_is_no_longer_shared(shared: Shared) -> None:
    Authorization.objects.update(ongoing_end=noon(TODAY) - timedelta(days=5))
    row = call(shared.token, f"/meters/{shared.meter.uid}")
    assert row["interval_coverage"][0][1] == "2026-11-19T12:00:00.000000-07:00"


def test_meters_are_filtered(shared: Shared) -> None:
    other = authorize(shared.party, customer("Oscar Other"), created=noon(TODAY) - timedelta(hours=1))
    one, two = shared.meter, other.meters.get()
    assert body(send(shared.token, f"/meters/{two.uid}", "PATCH", {"is_archived": True}))["is_archived"] is True

    def found(**filters: object) -> set[str]:
        return {row["uid"] for row in call(shared.token, "/meters", **filters)["meters"]}

    assert found() == found(is_activated="false") == found(utility="EPE") == {str(one.uid), str(two.uid)}
    assert found(is_archived="true") == found(uids=two.uid) == {str(two.uid)}
    assert found(authorizations=shared.grant.uid) == {str(one.uid)}
    assert found(is_activated="true") == found(users="1") == found(utility="SCE") == found(uids="1") == set()


def test_a_list_costs_the_same_queries_however_long(shared: Shared) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            call(shared.token, path, include="meters")
            return len(seen)

    few = [queries(path) for path in ("/meters", "/authorizations")]
    for name in ("Oscar", "Rosa", "Tom"):
        home = customer(f"{name} Other")
        fill(home, date(2026, 11, 20), TODAY)
        authorize(shared.party, home)
    assert [queries(path) for path in ("/meters", "/authorizations")] == few
    assert max(few) <= 10
