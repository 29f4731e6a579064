"""GET /intervals as columnar JSON and as Parquet: chosen by Accept, and the same numbers whatever is chosen."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.reader import BASE, Shared, body
from api.shapes import COLUMNS, PARQUET, SHAPES, fetch, parsed, table
from api.test_intervals import FORWARD, POWER_FACTOR, REACTIVE, REVERSE, put
from cast import authorize, bearer, customer, epe
from wattkeeper.authorizations import contents, lifecycle
from wattkeeper.common import days
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import Reading, ReadingType, channel_for, put_days, put_readings

ORDINARY = "application/json"
DAYS = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 7, 1), date(2026, 11, 1)]
KILO = ReadingType(flow_direction=4, uom=72, interval_length=3600, multiplier=3)
GAS = ReadingType(flow_direction=1, uom=169, interval_length=86400, multiplier=-4, commodity=7)
UNEVEN = ReadingType(flow_direction=1, uom=38, interval_length=0, multiplier=-2, kind=37)


@pytest.fixture
def bare(shared: Shared) -> Shared:
    """A home before any reading, shared with Sunny."""
    service = customer("Rosa Other")
    return Shared(shared.party, service, authorize(shared.party, service))


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        (None, ORDINARY),
        ("*/*", ORDINARY),
        ("application/*", ORDINARY),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", ORDINARY),
        ("application/json", ORDINARY),
        ("application/json; charset=utf-8", ORDINARY),
        ("application/json;q=0.5, */*", ORDINARY),
        ("text/csv, application/json;q=0.1", ORDINARY),
        (COLUMNS, COLUMNS),
        (PARQUET, PARQUET),
        (PARQUET.upper(), PARQUET),
        (f"{PARQUET}, */*;q=0.1", PARQUET),
        (f"{PARQUET};q=0.4, {COLUMNS};q=0.6", COLUMNS),
        (f"{PARQUET};q=0.4, application/json;q=0.6", ORDINARY),
        (f"{PARQUET};q=0, */*", ORDINARY),
        (f"application/json;q=0, {COLUMNS};q=0.001, */*;q=1", COLUMNS),
        ("", None),
        ("text/csv", None),
        ("application/json;q=0", None),
        (f"{PARQUET};q=0", None),
        ("nonsense", None),
        (";;;,,,=", None),
    ],
)
def test_accept_decides_the_shape(shared: Shared, accept: str | None, shape: str | None) -> None:
    response = fetch(shared, accept, limit=1)
    if shape is None:
        assert response.status_code == 406
        assert body(response)["error"] == "not_acceptable"
        assert PARQUET in body(response)["error_description"]
    else:
        assert (response.status_code, response["Content-Type"]) == (200, shape)
        assert response.getvalue()
    assert {"Accept", "Authorization"} <= set(response.headers.get("Vary", "").split(", "))


def test_columns_hold_a_day_of_a_meter(shared: Shared) -> None:
    answer = parsed(fetch(shared, COLUMNS, limit=2))
    first = answer["intervals"][0]
    values = first["series"][0].pop("values")
    assert first == {
        "uid": f"{shared.meter.uid}-2026-11-23", "meter_uid": str(shared.meter.uid),
        "updated": "2026-11-24T19:00:00.000000+00:00", "qualities": ["valid"],
        "series": [
            {"type": "fwd", "unit": "kwh", "start": "2026-11-23T00:00:00.000000-07:00", "step": 900},
        ],
    }  # fmt: skip
    assert [float(value) for value in values] == [number / 1000 for number in range(1, 97)]
    assert answer["meters"] == {
        str(shared.meter.uid): {
            "authorization_uid": str(shared.grant.uid), "utility": "EPE", "time_zone": "America/Denver",
            "service_identifier": shared.service.identifier,
        }
    }  # fmt: skip
    assert answer["is_incomplete"] is False


def test_columns_keep_gaps_in_their_place(bare: Shared) -> None:
    put(bare.service, FORWARD, [1, None, 3], quality=[17, None, 8])
    (day,) = parsed(fetch(bare, COLUMNS))["intervals"]
    assert [value if value is None else float(value) for value in day["series"][0]["values"]] == [0.001, None, 0.003]
    assert day["qualities"] == ["valid", "estimated_from_reference_day", "validated"]


def test_parquet_has_the_types_of_a_table(bare: Shared) -> None:
    put(bare.service, FORWARD, [1, None, 3], quality=[17, None, 8])
    put(bare.service, POWER_FACTOR, [985])
    found = table(fetch(bare, PARQUET))
    assert str(found.schema.field("start").type) == "timestamp[ms, tz=UTC]"
    assert found.schema.field("day").type == pyarrow.date32()
    for name in ("meter_uid", "authorization_uid", "utility", "time_zone", "type", "unit", "quality"):
        assert pyarrow.types.is_dictionary(found.schema.field(name).type), name
    assert found.schema.metadata[b"wattkeeper.intervals"] == b"1"
    first, second, third = found.to_pylist()
    assert first == {
        "meter_uid": str(bare.meter.uid), "authorization_uid": str(bare.grant.uid), "utility": "EPE",
        "time_zone": "America/Denver", "day": date(2026, 6, 1), "start": datetime(2026, 6, 1, 6, tzinfo=UTC),
        "end": datetime(2026, 6, 1, 6, 15, tzinfo=UTC), "type": "fwd", "unit": "kwh", "quality": "validated",
        "value": 0.001, "raw": 1, "power_of_ten": -3, "updated": datetime(2026, 11, 24, 19, tzinfo=UTC),
    }  # fmt: skip
    assert (second["start"], second["quality"]) == (
        datetime(2026, 6, 1, 6, 30, tzinfo=UTC),
        "estimated_from_reference_day",
    )
    assert (third["type"], third["unit"], third["value"]) == ("power_factor", None, 0.985)


def test_another_engine_reads_the_parquet(shared: Shared, tmp_path: Path) -> None:
    file = tmp_path / "intervals.parquet"
    file.write_bytes(fetch(shared, PARQUET).getvalue())
    query = 'select day, unit, sum(value), count(*), epoch(min("start")) from read_parquet(?) group by all order by day'
    with duckdb.connect() as database:
        rows = database.execute(query, [str(file)]).fetchall()
    assert len(rows) == 10
    assert rows[0][:2] == (date(2026, 11, 14), "kwh")
    assert rows[0][2] == pytest.approx(sum(range(1, 97)) / 1000)
    assert rows[0][3:] == (96, days.day_start(date(2026, 11, 14), epe().zone))


def test_an_empty_page_is_a_table_without_rows(shared: Shared) -> None:
    assert table(fetch(shared, PARQUET, start="2030-01-01")).num_rows == 0
    assert parsed(fetch(shared, COLUMNS, start="2030-01-01"))["intervals"] == []


@pytest.mark.parametrize("order", ["latest_first", "earliest_first"])
def test_every_shape_has_the_same_pages(shared: Shared, order: str) -> None:
    """The same days in the same order; the Link field names the next page, also where the body can't."""
    pages = {shape: every_day(shared, shape, order) for shape in (ORDINARY, COLUMNS, PARQUET)}
    assert pages[ORDINARY] == pages[COLUMNS] == pages[PARQUET]
    assert [len(page) for page in pages[PARQUET]] == [4, 4, 2]


