"""How a batch is put together and sent: order, links, ids, compression, what it costs, and how it is cut short."""

import gzip
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import cast
from greenbutton import reader
from greenbutton.reader import ATOM, ESPI, FIRST, Home, body, entries, get, ids, links, local, numbers
from wattkeeper.authorizations.access import Caller, TokenClass
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.common import clock
from wattkeeper.customers.models import Occupancy
from wattkeeper.greenbutton import resources
from wattkeeper.greenbutton.asking import Ask
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.readings.store import ReadingType

pytestmark = pytest.mark.django_db
EXPORT = ReadingType(flow_direction=19, uom=72, interval_length=900)


@pytest.fixture
def home() -> Home:
    return reader.home()


def kinds(path: str, token: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries(reader.read(path, token))]


def test_order_describes_before_it_tells(home: Home) -> None:
    cast.fill(home.service, FIRST, FIRST + timedelta(days=1), EXPORT)
    stream = ["MeterReading", "ReadingType"]
    expected = ["UsagePoint", "LocalTimeParameters", *stream, *["IntervalBlock"] * 35, *stream, "IntervalBlock"]
    assert kinds(home.batch, home.token) == [*expected, "UsageSummary", "UsageSummary"]


def test_values_come_back_exactly_over_the_change_of_clocks(home: Home) -> None:
    blocks = entries(reader.read(home.batch, home.token), "IntervalBlock")
    counts = [len(numbers(block, "IntervalBlock/IntervalReading/value")) for block in blocks]
    assert counts[:10] == [96] * 9 + [92]
    assert all(
        numbers(block, "IntervalBlock/IntervalReading/value") == list(range(1, count + 1))
        for block, count in zip(blocks, counts, strict=True)
    )


def test_atom_is_the_default_namespace_and_espi_that_of_the_content(home: Home) -> None:
    content = body(get(home.batch, home.token))
    assert b"atom:" not in content
    assert b"espi:" not in content
    assert b'<UsagePoint xmlns="http://naesb.org/espi">' in content
    assert content.endswith(b"</feed>\n")


def test_links_stand_together_with_their_types_and_are_absolute(home: Home) -> None:
    for entry in entries(reader.read(home.batch, home.token)):
        places = [place for place, child in enumerate(entry) if child.tag == f"{ATOM}link"]
        assert len(places) >= 2
        assert places == list(range(places[0], places[-1] + 1))
        for link in entry.findall(f"{ATOM}link"):
            assert (link.get("type") or "").startswith(("espi-entry/", "espi-feed/"))
            assert (link.get("href") or "").startswith("http://localhost:8000/DataCustodian/espi/1_1/resource/")


def test_every_link_leads_somewhere_and_self_to_the_same_entry(home: Home) -> None:
    for entry in entries(reader.read(home.batch, home.token)):
        for rel in ("up", "related"):
            assert all(get(local(href), home.token).status_code == 200 for href in links(entry, rel))
        (own,) = links(entry, "self")
        assert own.startswith(links(entry, "up")[0] + "/")
        assert reader.read(local(own), home.token).findtext(f"{ATOM}id") == entry.findtext(f"{ATOM}id")


def test_fdftp001_ids_stay_the_same_when_data_grows(home: Home) -> None:
    before = list(ids(reader.read(home.batch, home.token)))
    cast.fill(home.service, reader.END, reader.END + timedelta(days=3))
    after = list(ids(reader.read(home.batch, home.token)))
    assert set(before) < set(after)
    assert len(after) == len(before) + 3


def test_two_grants_on_one_home_share_no_id(home: Home) -> None:
    grant = cast.authorize(cast.third_party("Rival"), home.service, history_start=reader.LONG_AGO)
    theirs = reader.read(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant))
    assert not set(ids(theirs)) & set(ids(reader.read(home.batch, home.token)))


def test_tc010_nothing_personal_stands_in_the_feed(home: Home) -> None:
    content = body(get(home.batch, home.token)).decode()
    account = home.service.occupancies.get().account
    for secret in (
        "Heather", home.service.street, home.service.identifier, home.service.meter_number, account.number, "EPE",
    ):  # fmt: skip
        assert secret not in content


def test_only_the_shared_classes_of_data_come() -> None:
    bills = reader.home(shares_intervals=False)
    assert set(kinds(bills.batch, bills.token)) == {"UsagePoint", "LocalTimeParameters", "UsageSummary"}
    assert get(bills.path("/MeterReading"), bills.token).status_code == 200
    assert kinds(bills.path("/MeterReading"), bills.token) == []
    intervals = reader.home(cast.third_party("Rival"), "Oscar Other", shares_bills=False)
    assert "UsageSummary" not in kinds(intervals.batch, intervals.token)
    assert kinds(intervals.path("/UsageSummary"), intervals.token) == []


def test_a_stream_from_before_the_customer_moved_in_is_not_shown(home: Home) -> None:
    cast.fill(home.service, FIRST, FIRST + timedelta(days=3), EXPORT)
    Occupancy.objects.filter(service=home.service).update(start=FIRST + timedelta(days=10))
    assert kinds(home.batch, home.token).count("MeterReading") == 1
    assert kinds(home.path("/MeterReading"), home.token) == ["MeterReading"]
    assert kinds("/ReadingType", home.token) == ["ReadingType"]


