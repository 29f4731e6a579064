"""The files under `/api/v2/files` (utilityapi-json-api: section 9): tables, Green Button XML, PDFs of bills, all of
them in a ZIP. Whose token, which meters, which days: as for bills and intervals."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from django.http import HttpResponseBase
from ninja import Path, Query, Router

from wattkeeper.api import exports, file_finding, file_intervals, file_tables, file_zip
from wattkeeper.api.errors import not_found
from wattkeeper.api.file_params import FileFilters
from wattkeeper.api.operations import ApiRequest, file_answers
from wattkeeper.api.params import DataFilters, Text
from wattkeeper.authorizations import contents, statements, windows
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.sending import send
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import days
from wattkeeper.common.file_names import part
from wattkeeper.documents import bill_pdf
from wattkeeper.documents.bill_pdf import PDF_TYPE
from wattkeeper.greenbutton import export
from wattkeeper.readings import coverage

CSV_TYPE, ZIP_TYPE = "text/csv; charset=utf-8; header=present", "application/zip"
CSV, XML = file_answers("text/csv"), file_answers(export.CONTENT_TYPE)
PDF, RAW = file_answers(PDF_TYPE), file_answers(PDF_TYPE, export.CONTENT_TYPE)
Span = tuple[date, date]

router = Router()


@router.get("/meters_csv", operation_id="file_of_meters", **CSV)
def meters_csv(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """Meters as CSV, a row each."""
    opened = file_finding.opened(request.auth, filters.checked, "meters_csv", "account")
    return send(request, file_tables.meters(opened), CSV_TYPE, name=_name(opened, "meters", "csv", None))


@router.get("/meters_bills_csv", operation_id="file_of_bills", **CSV)
def meters_bills_csv(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """Bills as CSV, a row each."""
    return _bills_csv(request, filters.checked)


@router.get("/csv/{uid}", operation_id="file_of_authorization", **CSV)
def authorization_csv(request: ApiRequest, uid: str) -> HttpResponseBase:
    """All bills of an authorization as CSV, a row each."""
    return _bills_csv(request, FileFilters(authorizations=uid).checked)


@router.get("/meters_lineitems_csv", operation_id="file_of_line_items", **CSV)
def meters_lineitems_csv(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """The line items of bills as CSV, a row each."""
    opened = file_finding.opened(request.auth, filters.checked, "lineitems_csv", "bills", "account")
    periods = file_finding.by_date(opened)
    name = _name(opened, "lineitems", "csv", _of_bills(periods))
    return send(request, file_tables.line_items(periods), CSV_TYPE, name=name)


@router.get("/billing_summaries_csv", operation_id="file_of_billing_summaries", **CSV)
def billing_summaries_csv(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """The statements of accounts as CSV, a row each: those all of whose bills are shared."""
    opened = file_finding.opened(request.auth, filters.checked, "billing_summaries_csv", "bills", "account")
    found = statements.summaries(window for window in opened if window.shares_account)
    dates = [summary.statement.date for summary in found]
    name = _name(opened, "billing-summaries", "csv", (min(dates), max(dates)) if dates else None)
    return send(request, file_tables.summaries(found), CSV_TYPE, name=name)


@router.get("/intervals_csv", operation_id="file_of_intervals", **CSV)
def intervals_csv(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """Readings as CSV: a row for each interval, meter after meter, oldest first."""
    opened = file_finding.opened(request.auth, filters.checked, "intervals_csv", "intervals", "account")
    channels = windows.channels(opened)
    name = _name(opened, "intervals", "csv", _of_readings(opened, channels))
    return send(request, file_intervals.rows(opened, channels), CSV_TYPE, name=name)


@router.get("/intervals_xml", operation_id="file_of_green_button", **XML)
def intervals_xml(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """Readings and bills as a Green Button file."""
    checked = filters.checked
    opened = file_finding.opened(request.auth, checked, "intervals_xml", "intervals", "bills")
    asked = {"meters": ",".join(str(window.meter.uid) for window in opened), "start": checked.start, "end": checked.end}
    query = urlencode({name: value for name, value in asked.items() if value}, safe=",:")
    return _green_button(request, opened, exports.link(f"intervals_xml?{query}"))


@router.get("/meters_bills_zip", operation_id="file_of_bill_pdfs", **file_answers(ZIP_TYPE))
def meters_bills_zip(request: ApiRequest, filters: Query[FileFilters]) -> HttpResponseBase:
    """The PDFs of bills in a ZIP file."""
    opened = file_finding.opened(request.auth, filters.checked, "bills_zip", "bills", "account")
    periods = [period for period in file_finding.by_date(opened) if bill_pdf.exists(period)]
    if not periods:
        raise not_found(file_finding.NO_FILE)
    name = _name(opened, "bills", "zip", _of_bills(periods))
    return send(request, file_zip.pdfs(periods), ZIP_TYPE, name=name, is_packed=True)


@router.get("/pdf_bill", operation_id="file_of_bill", **PDF)
def pdf_bill(
    request: ApiRequest,
    uid: Annotated[Text, Query(description="The bill's uid")],
    meters: Annotated[Text | None, Query(description="Comma-separated uids; the bill is found faster")] = None,
) -> HttpResponseBase:
    """A bill as PDF."""
    return _pdf(request, file_finding.bill_of(request.auth, uid, meters))


@router.get("/latest_pdf", operation_id="file_of_latest_bill_by_parameter", **PDF)
def latest_pdf_by_parameter(
    request: ApiRequest, meter: Annotated[Text, Query(description="The meter's uid")]
) -> HttpResponseBase:
    """A meter's newest bill as PDF."""
    return _pdf(request, file_finding.latest_bill(request.auth, meter))


