"""The OpenAPI 3.1 document: what the routes say of themselves, with what every operation has in common, and with real
answers of the sandbox as examples."""

import json
from functools import lru_cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from django.conf import settings
from django.urls import reverse

from wattkeeper.api import fields, tags
from wattkeeper.api.calls import CALLS, GROUPS, VARIABLES, Call, filled
from wattkeeper.api.idempotency import HEADER, LONGEST
from wattkeeper.api.problems import KINDS, PROBLEM_JSON, Place, Places
from wattkeeper.api.routes import ROOT, api

DESCRIPTION = """\
What customers share with your company, as JSON: authorizations, meters, bills and intervals.

It answers as version 2 of UtilityAPI's does, so a client written for that works here with another base address.
Examples are real answers of the sandbox; lists in them are cut to their first items. Objects may get new fields at any
time: ignore those you do not know."""
SCHEMES = {
    "BearerHeader": "`Authorization: Bearer <token>`: an API token, a customer's personal token, or the access token "
    "of one authorization.",
    "TokenInQuery": "An API token alone, for what cannot send a header. An address ends in logs: prefer the header.",
}
HEADERS = {
    "RateLimit-Policy": "The limits that count this request: `q` requests within `w` seconds.",
    "RateLimit": "What is left of them: `r` requests, the next one in `t` seconds.",
    "Retry-After": "How many seconds to wait.",
    "WWW-Authenticate": "The challenge of RFC 6750, with `resource_metadata` of RFC 9728.",
    "Allow": "The methods that this address takes.",
    "ETag": "Stands for what this answer says, to be sent as `If-None-Match` next time.",
}
HEADERS_OF = {"304": "ETag", "401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After"}
PARAMETER = {
    "parameter": {"type": "string", "description": "The parameter, header or field of the body that is to blame"}
}
PROBLEM = {
    "type": "object",
    "description": "The same as RFC 9457 has it, where `Accept` names `application/problem+json`.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "The kind's place in these docs"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "As `error_description`"},
        "error": {"type": "string"},
        "error_description": {"type": "string"},
        "url": {"type": ["string", "null"]},
        **PARAMETER,
    },
    "required": ["type", "title", "status", "detail", "error", "error_description", "url"],
}
EXAMPLES = "examples.json"


def document() -> dict[str, Any]:
    """The whole document. It is shared: don't change it."""
    return _made(settings.BASE_URL)


def places() -> Places:
    """Where the reference tells of each operation, and for what it has anchors."""
    return _places(settings.BASE_URL)


