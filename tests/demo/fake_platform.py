"""A small platform that speaks the shapes of the real one on a loopback port: one home, 34 days of quarter-hours.

It writes down what it was asked, so that tests can see what a third party sends. The value of a reading is the number
of its slot within the local day plus one, in Wh; 2026-11-10 lacks its 5 to 10 o'clock, and one reading of the 12th is
an estimate. 2026-11-01 has 25 hours.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Denver")
FIRST, END = date(2026, 10, 20), date(2026, 11, 23)
ACCESS, FRESH, REFRESH = "a" * 64, "b" * 64, "c" * 64
AUTHORIZATION, METER = "5f0a1c52-0000-4000-8000-000000000001", "5f0a1c52-0000-4000-8000-000000000002"
GAP_DAY, ESTIMATE_DAY = date(2026, 11, 10), date(2026, 11, 12)


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Platform:
    """What it answers can be changed: `broken` maps a path to (status, type, body)."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    broken: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    scope: str = "FB=1_3_4_5_13_15_16_31_37_51;HistoryLength=63072000;AccountCollection=1"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def last(self, path_end: str) -> Asked:
        return next(asked for asked in reversed(self.asked) if asked.path.endswith(path_end))

    @property
    def resources(self) -> str:
        return f"{self.url}/DataCustodian/espi/1_1/resource"

    def token(self, access: str) -> dict[str, object]:
        return {
            "token_type": "Bearer",
            "access_token": access,
            "refresh_token": REFRESH,
            "expires_in": 3600,
            "scope": self.scope,
            "resourceURI": f"{self.resources}/Batch/Subscription/{AUTHORIZATION}",
            "customerResourceURI": f"{self.resources}/Batch/RetailCustomer/{AUTHORIZATION}",
            "authorizationURI": f"{self.resources}/Authorization/{AUTHORIZATION}",
        }


@contextmanager
def running() -> Iterator[Platform]:
    platform = Platform()
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: Handler(platform, *arguments))
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, platform: Platform, *arguments: object) -> None:
        self.platform = platform
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._handle("")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def _handle(self, body: str) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), dict(parse_qsl(body))
        )
        self.platform.asked.append(asked)
        status, kind, answer = self.platform.broken.get(parts.path) or respond(self.platform, asked)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def respond(platform: Platform, asked: Asked) -> tuple[int, str, bytes]:
    if asked.path == "/DataCustodian/epe/oauth/token":
        return answer_json(platform.token(FRESH if asked.form["grant_type"] == "refresh_token" else ACCESS))
    if asked.headers.get("Authorization") not in {f"Bearer {ACCESS}", f"Bearer {FRESH}"}:
        return answer_json({"error": "invalid_token", "error_description": "No.", "url": None}, 401)
    if asked.path.startswith("/api/v2/"):
        return respond_json(asked)
    subscription = f"{platform.resources}/Subscription/{AUTHORIZATION}"
    path = platform.url + asked.path
    if path == f"{subscription}/UsagePoint":
        return atom(usage_point(platform))
    if path == f"{platform.resources}/LocalTimeParameters/T":
        return atom(local_time(platform))
    if path == f"{platform.resources}/Batch/Subscription/{AUTHORIZATION}":
        low, high = (datetime.fromisoformat(asked.query[f"published-{end}"]) for end in ("min", "max"))
        blocks = [block(platform, day) for day in days() if low <= midnight(day) < high]
        return atom(usage_point(platform), local_time(platform), *reading(platform), *blocks)
    return answer_json({"error": "not_found", "error_description": "Nothing here.", "url": None}, 404)


def respond_json(asked: Asked) -> tuple[int, str, bytes]:
    if asked.path == f"/api/v2/authorizations/{AUTHORIZATION}":
        return answer_json({"uid": AUTHORIZATION, "meters": {"meters": [meter()], "next": None}})
    if asked.path == "/api/v2/bills":
        return answer_json({"bills": [bill()], "next": None})
    low, high = datetime.fromisoformat(asked.query["start"]), datetime.fromisoformat(asked.query["end"])
    chunks = [interval(day) for day in days() if low <= midnight(day) < high]
    if "after" in asked.query or not chunks:
        return answer_json({"intervals": chunks[1:], "next": None})
    rest = f"http://{asked.headers['Host']}/api/v2/intervals?{'&'.join(f'{k}={v}' for k, v in asked.query.items())}"
    return answer_json({"intervals": chunks[:1], "next": f"{rest}&after=1"})


def answer_json(value: object, status: int = 200) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(value).encode()


