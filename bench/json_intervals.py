"""30 days of 15-minute readings through GET /api/v2/intervals: SQL statements, CPU; 25 months in every shape, and the
memory they take.

    make bench, or: PYTHONPATH=tests python bench/json_intervals.py

The whole request runs in this process (middleware, token, queries, writing), for a simulated home with one channel
and a shop with four. The ratio is to `json.dumps` of the same, already decoded object, without any of that.
"""

import json
import os
import statistics
import tempfile
import time
import tracemalloc

import django

ROUNDS = 30
MONTHS = 25


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WATTKEEPER_VAR"] = folder
        os.environ |= dict.fromkeys(("WATTKEEPER_LIMIT_CLIENT", "WATTKEEPER_LIMIT_TOKEN"), "100000/second")
        os.environ["DJANGO_SETTINGS_MODULE"] = "wattkeeper.config.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for kind in ("residential", "commercial"):
            print(f"-- {kind}")
            token, meter = share(kind)
            month(token, meter)
            everything(token, meter)
            shapes(token, meter)


def share(kind: str) -> tuple[str, str]:
    """Shares a simulated home with a third party: its API token, and the meter's uid."""
    from cast import authorize, third_party
    from wattkeeper.sandbox.epe import seed_epe

    seeded = seed_epe()
    account = next(account for account in seeded.test_accounts if account.scenario == kind)
    assert account.customer is not None
    stay = account.customer.accounts.get().occupancies.select_related("service").get()
    party = third_party(f"Bench {kind}")
    return party.api_token, str(authorize(party, stay.service).meters.get().uid)


def read(token: str, meter: str, limit: int, accept: str = "application/json") -> bytes:
    """The body of the latest days."""
    from django.http import StreamingHttpResponse
    from django.test import Client

    query = {"meters": meter, "limit": str(limit)}
    response = Client(SERVER_NAME="localhost").get(
        "/api/v2/intervals", query, headers={"Authorization": f"Bearer {token}", "Accept": accept}
    )
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(part for part in response if isinstance(part, bytes))


def month(token: str, meter: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    body = read(token, meter, 30)
    with CaptureQueriesContext(connection) as queries:
        read(token, meter, 30)
    statements = len(queries)
    decoded = json.loads(body)
    request = cpu(lambda: read(token, meter, 30))
    dumps = cpu(lambda: json.dumps(decoded))
    readings = sum(len(interval["readings"]) for interval in decoded["intervals"])
    print(f"readings in 30 days       {readings:,} in {len(body):,} bytes")
    print(f"SQL statements            {statements}   (measure: at most 6)")
    print(f"CPU of the request        {request:.1f} ms   (measure: under 20)")
    print(f"json.dumps of the same    {dumps:.1f} ms, ratio {request / dumps:.2f}")


def everything(token: str, meter: str) -> None:
    """What is held in memory while 25 months are sent and thrown away."""
    from django.http import StreamingHttpResponse
    from django.test import Client

    sent = 0
    tracemalloc.start()
    response = Client(SERVER_NAME="localhost").get(
        "/api/v2/intervals", {"meters": meter}, headers={"Authorization": f"Bearer {token}"}
    )
    assert isinstance(response, StreamingHttpResponse)
    tracemalloc.reset_peak()
    for part in response:
        sent += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{MONTHS} months                 {sent:,} bytes sent, at most {peak / 1e6:.1f} MB held by Python")


def shapes(token: str, meter: str) -> None:
    """25 months in each shape: how large, and how fast it is written."""
    from wattkeeper.api.shapes import Shape

    for shape in Shape:
        size = len(read(token, meter, 1000, shape))
        spent = cpu(lambda shape=shape: read(token, meter, 1000, shape), 5)
        print(f"{shape:45} {size / 1e6:6.2f} MB, {spent:4.0f} ms, {size / spent / 1e3:.0f} MB/s   (measure, JSON: 60)")


def cpu(work: object, rounds: int = ROUNDS) -> float:
    """Milliseconds of CPU, the median of some rounds."""
    assert callable(work)
    work()
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
