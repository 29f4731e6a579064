"""From rows to the Authorization and Meter objects of the JSON API."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from wattkeeper.api import exports, schemas, stamps
from wattkeeper.authorizations import collecting, contents, windows
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.companies.models import Member
from wattkeeper.documents import bill_pdf
from wattkeeper.readings import coverage
from wattkeeper.readings.models import Channel

UNTIL_REVOKED = "until_revoked"


def authorization(
    grant: Authorization, owner: Member | None, meters: schemas.MeterListing | None = None
) -> schemas.Authorization:
    """One Authorization; it has `meters` only where a listing is given."""
    is_expired = grant.declined is None and grant.is_expired(clock.now(grant.world))
    message, status_ts = _state(grant, is_expired)
    granted = grant.declined is None
    exported = exports.of_authorization(grant)
    created = stamps.utc(grant.created)
    values = schemas.Authorization(
        uid=str(grant.uid),
        created=created,
        customer_email=grant.customer_email,
        customer_signature=schemas.Signature(type="confirmation", ts=created) if granted else None,
        declined=stamps.utc_or_none(grant.declined),
        is_declined=not granted,
        expires=_expires(grant) if granted else None,
        is_expired=is_expired,
        exports=exports.by_key(exported),
        exports_list=exports.by_name(exported),
        form_uid=str(grant.form_uid) if grant.form_uid is not None else None,
        template_uid=str(grant.template_uid) if grant.template_uid is not None else None,
        referrals=[grant.referral, *grant.later_referrals],
        is_archived=grant.is_archived,
        is_test=not grant.world.is_live,
        nickname=grant.nickname,
        notes=_grant_notes(created) if granted else [],
        revoked=stamps.utc_or_none(grant.revoked),
        is_revoked=grant.revoked is not None,
        scope=_scope(grant) if granted else schemas.Scope(),
        status="updated",
        status_message=message,
        status_ts=stamps.utc(status_ts),
        user_email=owner.user.email if owner is not None else None,
        user_uid=str(owner.user.uid) if owner is not None else None,
        user_status="active",
        utility=grant.world.utility.code,
    )
    if meters is not None:
        values.meters = meters
    return values


def meters(opened: Sequence[Window], owner: Member | None) -> list[schemas.Meter]:
    """The Meter objects of these windows, in their order. Two queries."""
    channels = windows.channels(opened)
    billed: dict[int, list[Period]] = {}
    for period in contents.periods(opened):
        billed.setdefault(period.window.meter.pk, []).append(period)
    return [_meter(window, channels, billed.get(window.meter.pk, []), owner) for window in opened]


def base(window: Window) -> schemas.MeterBase:
    """The meter-base fields; what tells who and where the customer is only where account details are shared."""
    service, account = window.service, window.account if window.shares_account else None
    numbers = [service.meter_number] if service.meter_number and window.shares_account else []
    return schemas.MeterBase(
        service_identifier=service.identifier,
        service_tariff=service.tariff,
        service_class=service.service_class,
        service_address=(service.address or None) if window.shares_account else None,
        meter_numbers=numbers,
        billing_contact=account.billing_name if account is not None else None,
        billing_address=(account.billing_address or None) if account is not None else None,
        billing_account=account.number if account is not None else None,
    )


def _meter(
    window: Window, channels: Mapping[int, list[Channel]], billed: list[Period], owner: Member | None
) -> schemas.Meter:
    meter, grant = window.meter, window.meter.authorization
    runs = contents.runs(window, channels)
    created = stamps.utc(meter.created)
    has_data = bool(runs or billed)
    has_pdfs = any(map(bill_pdf.exists, billed))
    exported = exports.of_meter(meter, has_bills=bool(billed), has_pdfs=has_pdfs, has_intervals=bool(runs))
    return schemas.Meter(
        uid=str(meter.uid),
        authorization_uid=str(grant.uid),
        created=created,
        user_email=owner.user.email if owner is not None else None,
        user_uid=str(owner.user.uid) if owner is not None else None,
        is_archived=meter.is_archived,
        is_activated=collecting.is_activated(meter),
        is_expanded=True,
        notes=_meter_notes(window, created, has_intervals=bool(runs)),
        status="updated",
        status_message="Data is up to date." if has_data else "Service exists, but no data yet.",
        status_ts=stamps.utc(meter.collected or meter.created),
        ongoing_monitoring=schemas.OngoingMonitoring(
            frequency=collecting.frequency_of(meter),
            next_refresh=stamps.utc_or_none(collecting.next_refresh(meter)),
            fixed_refresh_day=meter.fixed_refresh_day,
            prepay=None,
            next_prepay=None,
        ),
        utility=grant.world.utility.code,
        bill_count=len(billed),
        bill_coverage=_bill_coverage(window, billed),
        bill_sources=[exports.PDF] if has_pdfs else [],
        interval_count=coverage.distinct(runs),
        interval_coverage=[
            (stamps.local(first, window.zone), stamps.local(last, window.zone))
            for first, last in coverage.merged((run[0], coverage.end(run)) for run in runs)
        ],
        interval_sources=[exports.GREEN_BUTTON] if runs else [],
        exports=exports.by_key(exported),
        exports_list=exports.by_name(exported),
        blocks=["base"],
        base=base(window),
    )


def _bill_coverage(window: Window, billed: Iterable[Period]) -> list[schemas.Span]:
    spans: list[schemas.Span] = []
    for period in sorted(billed, key=lambda period: period.start):
        first, last = stamps.midnight(period.start, window.zone), stamps.midnight(period.end, window.zone)
        if spans and spans[-1][1] == first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _state(grant: Authorization, is_expired: bool) -> tuple[str, datetime]:
    """What to tell about where a grant stands, and since when."""
    if grant.declined is not None:
        return "The customer declined.", grant.declined
    if grant.revoked is not None:
        return "Revoked. Its data can no longer be read.", grant.revoked
    if is_expired and grant.expires is not None:
        return "Expired. Its data can no longer be read.", grant.expires
    return "Meters found!", grant.created


def _expires(grant: Authorization) -> str:
    return stamps.utc(grant.expires) if grant.expires is not None else UNTIL_REVOKED


def _scope(grant: Authorization) -> schemas.Scope:
    return schemas.Scope(
        expires=_expires(grant),
        ongoing_end=stamps.utc_or_none(grant.ongoing_end),
        history_start=stamps.utc(grant.history_start),
        shares=grant.shares,
        green_button=grant.scope,
    )


def _grant_notes(ts: str) -> list[schemas.Note]:
    return [
        schemas.Note(type="access_valid", msg="The customer was found and the authorization is complete.", ts=ts),
        schemas.Note(type="meters_full", msg="All meters of this authorization were found.", ts=ts),
    ]


def _meter_notes(window: Window, ts: str, *, has_intervals: bool) -> list[schemas.Note]:
    notes = [schemas.Note(type="meters_full", msg="All details of this meter were found.", ts=ts)]
    if window.shares_bills:
        notes.append(schemas.Note(type="bills_full", msg="All bills that are shared can be read.", ts=ts))
    if window.shares_intervals and has_intervals:
        notes.append(schemas.Note(type="intervals_full", msg="All intervals that are shared can be read.", ts=ts))
    elif window.shares_intervals:
        notes.append(schemas.Note(type="intervals_empty", msg="There are no intervals in the time shared.", ts=ts))
    return notes