def meter() -> dict[str, object]:
    return {
        "uid": METER,
        "blocks": ["base"],
        "base": {
            "service_address": "1234 Main Ave, El Paso TX",
            "service_tariff": "Residential",
            "meter_numbers": ["M3"],
        },
        "interval_coverage": [[midnight(FIRST).isoformat(), midnight(END).isoformat()]],
    }


def bill() -> dict[str, object]:
    return {
        "uid": "b1",
        "blocks": ["base", "line_items"],
        "base": {
            "bill_start_date": "2026-10-20T00:00:00-06:00",
            "bill_end_date": "2026-11-19T00:00:00-07:00",
            "bill_total_cost": 84.1,
            "bill_total_volume": 612.5,
            "bill_total_unit": "kwh",
        },
        "line_items": [{"name": "Customer charge", "cost": 9.25}, {"name": "Energy", "cost": 74.85}],
    }


def days() -> Iterator[date]:
    yield from (FIRST + timedelta(days=number) for number in range((END - FIRST).days))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def slots(day: date) -> Iterator[tuple[int, int]]:
    """(start in epoch seconds, Wh) of every reading there is."""
    start, end = (int(midnight(at).timestamp()) for at in (day, day + timedelta(days=1)))
    for number, moment in enumerate(range(start, end, 900)):
        if not (day == GAP_DAY and 20 <= number < 40):
            yield moment, number + 1


def interval(day: date) -> dict[str, object]:
    readings = [
        {
            "start": datetime.fromtimestamp(start, ZONE).isoformat(),
            "end": datetime.fromtimestamp(start + 900, ZONE).isoformat(),
            "kwh": value / 1000,
            "datapoints": [{"type": "fwd", "unit": "kwh", "value": value / 1000}],
        }
        for start, value in slots(day)
    ]
    return {"uid": f"{METER}-{day}", "meter_uid": METER, "blocks": ["readings"], "readings": readings[::-1]}


def atom(*entries: str) -> tuple[int, str, bytes]:
    feed = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'
    return 200, "application/atom+xml", feed.encode()


def entry(name: str, links: dict[str, str], content: str) -> str:
    written = "".join(
        f'<link rel="{rel.partition(" ")[0]}" href="{href}" type="espi-entry/{rel.partition(" ")[2] or name}"/>'
        for rel, href in links.items()
    )
    inside = f'<{name} xmlns="http://naesb.org/espi">{content}</{name}>'
    return f'<entry>{written}<content type="application/xml">{inside}</content></entry>'


def usage_point(platform: Platform) -> str:
    up = f"{platform.resources}/Subscription/{AUTHORIZATION}/UsagePoint"
    links = {
        "self": f"{up}/{METER}",
        "up": up,
        "related LocalTimeParameters": f"{platform.resources}/LocalTimeParameters/T",
    }
    return entry("UsagePoint", links, "<ServiceCategory><kind>0</kind></ServiceCategory>")


def local_time(platform: Platform) -> str:
    links = {"self": f"{platform.resources}/LocalTimeParameters/T", "up": f"{platform.resources}/LocalTimeParameters"}
    content = (
        "<dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset>"
        "<dstStartRule>360E2000</dstStartRule><tzOffset>-25200</tzOffset>"
    )
    return entry("LocalTimeParameters", links, content)


def reading(platform: Platform) -> Iterator[str]:
    up = f"{platform.resources}/Subscription/{AUTHORIZATION}/UsagePoint/{METER}/MeterReading"
    for name, uom, flow in (("Q", 73, 19), ("R", 72, 1)):
        kind = f"{platform.resources}/ReadingType/{name}"
        yield entry("MeterReading", {"self": f"{up}/{name}", "up": up, "related ReadingType": kind}, "")
        content = (
            f"<flowDirection>{flow}</flowDirection><intervalLength>900</intervalLength>"
            f"<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>{uom}</uom>"
        )
        yield entry("ReadingType", {"self": kind, "up": f"{platform.resources}/ReadingType"}, content)


def block(platform: Platform, day: date) -> str:
    up = f"{platform.resources}/Subscription/{AUTHORIZATION}/UsagePoint/{METER}/MeterReading/R/IntervalBlock"
    readings = [
        f"<IntervalReading><timePeriod><duration>900</duration><start>{start}</start></timePeriod><value>{value}</value>"
        f"{'<ReadingQuality><quality>8</quality></ReadingQuality>' if (day, value) == (ESTIMATE_DAY, 30) else ''}"
        f"</IntervalReading>"
        for start, value in slots(day)
    ]
    return entry("IntervalBlock", {"self": f"{up}/{day}", "up": up}, "".join(readings))
