"""A ZIP file written while it is read: one PDF at a time is in memory, and nothing on disk."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from itertools import count
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.contents import Period
from wattkeeper.documents import bill_pdf


def pdfs(periods: Iterable[Period]) -> Iterator[bytes]:
    """The PDFs of bills for which one exists, stored as they are. Raises GrantEndedError: what was sent then has no
    directory, and nothing opens it."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:
        for period, bill in contents.read_bills(periods):
            windows.watch(period.window)()
            found = bill_pdf.document(period, bill)
            entry = ZipInfo(_unused(found.name, archive), bill.updated.timetuple()[:6])
            entry.external_attr = 0o600 << 16
            entry.file_size = found.length
            with archive.open(entry, "w") as inside:
                for chunk in found.chunks:
                    inside.write(chunk)
                    yield pipe.taken()
            yield pipe.taken()
    yield pipe.taken()


def _unused(name: str, archive: ZipFile) -> str:
    """The name, with a number where it is taken: services can be called alike once what no file may be called is gone,
    and one can be shared twice."""
    taken, stem = set(archive.namelist()), name.removesuffix(".pdf")
    numbered = (f"{stem}_{number}.pdf" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


class _Pipe(RawIOBase):
    """Where the archive writes to: kept until it is taken. It can't be sought in, so sizes stand behind the entries."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._kept.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        found, self._kept = b"".join(self._kept), []
        return found
