"""Function blocks 34, 35, 37, 39, 41 and 44: bulk, query parameters, push, management; and who gets none of it."""

import uuid
from datetime import UTC, datetime

import pytest
from lxml import etree

from blackbox.conformance.flow import Flow
from blackbox.conformance.target import Client
from greenbutton import reader
from greenbutton.certification.cases import case
from greenbutton.certification.conftest import ANOTHER, Granted, at, granted, kinds
from greenbutton.reader import ATOM, entries, links, numbers, values

SHARED = {"ReadingType", "LocalTimeParameters", "Authorization", "ApplicationInformation"}
"""Kinds whose addresses name no subscription."""


def a_month_of(path: str, home: Granted) -> etree._Element:
    """A bulk feed from the last fortnight on, so that it stays small."""
    newest = entries(home.feed, "IntervalBlock")[-14].findtext(f"{ATOM}published") or ""
    return home.read(path, "client", **{"published-min": newest})


@case("SFTP001")
def test_sftp001_no_scope_offers_sftp(heather: Granted) -> None:
    assert "34" not in heather.answer["scope"].partition(";")[0].partition("=")[2].split("_")


@case("RBK001")
def test_rbk001_bulk_holds_what_is_this_clients_and_nothing_else(heather: Granted, oscar: Granted) -> None:
    bulk = heather.client_answer["resourceURI"]
    assert f"BR={bulk.rpartition('/')[2]}" in heather.answer["scope"]
    feed = a_month_of(bulk, heather)
    authorizations = entries(heather.read(at("/Authorization"), "client"))
    roots = tuple(links(entry, "self")[0].replace("/Authorization/", "/Subscription/") for entry in authorizations)
    assert {"UsagePoint", "IntervalBlock", "ReadingType"} <= set(kinds(feed))
    for entry in entries(feed):
        if entry.findtext(f"{ATOM}title") not in SHARED:
            assert links(entry, "self")[0].startswith(roots)
    assert heather.uid in etree.tostring(feed).decode()
    assert oscar.uid not in etree.tostring(feed).decode()


@case("RBK002 RBK003 RBK004")
@pytest.mark.parametrize("token_class", ["access", "registration", ""])
def test_rbk002_rbk003_rbk004_bulk_is_for_client_tokens(heather: Granted, token_class: str) -> None:
    uid = heather.client_answer["resourceURI"].rpartition("/")[2]
    for path in (f"/Batch/Bulk/{uid}", f"/Bulk/{uid}", f"/Batch/BulkRetailCustomerInfo/{uid}"):
        assert heather.status(at(path), token_class) in {401, 403}


@case("RC_FB67")
def test_rc_fb67_customers_in_bulk(heather: Granted, oscar: Granted) -> None:
    uid = heather.client_answer["resourceURI"].rpartition("/")[2]
    feed = heather.read(at(f"/Batch/BulkRetailCustomerInfo/{uid}"), "client")
    told = etree.tostring(feed).decode()
    assert set(reader.ids(heather.people)) - {heather.people.findtext(f"{ATOM}id")} <= set(reader.ids(feed))
    (name,) = values(entries(oscar.people, "Customer")[0], "Customer/customerName")
    assert name not in told


@case("QRY001")
def test_qry001_all_blocks_but_the_first_and_the_last(heather: Granted) -> None:
    whole = links(entries(heather.feed, "MeterReading")[0], "related")[0]
    blocks = entries(heather.read(whole), "IntervalBlock")
    assert len(blocks) >= 3
    second, last_but_one = blocks[1], blocks[-2]
    (start,) = numbers(second, "IntervalBlock/interval/start")
    end = sum(numbers(last_but_one, f"IntervalBlock/interval/{name}")[0] for name in ("start", "duration"))
    window = {"published-min": iso(start), "published-max": iso(end)}
    for address in (whole, heather.answer["resourceURI"]):
        found = entries(heather.read(address, **window), "IntervalBlock")
        assert [links(block, "self") for block in found] == [links(block, "self") for block in blocks[1:-1]]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


TIMES = ("published-min", "published-max", "updated-min", "updated-max")
COUNTS = ("max-results", "start-index", "depth")