@router.get("/latest_pdf/{meter}", operation_id="file_of_latest_bill", **PDF)
def latest_pdf(request: ApiRequest, meter: str) -> HttpResponseBase:
    """A meter's newest bill as PDF."""
    return _pdf(request, file_finding.latest_bill(request.auth, meter))


@router.get("/{raw}", operation_id="file_of_source", **RAW)
def raw_source(request: ApiRequest, raw: Annotated[str, Path(description="As a `raw_url` has it")]) -> HttpResponseBase:
    """What a `raw_url` leads to: a bill's PDF, or a day's readings as a Green Button file."""
    found = file_finding.behind(request.auth, raw)
    return _pdf(request, found) if isinstance(found, Period) else _green_button(request, [found], exports.link(raw))


def _bills_csv(request: ApiRequest, filters: DataFilters) -> HttpResponseBase:
    opened = file_finding.opened(request.auth, filters, "bills_csv", "bills", "account")
    periods = file_finding.by_date(opened)
    name = _name(opened, "bills", "csv", _of_bills(periods))
    return send(request, file_tables.of_bills(periods), CSV_TYPE, name=name)


def _green_button(request: ApiRequest, opened: list[Window], address: str) -> HttpResponseBase:
    name = _name(opened, "greenbutton", "xml", _of_readings(opened, windows.channels(opened)))
    return send(request, export.pieces(opened, address), export.CONTENT_TYPE, name=name)


def _pdf(request: ApiRequest, period: Period) -> HttpResponseBase:
    for each, bill in contents.read_bills([period]):
        found = bill_pdf.document(each, bill)
        return send(request, found.chunks, PDF_TYPE, name=found.name, is_packed=True, length=found.length)
    raise not_found(file_finding.NO_FILE)


def _name(opened: Sequence[Window], what: str, kind: str, span: Span | None) -> str:
    """Utility, meter, what it is, first and last day: `EPE_4400012345_bills_2026-01-05_2026-11-04.csv`."""
    codes = {window.meter.authorization.world.utility.code for window in opened}
    services = {window.service.identifier for window in opened}
    whose = services.pop() if len(services) == 1 else f"{len(services)}-meters"
    dates = [day.isoformat() for day in span] if span is not None else []
    return "_".join([part("-".join(sorted(codes))), part(whose), what, *dates]) + f".{kind}"


def _of_bills(periods: Sequence[Period]) -> Span | None:
    if not periods:
        return None
    return min(period.start for period in periods), max(period.end for period in periods) - timedelta(days=1)


def _of_readings(opened: Sequence[Window], channels: contents.Channels) -> Span | None:
    spans = [
        (days.local_day(run[0], window.zone), days.local_day(coverage.end(run) - 1, window.zone))
        for window in opened
        for run in contents.runs(window, channels)
    ]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None
