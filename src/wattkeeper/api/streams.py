"""The bodies of `/bills` and `/intervals`: planned whole, then written while they are read.

Which items a page has, and whether another follows, is known from dates and coverage before the first byte; what is
held in memory does not grow with the page. A download whose grant ends while it runs is broken off: in every shape,
what was sent can't be read without its end, so nobody takes it for whole.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.http import HttpRequest, StreamingHttpResponse

from wattkeeper.api import bills, columns, finding, intervals, shapes, tags
from wattkeeper.api.errors import invalid
from wattkeeper.api.pages import NO_ITEM, next_link
from wattkeeper.api.params import DataFilters, dated_uid
from wattkeeper.api.shapes import Shape
from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.contents import Channels, Period, Slot
from wattkeeper.authorizations.windows import GrantEndedError

log = logging.getLogger(__name__)


def bill_listing(request: HttpRequest, caller: Caller, filters: DataFilters) -> StreamingHttpResponse:
    """A page of bills."""
    filters.check()
    whole = finding.data_windows(caller, filters, "bills")
    order = _order(filters.newest_first)
    ordered = sorted(contents.periods([filters.narrow(window) for window in whole]), key=order)
    if filters.after is not None:
        last = next((period for period in contents.periods(whole) if str(bills.uid(period)) == filters.after), None)
        if last is None:
            raise invalid("after", NO_ITEM)
        passed = order(last)
        ordered = [period for period in ordered if order(period) > passed]
    page = ordered[: filters.size]
    following = next_link(request, bills.uid(page[-1])) if len(ordered) > len(page) else None
    items = (bills.bill(period, row).model_dump_json(exclude_unset=True) for period, row in contents.read_bills(page))
    body = _noted(_written("bills", items, {"next": following}))
    tag = tags.of_bills(request, caller, page, following=following)
    return StreamingHttpResponse(body, content_type="application/json", headers={tags.HEADER: tag})


def interval_listing(request: HttpRequest, caller: Caller, filters: DataFilters) -> StreamingHttpResponse:
    """A page of Intervals, of a day each, in the shape that the request accepts."""
    shape = shapes.wanted(request)
    filters.check()
    whole = finding.data_windows(caller, filters, "intervals")
    channels = windows.channels(whole)
    after = None
    if filters.after is not None:
        positions = {window.meter.uid: position for position, window in enumerate(whole)}
        last = dated_uid(filters.after)
        if last is None or last[0] not in positions:
            raise invalid("after", NO_ITEM)
        after = (last[1], positions[last[0]])
    narrowed = [filters.narrow(window) for window in whole]
    slots = contents.slots(narrowed, channels, newest_first=filters.newest_first, after=after)
    found = list(islice(slots, filters.size + 1))
    page = found[: filters.size]
    following = next_link(request, intervals.uid(page[-1])) if len(found) > len(page) else None
    body = _shaped(shape, page, channels, {"is_incomplete": False, "next": following})
    tag = tags.of_intervals(request, caller, shape, page, channels, following=following)
    response = StreamingHttpResponse(_noted(body), content_type=shape.value, headers={tags.HEADER: tag})
    if following is not None:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _shaped(
    shape: Shape, page: list[Slot], channels: Channels, rest: dict[str, object]
) -> Iterator[str] | Iterator[bytes]:
    """The body in one of its shapes. What writes Parquet takes its time to load, so only who asks for it waits."""
    days = contents.fill(page, channels)
    if shape is Shape.PARQUET:
        from wattkeeper.api import parquet  # noqa: PLC0415 - see above

        return parquet.written(days)
    if shape is Shape.COLUMNS:
        meters = columns.meters(slot.window for slot in page)
        return _written("intervals", map(columns.written, days), {"meters": meters, **rest})
    return _written("intervals", map(intervals.written, days), rest)


def _order(newest_first: bool) -> Callable[[Period], tuple[int, int, int]]:
    """By first day, then last, then as the meters stand."""
    sign = -1 if newest_first else 1
    return lambda period: (sign * period.start.toordinal(), sign * period.end.toordinal(), period.position)


def _written(name: str, items: Iterable[str], rest: dict[str, object]) -> Iterator[str]:
    yield f'{{"{name}": ['
    separator = ""
    for item in items:
        yield separator + item
        separator = ", "
    yield f"], {json.dumps(rest)[1:]}"


def _noted(body: Iterable[str] | Iterable[bytes]) -> Iterator[str | bytes]:
    """The body; the log says why, if it is broken off."""
    try:
        yield from body
    except GrantEndedError as ended:
        log.warning("a download was broken off: %s", ended)
        raise
