"""What the tests of the Green Button API read with: a client, a parsed answer, the schemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from django.http import HttpResponseBase
from django.test import Client
from lxml import etree

import cast
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.customers.billing import BillRecord, DemandCharge, Details, LineItem, put_bill
from wattkeeper.customers.models import CustomerAccount, EndDevice, ProgramDate, Service
from wattkeeper.readings.power_quality import Measures, put_power_quality
from wattkeeper.utilities.models import World

ROOT = "/DataCustodian/espi/1_1/resource"
ATOM, ESPI = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"
CUST = "{http://naesb.org/espi/customer}"
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "espi" / "xsd"
FIRST, END = date(2026, 2, 27), date(2026, 4, 3)
POWER = Measures(*(1, 2, 3, 0, 240_100_000, 1, 60_000_000, 4, 2, 1, 5, 6, 7))
LONG = 400
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Home:
    """Heather's home as Sunny may see it, with a token of each class."""

    party: cast.ThirdParty
    service: Service
    grant: Authorization
    meter: Meter
    token: str

    def path(self, rest: str = "") -> str:
        return f"/Subscription/{self.grant.uid}/UsagePoint/{self.meter.uid}{rest}"

    @property
    def batch(self) -> str:
        return f"/Batch/Subscription/{self.grant.uid}"

    @property
    def people(self) -> str:
        return f"/Batch/RetailCustomer/{self.grant.uid}"


def home(
    party: cast.ThirdParty | None = None,
    name: str = "Heather Homeowner",
    world: World | None = None,
    **fields: object,
) -> Home:
    """A home with 35 days of quarter hours, over the change of clocks of 8 March 2026, and two bills."""
    party = party or cast.third_party()
    service = cast.customer(name, world)
    cast.fill(service, FIRST, END)
    put_bill(service.pk, bill(date(2026, 2, 27), date(2026, 3, 15)))
    put_bill(service.pk, bill(date(2026, 3, 15), date(2026, 4, 2)))
    grant = cast.authorize(party, service, **({"history_start": LONG_AGO} | fields))
    return Home(party, service, grant, grant.meters.get(), cast.access_token(grant))


def furnish(home: Home) -> Home:
    """The same home with an inverter, a demand response program and two summaries of its power."""
    service, stay = home.service, home.service.occupancies.get()
    EndDevice.objects.create(service=service, type="inverter", serial_number="INV-7", installed=date(2024, 5, 2))
    for kind, day in ((ProgramDate.Kind.ENROLLMENT, date(2025, 6, 1)), (ProgramDate.Kind.TERM, date(2027, 6, 1))):
        ProgramDate.objects.create(occupancy=stay, kind=kind, code="DR-01", name="Summer <peak>", day=day)
    CustomerAccount.objects.filter(pk=stay.account_id).update(billing_address="PO Box 1, El Paso, TX 79901")
    for start, end in ((date(2026, 2, 27), date(2026, 3, 15)), (date(2026, 3, 15), date(2026, 4, 2))):
        put_power_quality(service.pk, start, end, POWER)
    return home


def bill(start: date, end: date) -> BillRecord:
    details = Details(
        line_items=[
            LineItem("Customer charge", 925_000, "delivery", 4),
            LineItem("Energy charge <summer & winter>", 4_075_000, "supply", 3, 700_000, 72, 0, 10_000, "kwh"),
        ],
        demand=[DemandCharge("Demand", 0, 4_200)],
    )
    return BillRecord(start, end, 5_000_000, 700_000, tariff="Residential", details=details)


def get(path: str, token: str = "", **headers: str) -> Any:
    """GET of a path below the resource root; header names as keyword arguments (`accept`, `accept_encoding`)."""
    if token:
        headers["authorization"] = f"Bearer {token}"
    return Client().get(ROOT + path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def read(path: str, token: str) -> etree._Element:
    """The document at a path, which must be answered with 200 and valid."""
    response = get(path, token)
    content = body(response)
    assert response.status_code == 200, content
    document = etree.fromstring(content)
    check_schema(document)
    return document


def entries(document: etree._Element, kind: str | None = None) -> list[etree._Element]:
    """The entries of a feed that hold a resource of a kind, of either schema, or all."""
    found = document.findall(f"{ATOM}entry")
    return [entry for entry in found if kind is None or entry.find(f"{ATOM}content/{{*}}{kind}") is not None]


def links(entry: etree._Element, rel: str) -> list[str]:
    return [link.get("href") or "" for link in entry.findall(f"{ATOM}link") if link.get("rel") == rel]


def local(href: str) -> str:
    """An absolute address as a path below the resource root."""
    root, found, rest = href.partition(ROOT)
    assert (root, found) == ("http://localhost:8000", ROOT)
    return rest


def values(entry: etree._Element, path: str) -> list[str]:
    """Texts at a path of ESPI names below the content, e.g. `IntervalBlock/interval/start`, in either schema."""
    steps = "/".join(f"{{*}}{name}" for name in path.split("/"))
    return [found.text or "" for found in entry.findall(f"{ATOM}content/{steps}")]


def numbers(entry: etree._Element, path: str) -> list[int]:
    return [int(value) for value in values(entry, path)]


def ids(document: etree._Element) -> Iterator[str]:
    return (found.text or "" for found in document.iter(f"{ATOM}id"))


def check_schema(document: etree._Element) -> None:
    """Fails where the document breaks ESPI 4.0's schemas, as two engines read them; does nothing where they are not at
    hand. The second takes seconds over a year of readings, so it is given what is not long."""
    if SCHEMAS.exists():
        lxml_schema().assertValid(document)
        if len(list(document.iter(f"{ESPI}IntervalReading"))) < LONG:
            second_schema().validate(document)


def require_schemas() -> None:
    if not SCHEMAS.exists():
        pytest.skip(f"the ESPI schemas are not at {SCHEMAS}")


def glue(atom: str = "atom.xsd") -> str:
    """A schema of the three: Atom, energy use, and customers."""
    folder = SCHEMAS / "espi-4.0"
    imports = (("http://www.w3.org/2005/Atom", atom), (ESPI[1:-1], "espi.xsd"), (CUST[1:-1], "customer.xsd"))
    parts = (f'<xs:import namespace="{name}" schemaLocation="{folder / file}"/>' for name, file in imports)
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{"".join(parts)}</xs:schema>'


@cache
def lxml_schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Offline())
    return etree.XMLSchema(etree.fromstring(glue(), parser, base_url=f"{SCHEMAS}/espi-4.0/glue.xsd"))


@cache
def second_schema() -> xmlschema.XMLSchema:
    xml = (SCHEMAS / "xml.xsd").as_uri()
    return xmlschema.XMLSchema(glue(), allow="local", uri_mapper=lambda uri: xml if uri.endswith("xml.xsd") else uri)


class Offline(etree.Resolver):
    """The schema of the xml: namespace comes from the folder, wherever an import points."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        if not url.endswith("xml.xsd"):
            return None
        return self.resolve_filename(str(SCHEMAS / "xml.xsd"), context)  # type: ignore[attr-defined]
