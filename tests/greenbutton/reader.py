"""What the tests of the Green Button API read with: a client, a parsed answer, the schemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from lxml import etree

import cast
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.customers.billing import BillRecord, DemandCharge, Details, LineItem, put_bill
from wattkeeper.customers.models import Service
from wattkeeper.utilities.models import World

ROOT = "/DataCustodian/espi/1_1/resource"
ATOM, ESPI = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "espi" / "xsd"
FIRST, END = date(2026, 2, 27), date(2026, 4, 3)
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
    """The entries of a feed that hold a resource of a kind, or all."""
    found = document.findall(f"{ATOM}entry")
    return [entry for entry in found if kind is None or entry.find(f"{ATOM}content/{ESPI}{kind}") is not None]


def links(entry: etree._Element, rel: str) -> list[str]:
    return [link.get("href") or "" for link in entry.findall(f"{ATOM}link") if link.get("rel") == rel]


def local(href: str) -> str:
    """An absolute address as a path below the resource root."""
    root, found, rest = href.partition(ROOT)
    assert (root, found) == ("http://localhost:8000", ROOT)
    return rest


def values(entry: etree._Element, path: str) -> list[str]:
    """Texts at a path of ESPI names below the content, e.g. `IntervalBlock/interval/start`."""
    steps = "/".join(ESPI + name for name in path.split("/"))
    return [found.text or "" for found in entry.findall(f"{ATOM}content/{steps}")]


def numbers(entry: etree._Element, path: str) -> list[int]:
    return [int(value) for value in values(entry, path)]


def ids(document: etree._Element) -> Iterator[str]:
    return (found.text or "" for found in document.iter(f"{ATOM}id"))


def check_schema(document: etree._Element) -> None:
    """Fails where the document breaks ESPI 4.0's schemas; does nothing where they are not at hand."""
    if SCHEMAS.exists():
        schema().assertValid(document)


def require_schemas() -> None:
    if not SCHEMAS.exists():
        pytest.skip(f"the ESPI schemas are not at {SCHEMAS}")


@cache
def schema() -> etree.XMLSchema:
    folder = SCHEMAS / "espi-4.0"
    glue = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
        <xs:import namespace="http://www.w3.org/2005/Atom" schemaLocation="{folder}/atom.xsd"/>
        <xs:import namespace="http://naesb.org/espi" schemaLocation="{folder}/espi.xsd"/>
        </xs:schema>"""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Offline())
    return etree.XMLSchema(etree.fromstring(glue, parser, base_url=f"{folder}/glue.xsd"))


class Offline(etree.Resolver):
    """The schema of the xml: namespace comes from the folder, wherever an import points."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        if not url.endswith("xml.xsd"):
            return None
        return self.resolve_filename(str(SCHEMAS / "xml.xsd"), context)  # type: ignore[attr-defined]
