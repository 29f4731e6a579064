"""Links to files: `exports` and `exports_list` of authorizations and meters, `sources` of bills and intervals.

Each is absolute, and stands there only where the file has something in it (utilityapi-json-api: sections 3.2, 9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from wattkeeper.api import schemas
from wattkeeper.authorizations.contents import Period, Slot
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.common import clock
from wattkeeper.documents import bill_pdf

FILES = "/api/v2/files"
PDF, GREEN_BUTTON = "pdf", "greenbutton_cmd"


@dataclass(frozen=True)
class Link:
    """One file: the key it has in `exports`, its name for people, its path below FILES."""

    key: str
    name: str
    path: str

    @property
    def href(self) -> str:
        return link(self.path)


def link(path: str) -> str:
    return f"{settings.BASE_URL}{FILES}/{path}"


def of_authorization(grant: Authorization) -> list[Link]:
    """Of an authorization in force, given with registration and world: what it shares; none of any other."""
    if not (grant.is_active(clock.now(grant.world)) and grant.registration.may_request):
        return []
    named = f"authorizations={grant.uid}"
    links = [Link("meters_csv", "Meters: all meters [csv]", f"meters_csv?{named}")]
    if grant.shares_bills:
        links += [
            Link("bills_combined_csv", "Bills: all bills [csv]", f"csv/{grant.uid}"),
            Link("lineitems_csv", "Bills: all line items [csv]", f"meters_lineitems_csv?{named}"),
        ]
    if grant.shares_bills and grant.shares_account:
        links += [
            Link("bills_zip", "Bills: all bills [pdf, zip]", f"meters_bills_zip?{named}"),
            Link("billing_summaries_csv", "Statements: all statements [csv]", f"billing_summaries_csv?{named}"),
        ]
    if grant.shares_intervals:
        links += _of_intervals(named)
    return links


def of_meter(meter: Meter, *, has_bills: bool, has_pdfs: bool, has_intervals: bool) -> list[Link]:
    named = f"meters={meter.uid}"
    links = []
    if has_bills:
        links += [
            Link("bills_csv", "Bills: all bills [csv]", f"meters_bills_csv?{named}"),
            Link("lineitems_csv", "Bills: all line items [csv]", f"meters_lineitems_csv?{named}"),
        ]
    if has_pdfs:
        links += [
            Link("bills_zip", "Bills: all bills [pdf, zip]", f"meters_bills_zip?{named}"),
            Link("latest_pdf", "Bills: latest bill [pdf]", f"latest_pdf/{meter.uid}"),
        ]
    return links + _of_intervals(named) if has_intervals else links


def by_key(links: Iterable[Link]) -> dict[str, str]:
    return {each.key: each.href for each in links}


def by_name(links: Iterable[Link]) -> list[schemas.Export]:
    return [schemas.Export(name=each.name, link=each.href) for each in links]


def pdf_sources(period: Period, uid: UUID) -> list[schemas.Source]:
    """Of the bill of this uid: its PDF, where there is one."""
    if not bill_pdf.exists(period):
        return []
    return [schemas.Source(type=PDF, raw_url=link(f"{period.window.meter.uid}-{uid}"))]


def green_button_source(slot: Slot) -> schemas.Source:
    """Of an Interval: the Green Button feed of its meter and day."""
    return schemas.Source(type=GREEN_BUTTON, raw_url=link(f"{slot.window.meter.uid}-{slot.day}"))


def _of_intervals(named: str) -> list[Link]:
    return [
        Link("intervals_csv", "Intervals: all intervals [csv]", f"intervals_csv?{named}"),
        Link("intervals_xml", "Intervals: Green Button [xml]", f"intervals_xml?{named}"),
    ]
