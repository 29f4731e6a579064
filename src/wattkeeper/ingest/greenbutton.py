"""Green Button files (ESPI in Atom) as utilities really write them: any prefix, any order, any spelling of links.

Relations are told from links. A link that is missing is made up for only where the file leaves no choice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from wattkeeper.ingest.batch import Batch, Terms
from wattkeeper.ingest.espi_resources import canonical, cut, interval_reading, number, reading_type, summary
from wattkeeper.ingest.records import FileError, RecordError, Summary, shown
from wattkeeper.ingest.staging import Staging
from wattkeeper.ingest.xml_stream import Entry, FeedReader, Node, Part
from wattkeeper.readings.store import ReadingType

ESPI = "http://naesb.org/espi"
MAX_RESOURCES = 20_000  # other than readings and their blocks
READING = frozenset({"IntervalReading"})
SUMMARIES = {"UsageSummary", "ElectricPowerUsageSummary"}
UNDERSTOOD = {"LocalTimeParameters", "IntervalBlock"}


@dataclass
class UsagePoint:
    title: str = ""
    service_kind: int | None = None


@dataclass
class _Links:
    """Where an entry says it stands."""

    own: str
    all: list[str]

    @classmethod
    def of(cls, entry: Entry) -> "_Links":
        found = {rel: [canonical(href) for href in hrefs] for rel, hrefs in entry.links.items()}
        order = [path for rel in ("up", "self", "related") for path in found.get(rel, [])]
        return cls((found.get("self") or [""])[0], order)

    def names(self, resource: str) -> str | None:
        return next((path for link in self.all if (path := cut(link, resource))), None)


@dataclass
class Contents:
    """All that stands in a file besides the readings, which wait in the staging."""

    staging: Staging
    points: dict[str, UsagePoint] = field(default_factory=dict)
    types: dict[str, ReadingType] = field(default_factory=dict)
    meters: dict[str, _Links] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)  # what blocks hang on -> its number in the staging
    summaries: list[tuple[str | None, Summary]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.points) + len(self.types) + len(self.meters) + len(self.groups) + len(self.summaries)

    def batch(self, wanted: str | None) -> Batch:
        """What the file holds for one usage point: the `wanted` one, or the only one. FileError if unclear."""
        counts = self.staging.streams()
        groups: dict[str, list[tuple[str, int]]] = {}
        for key, group in self.groups.items():
            if group in counts:
                groups.setdefault(self._point_of(key), []).append((key, group))
        summaries: dict[str, list[Summary]] = {}
        for path, found in self.summaries:
            summaries.setdefault(path or self._only_point(), []).append(found)
        points = [*groups, *(path for path in summaries if path not in groups)]
        chosen = self._choose(points, wanted)
        batch = Batch(summaries=summaries.get(chosen, []))
        batch.service_kind = self.points[chosen].service_kind if chosen in self.points else None
        self._add_streams(batch, groups.get(chosen, []), counts)
        return batch

    def _add_streams(self, batch: Batch, groups: list[tuple[str, int]], counts: dict[int, tuple[int, int]]) -> None:
        """Groups of one type are one stream: some utilities make a MeterReading for every bill."""
        by_identity: dict[ReadingType, int] = {}
        for key, group in groups:
            found = self._type_of(key)
            if found is None:
                count, line = counts[group]
                self.staging.refuse(line, f"no ReadingType in the file says what these readings measure ({count})")
                continue
            identity = replace(found, currency=0, default_quality=0)
            if identity in by_identity:
                self.staging.merge(group, by_identity[identity])
            else:
                by_identity[identity] = group
                batch.streams[group] = found

    def _choose(self, points: list[str], wanted: str | None) -> str:
        if not points:
            raise FileError("there are no readings and no bills in it that can be imported")
        if wanted is not None:
            name = canonical(wanted)
            fitting = [path for path in points if path == name or path.endswith("/" + name)]
            if len(fitting) == 1:
                return fitting[0]
            raise FileError(f"{len(fitting)} usage points fit {shown(wanted)}; the file has {self._listed(points)}")
        if len(points) > 1:
            raise FileError(
                f"the file has {len(points)} usage points: say with --usage-point which one belongs to the service: "
                + self._listed(points)
            )
        return points[0]

    def _listed(self, points: list[str]) -> str:
        titles = {path: self.points[path].title for path in points if path in self.points}
        named = [path + (f" ({shown(titles[path])})" if titles.get(path) else "") for path in points[:20]]
        return ", ".join(named) + (" ..." if len(points) > 20 else "")

    def _only_point(self) -> str:
        return next(iter(self.points)) if len(self.points) == 1 else ""

    def _point_of(self, key: str) -> str:
        meter = self._meter_of(key)
        named = meter.names("UsagePoint") if meter else None
        return cut(key, "UsagePoint") or named or self._only_point()

    def _meter_of(self, key: str) -> _Links | None:
        if key in self.meters:
            return self.meters[key]
        linked = [meter for meter in self.meters.values() if key and key in meter.all]
        if linked:
            return linked[0]
        return next(iter(self.meters.values())) if len(self.meters) == 1 and not cut(key, "MeterReading") else None

    def _type_of(self, key: str) -> ReadingType | None:
        meter = self._meter_of(key)
        for path in meter.all if meter else []:
            if path in self.types:
                return self.types[path]
        says_otherwise = meter.names("ReadingType") if meter else self.meters
        return next(iter(self.types.values())) if len(self.types) == 1 and not says_otherwise else None


def read(source: BinaryIO, staging: Staging, terms: Terms, progress: Callable[[int], None]) -> Contents:
    """Reads a whole file into the staging. FileError where it can't be read; bad records are noted there."""
    contents = Contents(staging)
    parts: list[Node] = []
    for piece in FeedReader(source, READING, progress):
        if isinstance(piece, Entry):
            _close_entry(contents, piece, parts, terms)
            parts.clear()
        elif piece.within is None:
            parts.append(piece.node)
            if len(parts) > MAX_RESOURCES:
                raise FileError(f"one entry holds more than {MAX_RESOURCES} resources", piece.node.line)
        elif piece.within.namespace == ESPI:
            _stage(staging, piece, piece.within, terms.latest)
    return contents


