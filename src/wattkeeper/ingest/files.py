"""Opening what an operator names: a regular file with something in it, not packed."""

import stat
from pathlib import Path
from typing import BinaryIO

from wattkeeper.ingest.records import FileError

PACKED = {
    b"\x1f\x8b": "a gzip file: unpack it first",
    b"PK\x03\x04": "a zip file or an Excel workbook: unpack it, or save the sheet as CSV",
    b"BZh": "a bzip2 file: unpack it first",
    b"\xfd7zXZ": "an xz file: unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it first",
    b"%PDF": "a PDF: the data itself is needed",
}


def opened(path: Path) -> BinaryIO:
    """The file, open for reading in binary. FileError if there is nothing to read in it."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise FileError("this is not a regular file")
        if info.st_size == 0:
            raise FileError("the file is empty")
        source = path.open("rb")
    except OSError as error:
        raise FileError(f"the file can't be read: {error.strerror}") from None
    start = source.read(8)
    source.seek(0)
    for sign, meaning in PACKED.items():
        if start.startswith(sign):
            source.close()
            raise FileError(f"this is {meaning}")
    return source
