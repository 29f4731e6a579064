"""The reference pages of the JSON API, a page for each group of operations, made from the API document.

Their texts are in English in every language, as the document and the errors are, and marked so.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from wattkeeper.api import document
from wattkeeper.api.calls import GROUPS
from wattkeeper.api.problems import KINDS
from wattkeeper.public import docs, llms, postman, snippets
from wattkeeper.public.types import Field, described, fields_of, name_of, words_for

PLACES = {"path": "in the path", "query": "in the query", "header": "in the header", "body": "in the body"}


@dataclass(frozen=True)
class Parameter:
    """A parameter or a field of a body; `anchor` is where errors link to."""

    anchor: str
    name: str
    place: str
    type: str
    is_required: bool
    facts: str
    description: str


@dataclass(frozen=True)
class Operation:
    """What a page shows of one operation."""

    anchor: str
    summary: str
    description: str
    call: str
    needs_token: bool
    parameters: list[Parameter]
    snippets: list[tuple[str, str]]
    example: str
    answers: str
    errors: list[tuple[str, list[str]]]


def group(request: HttpRequest, group: str) -> HttpResponse:
    if group not in GROUPS:
        raise Http404
    made = document.document()
    found = [one for one in document.operations(made) if group in one[2]["tags"]]
    return docs.page(
        request,
        "reference",
        group=GROUPS[group],
        group_name=group,
        groups=list(GROUPS.items()),
        operations=[_operation(made, *one) for one in found],
        objects=_objects(made, [operation for _, _, operation in found]),
    )


def errors(request: HttpRequest) -> HttpResponse:
    recorded = document.document()["components"]["examples"]
    kinds = [
        (kind, one, ", ".join(map(str, one.statuses)), json.dumps(recorded[kind]["value"], indent=2))
        for kind, one in KINDS.items()
        if kind in recorded
    ]
    return docs.page(request, "errors", kinds=kinds, groups=list(GROUPS.items()))


def postman_collection(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(postman.collection(document.document()), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = 'attachment; filename="wattkeeper.postman_collection.json"'
    return response


def llms_txt(request: HttpRequest) -> HttpResponse:
    return HttpResponse(llms.text(document.document()), content_type="text/plain; charset=utf-8")


def _operation(made: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    name = operation["operationId"]
    request = snippets.request_of(settings.BASE_URL, path, method, operation)
    success = operation["responses"]["200"].get("content", {})
    example = next((json.dumps(one["example"], indent=2) for one in success.values() if "example" in one), "")
    return Operation(
        anchor=name,
        summary=operation["summary"],
        description=operation["description"],
        call=f"{method.upper()} {path}",
        needs_token=bool(operation["security"]),
        parameters=_parameters(made, operation),
        snippets=[(language, write(request)) for language, write in snippets.LANGUAGES],
        example=example,
        answers=next((name_of(one["schema"]) for one in success.values() if "schema" in one), ""),
        errors=[
            (status, response["x-error-codes"])
            for status, response in operation["responses"].items()
            if "x-error-codes" in response
        ],
    )


def _parameters(made: dict[str, Any], operation: dict[str, Any]) -> list[Parameter]:
    body = document.schema_of_body(made, operation)
    fields = [
        {"name": name, "in": "body", "schema": schema, "required": name in body.get("required", []), **schema}
        for name, schema in body.get("properties", {}).items()
    ]
    return [
        Parameter(
            anchor=f"{operation['operationId']}-{one['name']}",
            name=one["name"],
            place=PLACES[one["in"]],
            type=words_for(one["schema"]),
            is_required=one["required"],
            facts=described(one["schema"]),
            description=one.get("description", ""),
        )
        for one in [*operation.get("parameters", []), *fields]
    ]


def _objects(made: dict[str, Any], operations: list[dict[str, Any]]) -> list[tuple[str, str, list[Field]]]:
    """The objects in these operations' answers, each once: name, description, its fields."""
    schemas = made["components"]["schemas"]
    waiting = [name_of(content["schema"]) for operation in operations for content in _contents(operation)]
    found: dict[str, list[Field]] = {}
    while waiting:
        name = waiting.pop(0)
        if not name or name in found:
            continue
        found[name] = fields_of(schemas[name])
        waiting += [reference for field in found[name] for reference in field.references]
    return [(name, schemas[name].get("description", ""), fields) for name, fields in found.items()]


def _contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in operation["responses"]["200"].get("content", {}).values() if "schema" in one]
