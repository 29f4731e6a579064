"""Function blocks 51 to 65: who and where a customer is."""

import re
import uuid

import pytest
from lxml import etree

from blackbox.conformance.flow import Flow
from blackbox.conformance.target import Client
from greenbutton import reader
from greenbutton.certification.cases import case
from greenbutton.certification.conftest import ANOTHER, Granted, at, granted
from greenbutton.reader import ATOM, CUST, entries, links, values

CHAIN = {
    "CustomerAccount": "Customer",
    "CustomerAgreement": "CustomerAccount",
    "ServiceLocation": "CustomerAgreement",
    "ServiceSupplier": "CustomerAgreement",
    "ProgramDateIdMappings": "CustomerAgreement",
    "Meter": "ServiceLocation",
    "EndDevice": "ServiceLocation",
}
"""Each kind, and the kind it stands below."""
NAMES = ("residential", "commercial", "solar", "gas", "lab")


@pytest.fixture(params=NAMES)
def people(homes: dict[str, Granted], request: pytest.FixtureRequest) -> etree._Element:
    return homes[request.param].people


def complete(people: etree._Element, kind: str) -> list[etree._Element]:
    """The entries of a kind: all of an entry's parts, a stable id, a self link of their own, up to the collection."""
    found = entries(people, kind)
    for entry in found:
        assert uuid.UUID((entry.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:")).version == 5
        assert all(entry.findtext(ATOM + name) for name in ("title", "published", "updated"))
        (own,), (up,) = links(entry, "self"), links(entry, "up")
        assert re.fullmatch(rf"{re.escape(up)}/[0-9a-f-]{{36}}", own)
        assert up.endswith(f"/{kind}")
    assert len({links(entry, "self")[0] for entry in found}) == len(found)
    return found


def check_chain(people: etree._Element, kind: str) -> list[etree._Element]:
    """Each entry of a kind is related to exactly one above it, which names the collection it is in."""
    found, above = complete(people, kind), entries(people, CHAIN[kind])
    homes = {links(entry, "self")[0]: links(entry, "related") for entry in above}
    for entry in found:
        (parent,) = (link for link in links(entry, "related") if link in homes)
        assert links(entry, "up")[0] in homes[parent]
    return found


@case("RC_FB51")
def test_rc_fb51_the_feed_and_its_local_time(people: etree._Element) -> None:
    assert all(people.findtext(ATOM + name) for name in ("id", "title", "updated"))
    ids = list(reader.ids(people))
    assert len(ids) == len(set(ids)) == len(entries(people)) + 1
    (time,) = complete(people, "LocalTimeParameters")
    (customer,) = complete(people, "Customer")
    assert links(customer, "self")[0] in links(time, "related")
    assert links(time, "self")[0] in links(customer, "related")
    for name in ("dstEndRule", "dstOffset", "dstStartRule", "tzOffset"):
        assert time.findtext(f".//{CUST}{name}")


@case("RC_FB53")
def test_rc_fb53_customer_data_by_its_uri(heather: Granted) -> None:
    uri = heather.answer["customerResourceURI"]
    assert uri.endswith(f"/Batch/RetailCustomer/{heather.uid}")
    assert heather.status(uri, "access") == 200
    assert all(heather.status(uri, other) in {401, 403} for other in ("registration", "client", ""))


@case("RC_FB54")
def test_rc_fb54_kind_and_name(homes: dict[str, Granted]) -> None:
    said = {}
    for name in ("residential", "commercial"):
        (customer,) = entries(homes[name].people, "Customer")
        assert values(customer, "Customer/customerName")[0]
        said[name] = values(customer, "Customer/kind")
    assert said == {"residential": ["residential"], "commercial": ["commercialIndustrial"]}


@case("RC_FB55")
def test_rc_fb55_address(people: etree._Element) -> None:
    (customer,) = entries(people, "Customer")
    address = "Customer/Organisation/streetAddress"
    assert values(customer, f"{address}/streetDetail/addressGeneral")[0]
    assert values(customer, f"{address}/townDetail/name")[0]
    assert values(customer, f"{address}/townDetail/stateOrProvince")[0]


@case("RC_FB56")
def test_rc_fb56_accounts(people: etree._Element) -> None:
    accounts = check_chain(people, "CustomerAccount")
    assert accounts
    assert all(values(account, "CustomerAccount/accountId")[0] for account in accounts)


@case("RC_FB57")
def test_rc_fb57_agreements(homes: dict[str, Granted]) -> None:
    for home in homes.values():
        agreements = check_chain(home.people, "CustomerAgreement")
        points = entries(home.feed, "UsagePoint")
        ids = [[links(entry, "self")[0].rpartition("/")[2] for entry in found] for found in (agreements, points)]
        assert ids[0] == ids[1]
        assert all(values(agreement, "CustomerAgreement/agreementId")[0] for agreement in agreements)


@case("RC_FB58")
def test_rc_fb58_service_locations(homes: dict[str, Granted]) -> None:
    for home in homes.values():
        locations = check_chain(home.people, "ServiceLocation")
        named = [values(location, "ServiceLocation/UsagePoints/UsagePoint") for location in locations]
        assert named == [links(point, "self") for point in entries(home.feed, "UsagePoint")]
        assert all(values(location, "ServiceLocation/mainAddress/postalCode") for location in locations)


@case("RC_FB59")
def test_rc_fb59_suppliers(people: etree._Element) -> None:
    suppliers = check_chain(people, "ServiceSupplier")
    assert len(suppliers) == len(entries(people, "CustomerAgreement"))
    for supplier in suppliers:
        assert values(supplier, "ServiceSupplier/Organisation/organisationName") == ["El Paso Electric"]
        assert values(supplier, "ServiceSupplier/kind") == ["utility"]


@case("RC_FB60")
def test_rc_fb60_meters(people: etree._Element) -> None:
    meters = check_chain(people, "Meter")
    assert len(meters) == len(entries(people, "ServiceLocation"))
    assert all(values(meter, "Meter/serialNumber")[0] for meter in meters)


@case("RC_FB61")
@pytest.mark.parametrize(("name", "type_"), [("residential", "thermostat"), ("solar", "inverter")])
def test_rc_fb61_end_devices(homes: dict[str, Granted], name: str, type_: str) -> None:
    (device,) = check_chain(homes[name].people, "EndDevice")
    assert values(device, "EndDevice/type") == [type_]
    assert values(device, "EndDevice/serialNumber")[0]


@case("RC_FB62")
@pytest.mark.parametrize(("name", "code"), [("residential", "DR-SMART"), ("commercial", "DR-CURTAIL")])
def test_rc_fb62_program_dates(homes: dict[str, Granted], name: str, code: str) -> None:
    (mapping,) = check_chain(homes[name].people, "ProgramDateIdMappings")
    told = "ProgramDateIdMappings/programDateIdMapping"
    assert values(mapping, f"{told}/programDateType") == ["CUST_DR_PROGRAM_ENROLLMENT_DATE"]
    assert values(mapping, f"{told}/code") == [code]


@case("RC_FB64")
def test_rc_fb64_the_two_schemas_stay_apart(heather: Granted) -> None:
    for feed, namespace in ((heather.feed, reader.ESPI), (heather.people, CUST)):
        contents = [content[0] for content in feed.iter(f"{ATOM}content")]
        assert {str(content.tag).partition("}")[0] + "}" for content in contents} == {namespace}


@case("RC_FB65")
def test_rc_fb65_without_block_51_there_is_no_customer(flow: Flow, sunny: Client) -> None:
    held = granted(flow, sunny, ANOTHER, "FB=4_16")
    assert "customerResourceURI" not in held.answer
    for path in ("/Batch/RetailCustomer/{}", "/RetailCustomer/{}", "/RetailCustomer/{}/Customer"):
        assert held.status(at(path.format(held.uid)), "access") == 404
    bulk = held.client_answer["resourceURI"].rpartition("/")[2]
    feed = held.read(at(f"/Batch/BulkRetailCustomerInfo/{bulk}"), "client")
    assert held.uid not in etree.tostring(feed).decode()
