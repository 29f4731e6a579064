"""PDFs of bills with a manifest that says which bill each is: all of them are kept, or none.

The manifest is CSV with the columns `file,service,first_day,last_day`. A file stands beside it or below; the bill must
be there already. A PDF in the wrong place would show one customer's bill to another: what is in doubt is refused.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO
from uuid import UUID

from django.db import transaction

from wattkeeper.common import audit, clock
from wattkeeper.customers import documents
from wattkeeper.customers.models import Bill, Service
from wattkeeper.ingest.files import opened
from wattkeeper.ingest.news import News, tell
from wattkeeper.ingest.records import FileError, RecordError
from wattkeeper.readings.store import Counts
from wattkeeper.utilities.models import World

COLUMNS = ["file", "service", "first_day", "last_day"]
ALONE = "A PDF is the bill of one service and one period"
LARGEST = 20 * 1024 * 1024
TAIL = 1024
"""Bytes at the end in which readers look for the mark that a PDF ends with."""

Key = tuple[int, UUID]
"""A bill's, as its primary key is."""


class ManifestError(Exception):
    """Nothing was kept; `refusals` are (line of the manifest, reason), from 1."""

    def __init__(self, refusals: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(refusals)} of its lines can't be imported")
        self.refusals = refusals


@dataclass(frozen=True)
class Entry:
    line: int
    bill: Bill
    digest: str

    @property
    def key(self) -> Key:
        return self.bill.service_id, self.bill.uid


def store(manifest: Path, world: World) -> Counts:
    """Keeps the PDFs that a manifest names for bills of a world; what became of them. FileError or ManifestError, and
    nothing kept, where one of them can't be."""
    new: set[str] = set()
    try:
        entries = _entries(manifest, world, new)
        with transaction.atomic():
            World.objects.select_for_update().get(pk=world.pk)  # two imports take turns
            return _settle(entries, world)
    except BaseException:
        for digest in new:
            documents.forget(digest)
        raise


def _settle(entries: dict[Key, Entry], world: World) -> Counts:
    """Names each file in its bill's row, and tells who may read it. Files that are replaced go once that stands."""
    if refusals := list(_refusals(entries)):
        raise ManifestError(refusals)
    counts, at = Counts(), clock.now(world)
    news: dict[Service, News] = {}
    for entry in entries.values():
        bill = Bill.objects.select_related("service").get(service_id=entry.bill.service_id, uid=entry.bill.uid)
        before = bill.document
        if before == entry.digest:
            counts += Counts(same=1)
            continue
        Bill.objects.filter(service_id=bill.service_id, uid=bill.uid).update(document=entry.digest, updated=at)
        counts += Counts(changed=1) if before else Counts(added=1)
        news.setdefault(bill.service, News()).bills.append((bill.start, bill.end))
        if before:
            transaction.on_commit(partial(documents.forget, before))
    for service, found in news.items():
        tell(service, found)
    data: dict[str, audit.Value] = {"pdfs": counts.added, "pdfs_changed": counts.changed}
    audit.record("bill_pdfs_imported", actor=audit.OPERATOR, utility_code=world.utility.code, data=data)
    return counts


def _entries(manifest: Path, world: World, new: set[str]) -> dict[Key, Entry]:
    """Every line with its bill and its file, copied in. `new`: the digests of files that were not there before."""
    found: dict[Key, Entry] = {}
    digests: dict[str, Entry] = {}
    refusals: list[tuple[int, str]] = []
    with opened(manifest) as source, TextIOWrapper(source, "utf-8-sig", newline="") as text:
        for line, row in _lines(text):
            try:
                bill = _bill(row, world)
                entry = Entry(line, bill, _kept(manifest.parent, row["file"], new))
                _check_alone(entry, found, digests)
                found[entry.key] = digests[entry.digest] = entry
            except RecordError as refusal:
                refusals.append((line, str(refusal)))
    if refusals:
        raise ManifestError(refusals)
    if not found:
        raise FileError("it names no file")
    return found


def _lines(text: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(text, strict=True)
    try:
        if reader.fieldnames != COLUMNS:
            raise FileError(f"its first line must be {','.join(COLUMNS)}", 1)
        for row in reader:
            if None in row or None in row.values():
                raise FileError("there are not as many values as columns", reader.line_num)
            yield reader.line_num, {name: value.strip() for name, value in row.items()}
    except UnicodeDecodeError:
        raise FileError("it is not UTF-8") from None
    except csv.Error as error:
        raise FileError(f"it is no CSV ({error})", reader.line_num) from None


def _bill(row: dict[str, str], world: World) -> Bill:
    service = Service.objects.filter(world=world, identifier=row["service"]).first()
    if service is None:
        raise RecordError(f"there is no service {row['service']} in {world}")
    first, last = _day("first_day", row), _day("last_day", row)
    bill = Bill.objects.filter(service=service, start=first, end=last + timedelta(days=1)).first()
    if bill is None:
        raise RecordError(f"service {service.identifier} has no bill from {first} to {last}: import the bill first")
    return bill


def _day(name: str, row: dict[str, str]) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise RecordError(f"{name} is {row[name][:40]!r}; it takes a date such as 2026-01-31") from None


def _kept(folder: Path, name: str, new: set[str]) -> str:
    """Copies a file in, if it is a PDF and lies in the manifest's folder or below; its digest."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise RecordError(f"{name} does not lie in the folder of the manifest")
    with _opened(path, name) as source:
        digest, is_new = documents.keep(source)
    if is_new:
        new.add(digest)
    return digest


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        source = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise RecordError(f"{name} can't be read: {error.strerror}") from None
    head, _ = source.read(5), source.seek(max(size - TAIL, 0))
    tail, _ = source.read(), source.seek(0)
    problem = ""
    if size > LARGEST:
        problem = f"is larger than {LARGEST // 1024**2} MB"
    elif head != b"%PDF-":
        problem = "is not a PDF"
    elif b"%%EOF" not in tail:
        problem = "is cut off: the end of a PDF is missing"
    if problem:
        source.close()
        raise RecordError(f"{name} {problem}")
    return source


def _check_alone(entry: Entry, found: dict[Key, Entry], digests: dict[str, Entry]) -> None:
    """Refuses a second file for a bill, and a second bill for a file."""
    if entry.key in found:
        raise RecordError(f"line {found[entry.key].line} has a file for this bill already")
    if entry.digest in digests:
        raise RecordError(f"line {digests[entry.digest].line} has the same file. {ALONE}")


def _refusals(entries: dict[Key, Entry]) -> Iterator[tuple[int, str]]:
    """Files that are another bill's, unless that gets another file now: two that were mixed up can be put right."""
    for entry in entries.values():
        for other in Bill.objects.filter(document=entry.digest).select_related("service"):
            if (other.service_id, other.uid) not in entries:
                reason = f"this PDF is already the bill of {other.service.identifier} from {other.start}. {ALONE}"
                yield entry.line, reason