def operations(made: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each."""
    return [(path, method, one) for path, item in made["paths"].items() for method, one in item.items()]


def examples() -> dict[str, Any]:
    """The recorded answers: `calls` by operation, `errors` by kind, and the `values` that stood for the variables."""
    recorded: dict[str, Any] = json.loads(resources.files(__package__).joinpath(EXAMPLES).read_text())
    return recorded


@lru_cache(maxsize=4)
def _made(base: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=f"{ROOT}/")))
    recorded = filled(examples(), {"base_url": base})
    made["info"] |= {"description": DESCRIPTION, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}}
    made["servers"] = [{"url": base}]
    made["externalDocs"] = {"url": base + reverse("public:api"), "description": "The reference, with snippets"}
    made["tags"] = [{"name": name, "description": group.description} for name, group in GROUPS.items()]
    for path, method, operation in operations(made):
        if method == "post":
            _take_a_key(operation)
        if method == "get" and not path.startswith(f"{ROOT}/files/"):
            _take_a_tag(operation)
        _describe(operation, path, CALLS.get(operation["operationId"], Call()), recorded, base)
    parts = made["components"]
    parts["headers"] = {
        name: {"description": text, "required": name in HEADERS_OF.values(), "schema": {"type": "string"}}
        for name, text in HEADERS.items()
    }
    parts["examples"] = {
        kind: {"summary": KINDS[kind].title, "value": body} for kind, body in recorded["errors"].items()
    }
    parts["schemas"]["Error"]["properties"] |= PARAMETER
    fields.describe(parts["schemas"])
    parts["schemas"]["Problem"] = PROBLEM
    for name, text in SCHEMES.items():
        parts["securitySchemes"][name]["description"] = text
    return made


@lru_cache(maxsize=4)
def _places(base: str) -> Places:
    found = {}
    made = _made(base)
    for path, method, operation in operations(made):
        names = {parameter["name"] for parameter in operation.get("parameters", [])} | body_fields(made, operation)
        found[path, method] = Place(operation["tags"][0], operation["operationId"], frozenset(names))
    return found


def body_fields(made: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The fields of the object that an operation takes as its body."""
    return set(schema_of_body(made, operation).get("properties", {}))


def schema_of_body(made: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """Its schema; empty where it takes none."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    options = [option for option in body.get("anyOf", [body]) if "$ref" in option]
    found: dict[str, Any] = made["components"]["schemas"][options[0]["$ref"].rsplit("/", 1)[1]] if options else body
    return found


def _describe(operation: dict[str, Any], path: str, call: Call, recorded: dict[str, Any], base: str) -> None:
    name = operation["operationId"]
    example = recorded["calls"].get(name, {})
    operation["tags"] = operation.get("tags") or [path.removeprefix(f"{ROOT}/").partition("/")[0]]
    if operation["summary"] == name.replace("_", " ").title():
        operation["summary"] = name.replace("_", " ").capitalize()
    page = reverse("public:api_group", args=[operation["tags"][0]])
    operation["externalDocs"] = {"url": f"{base}{page}#{name}"}
    operation.setdefault("security", [])
    for parameter in operation.get("parameters", []):
        _describe_parameter(parameter, call, recorded["values"])
    if call.body is not None and "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = filled(call.body, recorded["values"])
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, response in operation["responses"].items():
        response["headers"] = response.get("headers", {}) | {
            header: {"$ref": f"#/components/headers/{header}"}
            for header in ("RateLimit-Policy", "RateLimit", HEADERS_OF.get(status))
            if header is not None
        }
        if status >= "400":
            _describe_error(response, int(status), call)
        elif "answer" in example and (content := response.get("content", {}).get(example["content_type"])):
            content["example"] = example["answer"]


def _take_a_key(operation: dict[str, Any]) -> None:
    """What idempotency.py does for every POST."""
    told = "Sent again with the same key, the request is done once and gets the same answer."
    key = {"name": HEADER, "in": "header", "required": False, "description": told}
    operation.setdefault("parameters", []).append(key | {"schema": {"type": "string", "maxLength": LONGEST}})
    for status in ("409", "422"):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"].setdefault(status, {"content": content})


def _take_a_tag(operation: dict[str, Any]) -> None:
    """What tags.py does for every GET that is no file."""
    told = "The `ETag` of the answer you have: where nothing is new, you get 304 without a body."
    tag = {"name": tags.CONDITION, "in": "header", "required": False, "description": told}
    operation.setdefault("parameters", []).append(tag | {"schema": {"type": "string"}})
    operation["responses"]["200"]["headers"] = {tags.HEADER: {"$ref": f"#/components/headers/{tags.HEADER}"}}
    operation["responses"]["304"] = {"description": "Nothing is new. There is no body."}


def _describe_parameter(parameter: dict[str, Any], call: Call, values: dict[str, str]) -> None:
    """A query has no null: leaving a parameter out is what the code calls so."""
    schema = parameter["schema"]
    options = [option for option in schema.pop("anyOf", []) if option != {"type": "null"}]
    if options:
        schema |= options[0] if len(options) == 1 else {"anyOf": options}
    schema.pop("title", None)
    name = parameter["name"]
    template = (call.path if parameter["in"] == "path" else call.query).get(name)
    if parameter["in"] == "path" and template:
        parameter.setdefault("description", VARIABLES.get(template.strip("{}"), ""))
    parameter["schema"] = {key: value for key, value in schema.items() if key not in {"description", "examples"}}
    if template is not None:
        parameter.pop("examples", None)
        parameter["example"] = _typed(filled(template, values), schema)
    elif isinstance(found := parameter.pop("examples", None), list):
        parameter["example"] = found[0]


def _typed(text: str, schema: dict[str, Any]) -> object:
    return json.loads(text) if schema.get("type") in {"integer", "boolean", "number"} else text


def _describe_error(response: dict[str, Any], status: int, call: Call) -> None:
    kinds = [kind for kind, one in KINDS.items() if status in one.statuses and (one.is_common or kind in call.errors)]
    said = ", ".join(f"`{kind}`" for kind in kinds)
    response["description"] = f"{HTTPStatus(status).phrase}: {said}"
    response["x-error-codes"] = kinds
    content = response["content"]
    content["application/json"]["examples"] = {kind: {"$ref": f"#/components/examples/{kind}"} for kind in kinds}
    content[PROBLEM_JSON] = {"schema": {"$ref": "#/components/schemas/Problem"}}
