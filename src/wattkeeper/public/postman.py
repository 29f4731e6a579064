"""The API as a Postman collection (format v2.1): import it, set `api_token`, and every request works.

What a request needs of an earlier answer, a script keeps; so the requests run one after the other, too.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from wattkeeper.api import calls, document
from wattkeeper.api.calls import GROUPS, Call
from wattkeeper.common import ids

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
ENDING = "What cannot be undone"
SUCCEEDS = 'pm.test("succeeds", () => pm.response.to.have.status(200));'
Operations = dict[str, tuple[str, str, dict[str, Any]]]


def collection(made: dict[str, Any]) -> dict[str, Any]:
    operations = {one[2]["operationId"]: one for one in document.operations(made)}
    known = [(name, call) for name, call in calls.in_order() if name in operations]
    folders = [
        {
            "name": group.title,
            "description": group.description,
            "item": [
                _item(operations, name, call)
                for name, call in known
                if not call.ends and tag in operations[name][2]["tags"]
            ],
        }
        for tag, group in _in_order_of_need(known, operations)
    ]
    ending = [_item(operations, name, call) for name, call in known if call.ends]
    variables = {"base_url": settings.BASE_URL, "api_token": "", **dict.fromkeys(calls.VARIABLES, "")}
    return {
        "info": {
            "_postman_id": str(ids.stable_uid("postman", settings.BASE_URL)),
            "name": made["info"]["title"],
            "description": f"{made['info']['description']}\n\nSet the variable `api_token`, then run from the top.",
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{api_token}}", "type": "string"}]},
        "variable": [{"key": name, "value": value, "type": "string"} for name, value in variables.items()],
        "item": [folder for folder in folders if folder["item"]] + [{"name": ENDING, "item": ending}],
    }


def _in_order_of_need(known: list[tuple[str, Call]], operations: Operations) -> list[tuple[str, calls.Group]]:
    """The groups in the order of their first calls, so that answers are there before they are needed."""
    tags = dict.fromkeys(operations[name][2]["tags"][0] for name, _ in known)
    return [(tag, GROUPS[tag]) for tag in tags if tag in GROUPS]


def _item(operations: Operations, name: str, call: Call) -> dict[str, Any]:
    path, method, operation = operations[name]
    address = "{{base_url}}" + _variable(calls.filled(path, call.path))
    query = [{"key": key, "value": _variable(value)} for key, value in call.query.items()]
    headers = dict(call.headers) | ({"Content-Type": "application/json"} if call.body is not None else {})
    request: dict[str, Any] = {
        "method": method.upper(),
        "description": operation["description"],
        "header": [{"key": key, "value": _variable(value)} for key, value in headers.items()],
        "url": {
            "raw": address + ("?" + "&".join(f"{one['key']}={one['value']}" for one in query) if query else ""),
            "host": ["{{base_url}}"],
            "path": urlsplit(address.removeprefix("{{base_url}}")).path.strip("/").split("/"),
            "query": query,
        },
    }
    if not operation["security"]:
        request["auth"] = {"type": "noauth"}
    if call.body is not None:
        request["body"] = {
            "mode": "raw",
            "raw": json.dumps(_variable(call.body), indent=2),
            "options": {"raw": {"language": "json"}},
        }
    script = {"type": "text/javascript", "exec": [SUCCEEDS, *_keeping(call)]}
    return {"name": operation["summary"], "request": request, "event": [{"listen": "test", "script": script}]}


def _variable(template: Any) -> Any:
    """The template in Postman's notation: `{{meter_uid}}`."""
    return calls.filled(template, {name: f"{{{{{name}}}}}" for name in calls.VARIABLES})


def _keeping(call: Call) -> list[str]:
    """The lines of a script that keep what later requests need."""
    lines = []
    for name, place in call.keeps.items():
        value = re.sub(r"\.(\d+)", r"[\1]", f"answer.{place}")
        lines.append(f'pm.collectionVariables.set("{name}", {value});')
    return ["const answer = pm.response.json();", *lines] if lines else []
