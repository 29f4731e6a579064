"""Over random grants and random requests: all that was asked for and lies inside comes out, and nothing else, ever.

Through both APIs, in every format, page by page, by names of one's own and of others'.
"""

import gzip
from collections import Counter
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from lxml import etree

import cast
from api.reader import body as body_of
from authorizations import scene as scenes
from authorizations.asks import ALL, EspiAsk, JsonAsk, espi_asks, json_asks
from authorizations.scene import Scene, State, Stored, Token
from greenbutton import reader
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Token as TokenRow
from wattkeeper.common import clock, days
from wattkeeper.common.ids import stable_uid

BLOCKS = {"intervals": 4, "bills": 16, "account": 51}
POINTS = {("fwd", "kwh"): 3, ("rev", "kvarh"): 3, ("fwd", "therms"): 0, ("register", "ccf"): 2}
"""Each channel as the JSON API describes it, and the power of ten of its values."""


class NothingOutside(TestCase):
    scene: ClassVar[Scene]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.scene = scenes.build()

    def secret(self, token: Token) -> str:
        if token.grant is None:
            return self.scene.parties[token.party].api_token
        grant = self.scene.grants[token.grant]
        scope = f"FB=1_{'_'.join(str(BLOCKS[kind]) for kind in sorted(token.kinds, key=BLOCKS.__getitem__))}"
        return tokens.issue(TokenRow.Kind.ACCESS, grant.registration, authorization=grant, scope=scope)

    def meter(self, number: int) -> UUID:
        return list(self.scene.meters)[number] if number < len(self.scene.meters) else uuid4()

    def grant(self, number: int) -> UUID:
        return self.scene.grants[number].uid if number < len(self.scene.grants) else uuid4()

    def get(self, path: str, secret: str, **headers: str) -> Any:
        return Client().get(path, headers=cast.bearer(secret) | headers)

    # -- JSON: bills and intervals

    @settings(max_examples=60)
    @given(st.lists(json_asks(), min_size=3, max_size=6), scenes.states)
    def test_json(self, asks: list[JsonAsk], state: State) -> None:
        self.scene.put(state)
        for ask in asks:
            self.check_json(ask.token, ask)

    def check_json(self, token: Token, ask: JsonAsk) -> None:
        query: dict[str, Any] = {"order": "latest_first" if ask.latest_first else "earliest_first"}
        named = set(self.scene.meters)
        if ask.meters is not None:
            uids = [self.meter(number) for number in ask.meters]
            query["meters"], named = ",".join(map(str, uids)), named & set(uids)
        if ask.grants is not None:
            query["authorizations"] = ",".join(str(self.grant(number)) for number in ask.grants)
            named = {uid for uid in named if self.scene.meters[uid][0] in ask.grants}
        query |= {name: _text(end) for name, end in (("start", ask.start), ("end", ask.end)) if end is not None}
        query |= {"limit": ask.limit} if ask.limit else {}
        meters = [uid for uid in self.scene.opened(token) if uid in named]
        secret, path = self.secret(token), f"/api/v2/{ask.kind}?{urlencode(query)}"
        if not self.scene.is_let_in(token) or not meters:
            expected = 401 if not self.scene.is_let_in(token) else 404
            assert self.get(path, secret).status_code == expected
            return
        expected_rows = Counter(
            (uid, row) for uid in meters for row in self.scene.seen(token, uid, ask.kind) if ask.wants(row)
        )
        assert Counter(self.json_rows(path, secret, ask)) == expected_rows

    def json_rows(self, path: str | None, secret: str, ask: JsonAsk) -> list[tuple[UUID, Stored]]:
        """Everything on all pages, as what was stored."""
        found = []
        while path:
            response = self.get(path, secret)
            assert response.status_code == 200
            page = body_of(response)
            assert len(page[ask.kind]) <= (ask.limit or 1000)
            for item in page[ask.kind]:
                uid = UUID(item["meter_uid"])
                assert UUID(item["authorization_uid"]) == self.scene.grants[self.scene.meters[uid][0]].uid
                found += [(uid, row) for row in (self.of_interval if ask.kind == "intervals" else self.of_bill)(item)]
            path = page["next"] and page["next"].removeprefix("http://localhost:8000")
        return found

    def of_interval(self, item: Any) -> list[Stored]:
        rows = []
        for reading in item["readings"]:
            values = [
                round(point["value"] * 10 ** POINTS[point["type"], point["unit"]]) for point in reading["datapoints"]
            ]
            assert reading["kwh"] is None or round(reading["kwh"] * 1000) in values
            rows += [self.stored(value, _epoch(reading["start"]), _epoch(reading["end"])) for value in values]
        return rows

    def of_bill(self, item: Any) -> list[Stored]:
        base = item["base"]
        cost = round(base["bill_total_cost"] * 100_000)
        found = self.scene.bills[cost]
        assert (_epoch(base["bill_start_date"]), _epoch(base["bill_end_date"])) == (found.start, found.end)
        return [found]

    def stored(self, value: int, start: int, end: int) -> Stored:
        """The reading of a value, which no other has."""
        found = self.scene.readings[value]
        assert (found.start, found.end) == (start, end)
        return found

    # -- JSON: what lists tell of the data

    @settings(max_examples=60)
    @given(st.lists(scenes.tokens_of(ALL), min_size=3, max_size=5), scenes.states)
    def test_lists(self, some: list[Token], state: State) -> None:
        self.scene.put(state)
        for token in some:
            self.check_lists(token)

    def check_lists(self, token: Token) -> None:
        secret = self.secret(token)
        if not self.scene.is_let_in(token):
            assert self.get("/api/v2/meters", secret).status_code == 401
            return
        meters = body_of(self.get("/api/v2/meters", secret))["meters"]
        nested = body_of(self.get("/api/v2/authorizations?include=meters", secret))["authorizations"]
        by_uid = {row["uid"]: row for row in meters}
        assert by_uid == {row["uid"]: row for grant in nested for row in grant["meters"]["meters"]}
        assert {UUID(uid) for uid in by_uid} == set(self.scene.opened(token))
        for uid, row in by_uid.items():
            readings = self.scene.seen(token, UUID(uid), "intervals")
            bills = self.scene.seen(token, UUID(uid), "bills")
            assert row["interval_count"] == len({(one.start, one.end) for one in readings})
            assert _spans(row["interval_coverage"]) == scenes.spans(readings)
            assert row["bill_count"] == len(bills)
            assert bool(row["bill_coverage"]) is bool(bills)
            assert {end for span in _spans(row["bill_coverage"]) for end in span} <= {
                end for bill in bills for end in (bill.start, bill.end)
            }
            self.check_account(token, UUID(uid), row["base"])

    def check_account(self, token: Token, meter: UUID, base: Any) -> None:
        owner = scenes.OWNERS[self.scene.meters[meter][0]]
        own = {self.scene.accounts[who].number for who in (("oscar",) if owner == "oscar" else ("first", "second"))}
        is_told = "account" in self.scene.kinds(token, meter)
        assert bool(base["service_address"]) is bool(base["meter_numbers"]) is is_told
        assert base["billing_account"] in (own | {None} if is_told else {None})

    # -- Green Button

    @settings(max_examples=60)
    @given(st.lists(espi_asks(), min_size=2, max_size=5), scenes.states)
    def test_green_button(self, asks: list[EspiAsk], state: State) -> None:
        self.scene.put(state)
        for ask in asks:
            self.check_feed(ask.token, ask)

    def check_feed(self, token: Token, ask: EspiAsk) -> None:
        secret, meter = self.secret(token), self.meter(ask.meter)
        of_one = ask.path not in {"batch", "batch-points"}
        meters = [
            uid
            for uid in self.scene.opened(token)
            if self.scene.meters[uid][0] == ask.grant and (not of_one or uid == meter)
        ]
        channels = sorted({row.channel for row in self.scene.readings.values()})
        channel = channels[2 * self.scene.meters[meter][1] + ask.stream] if meter in self.scene.meters else 0
        path = self.path(ask, meter, channel)
        seen = {uid: self.scene.seen(token, uid, "intervals") for uid in meters}
        is_stream = ask.path == "blocks"
        if is_stream:
            seen = {uid: [row for row in rows if row.channel == channel] for uid, rows in seen.items()}
        if not self.scene.is_let_in(token) or not meters or (is_stream and not seen[meter]):
            expected = 401 if not self.scene.is_let_in(token) else 404
            assert self.get(path, secret).status_code == expected
            return
        entries = self.entries(path, secret, ask)
        streams = {stable_uid(uid, "reading", row.channel): (uid, row.channel) for uid in seen for row in seen[uid]}
        blocks = [block for uid in meters for block in _blocks(uid, seen[uid], ask)]
        if ask.path == "readings":
            assert _names(entries, "MeterReading") == Counter(streams.keys())
            return
        has_bills, has_readings = ask.path not in {"blocks", "readings"}, ask.path != "summaries"
        assert self.readings_in(entries, streams) == Counter(blocks if has_readings else [])
        assert Counter(self.bills_in(entries)) == Counter(
            row
            for uid in meters
            for row in self.scene.seen(token, uid, "bills")
            if has_bills and ask.wants(row.start, row.updated)
        )
        if "batch" in ask.path:
            assert _names(entries, "UsagePoint") == Counter(meters)
            told = Counter(stable_uid(uid, "reading", row.channel) for uid, row in {(u, r) for u, r in blocks})
            assert set(_names(entries, "MeterReading")) == set(told)

    @settings(max_examples=60)
    @given(st.lists(scenes.tokens_of(ALL), min_size=3, max_size=5), scenes.states)
    def test_customers(self, some: list[Token], state: State) -> None:
        self.scene.put(state)
        for token in some:
            for number, grant in enumerate(self.scene.grants):
                self.check_customer(token, number, f"{reader.ROOT}/Batch/RetailCustomer/{grant.uid}")

    def check_customer(self, token: Token, number: int, path: str) -> None:
        """Who had a service is told of by it; what is there now, by who has it now."""
        owner, today = scenes.OWNERS[number], days.local_day(clock.epoch(clock.now()), scenes.ZONE)
        meters = {
            uid: self.scene.stays_of(owner, service)
            for uid in self.scene.opened(token)
            for grant, service in [self.scene.meters[uid]]
            if grant == number and "account" in self.scene.kinds(token, uid) and self.scene.stays_of(owner, service)
        }
        response = self.get(path, self.secret(token))
        if not self.scene.is_let_in(token) or not meters:
            assert response.status_code == (401 if not self.scene.is_let_in(token) else 404)
            return
        entries = reader.entries(etree.fromstring(reader.body(response)))
        assert _names(entries, "CustomerAgreement") == Counter(meters.keys())
        own = {self.scene.accounts[stay.who].number for stays in meters.values() for stay in stays}
        assert {text for entry in entries for text in reader.values(entry, "CustomerAccount/accountId")} <= own
        occupied = [uid for uid, stays in meters.items() if any(stay.has(owner, today) for stay in stays)]
        assert sum(_names(entries, "Meter").values()) == len(occupied)

    def path(self, ask: EspiAsk, meter: UUID, channel: int) -> str:
        grant = self.grant(ask.grant)
        point = f"Subscription/{grant}/UsagePoint/{meter}"
        return (
            f"{reader.ROOT}/"
            + {
                "batch": f"Batch/Subscription/{grant}",
                "batch-points": f"Batch/Subscription/{grant}/UsagePoint",
                "batch-point": f"Batch/{point}",
                "blocks": f"{point}/MeterReading/{stable_uid(meter, 'reading', channel)}/IntervalBlock",
                "summaries": f"{point}/UsageSummary",
                "readings": f"{point}/MeterReading",
            }[ask.path]
        )

    def entries(self, path: str, secret: str, ask: EspiAsk) -> list[etree._Element]:
        """The entries of a feed, page by page where pages are asked for."""
        names = ("published-min", "published-max", "updated-min", "updated-max")
        ends = zip(names, (*ask.published, *ask.updated), strict=True)
        query = {name: clock.from_epoch(end).isoformat() for name, end in ends if end is not None}
        found: list[etree._Element] = []
        while True:
            paging = {"start-index": len(found) + 1, "max-results": ask.page} if ask.page else {}
            coding = {"Accept-Encoding": "gzip"} if ask.packed else {}
            response = self.get(f"{path}?{urlencode(query | paging)}", secret, **coding)
            assert response.status_code == 200
            content = reader.body(response)
            page = reader.entries(etree.fromstring(gzip.decompress(content) if ask.packed else content))
            found += page
            if not ask.page or len(page) < ask.page:
                return found

    def readings_in(self, entries: list[etree._Element], streams: dict[UUID, tuple[UUID, int]]) -> Counter[Any]:
        """(meter, reading) of every reading in blocks; a block's `up` says of which stream it is."""
        found: Counter[Any] = Counter()
        for entry in entries:
            block = f"{reader.ATOM}content/{reader.ESPI}IntervalBlock"
            for one in entry.findall(f"{block}/{reader.ESPI}IntervalReading"):
                meter, channel = streams[UUID(reader.links(entry, "up")[0].split("/")[-2])]
                start, length = (int(one.findtext(f"*/{reader.ESPI}{name}") or 0) for name in ("start", "duration"))
                row = self.stored(int(one.findtext(f"{reader.ESPI}value") or 0), start, start + length)
                assert row.channel == channel
                found[meter, row] += 1
        return found

    def bills_in(self, entries: list[etree._Element]) -> list[Stored]:
        summaries = [
            entry for entry in entries if entry.find(f"{reader.ATOM}content/{reader.ESPI}UsageSummary") is not None
        ]
        costs = [reader.numbers(entry, "UsageSummary/billLastPeriod")[0] for entry in summaries]
        return [self.scene.bills[cost] for cost in costs]


