"""Atom feeds and entries around ESPI resources (RFC 4287, and the order and count of links that atom.xsd wants).

A feed is written as a stream of bytes, entry by entry; nothing here ever holds a whole one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID
from xml.sax.saxutils import escape

from wattkeeper.common import clock

ATOM_TYPE, XML_TYPE = "application/atom+xml", "application/xml"
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
ATOM = "http://www.w3.org/2005/Atom"
ESPI = "http://naesb.org/espi"
# XML 1.0 section 2.2 has no way to write these, escaped or not.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Schema:
    """One of ESPI's two, which never stand in one feed: `prefix` is what the types of links begin with."""

    prefix: str
    namespace: str


USAGE, CUSTOMER = Schema("espi", ESPI), Schema("cust", f"{ESPI}/customer")


@dataclass(frozen=True, slots=True)
class Link:
    rel: str
    href: str
    type: str

    def xml(self) -> str:
        return f'<link rel="{self.rel}" href="{text(self.href)}" type="{self.type}"/>'


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource: `content` is the inside of its element as XML, times are epoch seconds.

    `up` is the collection it stands in, `uid` what its Atom id is made of.
    """

    kind: str
    uid: UUID
    href: str
    up: str
    published: int
    updated: int
    content: str
    related: tuple[Link, ...] = ()
    schema: Schema = USAGE

    def xml(self) -> bytes:
        own = link("self", self.href, self.kind, "entry", self.schema)
        links = (own, link("up", self.up, self.kind, "feed", self.schema), *self.related)
        times = stamp(self.published), stamp(self.updated)
        return frame(self.kind, str(self.uid), links, times, self.content, schema=self.schema).encode()


def link(rel: str, href: str, kind: str, shape: str = "entry", schema: Schema = USAGE) -> Link:
    """A link to a single resource of a kind, or to a collection of it (`shape` feed)."""
    return Link(rel, href, f"{schema.prefix}-{shape}/{kind}")


def frame(
    kind: str, uid: str, links: Iterable[Link], times: tuple[str, str], content: str, *, schema: Schema = USAGE
) -> str:
    """An entry of ready-made parts; `times` are published and updated as `stamp` gives them."""
    published, updated = times
    return (
        f"<entry><id>urn:uuid:{uid}</id>{''.join(link.xml() for link in links)}"
        f"<published>{published}</published><updated>{updated}</updated><title>{kind}</title>"
        f'<content type="application/xml"><{kind} xmlns="{schema.namespace}">{content}</{kind}></content></entry>\n'
    )


def single(entry: bytes) -> bytes:
    """An entry as a document of its own."""
    return f'{PROLOG}<entry xmlns="{ATOM}">'.encode() + entry.removeprefix(b"<entry>")


def feed(
    title: str, uid: UUID, href: str, updated: int, entries: Iterable[bytes], *, schema: Schema = USAGE
) -> Iterator[bytes]:
    """A feed of these entries, in pieces of any size."""
    yield (
        f'{PROLOG}<feed xmlns="{ATOM}"><id>urn:uuid:{uid}</id><title>{title}</title>'
        f"<updated>{stamp(updated)}</updated>{link('self', href, title, 'feed', schema).xml()}\n"
    ).encode()
    yield from entries
    yield b"</feed>\n"


def fields(*pairs: tuple[str, str | int | None]) -> str:
    """Elements in the order given, without those that are None."""
    return "".join(
        f"<{name}>{text(value) if isinstance(value, str) else value}</{name}>"
        for name, value in pairs
        if value is not None
    )


def period(name: str, start: int, end: int) -> str:
    """ESPI DateTimeInterval: duration stands before start."""
    return f"<{name}><duration>{end - start}</duration><start>{start}</start></{name}>"


def wrapped(name: str, content: str) -> str:
    """An element around ready-made content; nothing where that is empty."""
    return f"<{name}>{content}</{name}>" if content else ""


def text(value: str) -> str:
    """Text as it may stand in an element or a quoted attribute."""
    return escape(UNWRITABLE.sub("", value), {'"': "&quot;"})


@lru_cache(maxsize=4096)
def stamp(seconds: int) -> str:
    """Epoch seconds as xs:dateTime in UTC with Z."""
    return clock.from_epoch(seconds).isoformat().replace("+00:00", "Z")
