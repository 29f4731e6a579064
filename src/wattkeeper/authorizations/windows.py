"""The only way from a grant to customer data.

A Window is what one Authorization opens of one Service to one token: data classes, spans of time, the customer's
occupancy. Whatever is read through it lies inside it; a grant that is not in force opens nothing; and nobody opens one
without a row in the audit trail.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from wattkeeper.authorizations import reads
from wattkeeper.authorizations.access import KINDS
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.reads import Look
from wattkeeper.common import clock, days
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Bill, CustomerAccount, EndDevice, Occupancy, ProgramDate, Service
from wattkeeper.readings.coverage import merged
from wattkeeper.readings.models import Channel, DayBlock, PowerQuality
from wattkeeper.readings.packing import Readings, unpack
from wattkeeper.utilities.models import World

Span = tuple[int, int]
Row = tuple[date, bytes | memoryview, int, int]
FOREVER = 2**40
FIRST_PAGE, PAGE = 32, 512
COVERS = ("scope", "history_start", "ongoing_end")
"""What says how much a grant covers. Its end is asked for by itself: to renew it takes nothing away."""


@dataclass(frozen=True)
class Window:
    """One Meter's window: `spans` are half-open [start, end) in epoch seconds, ascending and apart.

    `stay` is the customer's present one at the service, or the last; `is_occupied` says whether it is the present one:
    what is in place there today is somebody else's otherwise.
    """

    meter: Meter
    service: Service
    stay: Occupancy | None
    is_occupied: bool
    zone: ZoneInfo
    spans: tuple[Span, ...]
    shares_intervals: bool
    shares_bills: bool
    shares_account: bool

    @property
    def account(self) -> CustomerAccount | None:
        """The one the customer has (or last had) the service on."""
        return self.stay.account if self.stay is not None else None

    def narrowed(self, start: int | None = None, end: int | None = None) -> "Window":
        """The part of this window inside [start, end)."""
        low, high = start if start is not None else -FOREVER, end if end is not None else FOREVER
        clipped = ((max(low, first), min(high, last)) for first, last in self.spans)
        return replace(self, spans=tuple((first, last) for first, last in clipped if first < last))

    def holds(self, start: date, end: date) -> bool:
        """Whether the local days [start, end) lie wholly inside."""
        low, high = days.day_start(start, self.zone), days.day_start(end, self.zone)
        return any(first <= low and high <= last for first, last in self.spans)

    def local_days(self, span: Span) -> tuple[date, date]:
        """First and last local day that a span touches."""
        first, last = max(span[0], 0), min(span[1], FOREVER // 8)
        return days.local_day(first, self.zone), days.local_day(last - 1, self.zone)


class GrantEndedError(Exception):
    """The authorization behind a window was revoked, ran out or was changed while data was read through it."""


@dataclass(frozen=True)
class Day:
    """One local day of a channel as seen through a window, with its revision and when that was written."""

    day: date
    readings: Readings
    revision: int
    updated: int


def open_filter(worlds: Iterable[World]) -> Q:
    """Of meters, those that are `in_force`: for lists that are cut into pages in the database."""
    lasting = Q(authorization__expires__isnull=True)
    for world in worlds:
        lasting |= Q(authorization__world=world, authorization__expires__gt=clock.now(world))
    barred = [Registration.Status.REJECTED, Registration.Status.SUSPENDED]
    return (
        lasting
        & Q(authorization__declined__isnull=True, authorization__revoked__isnull=True)
        & ~Q(authorization__registration__status__in=barred)
    )


def in_force(meters: QuerySet[Meter]) -> list[Meter]:
    """Those of the meters whose grant is in force, in their order, ready to be opened. One query."""
    found = meters.select_related("service", "authorization__world__utility", "authorization__registration")
    return [meter for meter in found if _is_open(meter.authorization)]


def open_windows(look: Look, meters: Sequence[Meter], grants: Sequence[Authorization] = ()) -> list[Window]:
    """The windows of these meters, which are `in_force`, in their order; told to the trail, with a look at what was
    granted by `grants`. Two statements."""
    if meters or grants:
        reads.record(look, meters, grants)
    return unseen_windows(meters, look.caller.kinds) if meters else []


def unseen_windows(meters: Sequence[Meter], kinds: Collection[str] = frozenset(KINDS)) -> list[Window]:
    """The same for the platform's own use: nobody is shown what they open, so nothing is told. One query."""
    occupancies: dict[tuple[int, int], list[Occupancy]] = {}
    for occupancy in Occupancy.objects.filter(
        service__in=[meter.service_id for meter in meters],
        account__customer__in={meter.authorization.customer_id for meter in meters},
    ).select_related("account"):
        occupancies.setdefault((occupancy.service_id, occupancy.account.customer_id), []).append(occupancy)
    return [
        _window(meter, occupancies.get((meter.service_id, meter.authorization.customer_id), []), kinds)
        for meter in meters
    ]


