"""GET /intervals."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.reader import BASE, ROOT, TODAY, Shared, call
from cast import access_token, authorize, customer, epe, fill, third_party
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import days
from wattkeeper.customers.models import Occupancy, Service
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days

DAY = date(2026, 6, 1)
FORWARD = ReadingType(flow_direction=1, uom=72, interval_length=900)
REVERSE = ReadingType(flow_direction=19, uom=72, interval_length=900)
REACTIVE = ReadingType(flow_direction=19, uom=73, interval_length=900)
DEMAND = ReadingType(flow_direction=1, uom=38, interval_length=900, kind=37, accumulation=12)
POWER_FACTOR = ReadingType(flow_direction=1, uom=65, interval_length=900, multiplier=-3, kind=38, data_qualifier=2)


def put(service: Service, reading_type: ReadingType, values: list[int | None], day: date = DAY, **marks: Any) -> None:
    """Values from the start of a local day on."""
    start, step = days.day_start(day, epe().zone), reading_type.interval_length
    readings = Readings(range(start, start + step * len(values), step), step, values, marks=marks)
    put_days(channel_for(service.pk, reading_type), {day: readings})


def read(shared: Shared, **parameters: object) -> list[Any]:
    found: list[Any] = call(shared.token, "/intervals", meters=shared.meter.uid, **parameters)["intervals"]
    return found


def june(shared: Shared) -> Any:
    """The one Interval of the first of June."""
    (interval,) = read(shared, start="2026-06-01", end="2026-06-02")
    return interval


@pytest.fixture
def bare(shared: Shared) -> Shared:
    """Heather's home before any reading."""
    service = customer("Rosa Other")
    return Shared(shared.party, service, authorize(shared.party, service))


def test_an_interval_is_a_day_of_a_meter(shared: Shared) -> None:
    first = read(shared)[0]
    readings = first.pop("readings")
    uid = f"{shared.meter.uid}-2026-11-23"
    assert first.pop("sources") == [{"type": "greenbutton_cmd", "raw_url": f"{BASE}{ROOT}/files/{uid}"}]
    written = datetime(2026, 11, 24, 19, tzinfo=UTC).isoformat(timespec="microseconds")
    number = shared.service.identifier[1:]
    assert first == {
        "uid": uid, "meter_uid": str(shared.meter.uid),
        "authorization_uid": str(shared.grant.uid), "created": written, "updated": written, "notes": [],
        "utility": "EPE", "blocks": ["base", "sources", "readings"],
        "base": {"service_identifier": f"S{number}", "service_tariff": "Residential",
                 "service_address": "1234 Main Ave, El Paso, TX 79901", "meter_numbers": [f"M{number}"],
                 "qualities": ["valid"]},
    }  # fmt: skip
    assert len(readings) == 96
    assert readings[0] == {
        "start": "2026-11-23T23:45:00.000000-07:00", "end": "2026-11-24T00:00:00.000000-07:00", "kwh": 0.096,
        "datapoints": [{"type": "fwd", "unit": "kwh", "value": 0.096}],
    }  # fmt: skip
    assert readings[-1]["start"] == "2026-11-23T00:00:00.000000-07:00"


def test_channels_that_measure_the_same_interval_stand_together(bare: Shared) -> None:
    put(bare.service, FORWARD, [5_000, 1_000])
    put(bare.service, REACTIVE, [70, None])
    put(bare.service, DEMAND, [20_000])
    put(bare.service, POWER_FACTOR, [985, 1_000])
    later, earlier = june(bare)["readings"]
    assert earlier["datapoints"] == [
        {"type": "fwd", "unit": "kwh", "value": 5.0},
        {"type": "rev", "unit": "kvarh", "value": 0.07},
        {"type": "fwd", "unit": "kw", "value": 20.0},
        {"type": "power_factor", "unit": None, "value": 0.985},
    ]
    assert [point["type"] for point in later["datapoints"]] == ["fwd", "power_factor"]


def test_kwh_is_net(bare: Shared) -> None:
    put(bare.service, FORWARD, [5_000, 1_000, 300, None])
    put(bare.service, REVERSE, [1, 1_001, None, 4])
    assert [reading["kwh"] for reading in june(bare)["readings"]] == [None, None, -0.001, 4.999]
    put(bare.service, ReadingType(flow_direction=4, uom=72, interval_length=900, multiplier=-1), [7, 8, 9, 10])
    assert [reading["kwh"] for reading in june(bare)["readings"]] == [0.001, 0.0009, 0.0008, 0.0007]


def test_without_energy_there_is_no_kwh(bare: Shared) -> None:
    put(bare.service, DEMAND, [1])
    assert [reading["kwh"] for reading in june(bare)["readings"]] == [None]


