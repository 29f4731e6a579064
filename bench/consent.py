"""The customer's side: clicks and time of a walk, time to the first complete data, time from a stop to the refusal.

    make bench, or: PYTHONPATH=tests python bench/consent.py [walk | data | stop]

The server is started as it is run (`wattkeeper serve --workers 2`), on SQLite, or on PostgreSQL where
WATTKEEPER_DATABASE_URL names an empty database's server. `walk` is one customer in Chromium, from the sign-in page to
the third party's address; the server's time is what both its processes spend meanwhile. `data` is a home with 25 months
of 15-minute readings: from the answer to the last byte of every page of the JSON API and of the Green Button batch.
`stop` has 1,000 sharings stopped at one worker, each asked for at two others until both refuse.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from blackbox.conformance import server
from blackbox.conformance.flow import Flow, Proof, uid_of
from blackbox.conformance.target import Client
from blackbox.walker import SHARE
from oauth_flows import one_flow, seat

WALKS, DOWNLOADS, STOPS = 15, 7, 1000
MONTHS = 25
HISTORY = 762 * 86400
CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]


def main() -> None:
    chosen = sys.argv[1:] or list(MEASURES)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = server.start(Path(folder), log_level="WARNING")
        try:
            print(f"database                      {'SQLite' if own.database.is_sqlite else 'PostgreSQL'}")
            target = server.described(own)
            for name in chosen:
                MEASURES[name](own, Flow(target), target.clients["sunny"])
        finally:
            own.stop()


def walk(own: server.Own, flow: Flow, client: Client) -> None:
    """New customers have nothing to undo: each walk ends by stopping what it began, outside of the time."""
    path = next(path for path in CHROMIUM if Path(path).exists())
    walls, spent = [], []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser,
    ):
        for _ in range(WALKS + 1):
            page = browser.new_page()
            page.route(f"{client.redirect_uri}*", lambda route: route.fulfill(body="arrived"))
            page.goto(f"{flow.base}/DataCustodian/epe/oauth/authorize?{query(flow, client)}")
            with own.cpu() as cpu:
                started = time.perf_counter()
                clicks = one_walk(page, client)
                walls.append(time.perf_counter() - started)
            spent.append(cpu.seconds)
            page.close()
            flow.end_sharing(client)
    print(f"clicks, signed in to done     {clicks}")
    print(f"walk, sign-in to redirect     median {statistics.median(walls[1:]) * 1000:.0f} ms in Chromium")
    print(f"of it processor time          mean {statistics.mean(spent[1:]) * 1000:.0f} ms of the server in all")


def one_walk(page: Page, client: Client) -> int:
    """From the sign-in page to the third party; how many clicks once signed in."""
    page.get_by_role("button", name="Sign in as test_residential").click()
    page.wait_for_url("**/form")
    page.locator("button[value=share]").click()
    page.wait_for_url(f"{client.redirect_uri}?code=*")
    return 1


def data(own: server.Own, flow: Flow, client: Client) -> None:
    account = home_of_two_years(own)
    taken: dict[str, list[float]] = {"JSON": [], "Green Button": []}
    size = {}
    for name, read in (("JSON", all_of_json), ("Green Button", all_of_espi)):
        for _ in range(DOWNLOADS):
            flow.end_sharing(client, account)
            proof = Proof()
            scope = f"FB=4_16_51;HistoryLength={HISTORY};AdditionalScope=auth-test-{account}"
            walker = flow.open(client, account, proof, scope=scope)
            started = time.perf_counter()
            tokens = flow.redeem(client, flow.came(walker.press(SHARE), proof)).json()
            size[name] = read(flow, tokens)
            taken[name].append(time.perf_counter() - started)
    for name, times in taken.items():
        what = f"{MONTHS} months in {name}"
        print(f"{what:<29} median {statistics.median(times) * 1000:.0f} ms from the answer, {size[name]}")


def home_of_two_years(own: server.Own) -> str:
    """The user name of a test account whose customer has one meter with all the months."""
    own.command("sandbox", "homes", "--count", "1", "--months", str(MONTHS), "--seed", "25")
    ((customer,),) = own.database.run("SELECT max(id) FROM customers_customer")
    ((known,),) = own.database.run("SELECT min(id) FROM customers_testaccount")
    own.database.like("customers_testaccount", known, username="long", password="long", customer_id=customer)
    return "long"


def all_of_json(flow: Flow, tokens: dict[str, str]) -> str:
    address, readings = f"/api/v2/intervals?authorizations={uid_of(tokens)}&limit=1000", 0
    while address:
        page = flow.read(tokens["access_token"], address).json()
        readings += sum(len(interval["readings"]) for interval in page["intervals"])
        address = page["next"]
    bills = flow.read(tokens["access_token"], f"/api/v2/bills?authorizations={uid_of(tokens)}").json()["bills"]
    return f"{readings:,} readings and {len(bills)} bills"


def all_of_espi(flow: Flow, tokens: dict[str, str]) -> str:
    feed = flow.read(tokens["access_token"], tokens["resourceURI"], headers={"Accept-Encoding": "gzip"}).content
    assert feed.rstrip().endswith(b"</feed>")
    return f"{feed.count(b'<IntervalReading>'):,} readings and {feed.count(b'</UsageSummary>')} bills"


def stop(own: server.Own, flow: Flow, client: Client) -> None:
    workers = [flow.at(own.beside(f"worker {number}").base) for number in range(2)]
    place, times = seat(flow, client, flow.target.customers[0]), []
    began = time.perf_counter()
    for _ in range(STOPS):
        tokens = one_flow(place, client.client_id)
        bearer = tokens["access_token"]
        assert all(worker.read(bearer).status_code == 200 for worker in workers)
        started = time.perf_counter()
        ended = flow.read(client.api_token, f"/api/v2/authorizations/{uid_of(tokens)}/revoke", method="POST")
        assert ended.status_code == 200, ended.text
        while {worker.read(bearer).status_code for worker in workers} != {401}:
            pass
        times.append(time.perf_counter() - started)
    worst = sorted(times)
    print(f"stop to refusal, two workers  {STOPS:,} times: median {statistics.median(times) * 1000:.0f} ms,", end=" ")
    print(f"p99 {worst[int(STOPS * 0.99)] * 1000:.0f} ms, longest {worst[-1] * 1000:.0f} ms", end=" ")
    print(f"({time.perf_counter() - began:.0f} s in all)")


def query(flow: Flow, client: Client) -> str:
    """A right request, without a test account named: the customer chooses one on the sign-in page."""
    return urlencode(flow.question(client, Proof(), scope="FB=4_16_51"))


MEASURES: dict[str, Callable[[server.Own, Flow, Client], None]] = {"walk": walk, "data": data, "stop": stop}

if __name__ == "__main__":
    main()
