"""Homes for the tests of a customer's own data, and what a page says in plain values."""

from datetime import date, timedelta

import cast
from consent.visitor import Visitor, home
from greenbutton import reader
from wattkeeper.authorizations import own
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import clock, days
from wattkeeper.customers.billing import put_bill
from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service
from wattkeeper.readings.packing import Column, Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days

RECEIVED = ReadingType(flow_direction=19, uom=72, interval_length=900)
GAS = ReadingType(flow_direction=1, uom=169, interval_length=3600, multiplier=-3, commodity=7)


def signed_in(username: str = "test_residential", language: str = "en", page: str = "/my-data") -> Visitor:
    """A customer who opens a page of theirs and signs in on the way."""
    return Visitor(language, secret="").open(page).press(_button(language) % username).open(page)


def _button(language: str) -> str:
    return "Sign in as %s" if language == "en" else "Iniciar sesión como %s"


def put(service: Service, day: date, values: Column, kind: ReadingType = cast.QUARTER_HOURS, **marks: Column) -> None:
    """One local day of readings from midnight on."""
    start = days.day_start(day, service.world.utility.zone)
    step = kind.interval_length
    readings = Readings(range(start, start + step * len(values), step), step, values, marks=marks)
    put_days(channel_for(service.pk, kind), {day: readings})


def with_sun_on_the_roof(*who: str) -> Service:
    """A home (named as `home` names one) with forty days up to two days ago, of use and of what was sent back, a gas
    meter, and a bill. Each day begins with a gap; one is estimated."""
    newest = clock.now().date() - timedelta(days=2)
    service = home(*who)
    for offset in range(40):
        day = newest - timedelta(days=offset)
        put(service, day, [None, *[200 + offset * 5] * 91], quality=[8 if offset == 3 else 0] * 92)
        put(service, day, [*[0] * 40, *[600] * 20, *[0] * 32], RECEIVED)
    put(second_meter(cast.owner(service)), newest, [500] * 20, GAS)
    put_bill(service.pk, reader.bill(newest - timedelta(days=31), newest))
    return service


def second_meter(owner: Customer, kind: int = Service.Kind.GAS, since: date = date(2020, 1, 1)) -> Service:
    """One more service of the same customer, on the same account."""
    account = owner.accounts.get()
    service = Service.objects.create(
        world=owner.world, identifier=f"G{owner.pk}", kind=kind, street="1234 Main Ave", meter_number=f"G{owner.pk}"
    )
    Occupancy.objects.create(account=account, service=service, start=since)
    return service


def move(service: Service, day: date, name: str = "Nora Newcomer") -> Customer:
    """From this day on somebody else has the service; who that is."""
    service.occupancies.update(end=day)
    person = Customer.objects.create(world=service.world, name=name)
    account = CustomerAccount.objects.create(customer=person, number=f"4{person.pk:09d}", billing_name=name)
    Occupancy.objects.create(account=account, service=service, start=day)
    return person


def token(service: Service, lifetime: timedelta = timedelta(days=90)) -> tuple[Authorization, str]:
    """The grant of a service's one customer to themselves, and a personal token on it."""
    grant = own.access(cast.owner(service))
    return grant, own.issue_token(grant, "Home Assistant", lifetime)


def rows(seen: Visitor) -> list[list[str]]:
    """The table under the chart."""
    return [[" ".join(cell.text_content().split()) for cell in row] for row in seen.page.xpath("//main//tbody/tr")]


def total(seen: Visitor) -> list[str]:
    return [cell.text_content() for cell in seen.page.xpath("//main//tfoot/tr/td")]