def every_day(shared: Shared, shape: str, order: str) -> list[list[str]]:
    """The days of each page, followed to by the Link field."""
    response, found = fetch(shared, shape, limit=4, order=order), []
    while True:
        if shape == PARQUET:
            found.append(list(dict.fromkeys(str(day) for day in table(response)["day"].to_pylist())))
            following = None
        else:
            answer = parsed(response)
            found.append([interval["uid"][-10:] for interval in answer["intervals"]])
            following = answer["next"]
        if "Link" not in response:
            assert following is None
            return found
        address, relation = response["Link"].split("; ")
        assert relation == 'rel="next"'
        assert following in {address[1:-1], None}
        response = Client().get(address[1:-1].removeprefix(BASE), headers=bearer(shared.token) | {"Accept": shape})


def test_a_column_of_a_month_takes_no_more_statements(shared: Shared) -> None:
    for shape in (COLUMNS, PARQUET):
        with CaptureQueriesContext(connection) as seen:
            fetch(shared, shape).getvalue()
        assert len(seen) <= 8


def test_a_file_broken_off_can_not_be_read(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "BATCH", 4)
    monkeypatch.setattr("wattkeeper.api.parquet.ROWS", 96)
    parts = iter(fetch(shared, PARQUET).streaming_content)
    sent = next(parts) + next(parts)
    lifecycle.revoke(shared.grant, "customer")
    with pytest.raises(Exception, match="no longer in force"):
        sent += b"".join(parts)
    assert sent.startswith(b"PAR1")
    with pytest.raises(pyarrow.ArrowInvalid):
        pyarrow.parquet.read_table(pyarrow.BufferReader(sent))


def test_a_stranger_gets_nothing_in_any_shape(shared: Shared, bare: Shared) -> None:
    for shape in (COLUMNS, PARQUET):
        assert fetch(shared, shape, meters="00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_server_does_not_load_what_writes_parquet_until_it_is_asked() -> None:
    code = "import django; django.setup(); import wattkeeper.config.urls, sys; sys.exit('pyarrow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


COLUMN = st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**53)), min_size=1, max_size=8)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_every_shape_has_the_same_numbers(bare: Shared, data: st.DataObject) -> None:
    """Also over the hour that is not there and the one that is there twice, gaps, marks and readings of any length."""
    with transaction.atomic():
        for reading_type in data.draw(
            st.lists(st.sampled_from([FORWARD, REVERSE, REACTIVE, POWER_FACTOR, KILO, GAS]), unique=True)
        ):
            for day in data.draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True)):
                put_even(bare, reading_type, day, data.draw(COLUMN), data.draw(st.booleans()))
        starts = data.draw(st.lists(st.integers(0, 90_000), unique=True, max_size=5))
        first = days.day_start(DAYS[1], epe().zone)
        put_readings(
            channel_for(bare.service.pk, UNEVEN),
            epe().zone,
            [Reading(first + start, 1 + start % 700, start * 7) for start in starts],
        )
        rows = {name: sorted(read(bare), key=str) for name, read in SHAPES.items()}
        transaction.set_rollback(True)
    for found in rows.values():
        assert found == rows["json"]
    assert bool(rows["json"]) or not starts


def put_even(shared: Shared, reading_type: ReadingType, day: date, values: list[int | None], at_end: bool) -> None:
    """Values from the start of a local day on, or up to its end, so that they lie around the change of the clock."""
    step, zone = reading_type.interval_length, epe().zone
    first = days.day_end(day, zone) - step * len(values) if at_end else days.day_start(day, zone)
    starts = [first + step * index for index in range(len(values))]
    inside = [start for start in starts if days.local_day(start, zone) == day]
    if inside:
        readings = Readings(range(inside[0], inside[-1] + step, step), step, values[: len(inside)])
        put_days(channel_for(shared.service.pk, reading_type), {day: readings})
