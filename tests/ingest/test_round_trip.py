"""What was imported is what the Green Button API serves, and what it serves can be imported again."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from lxml import etree

import cast
from ingest.feeds import SAMPLES, imported, needs_samples, run, service_of, stored, stored_days
from wattkeeper.authorizations.models import Authorization
from wattkeeper.customers.models import Service

pytestmark = [pytest.mark.django_db, needs_samples]

BATCH = "/DataCustodian/espi/1_1/resource/Batch/Subscription/{}"
INTERVALS = "/api/v2/intervals?authorizations={}"
SINCE = date(2009, 1, 1)
BILL = ("start", "end", "total_cost", "total_volume", "uom", "multiplier", "tariff", "details")
TYPE = ("flow_direction", "uom", "multiplier", "interval_length", "commodity", "kind", "accumulation", "currency")


def of_a_customer(kind: int) -> Service:
    service = cast.customer(since=SINCE)
    service.kind = kind
    service.save()
    return service


def grant_on(service: Service) -> Authorization:
    return cast.authorize(cast.third_party(), service, history_start=datetime(2009, 1, 1, tzinfo=UTC))


def served(client: Client, grant: Authorization, path: str) -> bytes:
    """What a third party gets at a path."""
    answer = client.get(path.format(grant.uid), headers=cast.bearer(cast.access_token(grant)))
    assert answer.status_code == 200
    return answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content


@pytest.mark.parametrize(("name", "kind"), [("test_usage_data", 0), ("Gas", 1), ("Water", 2), ("Temperature", 2)])
def test_a_file_is_served_as_it_came(name: str, kind: int, client: Client, tmp_path: Path) -> None:
    first, second = of_a_customer(kind), service_of(kind)
    run("greenbutton", SAMPLES / "openespi" / f"{name}.xml", first)
    assert imported(served(client, grant_on(first), BATCH), tmp_path, second).code == 0
    assert stored(second) == stored(first)
    assert [day.marks for day in stored_days(second)] == [day.marks for day in stored_days(first)]
    assert list(second.channels.values(*TYPE)) == list(first.channels.values(*TYPE))
    assert list(second.bills.values(*BILL)) == list(first.bills.values(*BILL))


def test_both_apis_return_what_was_imported_exactly(client: Client) -> None:
    service = of_a_customer(0)
    run("greenbutton", SAMPLES / "openespi" / "test_usage_data.xml", service)
    grant = grant_on(service)
    feed, listing = etree.fromstring(served(client, grant, BATCH)), json.loads(served(client, grant, INTERVALS))
    paths = ("{*}timePeriod/{*}start", "{*}timePeriod/{*}duration", "{*}value")
    espi = [
        tuple(int(reading.findtext(path) or "") for path in paths) for reading in feed.iterfind(".//{*}IntervalReading")
    ]
    rows = [reading for interval in listing["intervals"] for reading in interval["readings"]]
    as_json = [
        (second(row["start"]), second(row["end"]) - second(row["start"]), round(row["datapoints"][0]["value"] * 1000))
        for row in rows
    ]
    assert (len(espi), sum(value for *_, value in espi)) == (1340, 1_391_666)
    assert sorted(as_json) == espi == stored(service)


def second(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())
