"""Whatever was granted and asked for, exactly what lies inside the window comes out, by every way of reading it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cast import ThirdParty, authorize, customer, fill, live, opened, owner, sandbox, third_party
from wattkeeper.authorizations import contents, windows
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock, days
from wattkeeper.companies.models import Registration
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Bill, CustomerAccount, Occupancy, Service
from wattkeeper.readings.models import DayBlock
from wattkeeper.readings.packing import unpack
from wattkeeper.readings.store import ReadingType
from wattkeeper.utilities.models import World

ZONE = ZoneInfo("America/Denver")
CLOCK_CHANGES = (date(2026, 3, 8), date(2026, 11, 1))
STARTS = [day - timedelta(days=2) for day in CLOCK_CHANGES]
LENGTH = 5
HOURS = ReadingType(flow_direction=19, uom=73, interval_length=3600)
Span = tuple[int, int]


@dataclass(frozen=True)
class Stay:
    """Someone's occupancy: on Heather's first or second account, or a stranger's."""

    who: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Case:
    """A grant and a request; moments are epoch seconds."""

    history_start: int
    ongoing_end: int | None
    stays: list[Stay]
    start: int | None
    end: int | None

    def shows(self, start: int, end: int) -> bool:
        """Every local day it touches is Heather's, and it lies inside grant and request."""
        touched = {days.local_day(moment, ZONE) for moment in range(start, end, 900)}
        hers = [stay for stay in self.stays if stay.who != "stranger"]
        return (
            all(any(stay.start <= day and (stay.end is None or day < stay.end) for stay in hers) for day in touched)
            and start >= self.history_start
            and (self.ongoing_end is None or end <= self.ongoing_end)
            and (self.start is None or start >= self.start)
            and (self.end is None or end <= self.end)
        )


def moments() -> st.SearchStrategy[int]:
    """Around the days that have data, on the grid of readings and off it."""
    first = st.sampled_from([days.day_start(day, ZONE) for day in STARTS])
    slots = st.integers(-4, (LENGTH + 1) * 96).map(lambda slot: 900 * slot)
    seconds = st.integers(-90_000, (LENGTH + 1) * 86_400)
    return st.builds(int.__add__, first, st.one_of(slots, seconds))


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    start = draw(st.sampled_from(STARTS)) + timedelta(days=draw(st.integers(-2, LENGTH)))
    length = draw(st.one_of(st.none(), st.integers(1, 4)))
    who = draw(st.sampled_from(["first", "first", "second", "stranger"]))
    return Stay(who, start, start + timedelta(days=length) if length is not None else None)


maybe = st.one_of(st.none(), moments())
long_ago = days.day_start(date(2024, 1, 1), ZONE)
settled = st.lists(stays(), max_size=2).map(lambda some: [*some, Stay("first", date(2020, 1, 1), None)])
cases = st.builds(
    Case,
    st.one_of(st.just(long_ago), moments()),
    maybe,
    st.one_of(settled, st.lists(stays(), max_size=4)),
    maybe,
    maybe,
)


