"""Synthetic homes and firms in a sandbox world: made once, then grown by what each new day and bill brings.

Everything follows from a home's key and the calendar, so growing in one go or day by day ends in the same data.
Readings and bills take the path that real data takes (readings.store, customers.billing).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import QuerySet

from wattkeeper.common import clock
from wattkeeper.common.days import day_start, days
from wattkeeper.customers.billing import StatementRecord, put_bill, put_statement
from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service, Statement
from wattkeeper.ingest.news import News, tell
from wattkeeper.readings.store import channel_for, put_days
from wattkeeper.sandbox import cycles, extras, names, weather
from wattkeeper.sandbox.loads import NATURAL_GAS, PIPES, Day, Kind, Load
from wattkeeper.sandbox.models import SyntheticService
from wattkeeper.sandbox.ratebook import tariff_of
from wattkeeper.sandbox.tariffs import make_bill
from wattkeeper.utilities.models import World

HISTORY_MONTHS = 25
FIRMS = {Kind.COMMERCIAL, Kind.DEMAND}
SERVICES = {
    Kind.GAS: (Kind.RESIDENTIAL, Kind.GAS),
    Kind.TOWNHOUSE: (Kind.RESIDENTIAL, Kind.GAS_CCF, Kind.WATER),
}
"""What homes with more than one service have."""
CLASSES = {Service.Kind.ELECTRICITY: "electric", Service.Kind.GAS: "gas", Service.Kind.WATER: "water"}
DayOf = Callable[[date], Day]


@dataclass
class Growth:
    """What was added: days of channels, bills, statements."""

    days: int = 0
    bills: int = 0
    statements: int = 0

    def __iadd__(self, other: "Growth") -> "Growth":
        self.days += other.days
        self.bills += other.bills
        self.statements += other.statements
        return self


@dataclass(frozen=True)
class Source:
    """A synthetic service at work: its row, and its days as they are asked for."""

    row: SyntheticService
    kind: Kind
    load: Load
    day: DayOf


def ensure_home(world: World, key: str, kind: Kind, months: int = HISTORY_MONTHS) -> tuple[Customer, Growth]:
    """The home of this key with its data up to yesterday, made if it is not there; its present or latest customer.

    A new home has readings of so many months; of one that is there, only what is missing since is added.
    """
    if world.is_live:
        raise ValueError("synthetic homes belong in a sandbox world")
    today = world.today
    with transaction.atomic():
        if not _services(world, key).exists():
            _build(world, key, kind, cycles.months_before(today, months))
        grown = grow_home(world, key, today)
    return _latest_customer(world, key), grown


def homes_to_grow(world: World) -> list[str]:
    """Keys of the homes of a world whose data does not reach up to yesterday."""
    behind = SyntheticService.objects.filter(service__world=world, grown_to__lt=world.today)
    return list(behind.order_by("home").values_list("home", flat=True).distinct())


def grow_home(world: World, key: str, today: date) -> Growth:
    """Adds the days, occupants and bills of one home that are missing before today. Nothing, if nothing is."""
    with transaction.atomic():
        rows = list(
            _services(world, key).filter(grown_to__lt=today).select_related("service").select_for_update(of=("self",))
        )
        if not rows:
            return Growth()
        sources, at = [_source(world, row) for row in rows], clock.now(world)
        grown = Growth(days=sum(_fill(source, today, at) for source in sources))
        zone = sources[0].load.zone
        news = News([(day_start(rows[0].grown_to, zone), day_start(today, zone))] if grown.days else [])
        for stay in cycles.stays(key, sources[0].kind is Kind.VACANCY, rows[0].since, today):
            account = _occupy(world, sources, stay)
            news.bills += _bill(account, sources, stay, today, at)
        grown += Growth(bills=len(sources) * len(news.bills), statements=len(news.bills))
        for row in rows:
            tell(row.service, news)
        _services(world, key).update(grown_to=today)
    return grown


def _services(world: World, key: str) -> QuerySet[SyntheticService]:
    return SyntheticService.objects.filter(service__world=world, home=key)


def _source(world: World, row: SyntheticService) -> Source:
    load = Load(row.home, Kind(row.kind), world.utility.zone)
    return Source(row, load.kind, load, cache(load.day))


def _build(world: World, key: str, kind: Kind, since: date) -> None:
    place = names.place(key, world.utility.code)
    for service_kind in SERVICES.get(kind, (kind,)):
        service = Service.objects.create(
            world=world,
            identifier=names.digits(10, key, service_kind, "service"),
            kind=service_of(service_kind),
            service_class=class_of(service_kind),
            tariff=tariff_of(service_kind).name,
            street=place.street,
            city=place.city,
            state=place.state,
            postal_code=place.postal_code,
            meter_number=names.digits(8, key, service_kind, "meter"),
        )
        SyntheticService.objects.create(service=service, home=key, kind=service_kind, since=since, grown_to=since)
        extras.install(service, key, service_kind, since)


def service_of(kind: Kind) -> Service.Kind:
    if kind not in PIPES:
        return Service.Kind.ELECTRICITY
    return Service.Kind.GAS if PIPES[kind].stream.commodity == NATURAL_GAS else Service.Kind.WATER


def class_of(kind: Kind) -> str:
    """The JSON API's service class, e.g. `res-electric`."""
    return f"{'comm' if kind in FIRMS else 'res'}-{CLASSES[service_of(kind)]}"