def test_all_meters_of_an_authorization_come_in_one_feed(home: Home) -> None:
    second = cast.customer("Heather Second")
    Occupancy.objects.filter(service=second).update(account=home.service.occupancies.get().account)
    cast.fill(second, FIRST, FIRST + timedelta(days=2))
    grant = cast.authorize(home.party, home.service, second, history_start=reader.LONG_AGO)
    feed = reader.read(f"/Batch/Subscription/{grant.uid}", cast.access_token(grant))
    assert len(entries(feed, "UsagePoint")) == len(entries(feed, "MeterReading")) == 2
    assert len(set(ids(feed))) == len(entries(feed)) + 1


def test_gzip_where_it_is_taken(home: Home) -> None:
    plain = get(home.batch, home.token, accept_encoding="gzip;q=0, identity")
    packed = get(home.batch, home.token, accept_encoding="br, gzip;q=0.5")
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain["Vary"]
    entries_of = [content.partition(b"<entry>")[2] for content in (gzip.decompress(body(packed)), body(plain))]
    assert entries_of[0] == entries_of[1]


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/html, */*;q=0.1", "application/atom+xml;type=feed", "text/xml", "application/*"]
)
def test_accept_headers_that_are_served(home: Home, accept: str) -> None:
    assert get(home.batch, home.token, accept=accept)["Content-Type"] == "application/atom+xml"


@pytest.mark.parametrize("accept", ["application/json", "text/html", "application/atom+xml;q=0"])
def test_accept_headers_that_rule_xml_out_406(home: Home, accept: str) -> None:
    response = get(home.batch, home.token, accept=accept)
    assert (response.status_code, response.json()["error"]) == (406, "not_acceptable")


def test_head_says_what_get_would_without_the_body(home: Home) -> None:
    for path in (home.batch, home.path()):
        response = Client().head(reader.ROOT + path, headers=cast.bearer(home.token))
        assert (response.status_code, body(response)) == (200, b"")
        assert response["Content-Type"] == "application/atom+xml"


def test_service_status_is_bare(home: Home) -> None:
    document = reader.read("/ReadServiceStatus", home.token)
    assert document.tag == f"{ESPI}ServiceStatus"
    assert document.findtext(f"{ESPI}currentStatus") == "1"


def test_a_batch_is_sent_in_chunks_as_it_is_made(home: Home) -> None:
    response = get(home.batch, home.token)
    sizes = [len(chunk) for chunk in response.streaming_content]
    assert len(sizes) > 4
    assert all(64 * 1024 <= size < 96 * 1024 for size in sizes[:-1])


def test_a_grant_that_ends_breaks_the_download_off(home: Home) -> None:
    cast.fill(home.service, date(2025, 9, 1), FIRST)
    response = get(home.batch, home.token)
    chunks = iter(response.streaming_content)
    received = [next(chunks)]
    home.grant.revoked = clock.now()
    home.grant.save()
    with pytest.raises(GrantEndedError):
        received.extend(chunks)
    assert b"</feed>" not in b"".join(received)
    assert b"".join(received).count(b"<title>IntervalBlock</title>") <= 2 * 31


def test_a_grant_that_ends_before_the_bills_keeps_them_back(home: Home) -> None:
    caller = Caller(TokenClass.ACCESS, home.party.company, home.party.registration, home.grant)
    ask = Ask(caller, home.token, Query(), Look(caller, "espi", "batch"))
    entries = iter(resources.batch(ask, home.grant.uid).entries)
    described_and_read = [next(entries) for _ in range(4 + 35)]
    assert b"<IntervalBlock" in described_and_read[-1]
    home.grant.revoked = clock.now()
    home.grant.save()
    with pytest.raises(GrantEndedError):
        next(entries)


def queries(path: str, token: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        body(get(path, token))
    return len(seen)


def test_what_a_batch_costs(home: Home) -> None:
    """Token, windows (2), the audit trail, channels, bills, power; then pages of 32 and 512 days, and the grant for
    each month and for the bills."""
    assert queries(home.batch, home.token) == 7 + 2 + 3 + 1
    assert queries(home.batch, home.party.api_token) == 7 + 2 + 3 + 1
    cast.fill(home.service, date(2025, 11, 1), FIRST)
    assert queries(home.batch, home.token) == 7 + 2 + 6 + 1


def test_what_lists_cost(home: Home) -> None:
    for _ in range(3):
        cast.authorize(home.party, home.service, revoked=clock.now())
        cast.authorize(home.party, home.service, history_start=reader.LONG_AGO)
    assert queries("/Authorization", cast.client_token(home.party)) == 3
    assert queries(f"/Subscription/{home.grant.uid}/UsagePoint", home.token) == 4
    assert queries(home.path("/MeterReading"), home.token) == 5
    assert len(kinds("/ReadingType", home.party.api_token)) == 4
    assert queries("/ReadingType", home.party.api_token) == 5
    assert queries(home.people, home.token) == 6