def watch(*opened: Window) -> Callable[[], None]:
    """A check to call now and then during a long download: it raises GrantEndedError once a grant has ended, or the
    customer shares something else by now.

    One query each time, made ready once.
    """
    meters = {window.meter.pk: window.meter.authorization for window in opened}
    terms = {pk: _covers(grant) for pk, grant in meters.items()}
    state = ("declined", "revoked", "expires", "registration__status", *COVERS)
    query = Meter.objects.filter(pk__in=meters).values_list("pk", *(f"authorization__{name}" for name in state))

    def check() -> None:
        ended = dict(meters)
        for pk, *present in query.all():
            grant = meters[pk]
            grant.declined, grant.revoked, grant.expires, grant.registration.status, *covers = present
            if _is_open(grant) and covers == terms[pk]:
                del ended[pk]
        if ended:
            uids = ", ".join({str(grant.uid) for grant in ended.values()})
            raise GrantEndedError(f"no longer in force: authorization {uids}")

    return check


def channels(windows: Iterable[Window]) -> dict[int, list[Channel]]:
    """The channels each window opens, by the meter's primary key. One query."""
    opened = [window for window in windows if window.shares_intervals]
    by_service: dict[int, list[Channel]] = {}
    for channel in Channel.objects.filter(service__in=[window.service.pk for window in opened]).order_by("pk"):
        by_service.setdefault(channel.service_id, []).append(channel)
    return {window.meter.pk: by_service.get(window.service.pk, []) for window in opened}


def channel_keys(meters: Iterable[Meter]) -> Iterator[tuple[Meter, int]]:
    """Each meter with the primary key of each channel of its service: to find out by an id derived from both which
    meter is asked for, before that one alone is opened. One query."""
    by_service: dict[int, list[Meter]] = {}
    for meter in meters:
        by_service.setdefault(meter.service_id, []).append(meter)
    for pk, service in Channel.objects.filter(service__in=by_service.keys()).values_list("pk", "service_id"):
        for meter in by_service[service]:
            yield meter, pk


def bill_keys(meters: Iterable[Meter]) -> Iterator[tuple[Meter, UUID]]:
    """The same with the uid of each bill of its service. One query."""
    by_service: dict[int, list[Meter]] = {}
    for meter in meters:
        by_service.setdefault(meter.service_id, []).append(meter)
    bills = Bill.objects.filter(service_id__in=by_service.keys()).values_list("uid", "service_id")
    for uid, service in bills.iterator():
        for meter in by_service[service]:
            yield meter, uid


def readings(window: Window, channel: Channel, *, newest_first: bool = False) -> Iterator[Day]:
    """The days of one channel inside the window, unpacked as they are read.

    Memory stays flat, and no cursor is held open between days: a slow reader pins no snapshot of the database.
    """
    if not window.shares_intervals or channel.service_id != window.service.pk:
        return
    for span in reversed(window.spans) if newest_first else window.spans:
        first, last = window.local_days(span)
        for day, packed, revision, updated in _rows(channel, first, last, newest_first):
            seen = unpack(packed).between(*span)
            if seen.values:
                yield Day(day, seen, revision, updated)


