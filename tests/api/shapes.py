"""The shapes in which the platform gives readings out, each read by its own means into the same plain rows.

A row is (datapoint type, unit, start, end, exact value); a new shape is one more function in SHAPES.
"""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow
from django.test import Client
from lxml import etree
from pyarrow import parquet

from api.reader import ROOT, Shared
from cast import access_token, bearer
from wattkeeper.api import units
from wattkeeper.readings.models import Channel

COLUMNS = "application/vnd.wattkeeper.columns+json"
PARQUET = "application/vnd.apache.parquet"
ESPI = "{http://naesb.org/espi}"
Row = tuple[str, str | None, int, int, Decimal]


def fetch(shared: Shared, accept: str | None = None, **parameters: object) -> Any:
    """The response of /intervals to what a client accepts."""
    headers = bearer(shared.token) | ({"Accept": accept} if accept is not None else {})
    query = {"meters": shared.meter.uid} | parameters
    return Client().get(f"{ROOT}/intervals", {name: str(value) for name, value in query.items()}, headers=headers)


def parsed(response: Any) -> Any:
    assert response.status_code == 200, response.content
    return json.loads(response.getvalue(), parse_float=Decimal)


def table(response: Any) -> pyarrow.Table:
    assert response.status_code == 200, response.content
    return parquet.read_table(io.BytesIO(response.getvalue()))


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def of_json(shared: Shared) -> list[Row]:
    return [
        (point["type"], point["unit"], seconds(reading["start"]), seconds(reading["end"]), Decimal(point["value"]))
        for interval in parsed(fetch(shared))["intervals"]
        for reading in interval["readings"]
        for point in reading["datapoints"]
    ]


def of_columns(shared: Shared) -> list[Row]:
    return [
        (series["type"], series["unit"], start, end, Decimal(value))
        for interval in parsed(fetch(shared, COLUMNS))["intervals"]
        for series in interval["series"]
        for (start, end), value in zip(spans(series), series["values"], strict=True)
        if value is not None
    ]


def spans(series: Any) -> list[tuple[int, int]]:
    """Start and end of each value of a series."""
    if "starts" in series:
        return list(zip(map(seconds, series["starts"]), map(seconds, series["ends"]), strict=True))
    first, step = seconds(series["start"]), series["step"]
    return [(first + step * index, first + step * (index + 1)) for index in range(len(series["values"]))]


def of_parquet(shared: Shared) -> list[Row]:
    rows = []
    for row in table(fetch(shared, PARQUET)).to_pylist():
        exact = Decimal(row["raw"]).scaleb(row["power_of_ten"])
        assert row["value"] == float(exact)
        rows.append((row["type"], row["unit"], epoch(row["start"]), epoch(row["end"]), exact))
    return rows


def epoch(moment: datetime) -> int:
    assert moment.utcoffset() == timedelta(0)
    return int(moment.timestamp())


def of_green_button(shared: Shared) -> list[Row]:
    address = f"/DataCustodian/espi/1_1/resource/Batch/Subscription/{shared.grant.uid}"
    response: Any = Client().get(address, headers=bearer(access_token(shared.grant)))
    assert response.status_code == 200
    rows: list[Row] = []
    kind, unit, exponent = "", None, 0
    for element in etree.fromstring(response.getvalue()).iter(f"{ESPI}ReadingType", f"{ESPI}IntervalReading"):
        if element.tag == f"{ESPI}ReadingType":
            kind, unit, exponent = reading_type(element)
        else:
            start, length = number(element, "timePeriod/start"), number(element, "timePeriod/duration")
            rows.append((kind, unit, start, start + length, Decimal(number(element, "value")).scaleb(exponent)))
    return rows


def reading_type(element: Any) -> tuple[str, str | None, int]:
    """What the JSON API calls an ESPI ReadingType, and the power of ten that brings its integers there."""
    channel = Channel(
        flow_direction=number(element, "flowDirection"),
        uom=number(element, "uom"),
        accumulation=number(element, "accumulationBehaviour"),
        data_qualifier=number(element, "dataQualifier"),
    )
    return units.datapoint_type(channel), *units.unit(channel.uom, number(element, "powerOfTenMultiplier"))


def number(element: Any, path: str) -> int:
    found = element.find("/".join(f"{ESPI}{step}" for step in path.split("/")))
    return int(found.text) if found is not None else 0


SHAPES: dict[str, Callable[[Shared], list[Row]]] = {
    "json": of_json,
    "columns": of_columns,
    "parquet": of_parquet,
    "green button": of_green_button,
}
