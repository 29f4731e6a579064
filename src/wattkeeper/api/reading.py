"""Reading what a request says, so that nothing said twice is taken for the one or the other."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from wattkeeper.api.errors import DOUBLED, ApiError


class StrictParser(Parser):
    """A parameter given twice stays a list, which no parameter takes: it is named where it is known, ignored where not.

    A JSON object with the same name twice is refused: RFC 8259 (section 4) leaves open what it means.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, object_pairs_hook=_once)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        return {name: values if len(values) > 1 else values[0] for name, values in data.lists()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ApiError(400, "invalid_param", f"{name[:40]!r} {DOUBLED}.", name[:40])
        found[name] = value
    return found
