"""Atom feeds as a stream of small nodes: no tree is kept, and depth, size and text are bounded.

A DOCTYPE is refused whatever it says, so no entity is ever defined, let alone expanded; nothing is fetched.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from lxml import etree

from wattkeeper.ingest.records import FileError, shown

ATOM = "http://www.w3.org/2005/Atom"
CHUNK = 1 << 16
MAX_BYTES = 4 << 30
MAX_DEPTH = 32
MAX_TEXT = 1 << 16
MAX_SILENCE = 1 << 20  # bytes between two tags
MAX_CHILDREN = 5000
MAX_LINKS = 1000  # of an entry
MAX_NAMES = 1 << 18  # letters of all the different names together: the parser never forgets one


@dataclass(slots=True)
class Node:
    """One element without its attributes: line where it starts, text, children in order."""

    namespace: str
    name: str
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    handed_out: int = 0

    def child(self, name: str) -> "Node | None":
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list["Node"]:
        return [child for child in self.children if child.name == name]


@dataclass(slots=True)
class Entry:
    """The Atom side of an entry: its number in the file, title, and its links by rel."""

    number: int
    line: int
    title: str = ""
    links: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """A resource inside an entry's content, or (`within` a resource not finished yet) one of its many parts."""

    entry: int
    node: Node
    within: Node | None = None


class FeedReader:
    """Reads an Atom feed or a single entry.

    Iterating gives a Part for every resource in an entry's content as soon as it is complete, a Part with `within`
    set for every element named in `eager` (which the resource then doesn't hold), and the Entry itself once it ends.
    Raises FileError.
    """

    def __init__(self, source: BinaryIO, eager: frozenset[str], progress: Callable[[int], None]) -> None:
        self._source = source
        self._eager = eager
        self._progress = progress
        self._stack: list[Node] = []
        self._entry = Entry(0, 0)
        self._content_depth = 0
        self._has_root = False
        self._line = 0  # of the element that began last
        self._links = 0  # of the entry at hand
        self._names: set[str | bytes] = set()
        self._names_size = 0

    def __iter__(self) -> Iterator[Part | Entry]:
        parser = etree.XMLPullParser(
            events=("start", "end", "start-ns", "pi"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        total = silent_since = 0
        try:
            for chunk in self._chunks():
                total += len(chunk)
                if total > MAX_BYTES:
                    raise FileError(f"the file is larger than {MAX_BYTES >> 30} GiB")
                parser.feed(chunk)
                for event, found in parser.read_events():
                    if isinstance(found, tuple):
                        self._meet(*found)
                    elif isinstance(found, etree._ProcessingInstruction):
                        self._meet(found.target or "")
                    elif isinstance(found, etree._Element):
                        silent_since = total
                        if event == "start":
                            self._start(found)
                        else:
                            yield from self._end(found)
                if total - silent_since > MAX_SILENCE:
                    raise FileError(f"an element or comment is longer than {MAX_SILENCE >> 20} MiB", self._line or None)
                self._progress(len(chunk))
        except etree.XMLSyntaxError as error:
            raise FileError(_plain(str(error.msg)), error.lineno or None) from None
        self._close(parser)

    def _chunks(self) -> Iterator[bytes]:
        """Tag by tag up to the root, so that a DOCTYPE is seen before anything can make use of it; then faster."""
        while chunk := self._source.read(CHUNK):
            while not self._has_root and chunk:
                tag, sign, chunk = chunk.partition(b">")
                yield tag + sign
            if chunk:
                yield chunk

    def _close(self, parser: "etree.XMLPullParser") -> None:
        """An error that shows only at the end: the parser is still waiting for something, or was quietly put off."""
        errors = parser.feed_error_log.filter_from_fatals()
        if len(errors):
            raise FileError(_plain(errors[0].message), errors[0].line)
        try:
            parser.close()
        except etree.XMLSyntaxError:
            if not self._has_root:
                raise FileError("this is not an XML file") from None
            reason = f"the file is cut off: it ends before {shown(self._stack[-1].name)}, begun here, is closed"
            raise FileError(reason, self._stack[-1].line) from None

    def _start(self, element: "etree._Element") -> None:
        self._line = _line(element)
        tag = str(element.tag)
        self._meet(tag, *element.keys())
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        node = Node(namespace, name, self._line)
        if not self._has_root:
            _check_root(element, node)
            self._has_root = True
        depth = len(self._stack) + 1
        if depth > MAX_DEPTH:
            raise FileError(f"elements are nested deeper than {MAX_DEPTH}", node.line)
        if namespace == ATOM and not self._content_depth:
            if name == "entry" and depth <= 2:
                self._entry, self._links = Entry(self._entry.number + 1, node.line), 0
            elif name == "link":
                self._keep_link(element)
            elif name == "content":
                self._content_depth = depth
        self._stack.append(node)

    def _end(self, element: "etree._Element") -> Iterator[Part | Entry]:
        node = self._stack.pop()
        node.text = str(element.text or "")
        if len(node.text) > MAX_TEXT:
            raise FileError(f"the text of {node.name} is longer than {MAX_TEXT >> 10} KiB", node.line)
        _forget(element)
        depth = len(self._stack) + 1
        if not self._content_depth:
            if node.namespace == ATOM and node.name == "title":
                self._entry.title = node.text.strip()[:200]
            elif node.namespace == ATOM and node.name == "entry":
                yield self._entry
                self._entry = Entry(self._entry.number, 0)
        elif depth == self._content_depth:
            self._content_depth = 0
        elif depth == self._content_depth + 1:
            yield Part(self._entry.number, node)
        elif depth == self._content_depth + 2 and node.name in self._eager:
            yield Part(self._entry.number, node, self._stack[-1])
            self._stack[-1].handed_out += 1
        else:
            self._keep(node)

    def _keep(self, node: Node) -> None:
        parent = self._stack[-1]
        if len(parent.children) >= MAX_CHILDREN:
            raise FileError(f"{parent.name} holds more than {MAX_CHILDREN} elements", node.line)
        parent.children.append(node)

    def _keep_link(self, element: "etree._Element") -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            raise FileError(f"one entry has more than {MAX_LINKS} links", self._line)
        rel, href = element.get("rel", "alternate"), element.get("href", "")
        self._entry.links.setdefault(rel[:64], []).append(href[:2048])

    def _meet(self, *names: str | bytes) -> None:
        """Counts names of elements, attributes, namespaces and instructions that were not there before."""
        for name in names:
            if name not in self._names:
                self._names.add(name)
                self._names_size += len(name)
        if self._names_size > MAX_NAMES:
            raise FileError("its elements, attributes and namespaces have too many different names", self._line or None)


def _line(element: "etree._Element") -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0


def _check_root(element: "etree._Element", node: Node) -> None:
    info = element.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise FileError("the file has a DOCTYPE, which no Green Button file needs: it is refused unread")
    if node.namespace != ATOM or node.name not in {"feed", "entry"}:
        raise FileError(
            f"this is not a Green Button file: it starts with {shown(node.name)} in the namespace "
            f"{shown(node.namespace)}, where an Atom feed or entry ({ATOM}) is expected",
            node.line,
        )


def _forget(element: "etree._Element") -> None:
    """Frees what is done. The element itself stays until its next sibling ends: the parser still holds it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _plain(message: str) -> str:
    if "Start tag expected" in message or "Document is empty" in message:
        return "this is not an XML file"
    if "depth" in message:
        return f"elements are nested deeper than {MAX_DEPTH}"
    return f"the file is not well-formed XML: {message.partition(', line ')[0]}"
