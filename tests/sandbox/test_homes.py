"""Homes in a sandbox world: what is stored is what the simulator says, however and however often it is grown."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

import cast
from wattkeeper.common import clock
from wattkeeper.common.days import days
from wattkeeper.customers.billing import Details
from wattkeeper.customers.models import Bill, Customer, Occupancy, Service, Statement
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, unpack
from wattkeeper.readings.store import ReadingType
from wattkeeper.sandbox import tasks, weather
from wattkeeper.sandbox.dwellings import vacancy
from wattkeeper.sandbox.homes import ensure_home, grow_home, homes_to_grow
from wattkeeper.sandbox.loads import Day, Kind, Load
from wattkeeper.sandbox.ratebook import tariff_of
from wattkeeper.sandbox.tariffs import make_bill
from wattkeeper.utilities.models import World

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)
SetClock = Callable[[datetime], None]


@pytest.fixture
def world(set_clock: SetClock) -> World:
    set_clock(cast.noon(TODAY))
    return cast.sandbox()


def another_world() -> World:
    return World.objects.create(utility=cast.epe(), kind=World.Kind.SANDBOX, name="another")


def stored(service: Service, stream: ReadingType) -> dict[date, Readings]:
    blocks = DayBlock.objects.filter(
        service_id=service.pk,
        channel__uom=stream.uom,
        channel__flow_direction=stream.flow_direction,
        channel__accumulation=stream.accumulation,
    )
    return {block.day: unpack(block.packed) for block in blocks.order_by("day")}


def everything(world: World) -> dict[str, list[Any]]:
    """All that a world says about its customers, without the ids that are random."""
    own = {"service__world": world}
    mine = {"account__customer__world": world}
    return {
        "readings": [
            (block.service.identifier, block.channel.uom, block.channel.flow_direction, block.day, bytes(block.packed))
            for block in DayBlock.objects.filter(**own).select_related("service", "channel").order_by(
                "service__identifier", "channel__uom", "channel__flow_direction", "channel__accumulation", "day"
            )
        ],
        "bills": [*Bill.objects.filter(**own).order_by("service__identifier", "start").values_list(
            "service__identifier", "start", "end", "statement_date", "total_cost", "total_volume", "details", "revision"
        )],
        "statements": [*Statement.objects.filter(**mine).order_by("account__number", "date").values_list(
            "account__number", "date", "previous_balance", "payments", "new_charges", "amount_due", "due_date"
        )],
        "stays": [*Occupancy.objects.filter(**mine).order_by("account__number", "service__identifier").values_list(
            "account__number", "account__customer__name", "service__identifier", "start", "end"
        )],
    }  # fmt: skip


@pytest.mark.parametrize("kind", [Kind.COMMERCIAL, Kind.SOLAR, Kind.ESTIMATED, Kind.NET, Kind.DEMAND])
def test_a_home_is_stored_as_the_simulator_has_it(world: World, kind: Kind) -> None:
    ensure_home(world, "home", kind, months=9)
    load, service = Load("home", kind, world.utility.zone), Service.objects.get()
    wanted = list(days(date(2026, 2, 24), TODAY))
    for stream in load.streams:
        assert stored(service, stream) == {day: load.day(day)[stream] for day in wanted}


def test_the_days_of_the_clock_change_are_stored_whole(world: World) -> None:
    ensure_home(world, "home", Kind.GAS, months=9)
    for service in Service.objects.all():
        stream = Load("home", Kind(service.synthetic.kind), world.utility.zone).streams[0]
        found = stored(service, stream)
        hours = {day: found[day].count * stream.interval_length // 3600 for day in found}
        assert {day for day in hours if hours[day] == 23} == {date(2026, 3, 8)}
        assert {day for day in hours if hours[day] == 25} == {date(2026, 11, 1)}


@pytest.mark.parametrize("kind", Kind)
def test_bills_are_the_tariff_applied_to_what_is_stored(world: World, kind: Kind) -> None:
    ensure_home(world, "home", kind, months=5)
    for service in Service.objects.all():
        load = Load("home", Kind(service.synthetic.kind), world.utility.zone)
        kept: dict[date, Day] = {}
        for stream in load.streams:
            for day, readings in stored(service, stream).items():
                kept.setdefault(day, {})[stream] = readings
        assert service.bills.count() >= 1
        for bill in service.bills.all():
            period = [
                (weather.local_day(day, load.zone), kept[day]) for day in days(bill.start, bill.end) if day in kept
            ]
            record = make_bill(tariff_of(load.kind), bill.start, bill.end, period)
            assert (bill.total_cost, bill.total_volume) == (record.total_cost, record.total_volume)
            assert Details.of(bill) == record.details


def test_data_ends_yesterday_by_the_clock_of_the_utility(world: World, set_clock: SetClock) -> None:
    set_clock(datetime.fromisoformat("2026-11-25T06:59:00+00:00"))
    ensure_home(world, "home", Kind.RESIDENTIAL, months=1)
    assert DayBlock.objects.latest("day").day == date(2026, 11, 23)
    assert DayBlock.objects.earliest("day").day == date(2026, 10, 24)


def test_the_clock_is_the_world_s_own(world: World) -> None:
    world.clock_offset_seconds = 40 * 86400
    world.save()
    ensure_home(world, "home", Kind.RESIDENTIAL, months=2)
    assert DayBlock.objects.latest("day").day == TODAY + timedelta(days=39)
    there = cast.noon(TODAY) + timedelta(days=40)
    assert {block.updated for block in DayBlock.objects.all()} == {clock.epoch(there)}
    for rows in (Channel.objects, Bill.objects, Statement.objects):
        assert set(rows.values_list("created", flat=True)) == {there}
    assert {bill.updated for bill in Bill.objects.all()} == {there}


@pytest.mark.parametrize("kind", [Kind.COMMERCIAL, Kind.GAS, Kind.GAPS, Kind.VACANCY, Kind.REGISTERS, Kind.TOWNHOUSE])
def test_growing_day_by_day_ends_in_the_same_data(kind: Kind, set_clock: SetClock) -> None:
    left, returned = vacancy("home", 2026)
    assert left.day < 29
    start, end = left - timedelta(days=8), (left + timedelta(days=92)).replace(day=(left - timedelta(days=8)).day)
    world, other = cast.sandbox(), another_world()
    set_clock(cast.noon(start))
    _, grown = ensure_home(world, "home", kind, months=2)
    for day in days(start, end + timedelta(days=1)):
        grown += grow_home(world, "home", day)
    set_clock(cast.noon(end))
    months = (end.year - start.year) * 12 + end.month - start.month
    _, in_one_go = ensure_home(other, "home", kind, months=2 + months)
    assert start < left < returned < end
    assert everything(world) == everything(other)
    assert grown == in_one_go


def test_growing_again_adds_nothing(world: World, set_clock: SetClock) -> None:
    ensure_home(world, "home", Kind.RESIDENTIAL, months=3)
    before = everything(world)
    assert homes_to_grow(world) == []
    _, grown = ensure_home(world, "home", Kind.RESIDENTIAL, months=25)
    set_clock(cast.noon(TODAY - timedelta(days=5)))
    late = grow_home(world, "home", world.today)
    assert (grown.days, grown.bills, late.days, late.bills) == (0, 0, 0, 0)
    assert everything(world) == before


def test_the_scheduled_task_grows_every_sandbox(world: World, set_clock: SetClock) -> None:
    other = another_world()
    for place in (world, other):
        ensure_home(place, "home", Kind.RESIDENTIAL, months=1)
    set_clock(cast.noon(TODAY + timedelta(days=31)))
    assert homes_to_grow(world) == homes_to_grow(other) == ["home"]
    tasks.grow.func()
    assert homes_to_grow(world) == homes_to_grow(other) == []
    assert {block.day for block in DayBlock.objects.filter(day__gte=TODAY)} == set(
        days(TODAY, TODAY + timedelta(days=31))
    )
    assert everything(world) == everything(other)


def test_statements_carry_the_balance_and_the_bills_of_every_service(world: World) -> None:
    ensure_home(world, "home", Kind.GAS, months=25)
    owed = 0
    statements = list(Statement.objects.order_by("date"))
    assert len(statements) in {24, 25}
    for statement in statements:
        bills = Bill.objects.filter(statement_uid=statement.uid)
        assert {bill.end for bill in bills} == {statement.date}
        assert sorted(bill.service.kind for bill in bills) == [Service.Kind.ELECTRICITY, Service.Kind.GAS]
        assert statement.new_charges == sum(bill.total_cost for bill in bills)
        assert statement.previous_balance == owed
        owed = statement.amount_due
        assert owed == statement.previous_balance - statement.payments + statement.new_charges


def test_a_day_without_a_reading_is_not_stored(world: World) -> None:
    ensure_home(world, "home", Kind.GAPS, months=25)
    blocks = [unpack(block.packed) for block in DayBlock.objects.all()]
    assert len(blocks) < 761
    assert min(block.count for block in blocks) > 0
    assert any(None in block.values for block in blocks)


def test_a_place_that_changes_hands_is_billed_to_who_was_there(world: World) -> None:
    customer, _ = ensure_home(world, "home", Kind.VACANCY, months=25)
    stays = list(Occupancy.objects.order_by("start"))
    assert len(stays) >= 3
    assert stays[-1].account.customer == customer
    for earlier, later in pairwise(stays):
        assert earlier.end is not None
        assert earlier.end < later.start
    for bill in Bill.objects.all():
        assert bill.statement_uid is not None
        statement = Statement.objects.get(uid=bill.statement_uid)
        stay = next(stay for stay in stays if stay.account_id == statement.account_id)
        assert stay.start <= bill.start
        assert stay.end is None or bill.end <= stay.end


def test_a_firm_is_a_commercial_customer(world: World) -> None:
    firm, _ = ensure_home(world, "firm", Kind.COMMERCIAL, months=1)
    home, _ = ensure_home(world, "home", Kind.RESIDENTIAL, months=1)
    assert firm.kind == Customer.Kind.COMMERCIAL
    assert home.kind == Customer.Kind.RESIDENTIAL


def test_the_live_world_takes_no_synthetic_homes() -> None:
    with pytest.raises(ValueError, match="sandbox"):
        ensure_home(cast.live(), "home", Kind.RESIDENTIAL)
    assert not Service.objects.exists()
