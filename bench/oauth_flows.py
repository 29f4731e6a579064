"""Full code flows a second: authorize GET, form POST, the way back, token POST; 6 clients on 2 server processes.

    make bench, or: PYTHONPATH=tests python bench/oauth_flows.py

The server is started as it is run (`wattkeeper serve --workers 2`), on SQLite, or on PostgreSQL where
WATTKEEPER_DATABASE_URL names an empty database's server. Each client is a browser of its own, signed in once, which
shares with one third party after the other, and then again with each: the first time it is a new authorization, the
second time it takes what is asked for now. The third party redeems every code. Every flow has a connection of its own,
as every customer would, and the third party another. Clients and server share the machine.
The ratio is to the server's ReadServiceStatus, asked by the same clients in the same run.
"""

import json
import re
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from blackbox.conformance import server
from blackbox.conformance.database import Database
from blackbox.conformance.flow import Flow, Proof
from blackbox.conformance.target import Client

CLIENTS, FLOWS, CHECKS = 6, 150, 300
CUSTOMERS = 2
STATUS = "/DataCustodian/espi/1_1/resource/ReadServiceStatus"


@dataclass(frozen=True)
class Seat:
    """What one client begins with: its browser's cookies, the fields of the form as shown, what it asks, its keys."""

    base: str
    cookies: str
    fields: list[tuple[str, str]]
    question: dict[str, str]
    proof: Proof
    third_parties: list[str]
    secret: str
    token: str


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = server.start(Path(folder), log_level="WARNING")
        try:
            measure(own)
        finally:
            own.stop()


def measure(own: server.Own) -> None:
    target = server.described(own)
    flow, client = Flow(target), target.clients["sunny"]
    seats = [seat(flow, client, target.customers[number % CUSTOMERS]) for number in range(CLIENTS)]
    parties = third_parties(own.database, client, FLOWS * CLIENTS // CUSTOMERS)
    for number, one in enumerate(seats):
        one.third_parties[:] = parties[number // CUSTOMERS :: CLIENTS // CUSTOMERS]
    print(f"database              {'SQLite' if own.database.is_sqlite else 'PostgreSQL'}")
    with ProcessPoolExecutor(CLIENTS) as pool:
        checks, check_wall = together(pool, ask_status, seats)
        reference = len(checks) / check_wall
        print(f"ReadServiceStatus     {reference:.0f} a second")
        for what in ("new consents", "consents changed"):
            flows, wall = together(pool, go, seats)
            rate, ordered = len(flows) / wall, sorted(flows)
            print(f"{what:<21} {rate:.1f} whole flows a second: each as much as {reference / rate:.1f} of the former;")
            print(f"{'':<21} p50 {statistics.median(flows) * 1000:.0f} ms,", end=" ")
            print(f"p99 {ordered[int(len(ordered) * 0.99)] * 1000:.0f} ms, the slowest {ordered[-1] * 1000:.0f} ms")


def third_parties(database: Database, client: Client, many: int) -> list[str]:
    """Client ids of companies like this client's, with the same secret."""
    wanted = "SELECT id, company_id FROM companies_registration WHERE client_id = %s"
    ((key, company),) = database.run(wanted, client.client_id)
    made = [f"EPE_bench{number:04}" for number in range(many)]
    for client_id in made:
        owner = database.like("companies_company", company, uid=database.new_id())
        database.like("companies_registration", key, uid=database.new_id(), client_id=client_id, company_id=owner)
    for table in ("companies_clientsecret", "companies_scopeofuse"):
        own = ", ".join(f'"{name}"' for name in database.columns(table) if name not in {"id", "registration_id"})
        database.run(
            f"INSERT INTO {table} (registration_id, {own}) SELECT made.id, {own} FROM {table},"
            " (SELECT id FROM companies_registration WHERE client_id LIKE %s) AS made WHERE registration_id = %s",
            "EPE_bench%",
            key,
        )
    return made


def together(
    pool: ProcessPoolExecutor, run: Callable[[Seat], list[float]], seats: list[Seat]
) -> tuple[list[float], float]:
    """Seconds of every single one, and of all together."""
    started = time.perf_counter()
    found = [seconds for times in pool.map(run, seats) for seconds in times]
    return found, time.perf_counter() - started


def seat(flow: Flow, client: Client, customer: str) -> Seat:
    """A browser that has signed in and seen the form once, and a token that came of it."""
    proof = Proof()
    walker = flow.open(client, customer, proof)
    form = next(form for form in walker.page.forms if form.method == "POST" and form.xpath(".//button[@value='share']"))
    # Not `seen`: what is shared already stands in it too, and that changes.
    fields = [(name, value) for name, value in form.form_values() if name != "seen"] + [("answer", "share")]
    tokens = flow.redeem(client, flow.came(walker.press("share"), proof)).json()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in walker.session.cookies)
    question = flow.question(client, proof, scope="FB=1_3_4_5_13_15_16_31_37_51")
    access = tokens["access_token"]
    return Seat(flow.base, cookies, fields, question, proof, [client.client_id], client.client_secret, access)


def go(seat: Seat) -> list[float]:
    """Flows one after the other; how long each took in seconds."""
    return [timed(partial(one_flow, seat, party)) for party in seat.third_parties]


def one_flow(seat: Seat, client_id: str) -> dict[str, str]:
    """What the token endpoint answers in the end."""
    with closing(connection(seat)) as browser, closing(connection(seat)) as third_party:
        code = consent(browser, seat, client_id)
        return redeem(third_party, seat, client_id, code)


def consent(line: HTTPConnection, seat: Seat, client_id: str) -> str:
    """The code that the browser takes back."""
    kept = {"Cookie": seat.cookies}
    address = f"/DataCustodian/epe/oauth/authorize?{urlencode(seat.question | {'client_id': client_id})}"
    page = ask(line, "GET", address, kept)[1]
    form = urlencode(seat.fields)
    posted = kept | {"Content-Type": "application/x-www-form-urlencoded", "Origin": seat.base}
    address = ask(line, "POST", f"{page}/form", posted, form)[1]
    while address.startswith("/"):
        address = ask(line, "GET", address, kept)[1]
    return parse_qs(urlsplit(address).query)["code"][0]


def redeem(line: HTTPConnection, seat: Seat, client_id: str, code: str) -> dict[str, str]:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": seat.question["redirect_uri"],
        "code_verifier": seat.proof.verifier,
    }
    basic = b64encode(f"{client_id}:{seat.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", "/DataCustodian/epe/oauth/token", urlencode(body), headers)
    response = line.getresponse()
    tokens: dict[str, str] = json.loads(response.read())
    assert response.status == 200, tokens
    return tokens


def ask_status(seat: Seat) -> list[float]:
    line, headers = connection(seat), {"Authorization": f"Bearer {seat.token}"}
    return [timed(lambda: ask(line, "GET", STATUS, headers)) for _ in range(CHECKS)]


def ask(
    line: HTTPConnection, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, str]:
    """Status, and where the answer sends the browser."""
    line.request(method, path, body, headers)
    response = line.getresponse()
    said = response.read()
    assert response.status < 400, f"{response.status} {path}: {re.sub(rb'<[^>]*>', b' ', said)[:500]!r}"
    return response.status, response.headers.get("Location", "")


def connection(seat: Seat) -> HTTPConnection:
    place = urlsplit(seat.base)
    assert place.hostname is not None
    return HTTPConnection(place.hostname, place.port, timeout=30)


def timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
