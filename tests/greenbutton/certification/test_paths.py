"""Every address of the path table: to whom it opens, that its answer is valid, and that it is nobody else's."""

import re
import tomllib
from typing import Any

import pytest

from greenbutton.certification.cases import HERE, case
from greenbutton.certification.conftest import Granted, at
from greenbutton.reader import ATOM, entries
from wattkeeper.greenbutton.routes import ROUTES

PATHS: dict[str, dict[str, str]] = tomllib.loads((HERE / "paths.toml").read_text())
KINDS = {
    "meter": "UsagePoint", "reading": "MeterReading", "block": "IntervalBlock", "summary": "UsageSummary",
    "quality": "ElectricPowerQualitySummary", "customer": "Customer", "account": "CustomerAccount",
    "agreement": "CustomerAgreement", "supplier": "ServiceSupplier", "program": "ProgramDateIdMappings",
    "location": "ServiceLocation", "physical_meter": "Meter", "device": "EndDevice",
    "customer_time": "LocalTimeParameters",
}  # fmt: skip
"""The kind of resource that a part of an address names."""
CLASSES = ("access", "client", "registration")


@pytest.fixture
def ids(heather: Granted) -> dict[str, str]:
    """What stands for each part of an address: the first of its kind that Heather's feeds name."""
    firsts: dict[str, str] = {}
    for entry in [*entries(heather.feed), *entries(heather.people)]:
        own = entry.find(f"{ATOM}link[@rel='self']")
        assert own is not None
        kind = (own.get("type") or "").replace("-entry", "")
        firsts.setdefault(kind, local_id(own.get("href") or ""))
    found = {
        name: firsts.get(f"cust/{kind}") or firsts.get(f"espi/{kind}") or pytest.fail(f"there is no {kind}")
        for name, kind in KINDS.items()
    }
    application = local_id(heather.registration_answer["resourceURI"])
    return found | {
        "subscription": heather.uid,
        "bulk": application,
        "ReadingType": firsts["espi/ReadingType"],
        "LocalTimeParameters": firsts["espi/LocalTimeParameters"],
        "Authorization": heather.uid,
        "ApplicationInformation": application,
    }


def local_id(href: str) -> str:
    return href.rpartition("/")[2]


def filled(path: str, ids: dict[str, str]) -> str:
    """The address with its parts filled in; `{uid}` is of the kind before it."""
    kinds = re.sub(r"(\w+)/\{uid\}", r"\1/{\1}", path)
    return at(kinds.format_map(ids))


@case("PATHS")
def test_every_route_is_in_the_table_as_it_is() -> None:
    served: dict[str, dict[str, Any]] = {
        route.name: {
            "path": "/" + re.sub(r"<uuid:(\w+)>", r"{\1}", route.path),
            "token": {found.value for found in route.classes} - {"api", "personal"},
            "methods": ", ".join(route.methods),
        }
        for route in ROUTES
    }
    told = {
        name: {"path": row["path"], "token": {row["token"]}, "methods": row.get("methods", "GET, HEAD")}
        for name, row in PATHS.items()
        if name != "status"
    }
    assert told == served


@pytest.mark.parametrize("name", [pytest.param(name, marks=case(f"path {name}"), id=name) for name in PATHS])
def test_path(heather: Granted, oscar: Granted, ids: dict[str, str], name: str) -> None:
    row, address = PATHS[name], filled(PATHS[name]["path"], ids)
    opens = set(CLASSES) if row["token"] == "any" else {row["token"]}
    for token_class in CLASSES:
        for spelling in (address, f"{address}/"):
            expected = 200 if token_class in opens else 403
            assert heather.status(f"{spelling}?max-results=1", token_class) == expected, token_class
    assert heather.status(address) == 401
    assert heather.status(f"{address}?max-results=ten", min(opens)) == 400 or name == "status"
    page = heather.read(address, min(opens), **{"max-results": "1", "unheard-of": "yes"})
    if page.tag == f"{ATOM}feed":
        assert len(entries(page)) == 1
    if "{" in row["path"]:
        assert oscar.status(address, row["token"]) == 404
