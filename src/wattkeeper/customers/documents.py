"""PDFs of bills as the utility gave them: files under the data folder, each under the digest of what is in it.

So a file that is there is whole, and what a row names can't be changed unseen. A PDF is the bill of one service for one
period: one that two rows named would show each of them to whoever may see the other.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import default_storage

from wattkeeper.customers.models import Bill

CHUNK = 64 * 1024


def keep(source: BinaryIO) -> tuple[str, bool]:
    """Copies a file in: its digest, by which `chunks` finds it, and whether it was not there before."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as copy:
        try:
            while part := source.read(CHUNK):
                digest.update(part)
                copy.write(part)
            copy.flush()
            os.fsync(copy.fileno())
            path = _path(digest.hexdigest())
            is_new = not path.exists()
            path.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(copy.name, path)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest(), is_new


def forget(digest: str) -> None:
    """Removes a file that no bill names; one that a bill names stays."""
    if not Bill.objects.filter(document=digest).exists():
        _path(digest).unlink(missing_ok=True)


def size(digest: str) -> int:
    return _path(digest).stat().st_size


def chunks(digest: str) -> Iterator[bytes]:
    with _path(digest).open("rb") as source:
        while part := source.read(CHUNK):
            yield part


def _folder() -> Path:
    return Path(default_storage.path("bills"))


def _path(digest: str) -> Path:
    return _folder() / digest[:2] / f"{digest}.pdf"
