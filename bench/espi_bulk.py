"""A Green Button bulk feed: one day of each of 10,000 subscriptions (measure: under 60 s, flat memory).

    make bench, or: PYTHONPATH=tests python bench/espi_bulk.py [subscriptions]

Builds a database of its own with so many customers of one third party, each with a week of 15-minute readings, and
reads one day of all of them through the application, in this process.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from cast import ThirdParty
    from wattkeeper.utilities.models import World

DAYS, BATCH = 7, 1000
MB = 1_000_000


def main(subscriptions: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ["WATTKEEPER_VAR"] = name
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattkeeper.config.settings")
        django.setup()
        path, query, token = build(subscriptions)
        before, began, cpu = resident(), time.perf_counter(), time.thread_time()
        size = blocks = 0
        highest = first = 0.0
        for chunk in application(path, query, token):
            first = first or time.perf_counter() - began
            size += len(chunk)
            blocks += chunk.count(b"<title>IntervalBlock</title>")
            highest = max(highest, resident())
        total = time.perf_counter() - began
        assert blocks > subscriptions * 0.99, blocks  # a title may be cut by the end of a chunk
        print(f"subscriptions                     {subscriptions:8,}")
        print(f"body                              {size / MB:8.1f} MB")
        print(f"first byte, last byte             {first:8.2f} s, {total:.1f} s   (measure: under 60)")
        print(f"processor                         {time.thread_time() - cpu:8.1f} s")
        print(f"memory grown                      {(highest - before) / MB:8.1f} MB")


def build(subscriptions: int) -> tuple[str, str, str]:
    """Path, query for one day, and client token."""
    from django.core.management import call_command

    import cast

    call_command("migrate", verbosity=0)
    world, party = cast.sandbox(), cast.third_party()
    for first in range(0, subscriptions, BATCH):
        share(world, party, range(first, min(first + BATCH, subscriptions)))
    day = today(world) - timedelta(days=3)
    query = f"published-min={day}T12:00:00Z&published-max={day + timedelta(days=1)}T12:00:00Z"
    resource = f"/DataCustodian/espi/1_1/resource/Batch/Bulk/{party.registration.uid}"
    return resource, query, cast.client_token(party)


def today(world: "World") -> date:

    return world.today


def share(world: "World", party: "ThirdParty", numbers: range) -> None:
    """Customers with a service and a week of readings each, shared with the third party."""
    from wattkeeper.authorizations.models import Authorization, Meter
    from wattkeeper.common import clock, days
    from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service
    from wattkeeper.readings.coverage import runs_of
    from wattkeeper.readings.models import Channel, DayBlock
    from wattkeeper.readings.packing import Readings, pack

    present, zone, last = clock.now(world), world.utility.zone, today(world)
    people = Customer.objects.bulk_create(Customer(world=world, name=f"Customer {n}") for n in numbers)
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(customer=person, number=f"3{person.pk:09d}", billing_name=person.name) for person in people
    )
    services = Service.objects.bulk_create(Service(world=world, identifier=f"S{n}") for n in numbers)
    pairs = list(zip(accounts, services, strict=True))
    Occupancy.objects.bulk_create(
        Occupancy(account=account, service=service, start=last - timedelta(days=900)) for account, service in pairs
    )
    grants = Authorization.objects.bulk_create(
        Authorization(
            registration=party.registration,
            customer=person,
            world=world,
            scope="FB=4_16",
            shares_intervals=True,
            shares_bills=True,
            history_start=present - timedelta(days=730),
            expires=present + timedelta(days=365),
        )
        for person in people
    )
    Meter.objects.bulk_create(Meter(authorization=g, service=s) for g, s in zip(grants, services, strict=True))
    week = {
        day: Readings(range(days.day_start(day, zone), days.day_end(day, zone), 900), 900, list(range(100, 196)))
        for day in days.days(last - timedelta(days=DAYS), last)
    }
    coverage = [run for readings in week.values() for run in runs_of(readings)]
    channels = Channel.objects.bulk_create(
        Channel(service=service, flow_direction=1, uom=72, interval_length=900, coverage=coverage)
        for service in services
    )
    packed = {day: pack(readings) for day, readings in week.items()}
    DayBlock.objects.bulk_create(
        (
            DayBlock(service_id=c.service_id, channel=c, day=day, packed=data, updated=clock.epoch(present))
            for c in channels
            for day, data in packed.items()
        ),
        batch_size=5000,
    )


def application(path: str, query: str, token: str) -> Iterator[bytes]:
    """The body as the WSGI application hands it to the server."""
    from wattkeeper.config.wsgi import application as wsgi

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.input": BytesIO(),
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_ACCEPT_ENCODING": "identity",
    }

    def start_response(status: str, headers: object, exc_info: object = None) -> Callable[[bytes], object]:
        assert status.startswith("200"), status
        return lambda written: None

    response = wsgi(environ, start_response)
    try:
        yield from response
    finally:
        response.close()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