def _fill(source: Source, today: date, at: datetime) -> int:
    """Puts the readings of the missing days; a day without a single one is left out."""
    added = 0
    missing = list(days(source.row.grown_to, today))
    for stream in source.load.streams:
        blocks = {day: readings for day in missing if (readings := source.day(day)[stream]).count}
        added += put_days(channel_for(source.row.service_id, stream, at), blocks, at).added
    return added


def _occupy(world: World, sources: list[Source], stay: cycles.Stay) -> CustomerAccount:
    """The account of a stay, with its customer; ended if the stay is over."""
    key = sources[0].row.home
    number = names.digits(10, key, "account", stay.number)
    account = CustomerAccount.objects.filter(customer__world=world, number=number).first()
    if account is None:
        is_firm = sources[0].kind in FIRMS
        person = names.occupant(key, stay.number, is_firm)
        customer = Customer.objects.create(
            world=world,
            kind=Customer.Kind.COMMERCIAL if is_firm else Customer.Kind.RESIDENTIAL,
            name=person.name,
            email=person.email,
            phone=person.phone,
            language=person.language,
        )
        address = names.place(key, world.utility.code).address
        account = CustomerAccount.objects.create(
            customer=customer, number=number, billing_name=person.name, billing_address=address
        )
        for source in sources:
            occupancy = Occupancy.objects.create(account=account, service=source.row.service, start=stay.start)
            extras.enroll(occupancy, source.kind)
    if stay.end is not None:
        account.occupancies.filter(end=None).update(end=stay.end)
    return account


def _bill(
    account: CustomerAccount, sources: list[Source], stay: cycles.Stay, today: date, at: datetime
) -> list[tuple[date, date]]:
    """Puts the bills of a stay that have closed since the home was last grown, and a statement for each time; their
    periods."""
    billed = []
    key, since, grown_to = sources[0].row.home, sources[0].row.since, sources[0].row.grown_to
    zone = sources[0].load.zone
    on = cycles.read_day(key)
    first = stay.start if stay.start >= since else cycles.next_read(since - timedelta(days=1), on)
    for start, end in cycles.closed_periods(on, first, stay.end, today):
        if end <= grown_to:
            continue
        charges = 0
        for source in sources:
            period = [(weather.local_day(day, zone), source.day(day)) for day in days(start, end)]
            record = make_bill(tariff_of(source.kind), start, end, period)
            put_bill(source.row.service_id, record, at)
            if source.kind not in PIPES:
                extras.put_power(source.row.service_id, key, start, end, at)
            charges += record.total_cost
        _issue_statement(account, sources, end, charges, at)
        billed.append((start, end))
    return billed


def _issue_statement(account: CustomerAccount, sources: list[Source], day: date, charges: int, at: datetime) -> None:
    last = Statement.objects.filter(account=account, date__lt=day).order_by("-date").first()
    owed = last.amount_due if last else 0
    paid = cycles.payment(sources[0].row.home, day, owed)
    record = StatementRecord(
        statement_date=day,
        previous_balance=owed,
        payments=paid,
        new_charges=charges,
        amount_due=owed - paid + charges,
        due_date=day + timedelta(days=cycles.DAYS_TO_PAY),
    )
    put_statement(account.pk, record, [source.row.service_id for source in sources], at)


def _latest_customer(world: World, key: str) -> Customer:
    stay = Occupancy.objects.filter(service__synthetic__in=_services(world, key)).order_by("-start").first()
    assert stay is not None
    return stay.account.customer
