"""Reading one row by what is unique about it."""

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def only(rows: QuerySet[Row, Row]) -> Row | None:
    """The one row there is, or none. `first()` would put it in order, and spend more time on that clause of a wide
    SELECT than the database on the whole of it."""
    return next(iter(rows), None)
