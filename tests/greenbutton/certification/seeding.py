"""Run in a process of its own on the server's database: further homes of its sandbox, each with a test account.

`test_solar` feeds back, `test_gas` has gas beside electricity, `test_net` a net meter, `test_registers` a register,
`test_demand` is billed for demand, `test_townhouse` has gas and water too, `test_lab` a reading of every kind.
"""

from dataclasses import replace
from datetime import date, timedelta

import cast
from wattkeeper.common import days
from wattkeeper.customers.models import Customer, Occupancy, Service, TestAccount
from wattkeeper.readings.packing import Column, Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind
from wattkeeper.utilities.models import World

EVERY_BLOCK = [*range(1, 20), 29, 31, 35, 37, *range(51, 66), 67]
ENERGY = cast.QUARTER_HOURS
ELECTRIC = (
    replace(ENERGY, uom=38, kind=37, accumulation=12),
    replace(ENERGY, uom=61, accumulation=12),
    replace(ENERGY, uom=63, accumulation=12),
    replace(ENERGY, flow_direction=4),
    replace(ENERGY, accumulation=1),
    replace(ENERGY, uom=6, kind=46, accumulation=12, commodity=0),
)
"""W, VA, var, net, register, temperature."""
WATER = ReadingType(flow_direction=1, uom=128, interval_length=3600, commodity=9, kind=58)
DAYS = 3
HOMES = (Kind.SOLAR, Kind.GAS, Kind.NET, Kind.REGISTERS, Kind.DEMAND, Kind.TOWNHOUSE)


def main() -> None:
    utility = cast.epe()
    utility.function_blocks = EVERY_BLOCK
    utility.save()
    world = utility.worlds.get(kind=World.Kind.SANDBOX)
    for kind in HOMES:
        open_to(ensure_home(world, f"certification/{kind}", kind, months=3)[0], kind)
    open_to(laboratory(world), "lab")


def open_to(customer: Customer, name: str) -> None:
    """Gives a customer a test account."""
    username = f"test_{name}"
    TestAccount.objects.create(
        world=customer.world, customer=customer, username=username, password=username, scenario=name
    )


def laboratory(world: World) -> Customer:
    electric, water = cast.customer("Lab Electric", world), cast.customer("Lab Water", world)
    Occupancy.objects.filter(service=water).update(account=electric.occupancies.get().account)
    Service.objects.filter(pk=water.pk).update(kind=Service.Kind.WATER, service_class="res-water")
    today = world.today
    first = today - timedelta(days=DAYS)
    for kind in ELECTRIC:
        cast.fill(electric, first, today, kind)
    cast.fill(water, first, today, WATER)
    put_priced(electric, first, today)
    return cast.owner(electric)


def put_priced(service: Service, first: date, end: date) -> None:
    """Energy with a cost, a quality, a tier and a time of use for each reading."""
    zone, blocks = service.world.utility.zone, {}
    for day in days.days(first, end):
        starts = range(days.day_start(day, zone), days.day_end(day, zone), ENERGY.interval_length)
        ones: Column = [1] * len(starts)
        marks: dict[str, Column] = {
            "cost": [250] * len(starts),
            "quality": [8] * len(starts),
            "tier": ones,
            "tou": ones,
        }
        blocks[day] = Readings(starts, ENERGY.interval_length, ones, marks=marks)
    put_days(channel_for(service.pk, ENERGY), blocks)