def _rows(channel: Channel, first: date, last: date, newest_first: bool) -> Iterator[Row]:
    blocks = DayBlock.objects.filter(service_id=channel.service_id, channel_id=channel.pk).order_by(
        "-day" if newest_first else "day"
    )
    size = FIRST_PAGE
    while True:
        page = list(
            blocks.filter(day__gte=first, day__lte=last).values_list("day", "packed", "revision", "updated")[:size]
        )
        yield from page
        if len(page) < size:
            return
        size = PAGE
        reached = page[-1][0]
        if newest_first:
            last = reached - timedelta(days=1)
        else:
            first = reached + timedelta(days=1)


def bills(windows: Iterable[Window]) -> dict[int, list[Bill]]:
    """The bills wholly inside each window, newest first, by the meter's primary key. One query."""
    opened = [window for window in windows if window.shares_bills]
    found: dict[int, list[Bill]] = {}
    for bill in Bill.objects.filter(service_id__in=[window.service.pk for window in opened]).order_by("-start", "uid"):
        found.setdefault(bill.service_id, []).append(bill)
    return {
        window.meter.pk: [bill for bill in found.get(window.service.pk, []) if window.holds(bill.start, bill.end)]
        for window in opened
    }


def power_quality(windows: Iterable[Window]) -> dict[int, list[PowerQuality]]:
    """The summaries wholly inside each window, in time order, by the meter's primary key; they are measured as readings
    are, and shared with them. One query."""
    opened = [window for window in windows if window.shares_intervals]
    found: dict[int, list[PowerQuality]] = {}
    for row in PowerQuality.objects.filter(service_id__in=[window.service.pk for window in opened]).order_by("start"):
        found.setdefault(row.service_id, []).append(row)
    return {
        window.meter.pk: [row for row in found.get(window.service.pk, []) if window.holds(row.start, row.end)]
        for window in opened
    }


def end_devices(windows: Iterable[Window]) -> dict[int, list[EndDevice]]:
    """What is at each service now, by the meter's primary key, where account details are shared with the customer
    still there. One query."""
    opened = [window for window in windows if window.shares_account and window.is_occupied]
    found: dict[int, list[EndDevice]] = {}
    in_place = EndDevice.objects.filter(service__in=[window.service.pk for window in opened], removed__isnull=True)
    for device in in_place.order_by("pk"):
        found.setdefault(device.service_id, []).append(device)
    return {window.meter.pk: found.get(window.service.pk, []) for window in opened}


def program_dates(windows: Iterable[Window]) -> dict[int, list[ProgramDate]]:
    """The dates of the programs each customer is in at each service, by the meter's primary key, where account details
    are shared. One query."""
    opened = [(window.meter.pk, window.stay.pk) for window in windows if window.shares_account and window.stay]
    found: dict[int, list[ProgramDate]] = {}
    for row in ProgramDate.objects.filter(occupancy__in={stay for _, stay in opened}).order_by("day", "pk"):
        found.setdefault(row.occupancy_id, []).append(row)
    return {meter: found.get(stay, []) for meter, stay in opened}


def _covers(grant: Authorization) -> list[object]:
    return [getattr(grant, name) for name in COVERS]


def _is_open(authorization: Authorization) -> bool:
    return authorization.is_active(clock.now(authorization.world)) and authorization.registration.may_request


def _window(meter: Meter, occupancies: list[Occupancy], kinds: Collection[str]) -> Window:
    grant = meter.authorization
    zone = grant.world.utility.zone
    low = clock.epoch(grant.history_start)
    high = clock.epoch(grant.ongoing_end) if grant.ongoing_end is not None else FOREVER
    spans = merged(
        (days.day_start(stay.start, zone), days.day_start(stay.end, zone) if stay.end else FOREVER)
        for stay in occupancies
    )
    today = grant.world.today
    present = [stay for stay in occupancies if stay.start <= today and (stay.end is None or stay.end > today)]
    last = max(present or occupancies, key=lambda stay: stay.start, default=None)
    whole = Window(
        meter,
        meter.service,
        last,
        bool(present),
        zone,
        tuple(spans),
        grant.shares_intervals and "intervals" in kinds,
        grant.shares_bills and "bills" in kinds,
        grant.shares_account and "account" in kinds,
    )
    return whole.narrowed(low, high)
