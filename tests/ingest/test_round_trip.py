"""What was imported is what the Green Button API serves, and what it serves can be imported again."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

import cast
from ingest.feeds import SAMPLES, imported, needs_samples, run, service_of, stored, stored_days
from wattkeeper.customers.models import Service

pytestmark = [pytest.mark.django_db, needs_samples]

SINCE = date(2009, 1, 1)
BILL = ("start", "end", "total_cost", "total_volume", "uom", "multiplier")
TYPE = ("flow_direction", "uom", "multiplier", "interval_length", "commodity", "kind", "accumulation", "currency")


def of_a_customer(kind: int) -> Service:
    service = cast.customer(since=SINCE)
    service.kind = kind
    service.save()
    return service


def served(client: Client, service: Service) -> bytes:
    """Everything a third party gets for the service over the Green Button API."""
    grant = cast.authorize(cast.third_party(), service, history_start=datetime(2009, 1, 1, tzinfo=UTC))
    path = f"/DataCustodian/espi/1_1/resource/Batch/Subscription/{grant.uid}"
    answer = client.get(path, headers=cast.bearer(cast.access_token(grant)))
    assert answer.status_code == 200
    return answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content


@pytest.mark.parametrize(("name", "kind"), [("test_usage_data", 0), ("Gas", 1), ("Water", 2), ("Temperature", 2)])
def test_a_file_is_served_as_it_came(name: str, kind: int, client: Client, tmp_path: Path) -> None:
    first, second = of_a_customer(kind), service_of(kind)
    run("greenbutton", SAMPLES / "openespi" / f"{name}.xml", first)
    assert imported(served(client, first), tmp_path, second).code == 0
    assert stored(second) == stored(first)
    assert [day.marks for day in stored_days(second)] == [day.marks for day in stored_days(first)]
    assert list(second.channels.values(*TYPE)) == list(first.channels.values(*TYPE))
    assert list(second.bills.values(*BILL)) == list(first.bills.values(*BILL))
