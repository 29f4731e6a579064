"""What a customer is shown of their own data before sharing it, inside their own occupancy of each service."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from wattkeeper.common import days
from wattkeeper.customers.models import Bill, Customer, CustomerAccount, Occupancy, Service
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, unpack

FORWARD, NET = 1, 4  # ESPI FlowDirectionKind
REGISTERS = (1, 2, 3)  # ESPI AccumulationKind
AMOUNTS_OF_USE = (72, 169, 132, 119, 120, 42, 166, 167, 128, 134, 156, 157)
"""ESPI UnitSymbolKind: Wh, therm, BTU, cubic feet, cubic metres, US gallon, litres."""
SERVICES_LOOKED_AT = 5
LATER = 2**40


@dataclass(frozen=True)
class Holding:
    """A service as one customer has or had it: `end` is the local day after the last, None while it lasts."""

    service: Service
    account: CustomerAccount
    start: date
    end: date | None


@dataclass(frozen=True)
class DayOfUse:
    """One local day of a service's use: readings in the channel's unit."""

    service: Service
    channel: Channel
    day: date
    readings: Readings


def holdings(customer: Customer, services: Iterable[Service]) -> list[Holding]:
    """The customer's latest occupancy of each of these services, in their order. One query."""
    wanted = list(services)
    stays = (
        Occupancy.objects.filter(service__in=wanted, account__customer=customer)
        .select_related("account")
        .order_by("start")
    )
    latest = {stay.service_id: stay for stay in stays}
    return [
        Holding(service, latest[service.pk].account, latest[service.pk].start, latest[service.pk].end)
        for service in wanted
        if service.pk in latest
    ]


def newest_use(held: list[Holding]) -> DayOfUse | None:
    """The newest day of readings of the first of these services that has any."""
    looked_at = held[:SERVICES_LOOKED_AT]
    channels: dict[int, list[Channel]] = {}
    amounts = Channel.objects.filter(
        service__in=[holding.service.pk for holding in looked_at],
        flow_direction__in=(FORWARD, NET),
        uom__in=AMOUNTS_OF_USE,
        interval_length__gt=0,
    ).exclude(accumulation__in=REGISTERS)
    for channel in amounts.order_by("flow_direction", "interval_length", "pk"):
        channels.setdefault(channel.service_id, []).append(channel)
    for holding in looked_at:
        for channel in channels.get(holding.service.pk, []):
            block = (
                DayBlock.objects.filter(_inside(holding), service_id=holding.service.pk, channel_id=channel.pk)
                .order_by("-day")
                .first()
            )
            own = unpack(block.packed).between(*_seconds(holding)) if block is not None else None
            if block is not None and own is not None and own.values:
                return DayOfUse(holding.service, channel, block.day, own)
    return None


def newest_bill(held: list[Holding]) -> Bill | None:
    """The newest bill of the first of these services that has any."""
    for holding in held[:SERVICES_LOOKED_AT]:
        own = Q(start__gte=holding.start) & (Q(end__lte=holding.end) if holding.end else Q())
        if bill := Bill.objects.filter(own, service_id=holding.service.pk).order_by("-start").first():
            return bill
    return None


def _inside(holding: Holding) -> Q:
    return Q(day__gte=holding.start) & (Q(day__lt=holding.end) if holding.end else Q())


def _seconds(holding: Holding) -> tuple[int, int]:
    """The same as epoch seconds: a reading of the last day can reach into the next customer's first."""
    zone = holding.service.world.utility.zone
    end = days.day_start(holding.end, zone) if holding.end else LATER
    return days.day_start(holding.start, zone), end
