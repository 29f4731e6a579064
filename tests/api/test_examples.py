"""The examples of the API document are what the API answers, and every route is described."""

import ast
from copy import deepcopy
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from openapi_schema_validator import OAS31Validator

from api import recording
from wattkeeper.api import calls, document, fields, problems

pytestmark = pytest.mark.django_db
PACKAGE = Path(document.__file__).parent


@pytest.fixture
def made() -> dict[str, Any]:
    return deepcopy(document.document())


def test_the_examples_are_what_the_api_answers() -> None:
    """Broken: a field more in an object, another word in a description, a tariff of the sandbox changed."""
    assert recording.record() == document.examples(), recording.HOW_TO_MEND


def test_it_is_openapi_3_1(made: dict[str, Any]) -> None:
    openapi_spec_validator.validate(made, cls=openapi_spec_validator.OpenAPIV31SpecValidator)
    assert made["openapi"].startswith("3.1.")


def test_the_examples_have_the_shape_described(made: dict[str, Any]) -> None:
    found = 0
    for _, _, operation in document.operations(made):
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                wanted = {**content["schema"], "components": made["components"]}
                named = [one["$ref"].rsplit("/", 1)[1] for one in content.get("examples", {}).values()]
                values = [made["components"]["examples"][name]["value"] for name in named]
                for value in [*values, content["example"]] if "example" in content else values:
                    OAS31Validator(wanted).validate(value)
                    found += 1
    assert found > 50


def test_every_operation_is_described(made: dict[str, Any]) -> None:
    assert not faults(made), "\n".join(faults(made))


def test_no_meaning_is_of_a_field_that_is_gone(made: dict[str, Any]) -> None:
    known = {
        f"{name}.{field}"
        for name, schema in made["components"]["schemas"].items()
        for field in schema.get("properties", {})
    }
    assert set(fields.OF_OBJECT) <= known


@pytest.mark.parametrize(
    ("part", "said"),
    [("summary", "no summary"), ("description", "no description"), ("example", "no example"), ("tag", "no group")],
)
def test_a_new_route_that_says_too_little_is_noticed(made: dict[str, Any], part: str, said: str) -> None:
    operation = made["paths"]["/api/v2/bills"]["get"]
    if part == "example":
        del operation["responses"]["200"]["content"]["application/json"]["example"]
    elif part == "tag":
        operation["tags"] = ["novelties"]
    else:
        operation[part] = ""
    (fault,) = faults(made)
    assert said in fault
    assert "calls.py" in fault or "docstring" in fault or "operation_id" in fault


def faults(made: dict[str, Any]) -> list[str]:
    """What an operation lacks, and what to do about it."""
    found = []
    tags = {tag["name"] for tag in made["tags"]}
    for path, method, operation in document.operations(made):
        name = f"{method.upper()} {path} ({operation['operationId']})"
        if not operation.get("summary"):
            found.append(f"{name} has no summary. It is made of its `operation_id`: name it in words.")
        if not operation.get("description"):
            found.append(f"{name} has no description. Give its function a docstring.")
        if not set(operation["tags"]) <= tags:
            found.append(f"{name} is in no group. Add {operation['tags']} to GROUPS of src/wattkeeper/api/calls.py.")
        if operation["operationId"] not in calls.CALLS or not has_example(operation):
            found.append(f"{name} has no example. {calls.HOW_TO_ADD}")
        found += [
            f"{name}: parameter {parameter['name']} has no description. Give its Field one; that of a path parameter "
            "is in VARIABLES of src/wattkeeper/api/calls.py."
            for parameter in operation.get("parameters", [])
            if not parameter.get("description")
        ]
        found += [
            f"{name}: field {field} of its body has no description. Give its Field one."
            for field, schema in document.schema_of_body(made, operation).get("properties", {}).items()
            if not schema.get("description")
        ]
    for name, schema in made["components"]["schemas"].items():
        found += [
            f"{name}.{field} has no meaning. {fields.HOW_TO_ADD}"
            for field, one in schema.get("properties", {}).items()
            if name != "Problem" and not one.get("description")
        ]
    return found


def has_example(operation: dict[str, Any]) -> bool:
    """A file needs none: what it holds is no JSON."""
    content = operation["responses"]["200"].get("content", {}).get("application/json")
    return content is None or "example" in content


def test_no_call_is_of_an_operation_that_is_gone(made: dict[str, Any]) -> None:
    known = {operation["operationId"] for _, _, operation in document.operations(made)}
    assert set(calls.CALLS) <= known


def test_every_kind_of_error_is_known() -> None:
    """What the code of this room raises stands in the table that the reference is made from."""
    raised = {
        argument.value
        for file in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"ApiError", "answer"}
        for argument in node.args[1:2]
        if isinstance(argument, ast.Constant)
    }
    assert len(raised) > 5
    missing = raised - set(problems.KINDS)
    assert not missing, f"Add {missing} to KINDS of src/wattkeeper/api/problems.py, and to FAILURES of recording.py."
    only_here = {kind for kind, one in problems.KINDS.items() if not one.is_common}
    assert only_here == {kind for call in calls.CALLS.values() for kind in call.errors}
