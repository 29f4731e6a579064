"""Cutting lists into pages: `after` a uid, `limit` items, and the ready-made address of the next page."""

from typing import TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from wattkeeper.api.errors import invalid
from wattkeeper.api.params import Paging, uuid_of

Row = TypeVar("Row", bound=Model)
NO_ITEM = "names no item of this list"


def newest_first(rows: QuerySet[Row], everything: QuerySet[Row], paging: Paging) -> QuerySet[Row]:
    """One page of rows, and one row more if there is a further page; newest first by `created`.

    `everything` is where the row of `after` is looked for: it need not match the filters that made `rows`.
    """
    if paging.after is not None:
        uid = uuid_of(paging.after)
        last = everything.filter(uid=uid).values_list("created", "pk").first() if uid else None
        if last is None:
            raise invalid("after", NO_ITEM)
        rows = rows.filter(Q(created__lt=last[0]) | Q(created=last[0], pk__lt=last[1]))
    return rows.order_by("-created", "-pk")[: paging.size + 1]


def cut(request: HttpRequest, found: list[Row], paging: Paging) -> tuple[list[Row], str | None]:
    """The page, and the address of the next one: `found` has one row more if there is a further page."""
    page = found[: paging.size]
    return page, next_link(request, page[-1].uid) if len(found) > len(page) else None  # type: ignore[attr-defined]


def next_link(request: HttpRequest, last_uid: object) -> str:
    """This request's address with every parameter it had, `after` set.

    A token given in the query is one of them: a client that signs in that way follows the link as it stands.
    """
    query = request.GET.copy()
    query["after"] = str(last_uid)
    return f"{settings.BASE_URL}{request.path}?{query.urlencode()}"
