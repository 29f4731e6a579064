"""The call of an operation as a developer writes it: with curl, in Python, in JavaScript. They run as printed once the
words in capitals are replaced."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from wattkeeper.api.calls import CALLS, VARIABLES, Call, filled

TOKEN = "API_TOKEN_HERE"  # noqa: S105 - a placeholder


@dataclass(frozen=True)
class Request:
    """One call, with words in capitals for what the reader has to put in."""

    method: str
    address: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    output: str


def request_of(base: str, path: str, method: str, operation: dict[str, Any]) -> Request:
    call = CALLS.get(operation["operationId"], Call())
    query = urlencode(placed(call.query), safe=":/,")
    token = {"Authorization": f"Bearer {TOKEN}"} if operation["security"] else {}
    content = {"Content-Type": "application/json"} if call.body is not None else {}
    return Request(
        method.upper(),
        base + filled(path, placed(call.path)) + (f"?{query}" if query else ""),
        token | content | call.headers,
        placed(call.body),
        call.output,
    )


def placed(template: Any) -> Any:
    """The template with `METER_UID_HERE` for `{meter_uid}`."""
    return filled(template, {name: f"{name.upper()}_HERE" for name in VARIABLES})


def curl(request: Request) -> str:
    words = ["curl"]
    if request.method != "GET":
        words[0] += f" -X {request.method}"
    if request.output:
        words[0] += f" -o {request.output}"
    words += [f"-H '{name}: {value}'" for name, value in request.headers.items()]
    if request.body is not None:
        words.append("-d '" + json.dumps(request.body).replace("'", "'\\''") + "'")
    first = " ".join(words[:2])
    return " \\\n    ".join([first, *words[2:], f"'{request.address}'"])


def python(request: Request) -> str:
    headers = {name: value for name, value in request.headers.items() if name != "Content-Type"}
    lines = [f'    "{request.address}",']
    lines += [f"    headers={_literal(headers)},"] if headers else []
    lines += [f"    json={_literal(request.body)},"] if request.body is not None else []
    lines.append("    timeout=60,")
    if request.output:
        shown = f'with open("{request.output}", "wb") as file:\n    file.write(answer.content)'
    else:
        shown = "print(answer.json())"
    inside = "\n".join(lines)
    call = f"answer = requests.{request.method.lower()}(\n{inside}\n)"
    return f"import requests\n\n{call}\nanswer.raise_for_status()\n{shown}"


def javascript(request: Request) -> str:
    options = [f'  method: "{request.method}",'] if request.method != "GET" else []
    options += [f"  headers: {json.dumps(request.headers)},"] if request.headers else []
    options += [f"  body: JSON.stringify({json.dumps(request.body)}),"] if request.body is not None else []
    inside = ", {\n" + "\n".join(options) + "\n}" if options else ""
    call = f'const answer = await fetch("{request.address}"{inside});'
    failed = "if (!answer.ok) throw new Error(await answer.text());"
    if request.output:
        start = 'import { writeFile } from "node:fs/promises";\n\n'
        shown = f'await writeFile("{request.output}", Buffer.from(await answer.arrayBuffer()));'
        return f"{start}{call}\n{failed}\n{shown}"
    return f"{call}\n{failed}\nconsole.log(JSON.stringify(await answer.json(), null, 2));"


def _literal(value: Any) -> str:
    """As Python writes it, with double quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(name)}: {_literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


LANGUAGES = (("curl", curl), ("Python", python), ("JavaScript", javascript))