def _stage(staging: Staging, piece: Part, block: Node, latest: int) -> None:
    try:
        staging.add(interval_reading(piece.node, block, piece.entry, latest))
    except RecordError as refusal:
        staging.refuse(piece.node.line, str(refusal))


def _close_entry(contents: Contents, entry: Entry, parts: list[Node], terms: Terms) -> None:
    links = _Links.of(entry)
    for node in parts:
        if node.namespace != ESPI:
            contents.staging.skip(node.line, f"{shown(node.name)} of {shown(node.namespace)} is not usage data")
            continue
        try:
            _take(contents, node, entry, links, terms)
        except RecordError as refusal:
            contents.staging.refuse(node.line, f"{node.name}: {refusal}")
    if contents.size > MAX_RESOURCES:
        raise FileError(f"there are more than {MAX_RESOURCES} resources in this file", entry.line)


def _take(contents: Contents, node: Node, entry: Entry, links: _Links, terms: Terms) -> None:
    if node.name == "UsagePoint":
        category = node.child("ServiceCategory")
        kind = number(category, "kind") if category is not None else None
        contents.points[cut(links.own, "UsagePoint") or links.own] = UsagePoint(entry.title, kind)
    elif node.name == "MeterReading":
        contents.meters[cut(links.own, "MeterReading") or links.own] = links
    elif node.name == "ReadingType":
        contents.types[links.own] = reading_type(node, terms.currency)
    elif node.name == "IntervalBlock":
        key = links.names("MeterReading") or (links.all[0] if links.all else "")
        contents.staging.assign(entry.number, contents.groups.setdefault(key, len(contents.groups)))
    elif node.name in SUMMARIES:
        found = summary(node, terms.latest)
        if found is None:
            contents.staging.skip(node.line, f"{node.name} without billingPeriod and billLastPeriod is not a bill")
        else:
            contents.summaries.append((links.names("UsagePoint"), found))
    elif node.name not in UNDERSTOOD:
        contents.staging.skip(node.line, f"{shown(node.name)} is not kept here")
