"""Reads Green Button feeds (Atom with ESPI inside) as they arrive, one entry in memory at a time.

Entries find each other by their links, as the standard has it: an IntervalBlock's `up` is its MeterReading's collection
of blocks, and a MeterReading's `related` links name its ReadingType. Document order is not relied on for this.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from lxml import etree

from wattkeeper.demo.usage import Period, Reading, Tally
from wattkeeper.demo.zone import LocalTime

ATOM = "{http://www.w3.org/2005/Atom}"
ESPI = "{http://naesb.org/espi}"
WATT_HOURS = "72"
# Which stream of a meter is drawn, best first: what was delivered, else the net of both directions (FlowDirectionKind).
FLOWS = ("1", "4")
ESTIMATED = {"8", "9"}  # QualityOfReading: estimated by reference day, by interpolation


class FeedRefused(Exception):
    """The document is not one a careful client reads on with."""


@dataclass(frozen=True)
class UsagePoint:
    """A metered service: where it is, and where its local time stands."""

    uri: str
    local_time_uri: str | None

    @property
    def uid(self) -> str:
        return self.uri.rstrip("/").rsplit("/", 1)[-1]


@dataclass
class Use:
    """What a Batch feed held for one period: the tally per stream, and the types the streams turned out to have."""

    tallies: dict[str, Tally] = field(default_factory=dict)  # by MeterReading URI
    types: dict[str, str] = field(default_factory=dict)  # MeterReading URI -> ReadingType URI
    kinds: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # type URI -> unit, flow, multiplier

    def is_wanted(self, stream: str) -> bool:
        """False once a stream is known to be of a kind that is never drawn: its readings needn't be read."""
        unit, flow, _ = self.kinds.get(self.types.get(stream, ""), (WATT_HOURS, FLOWS[0], 0))
        return unit == WATT_HOURS and flow in FLOWS

    def watt_hours(self, period: Period) -> Tally:
        """The delivered electricity in watt-hours; an empty tally when the feed has no such stream."""
        for flow in FLOWS:
            for stream, tally in self.tallies.items():
                unit, direction, multiplier = self.kinds.get(self.types.get(stream, ""), ("", "", 0))
                if (unit, direction) == (WATT_HOURS, flow):
                    return _scaled(tally, multiplier)
        return Tally(period)


def usage_points(chunks: Iterable[bytes]) -> list[UsagePoint]:
    """The meters of a Subscription's UsagePoint feed."""
    return [
        UsagePoint(_link(entry, "self"), _link_ending(entry, "LocalTimeParameters"))
        for entry in entries(chunks)
        if _content(entry, "UsagePoint") is not None
    ]


def local_time(chunks: Iterable[bytes]) -> LocalTime:
    """The first LocalTimeParameters of a document."""
    for entry in entries(chunks):
        found = _content(entry, "LocalTimeParameters")
        if found is not None:
            zone = LocalTime(
                _integer(found, "tzOffset"),
                _integer(found, "dstOffset"),
                _integer(found, "dstStartRule", 16),
                _integer(found, "dstEndRule", 16),
            )
            try:
                zone.offset(0)
            except ValueError as problem:
                raise FeedRefused("The LocalTimeParameters hold a rule that names no day.") from problem
            return zone
    raise FeedRefused("The document holds no LocalTimeParameters.")


def use(chunks: Iterable[bytes], period: Period) -> Use:
    """Adds up every stream of a Batch feed over a period."""
    found = Use()
    for entry in entries(chunks):
        if (block := _content(entry, "IntervalBlock")) is not None:
            stream = _link(entry, "up").removesuffix("/IntervalBlock")
            if found.is_wanted(stream):
                found.tallies.setdefault(stream, Tally(period)).add_all(_readings(block))
        elif _content(entry, "MeterReading") is not None:
            found.types[_link(entry, "self")] = _link_ending(entry, "ReadingType") or ""
        elif (kind := _content(entry, "ReadingType")) is not None:
            found.kinds[_link(entry, "self")] = (
                _text(kind, "uom"),
                _text(kind, "flowDirection"),
                _integer(kind, "powerOfTenMultiplier"),
            )
    return found


def entries(chunks: Iterable[bytes]) -> Iterator[etree._Element]:
    """The entries of a feed (or the one entry of a document), each freed once the next is asked for.

    Raises FeedRefused for a DOCTYPE, anything that is not well-formed, and a document cut off before its end.
    """
    parser = etree.XMLPullParser(events=("start", "end"), tag=f"{ATOM}entry", resolve_entities=False, no_network=True)
    try:
        for chunk in chunks:
            parser.feed(chunk)
            for event, entry in _events(parser):
                _refuse_doctype(entry)
                if event == "end":
                    yield entry
                    _free(entry)
        _refuse_doctype(parser.close())
    except etree.XMLSyntaxError as problem:
        raise FeedRefused(f"The document is not well-formed XML: {problem.msg}") from problem


def _events(parser: "etree.XMLPullParser") -> Iterator[tuple[str, etree._Element]]:
    """With the type that "start" and "end" events have (the stubs know all kinds of event at once)."""
    return cast("Iterator[tuple[str, etree._Element]]", parser.read_events())


def _refuse_doctype(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise FeedRefused("The document has a DOCTYPE, which a data feed never needs.")


def _free(entry: etree._Element) -> None:
    entry.clear()
    parent = entry.getparent()
    while parent is not None and entry.getprevious() is not None:
        del parent[0]


def _readings(block: etree._Element) -> Iterator[Reading]:
    for reading in block.iterfind(f"{ESPI}IntervalReading"):
        span = reading.find(f"{ESPI}timePeriod")
        if span is None:
            raise FeedRefused("A reading has no timePeriod.")
        quality = reading.findtext(f"{ESPI}ReadingQuality/{ESPI}quality")
        yield Reading(
            _integer(span, "start"),
            _integer(span, "duration"),
            Decimal(_integer(reading, "value")),
            quality in ESTIMATED,
        )


def _scaled(tally: Tally, multiplier: int) -> Tally:
    tally.total = tally.total.scaleb(multiplier)
    tally.slots = {start: (amount.scaleb(multiplier), n, e) for start, (amount, n, e) in tally.slots.items()}
    return tally


def _content(entry: etree._Element, name: str) -> etree._Element | None:
    return entry.find(f"{ATOM}content/{ESPI}{name}")


def _link(entry: etree._Element, relation: str) -> str:
    for link in entry.iterfind(f"{ATOM}link"):
        if link.get("rel") == relation:
            return link.get("href") or ""
    raise FeedRefused(f"An entry has no {relation!r} link.")


def _link_ending(entry: etree._Element, resource: str) -> str | None:
    """The related link whose type names a resource, as in `espi-entry/ReadingType`."""
    for link in entry.iterfind(f"{ATOM}link"):
        if link.get("rel") == "related" and (link.get("type") or "").endswith(f"/{resource}"):
            return link.get("href")
    return None


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{ESPI}{name}") or ""


def _integer(element: etree._Element, name: str, base: int = 10) -> int:
    text = _text(element, name)
    try:
        return int(text, base)
    except ValueError as problem:
        raise FeedRefused(f"{name} should be a whole number, but is {text!r}.") from problem
