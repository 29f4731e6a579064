"""What pages in more than one room have in common: what they show, as plain values that the pieces in templates/pieces/
draw, what their views are marked with, and what their addresses say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_WORD = 24


@dataclass(frozen=True)
class Cell:
    """One cell of a table. `tag` is the kind of a state tag (good, warn, bad, info)."""

    text: str
    is_code: bool = False
    is_number: bool = False
    href: str = ""
    tag: str = ""

    @property
    def is_long(self) -> bool:
        """Code that may break anywhere, as an address does, rather than widen its column."""
        return len(self.text) > LONGEST_WORD


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of a row is the row's heading."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def labelled_rows(self) -> list[list[tuple[str, Cell]]]:
        """Each cell with its column's heading, which stands beside it where rows become cards."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def for_people(view: View) -> View:
    """Marks a view whose address browsers open although it is exempt from the CSRF check: it is refused with a page."""
    view.for_people = True  # type: ignore[attr-defined]
    return view


def branded(view: View) -> View:
    """Marks a view that a utility's own host name serves too; for everything else that sends to the base URL."""
    view.is_branded = True  # type: ignore[attr-defined]
    return view


def uid_in(request: HttpRequest, name: str) -> UUID | None:
    """The uid that the query gives under a name; None where it gives none, or something else."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None