@case("QRY002")
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in TIMES for value in ("All", "03/01/2016")] + [(name, "ten") for name in COUNTS],
)
def test_qry002_nonsense_is_refused_by_name(heather: Granted, name: str, value: str) -> None:
    bulk = heather.client_answer["resourceURI"]
    for address, token in (
        (heather.answer["resourceURI"], heather.token),
        (heather.answer["customerResourceURI"], heather.token),
        (bulk, heather.tokens["client"]),
        (at("/Authorization"), heather.tokens["client"]),
    ):
        response = heather.flow.read(token, address, params={name: value})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_param")
        assert name in response.json()["error_description"]


@case("PSH001-PSH004")
def test_psh001_psh004_no_scope_offers_push(flow: Flow, sunny: Client) -> None:
    scope = granted(flow, sunny, ANOTHER, "FB=4_16_39_51").answer["scope"]
    assert not {"39", "69"} & set(scope.partition(";")[0].partition("=")[2].split("_"))


@case("MGA002")
def test_mga002_the_third_party_gives_an_authorization_back(flow: Flow, sunny: Client) -> None:
    held = granted(flow, sunny, ANOTHER)
    where = held.answer["authorizationURI"]
    assert held.status(where, "client", "DELETE") == 200
    assert numbers(held.read(where, "client"), "Authorization/status") == [0]
    assert held.status(held.answer["resourceURI"], "access") == 401
    assert held.status(held.answer["customerResourceURI"], "access") == 401
    assert flow.refresh(sunny, held.answer["refresh_token"]).status_code == 400


@case("MGA003")
@pytest.mark.parametrize(("token_class", "status"), [("access", 403), ("registration", 403), ("", 401)])
def test_mga003_nobody_else_ends_it(heather: Granted, token_class: str, status: int) -> None:
    assert heather.status(heather.answer["authorizationURI"], token_class, "DELETE") == status
    assert heather.status(heather.answer["authorizationURI"], token_class, "PUT") == 405
    assert heather.status(heather.answer["resourceURI"], "access") == 200


@case("MGA001")
def test_mga001_nothing_is_put(heather: Granted) -> None:
    assert heather.status(heather.answer["authorizationURI"], "client", "PUT") == 405


@case("MGT001 MGT002 MGT003")
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("token_class", ["registration", "client", "access", ""])
def test_mgt001_mgt003_a_registration_is_read_alone(heather: Granted, token_class: str, method: str) -> None:
    assert heather.status(heather.registration_answer["resourceURI"], token_class, method) == 405


@case("FB99")
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_fb99_feeds_are_read_alone(heather: Granted, method: str) -> None:
    for address in (
        at("/ReadServiceStatus"),
        at("/Authorization"),
        heather.answer["resourceURI"],
        heather.answer["customerResourceURI"],
        heather.client_answer["resourceURI"],
        heather.first("UsagePoint"),
    ):
        assert heather.status(address, "client", method) == 405


@case("OPENESPI")
def test_openespi_nothing_of_another_third_party(heather: Granted, oscar: Granted) -> None:
    for address in (
        oscar.answer["resourceURI"],
        oscar.answer["customerResourceURI"],
        *(oscar.first(kind) for kind in ("UsagePoint", "MeterReading", "ReadingType", "LocalTimeParameters")),
        *(oscar.first(kind, oscar.people) for kind in ("Customer", "CustomerAgreement", "EndDevice")),
    ):
        assert oscar.status(address, "access") == 200
        assert heather.status(address, "access") == 404, address
    for address in (oscar.answer["authorizationURI"], oscar.client_answer["resourceURI"]):
        assert heather.status(address, "client") == 404
    assert oscar.uid not in etree.tostring(heather.read(at("/Authorization"), "client")).decode()


@case("OPENESPI")
def test_openespi_two_customers_of_one_third_party_stay_apart(homes: dict[str, Granted]) -> None:
    one, other = homes["residential"], homes["gas"]
    assert one.client == other.client
    for address in (other.answer["resourceURI"], other.answer["customerResourceURI"], other.first("ReadingType")):
        assert one.status(address, "access") == 404
    assert not set(reader.ids(one.feed)) & set(reader.ids(other.feed))
    assert not set(reader.ids(one.people)) & set(reader.ids(other.people))


@case("OPENESPI")
def test_openespi_a_subscription_alone_is_no_resource(heather: Granted) -> None:
    assert heather.status(at(f"/Subscription/{heather.uid}"), "access") == 404
    assert heather.status(at(f"/Batch/Subscription/{uuid.uuid4()}"), "access") == 404
