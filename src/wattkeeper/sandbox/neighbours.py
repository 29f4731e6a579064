"""The live world of the demo: invented customers of El Paso Electric, made and filled as real ones are, by rows and by
imported files. Only a live registration can reach them, and only through the utility's own sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from tempfile import TemporaryFile

from django.db import transaction
from django.db.models import Max

from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service
from wattkeeper.ingest import greenbutton
from wattkeeper.ingest.importing import store, terms_for
from wattkeeper.ingest.staging import Staging
from wattkeeper.readings.models import DayBlock
from wattkeeper.sandbox import cycles, feed, names
from wattkeeper.sandbox.homes import FIRMS, class_of, service_of
from wattkeeper.sandbox.loads import Kind, Load
from wattkeeper.sandbox.ratebook import tariff_of
from wattkeeper.utilities.models import World

HISTORY_MONTHS = 6
"""The import reads some 8,000 readings a second, and the first start of the demo should be quick."""


@dataclass(frozen=True)
class Neighbour:
    """A customer. Without a kind, one who has no meter yet."""

    external_id: str
    name: str
    email: str
    language: str
    kind: Kind | None

    @property
    def key(self) -> str:
        return f"live/{self.external_id}"


@dataclass(frozen=True)
class OnlineAccount:
    """Somebody who can sign in at the utility, and the customers that it knows by that."""

    username: str
    name: str
    customers: tuple[str, ...]
    descriptions: Mapping[str, str]


NEIGHBOURS = (
    Neighbour("C-1001", "Maria Lucero", "maria@example.com", "es", Kind.RESIDENTIAL),
    Neighbour("C-1002", "Daniel Whitfield", "daniel@example.com", "en", Kind.RESIDENTIAL),
    Neighbour("C-1003", "Whitfield Rentals", "rentals@example.com", "en", Kind.RESIDENTIAL),
    Neighbour("C-1004", "Abigail Okafor", "abigail@example.com", "en", None),
)
ONLINE_ACCOUNTS = (
    OnlineAccount(
        "maria",
        "Maria Lucero",
        ("C-1001",),
        {"en": "A customer with one home.", "es": "Una clienta con una vivienda."},
    ),
    OnlineAccount(
        "daniel",
        "Daniel Whitfield",
        ("C-1002", "C-1003"),
        {
            "en": "Two customers in one: a home and a house to let.",
            "es": "Dos clientes en uno: su casa y otra que alquila.",
        },
    ),
    OnlineAccount(
        "abigail",
        "Abigail Okafor",
        ("C-1004",),
        {"en": "A new customer without a meter yet.", "es": "Una clienta nueva, aún sin medidor."},
    ),
    OnlineAccount(
        "rosario",
        "Rosario Baeza",
        (),
        {"en": "Has an online account, but is no customer.", "es": "Tiene cuenta en línea, pero no es clienta."},
    ),
)


def seed_neighbours(world: World) -> None:
    """Makes those who are missing and imports what is missing of their data up to yesterday."""
    today = world.today
    for neighbour in NEIGHBOURS:
        service = _ensure(world, neighbour, cycles.months_before(today, HISTORY_MONTHS))
        if service is not None and neighbour.kind is not None:
            _import(service, Load(neighbour.key, neighbour.kind, world.utility.zone), today)


@transaction.atomic
def _ensure(world: World, neighbour: Neighbour, since: date) -> Service | None:
    customer, is_new = Customer.objects.get_or_create(
        world=world,
        external_id=neighbour.external_id,
        defaults={
            "name": neighbour.name,
            "email": neighbour.email,
            "language": neighbour.language,
            "kind": Customer.Kind.COMMERCIAL if neighbour.kind in FIRMS else Customer.Kind.RESIDENTIAL,
        },
    )
    if not is_new:
        stay = Occupancy.objects.filter(account__customer=customer).select_related("service__world__utility").first()
        return stay.service if stay is not None else None
    key, place = neighbour.key, names.place(neighbour.key, world.utility.code)
    account = CustomerAccount.objects.create(
        customer=customer,
        number=names.digits(10, key, "account"),
        billing_name=customer.name,
        billing_address=place.address,
    )
    if neighbour.kind is None:
        return None
    service = Service.objects.create(
        world=world,
        identifier=names.digits(10, key, "service"),
        kind=service_of(neighbour.kind),
        service_class=class_of(neighbour.kind),
        tariff=tariff_of(neighbour.kind).name,
        street=place.street,
        city=place.city,
        state=place.state,
        postal_code=place.postal_code,
        meter_number=names.digits(8, key, "meter"),
    )
    Occupancy.objects.create(account=account, service=service, start=since)
    return service


def _import(service: Service, load: Load, today: date) -> None:
    """The days since the last that is there, as one file through the import."""
    since = service.occupancies.get().start
    newest = DayBlock.objects.filter(service_id=service.pk).aggregate(newest=Max("day"))["newest"]
    first = since if newest is None else date.fromordinal(newest.toordinal() + 1)
    if first >= today:
        return
    with TemporaryFile() as file, Staging() as staging:
        for part in feed.green_button(load, since, first, today):
            file.write(part.encode())
        file.seek(0)
        terms = terms_for(service)
        batch = greenbutton.read(file, staging, terms, lambda _: None).batch(None)
        store(service, batch, staging, terms, skip_refused=False)
