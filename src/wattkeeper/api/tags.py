"""`ETag` and `If-None-Match` (RFC 9110 sections 8.8.3 and 13.1.2): who has the answer already gets 304 and no body.

A tag is weak: it stands for what an answer says, not for its bytes. Of an answer that is whole before it is sent it is
made from the body, which saves sending it. Of bills and intervals, which are streamed, it is made before the first byte
from the very rows that the body would be written from, which saves the writing as well. Files have none.
"""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.http import parse_etags

from wattkeeper import __version__
from wattkeeper.api import objects
from wattkeeper.api.auth import identity
from wattkeeper.api.shapes import Shape
from wattkeeper.authorizations import contents
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.contents import Channels, Period, Slot
from wattkeeper.authorizations.windows import Window

HEADER, CONDITION = "ETag", "If-None-Match"


def settle(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with its tag; 304 in its place where the client has it."""
    if request.method != "GET" or response.status_code != 200:
        return response
    if isinstance(response, HttpResponse) and response["Content-Type"].startswith("application/json"):
        response[HEADER] = _made([response.content])
    if HEADER not in response or not _is_known(request, response[HEADER]):
        return response
    return HttpResponseNotModified(headers={HEADER: response[HEADER]})


def of_bills(request: HttpRequest, caller: Caller, page: list[Period], *, following: str | None) -> str:
    """The tag of a page of bills."""
    rows = ((period.window.meter.pk, _columns(bill)) for period, bill in contents.unwatched_bills(page))
    opened = _windows(period.window for period in page)
    return _made([_frame(request, caller, following), *opened, *rows])


def of_intervals(
    request: HttpRequest, caller: Caller, shape: Shape, page: list[Slot], channels: Channels, *, following: str | None
) -> str:
    """The tag of a page of intervals in this shape."""

    def parts() -> Iterator[object]:
        yield shape, _frame(request, caller, following)
        yield from _windows(slot.window for slot in page)
        for meter in sorted({slot.window.meter.pk for slot in page}):
            yield [_columns(channel) for channel in channels[meter]]
        for slot, blocks in contents.unwatched_days(page, channels):
            days = [(channel.pk, bytes(packed), revision, updated) for channel, packed, revision, updated in blocks]
            yield slot.window.meter.pk, slot.day, days

    return _made(parts())


def _frame(request: HttpRequest, caller: Caller, following: str | None) -> object:
    return identity(caller), settings.BASE_URL, request.get_full_path(), following


def _windows(opened: Iterable[Window]) -> Iterator[object]:
    """What each answer says of the window itself."""
    for window in {window.meter.pk: window for window in opened}.values():
        grant = window.meter.authorization
        yield window.meter.uid, grant.uid, grant.world.utility.code, window.zone.key, window.spans, objects.base(window)


def _columns(row: Model) -> list[object]:
    """Every column that can show: a correction that forgets to say so changes the tag as well."""
    names = (field.attname for field in row._meta.concrete_fields)
    return [getattr(row, name) for name in names if name != "coverage"]


def _made(parts: Iterable[object]) -> str:
    """Of this release, and keyed: nobody can find out by trying what a tag was made from."""
    digest = salted_hmac("wattkeeper.api.tags", __version__, algorithm="sha256")
    for part in parts:
        digest.update(f"{part!r}\n".encode())
    return f'W/"{digest.hexdigest()[:32]}"'


def _is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the condition names the tag, or any (`*`). Weak or strong is all the same here."""
    named = parse_etags(request.headers.get(CONDITION, ""))
    return named == ["*"] or tag.removeprefix("W/") in {one.removeprefix("W/") for one in named}
