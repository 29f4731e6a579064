"""How a body is sent: in chunks as they are made, compressed where that is taken, broken off where a grant ends.

What was sent of a feed by then has no `</feed>`, so no parser takes it for whole.
"""

import logging
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.greenbutton import atom
from wattkeeper.greenbutton.negotiation import takes_gzip

ATOM_TYPE, XML_TYPE = "application/atom+xml", "application/xml"
GZIP_LEVEL = 4
GZIP_FORMAT = 31  # zlib: a window of 2**15, with the header and trailer of gzip

log = logging.getLogger(__name__)


def send(request: HttpRequest, pieces: Iterable[bytes], content_type: str) -> HttpResponseBase:
    """The body in chunks, compressed where that is taken. What fits one chunk is sent whole, with its length."""
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "private, no-store",
        "Vary": "Authorization, Accept-Encoding",
    }
    chunks = atom.chunks(pieces)
    if takes_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        chunks = _gzipped(chunks)
    first = list(islice(chunks, 2))
    if len(first) < 2:
        return HttpResponse(b"".join(first), headers=headers)
    body = () if request.method == "HEAD" else _watched(chain(first, chunks))
    return StreamingHttpResponse(body, headers=headers)


def _gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    stream = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_FORMAT)
    for chunk in chunks:
        if ready := stream.compress(chunk):
            yield ready
    yield stream.flush()


def _watched(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except GrantEndedError as ended:
        log.warning("a download was broken off: %s", ended)
        raise