class WindowTest(TestCase):
    service: Service
    party: ThirdParty
    meter: Meter
    accounts: dict[str, CustomerAccount]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.service = customer()
        heather = owner(cls.service)
        oscar = owner(customer("Oscar Other"))
        cls.party = third_party()
        cls.meter = authorize(cls.party, cls.service).meters.get()
        cls.accounts = {
            "first": heather.accounts.get(),
            "second": CustomerAccount.objects.create(customer=heather, number="2", billing_name="Heather"),
            "stranger": oscar.accounts.get(),
        }
        for first in STARTS:
            fill(cls.service, first, first + timedelta(days=LENGTH))
            fill(cls.service, first, first + timedelta(days=LENGTH), HOURS)
            for offset, length in ((0, 2), (2, 1), (3, 2)):
                start = first + timedelta(days=offset)
                put_bill(cls.service.pk, BillRecord(start, start + timedelta(days=length), 1, 1))

    def seen(self, case: Case) -> Window:
        """The window of a case, as both APIs come by it."""
        self.service.occupancies.all().delete()
        for stay in case.stays:
            Occupancy.objects.create(
                account=self.accounts[stay.who], service=self.service, start=stay.start, end=stay.end
            )
        Authorization.objects.filter(pk=self.meter.authorization_id).update(
            history_start=clock.from_epoch(case.history_start),
            ongoing_end=clock.from_epoch(case.ongoing_end) if case.ongoing_end is not None else None,
        )
        (window,) = opened(self.party)
        return window.narrowed(case.start, case.end)

    @settings(max_examples=60, deadline=None)
    @given(cases)
    def test_exactly_the_readings_inside_come_out(self, case: Case) -> None:
        window = self.seen(case)
        channels = windows.channels([window])
        for channel in channels[self.meter.pk]:
            blocks = DayBlock.objects.filter(channel=channel).order_by("day")
            stored = [reading for block in blocks for reading in unpack(block.packed)]
            inside = [reading for reading in stored if case.shows(reading[0], reading[0] + reading[1])]
            assert [reading for day in windows.readings(window, channel) for reading in day.readings] == inside
            back = [reading for day in windows.readings(window, channel, newest_first=True) for reading in day.readings]
            assert sorted(back) == inside
            filled = contents.fill(contents.slots([window], channels, newest_first=False), channels)
            parts = [part for one in filled for owner_, part in one.parts if owner_.pk == channel.pk]
            assert [reading for part in parts for reading in part] == inside

    @settings(max_examples=60, deadline=None)
    @given(cases)
    def test_exactly_the_bills_inside_come_out(self, case: Case) -> None:
        window = self.seen(case)
        stored = [
            (bill, days.day_start(bill.start, ZONE), days.day_start(bill.end, ZONE)) for bill in Bill.objects.all()
        ]
        inside = {bill.uid for bill, start, end in stored if case.shows(start, end)}
        assert {bill.uid for bill in windows.bills([window])[self.meter.pk]} == inside
        assert {period.uid for period in contents.periods([window])} == inside


ENDED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "status", "is_open"),
    [
        ({}, "sandbox", True),
        ({"expires": None}, "sandbox", True),
        ({"expires": ENDED}, "sandbox", False),
        ({"revoked": ENDED}, "sandbox", False),
        ({"declined": ENDED, "expires": None}, "sandbox", False),
        ({}, "suspended", False),
        ({}, "rejected", False),
        ({}, "live", True),
    ],
)
def test_lists_in_the_database_agree_on_what_is_open(fields: dict[str, object], status: str, is_open: bool) -> None:
    party = third_party()
    authorize(party, customer(), **fields)
    Registration.objects.update(status=status)
    listed = Meter.objects.filter(windows.open_filter(World.objects.all()))
    assert listed.exists() is is_open
    assert bool(opened(party)) is is_open


@pytest.mark.django_db
def test_a_grant_ends_by_the_time_of_its_world() -> None:
    """A sandbox that has travelled three years on has seen the end of what is still open today."""
    world = sandbox()
    world.clock_offset_seconds = 4 * 365 * 86_400
    world.save()
    party = third_party(status="live")
    authorize(party, customer(), expires=clock.now() + timedelta(days=365))
    lena = authorize(party, customer("Lena Live", live()), expires=clock.now() + timedelta(days=365))
    listed = Meter.objects.filter(windows.open_filter(World.objects.all()))
    assert [meter.authorization_id for meter in listed] == [lena.pk]
    assert [window.meter.authorization_id for window in opened(party)] == [lena.pk]


@pytest.mark.django_db
def test_a_page_of_days_is_found_by_the_primary_key() -> None:
    service = customer()
    channel = fill(service, STARTS[0], STARTS[0] + timedelta(days=3))
    wanted = DayBlock.objects.filter(
        service_id__in={service.pk}, channel_id__in={channel.pk}, day__in=[STARTS[0], STARTS[0] + timedelta(days=1)]
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = wanted.explain().lower()
    assert "index" in plan
    assert "service_id" in plan
    assert "scan readings_dayblock" not in plan