def _blocks(meter: UUID, seen: list[Stored], ask: EspiAsk) -> list[tuple[UUID, Stored]]:
    """The readings of the days that are asked for: a day is published at its first reading that may be seen."""
    by_day: dict[tuple[int, date], list[Stored]] = {}
    for row in seen:
        by_day.setdefault((row.channel, row.days[0]), []).append(row)
    admitted = (rows for rows in by_day.values() if ask.wants(min(row.start for row in rows), rows[0].updated))
    return [(meter, row) for rows in admitted for row in rows]


def _names(entries: list[etree._Element], kind: str) -> Counter[UUID]:
    """The ids that the self links of a kind of entry end in."""
    of_kind = (entry for entry in entries if entry.find(f"{reader.ATOM}content/{{*}}{kind}") is not None)
    return Counter(UUID(reader.links(entry, "self")[0].rsplit("/", 1)[1]) for entry in of_kind)


def _text(end: int | date) -> str:
    return end.isoformat() if isinstance(end, date) else clock.from_epoch(end).isoformat()


def _epoch(stamp: str) -> int:
    return clock.epoch(datetime.fromisoformat(stamp))


def _spans(written: list[list[str]]) -> list[tuple[int, int]]:
    return [(_epoch(first), _epoch(last)) for first, last in written]
