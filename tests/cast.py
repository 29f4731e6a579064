"""The small cast of named people and firms that tests share. Each function makes rows and returns them.

El Paso Electric is the utility. Heather is a customer of its sandbox world, Oscar another (the stranger's customer),
Lena a customer of its live world. Sunny is a third party with a sandbox registration, Rival a second one: what Sunny
may see, Rival must not.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from wattkeeper.authorizations import lifecycle, telling, tokens, windows
from wattkeeper.authorizations.access import Caller, TokenClass
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, Meter, Token
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.scope import parse
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock, days
from wattkeeper.companies.credentials import issue_client_secret
from wattkeeper.companies.models import Company, Member, Registration
from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service
from wattkeeper.events import log, order
from wattkeeper.people.models import User
from wattkeeper.readings.models import Channel
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType, channel_for, put_days
from wattkeeper.utilities.models import Utility, World

QUARTER_HOURS = ReadingType(flow_direction=1, uom=72, interval_length=900)


@dataclass
class ThirdParty:
    """A company with its registration and its secrets in the clear."""

    company: Company
    member: Member
    registration: Registration
    client_secret: str
    api_token: str


def epe() -> Utility:
    utility, made = Utility.objects.get_or_create(
        code="EPE",
        defaults={
            "slug": "epe",
            "name": "El Paso Electric",
            "languages": ["en", "es"],
            "sign_in_methods": ["sso", "test"],
            "function_blocks": [1, 3, 4, 5, 13, 15, 16, 31, 37, 39, 51],
            "descriptions": {"en": "Electricity for west Texas.", "es": "Electricidad para el oeste de Texas."},
        },
    )
    if made:
        World.objects.create(utility=utility, kind=World.Kind.LIVE)
        World.objects.create(utility=utility, kind=World.Kind.SANDBOX)
    return utility


def sandbox() -> World:
    return epe().worlds.get(kind=World.Kind.SANDBOX)


def live() -> World:
    return epe().worlds.get(kind=World.Kind.LIVE)


def elsewhere() -> World:
    """The live world of another utility."""
    rio = Utility.objects.create(code="RIO", slug="rio", name="Rio Power")
    return World.objects.create(utility=rio, kind=World.Kind.LIVE)


def third_party(name: str = "Sunny", status: str = Registration.Status.SANDBOX) -> ThirdParty:
    company = Company.objects.create(name=name, website=f"https://{name.lower()}.example")
    user = User.objects.create_user(f"dev@{name.lower()}.example", "correct horse battery")
    member = Member.objects.create(company=company, user=user)
    registration = Registration.objects.create(
        company=company,
        utility=epe(),
        client_id=f"EPE_{name.lower():x<9.9}",
        status=status,
        redirect_uris=[f"https://{name.lower()}.example/callback"],
    )
    return ThirdParty(
        company, member, registration, issue_client_secret(registration), issue_api_token(member, "tests")
    )


def customer(name: str = "Heather Homeowner", world: World | None = None, since: date = date(2020, 1, 1)) -> Service:
    """A customer with one account and one electric service, occupied since a day; returns the service."""
    world = world or sandbox()
    person = Customer.objects.create(world=world, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.com")
    number = f"3{person.pk:09d}"
    account = CustomerAccount.objects.create(customer=person, number=number, billing_name=name)
    service = Service.objects.create(
        world=world, identifier=f"S{number}", service_class="res-electric", street="1234 Main Ave", city="El Paso",
        state="TX", postal_code="79901", meter_number=f"M{number}", tariff="Residential",
    )  # fmt: skip
    Occupancy.objects.create(account=account, service=service, start=since)
    return service


def owner(service: Service) -> Customer:
    return service.occupancies.select_related("account__customer").get().account.customer


def fill(service: Service, first: date, end: date, reading_type: ReadingType = QUARTER_HOURS) -> Channel:
    """Puts a value into every interval of the local days [first, end): the slot's number within the day, plus one."""
    channel = channel_for(service.pk, reading_type)
    zone = service.world.utility.zone
    step = reading_type.interval_length
    blocks = {}
    for day in days.days(first, end):
        starts = range(days.day_start(day, zone), days.day_end(day, zone), step)
        blocks[day] = Readings(starts, step, list(range(1, len(starts) + 1)))
    put_days(channel, blocks)
    return channel


def tell(grant: Authorization) -> None:
    """The events of an authorization that was made by `authorize`, in their places."""
    meters = [telling.event(grant, "meter_created", meter) for meter in grant.meters.all()]
    log.record(telling.event(grant, "authorization_created"), *meters)
    order.place()


def authorize(party: ThirdParty, *services: Service, **fields: object) -> Authorization:
    """An authorization in force on these services (of one customer): everything, two years back, three years on."""
    person = fields.get("customer") or owner(services[0])
    assert isinstance(person, Customer)
    present = clock.now(person.world)
    values: dict[str, object] = {
        "registration": party.registration,
        "customer": person,
        "world": person.world,
        "scope": "FB=1_3_4_5_13_15_16_31_37_51;HistoryLength=63072000;AccountCollection=1",
        "requested_scope": "FB=4_16_51",
        "shares_intervals": True,
        "shares_bills": True,
        "shares_account": True,
        "history_start": present - timedelta(days=730),
        "expires": present + timedelta(days=3 * 365),
        "customer_email": person.email,
        "created": present,
    } | fields
    grant = Authorization.objects.create(**values)
    for service in services:
        Meter.objects.create(authorization=grant, service=service)
    return grant


def ask(party: ThirdParty, scope: str = "FB=4_16_51") -> AuthorizationRequest:
    """A request made in a browser of nobody's."""
    door = AuthorizationRequest.Door.OAUTH
    return lifecycle.open_request(party.registration, door=door, scope=parse(scope), browser="cast")


def answer(request: AuthorizationRequest, service: Service, **changes: Any) -> Authorization:
    """The grant of a customer who takes the form as it is, but for the changes, in English."""
    person = owner(service)
    offered = lifecycle.offer(request, person)
    names = (
        "services",
        "shares_intervals",
        "shares_bills",
        "shares_account",
        "history_start",
        "expires",
        "ongoing_end",
    )
    values = {name: getattr(offered, name) for name in names} | {"email": person.email, "language": "en"}
    return lifecycle.grant(request, person, lifecycle.Choices(**values | changes), offered)


def share(party: ThirdParty, service: Service, scope: str = "FB=4_16_51", **changes: Any) -> Authorization:
    """Asked and answered."""
    return answer(ask(party, scope), service, **changes)


def access_token(grant: Authorization) -> str:
    return tokens.issue(
        Token.Kind.ACCESS, grant.registration, authorization=grant, expires=clock.now() + timedelta(hours=1)
    )


def client_token(party: ThirdParty) -> str:
    return tokens.issue(Token.Kind.CLIENT, party.registration, expires=clock.now() + timedelta(hours=1))


def registration_token(party: ThirdParty) -> str:
    return tokens.issue(Token.Kind.REGISTRATION, party.registration)


def opened(party: ThirdParty, meters: QuerySet[Meter] | None = None) -> list[Window]:
    """The windows that a third party's API token opens, of its own meters or of some."""
    caller = Caller(TokenClass.CLIENT, party.company)
    look = Look(caller, "json", "tests", ("intervals", "bills", "account"))
    return windows.open_windows(look, windows.in_force(caller.meters() if meters is None else meters))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def noon(day: date) -> datetime:
    """Noon of a local day at El Paso Electric."""
    return clock.from_epoch(days.day_start(day, epe().zone) + 12 * 3600)