def test_gaps_are_left_out_and_qualities_named(bare: Shared) -> None:
    put(bare.service, FORWARD, [1, None, 3], quality=[17, None, 8])
    interval = june(bare)
    assert [reading["start"][11:16] for reading in interval["readings"]] == ["00:30", "00:00"]
    assert interval["base"]["qualities"] == ["valid", "estimated_from_reference_day", "validated"]


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 8), 92), (date(2026, 11, 1), 100)])
def test_days_on_which_the_clock_changes_are_whole(bare: Shared, day: date, count: int) -> None:
    fill(bare.service, day, date.fromordinal(day.toordinal() + 1))
    (interval,) = read(bare)
    readings = interval["readings"]
    assert len(readings) == count
    assert {reading["start"][-6:] for reading in readings} == {"-06:00", "-07:00"}
    assert all(later["start"] == earlier["end"] for later, earlier in pairwise(readings))
    assert [reading["kwh"] for reading in readings[-2:]] == [0.002, 0.001]


def test_days_are_chosen_by_date_and_by_moment(shared: Shared) -> None:
    def kept(**parameters: object) -> list[tuple[str, int]]:
        return [(row["uid"][-10:], len(row["readings"])) for row in read(shared, **parameters)]

    assert len(kept()) == 10
    assert kept(start="2026-11-22", end="2026-11-23") == [("2026-11-22", 96)]
    assert kept(start="2026-11-22T23:30:00-07:00", end="2026-11-23T07:15:00.000000Z") == [
        ("2026-11-23", 1),
        ("2026-11-22", 2),
    ]
    assert kept(start="2026-11-22T23:30:00.000001-07:00", end="2026-11-23") == [("2026-11-22", 1)]
    assert kept(limit=2) == [("2026-11-23", 96), ("2026-11-22", 96)]
    assert kept(limit=1, order="earliest_first") == [("2026-11-14", 96)]
    assert kept(start="2026-12-01") == kept(end="2026-11-01") == kept(start="2026-11-20", end="2026-11-19") == []
    assert kept(start="0001-01-01", end="9999-12-31") == kept()


def test_a_plus_sign_sent_as_it_is_counts_as_one(shared: Shared) -> None:
    response = call(shared.token, f"/intervals?meters={shared.meter.uid}&start=2026-11-23T08:00:00+01:00")
    assert [row["uid"][-10:] for row in response["intervals"]] == ["2026-11-23"]


def test_days_of_many_meters_stand_in_one_order(shared: Shared) -> None:
    home = customer("Oscar Other")
    fill(home, date(2026, 11, 22), date(2026, 11, 25))
    other = authorize(shared.party, home)
    rows = call(shared.token, "/intervals", authorizations=f"{shared.grant.uid},{other.uid}", limit=4)["intervals"]
    assert [(row["uid"][-10:], row["authorization_uid"]) for row in rows] == [
        ("2026-11-24", str(other.uid)),
        ("2026-11-23", str(other.uid)),
        ("2026-11-23", str(shared.grant.uid)),
        ("2026-11-22", str(other.uid)),
    ]


def test_nothing_outside_the_grant_or_the_occupancy_comes_out(shared: Shared) -> None:
    Authorization.objects.update(
        history_start=datetime(2026, 11, 16, 12, tzinfo=UTC), ongoing_end=datetime(2026, 11, 22, 12, 7, tzinfo=UTC)
    )
    Occupancy.objects.update(end=date(2026, 11, 20))
    rows = read(shared)
    assert rows[0]["readings"][0]["end"] == "2026-11-20T00:00:00.000000-07:00"
    assert rows[-1]["readings"][-1]["start"] == "2026-11-16T05:00:00.000000-07:00"


def test_a_class_of_data_not_shared_is_empty(shared: Shared) -> None:
    Authorization.objects.update(shares_intervals=False)
    assert read(shared) == []


def test_a_month_is_read_with_seven_statements(shared: Shared) -> None:
    """Token (API tokens: 2), meters, the audit trail, occupancies, channels, days for the tag, days."""
    fill(shared.service, date(2026, 10, 25), TODAY)
    uid = shared.meter.uid
    for token, most in ((shared.token, 8), (access_token(shared.grant), 7)):
        with CaptureQueriesContext(connection) as seen:
            rows = call(token, "/intervals", meters=uid)["intervals"]
        assert len(rows) == 30
        assert len(seen) <= most


def test_another_company_sees_its_own_uids(shared: Shared) -> None:
    rival = third_party("Rival")
    theirs = authorize(rival, shared.service)
    rows = call(rival.api_token, "/intervals", authorizations=theirs.uid, limit=1)["intervals"]
    assert rows[0]["uid"] == f"{theirs.meters.get().uid}-2026-11-23"
