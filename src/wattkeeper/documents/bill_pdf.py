"""The PDF of a bill: the utility's own where it gave one, else, for a customer who is made up, one that we draw.

A PDF shows a name, an address and an account number, whatever it is read for. So there is one only where both bills and
account details are shared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from wattkeeper.authorizations import windows
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.windows import Window
from wattkeeper.common.file_names import part
from wattkeeper.customers import documents
from wattkeeper.customers.models import Bill
from wattkeeper.documents.drawing import pdf
from wattkeeper.documents.sheet import sheet

PDF_TYPE = "application/pdf"
WATCHED_EVERY = 16
"""Chunks of a kept file, a megabyte, between two looks at whether the grant is in force."""


@dataclass(frozen=True)
class Document:
    """A PDF to send: `length` in bytes, `chunks` once."""

    name: str
    length: int
    chunks: Iterator[bytes]


def exists(period: Period) -> bool:
    """Whether there is a PDF of this bill that its window shows."""
    return is_shown(period.window, period.document)


def is_shown(window: Window, digest: str | None) -> bool:
    """The same for a bill that the window holds, and the digest of the PDF that the utility gave."""
    is_made_up = not window.meter.authorization.world.is_live
    return window.shares_account and window.account is not None and (digest is not None or is_made_up)


def document(period: Period, bill: Bill) -> Document:
    """The PDF of a bill for which one `exists`. Its chunks raise GrantEndedError."""
    if bill.document is not None:
        return Document(name(period), documents.size(bill.document), _kept(period, bill.document))
    drawn = pdf(sheet(period.window, bill))
    return Document(name(period), len(drawn), iter([drawn]))


def name(period: Period) -> str:
    """Utility, service, first and last day, so that such files stand in order: `EPE_4400012345_2026-01-05_....pdf`."""
    service, utility = period.window.service, period.window.meter.authorization.world.utility
    last = period.end - timedelta(days=1)
    return f"{part(utility.code)}_{part(service.identifier)}_{period.start}_{last}.pdf"


def _kept(period: Period, digest: str) -> Iterator[bytes]:
    check = windows.watch(period.window)
    for number, chunk in enumerate(documents.chunks(digest), start=1):
        yield chunk
        if number % WATCHED_EVERY == 0:
            check()
