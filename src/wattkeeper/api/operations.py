"""What every operation of the JSON API has, whichever module it stands in."""

from typing import Any

from django.http import HttpRequest

from wattkeeper.api import schemas
from wattkeeper.authorizations.access import Caller

OF_ANY = frozenset({405, 413, 414, 429, 431, 500})
FAILURES = OF_ANY | {400, 401, 403}


class ApiRequest(HttpRequest):
    """A request that `auth` let in."""

    auth: Caller


def answers(model: Any, *statuses: int) -> dict[Any, Any]:
    """What an operation can answer with, for the API document."""
    return {200: model, FAILURES | {*statuses}: schemas.Error}


def open_answers(model: Any, *statuses: int) -> dict[Any, Any]:
    """The same for one that takes neither token nor parameters."""
    return {200: model, OF_ANY | {*statuses}: schemas.Error}


def file_answers(*content_types: str) -> dict[str, Any]:
    """The same for a file, as keywords of the operation."""
    content = {name: {"schema": {"type": "string", "format": "binary"}} for name in content_types}
    told = {"responses": {200: {"description": "The file", "content": content}}}
    return {"response": {FAILURES | {404}: schemas.Error}, "openapi_extra": told}
