"""In which shape a page of intervals is written: what the request's `Accept` asks for (RFC 9110 section 12.5.1)."""

from enum import StrEnum

from django.http import HttpRequest
from django.http.request import MediaType

from wattkeeper.api.errors import ApiError


class Shape(StrEnum):
    """The media types, the ordinary one first."""

    JSON = "application/json"
    COLUMNS = "application/vnd.wattkeeper.columns+json"
    PARQUET = "application/vnd.apache.parquet"


OTHERS = {
    "responses": {
        200: {
            "content": {
                Shape.COLUMNS.value: {"schema": {"type": "object", "description": "The values of each day as lists"}},
                Shape.PARQUET.value: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    }
}
"""For the API document."""


def wanted(request: HttpRequest) -> Shape:
    """The shape the client likes best. The others than JSON have to be named: a wildcard means the ordinary one.

    ApiError 406 where none is acceptable.
    """
    ranges = [MediaType(token) for token in request.headers.get("Accept", "*/*").split(",") if token.strip()]
    best = max(Shape, key=lambda shape: _quality(shape, ranges))
    if not _quality(best, ranges):
        raise ApiError(406, "not_acceptable", f"Accept names none of {', '.join(Shape)}.")
    return best


def _quality(shape: Shape, ranges: list[MediaType]) -> float:
    """From 0 (not acceptable) to 1: that of the most exact range that matches."""
    matching = [found for found in ranges if found.match(shape) and (shape is Shape.JSON or "*" not in str(found))]
    closest = max(matching, key=lambda found: found.specificity, default=None)
    return closest.quality if closest is not None else 0
