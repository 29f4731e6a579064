"""How a body is sent: in chunks as they are made, compressed where that is taken, broken off where a grant ends.

What was sent of a feed by then has no `</feed>`, so no parser takes it for whole; of a file in chunks the last chunk is
missing, and of one with a length the rest.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from isal import isal_zlib

from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.common.accepting import takes_gzip

CHUNK = 64 * 1024
GZIP_LEVEL = 2  # ISA-L's: what zlib's 4 makes, about ten times as fast
GZIP_FORMAT = 31  # zlib: a window of 2**15, with the header and trailer of gzip

log = logging.getLogger(__name__)


def send(
    request: HttpRequest,
    pieces: Iterable[bytes],
    content_type: str,
    *,
    name: str = "",
    is_packed: bool = False,
    length: int | None = None,
) -> HttpResponseBase:
    """The body in chunks, compressed where that is taken and it is not packed already. What fits one chunk is sent
    whole, with its length; something packed may say its `length` itself. With a `name` it is a file to keep."""
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "private, no-store",
        "Vary": "Authorization" if is_packed else "Authorization, Accept-Encoding",
    }
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    chunks = gathered(pieces)
    if is_packed:
        headers |= {} if length is None else {"Content-Length": str(length)}
    elif takes_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        chunks = gzipped(chunks)
    first = list(islice(chunks, 2))
    if len(first) < 2:
        return HttpResponse(b"".join(first), headers=headers)
    body = () if request.method == "HEAD" else _watched(chain(first, chunks))
    return StreamingHttpResponse(body, headers=headers)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of about 64 KB: one write to the network each."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as one gzip stream."""
    stream = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, GZIP_FORMAT)
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
