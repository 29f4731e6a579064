"""The API document tells the truth: what comes out has the shape it says, and nothing else."""

from typing import Any

import pytest
from pydantic import BaseModel

from api.reader import Shared, ask, body, call
from wattkeeper.api import events, schemas
from wattkeeper.customers.billing import BillRecord, DemandCharge, Details, LineItem, Tier, TouBucket, put_bill
from wattkeeper.customers.models import Bill


@pytest.fixture
def document(db: None) -> Any:
    return body(ask(None, "/openapi.json"))


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/authorizations?include=meters", schemas.AuthorizationListing),
        ("/authorizations/{grant}?include=meters", schemas.Authorization),
        ("/authorizations/{grant}", schemas.Authorization),
        ("/meters", schemas.MeterListing),
        ("/meters/{meter}", schemas.Meter),
        ("/events", events.EventListing),
        ("/bills?meters={meter}", schemas.BillListing),
        ("/intervals?meters={meter}", schemas.IntervalListing),
    ],
)
def test_what_comes_out_has_the_shape_described(shared: Shared, path: str, schema: type[BaseModel]) -> None:
    bill = Bill.objects.all()[0]
    details = Details(
        [LineItem("Energy", 1, "supply", 3, 2, 72, 0, 1, "kwh")],
        [TouBucket("On peak", "peak", 1, 1)],
        [Tier("Tier", 1, 1, 1)],
        [DemandCharge("Demand", 1, 1)],
    )
    put_bill(shared.service.pk, BillRecord(bill.start, bill.end, 7, 8, details=details))
    answer = call(shared.token, path.format(grant=shared.grant.uid, meter=shared.meter.uid))
    schema.model_validate(answer)


def test_every_operation_names_its_errors(document: Any) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["responses"].keys() >= {"200", "405", "429", "500"}
            assert ("401" in operation["responses"]) == bool(operation["security"])
            assert not ("{" in path and "404" not in operation["responses"])
            for status, response in operation["responses"].items():
                assert "RateLimit" in response["headers"]
                assert ("Retry-After" in response["headers"]) == (status == "429")
                if status == "304":
                    continue
                is_file = status == "200" and "application/json" not in response["content"]
                assert is_file <= ("/files/" in path)
                if not is_file:
                    content = response["content"]["application/json"]
                    assert (content["schema"]["$ref"].rsplit("/", 1)[1] == "Error") == (status != "200")
                    assert status == "200" or content["examples"].keys() == set(response["x-error-codes"])


def test_every_get_but_of_a_file_has_a_tag(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            has_tag = method == "get" and "/files/" not in path
            assert ("304" in operation["responses"]) == has_tag
            assert ("ETag" in operation["responses"]["200"]["headers"]) == has_tag
            assert ("If-None-Match" in {one["name"] for one in operation.get("parameters", [])}) == has_tag


def test_both_ways_to_present_a_token_are_described(document: Any) -> None:
    schemes = document["components"]["securitySchemes"].values()
    assert {(scheme["type"], scheme.get("scheme") or scheme["name"]) for scheme in schemes} == {
        ("http", "bearer"),
        ("apiKey", "access_token"),
    }
    assert all(scheme["description"] for scheme in schemes)
    ways = {
        operation["operationId"]: len(operation["security"])
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    assert {name for name, count in ways.items() if count != 2} == {"list_utilities", "get_utility"}


def test_parameters_are_described_by_name(document: Any) -> None:
    def names(path: str) -> set[str]:
        parameters = document["paths"][f"/api/v2{path}"]["get"]["parameters"]
        return {parameter["name"] for parameter in parameters if parameter["in"] != "header"}

    paging, data = {"after", "limit"}, {"authorizations", "meters", "start", "end", "order"}
    assert names("/bills") == names("/intervals") == paging | data
    assert names("/meters/{uid}") == {"uid", "expand_meter_blocks"}
    assert names("/authorizations") >= paging | {"uids", "forms", "templates", "users", "referrals", "include"}
    assert names("/meters") >= paging | {"is_activated", "is_archived", "is_monitored", "expand_meter_blocks"}


def test_every_reference_leads_somewhere(document: Any) -> None:
    known = {f"#/components/{kind}/{name}" for kind, parts in document["components"].items() for name in parts}

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    assert references(document) <= known
