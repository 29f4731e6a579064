"""Who and where a customer is: ESPI's retail customer schema, in a feed of its own, apart from what the customer uses.

The tree of one authorization is small, so it is made whole, and an address of it chooses among its entries. It tells
what the customer's form speaks of: name, addresses, account number, the service and its meter; no telephone number and
no email address. What is in place at a service today is told while the customer is there, not afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from wattkeeper.authorizations import windows
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock, days
from wattkeeper.common.ids import stable_uid
from wattkeeper.customers.billing import CURRENCIES
from wattkeeper.customers.models import Customer, CustomerAccount, EndDevice, ProgramDate, Service
from wattkeeper.greenbutton.atom import CUSTOMER, Entry, Link, fields, link, wrapped
from wattkeeper.greenbutton.links import resource
from wattkeeper.greenbutton.points import time_fields
from wattkeeper.utilities.models import Utility

KINDS = {Customer.Kind.RESIDENTIAL: "residential", Customer.Kind.COMMERCIAL: "commercialIndustrial"}
LONGEST = 256


@dataclass(frozen=True)
class Node:
    """A resource below `parent`, an address: where it stands, and since when."""

    kind: str
    parent: str
    uid: UUID
    since: int

    @property
    def up(self) -> str:
        return f"{self.parent}/{self.kind}"

    @property
    def href(self) -> str:
        return f"{self.up}/{self.uid}"

    def entry(self, content: str, related: Sequence[Link] = ()) -> Entry:
        uid = stable_uid(self.uid, self.kind)
        return Entry(self.kind, uid, self.href, self.up, self.since, self.since, content, tuple(related), CUSTOMER)

    def below(self, kind: str) -> Link:
        return link("related", f"{self.href}/{kind}", kind, "feed", CUSTOMER)

    def itself(self) -> Link:
        return link("related", self.href, self.kind, schema=CUSTOMER)


def root(grant: UUID) -> str:
    """The address below which the tree of an authorization stands."""
    return resource("RetailCustomer", grant)


def tree(opened: Sequence[Window]) -> list[Entry]:
    """The entries of one authorization's windows, each before those below it. Two queries.

    Empty where account details are not shared or the customer never had any of the services.
    """
    shown = [window for window in opened if window.shares_account and window.account is not None]
    return list(_tree(shown, windows.end_devices(shown), windows.program_dates(shown))) if shown else []


def _tree(
    shown: Sequence[Window], devices: Mapping[int, list[EndDevice]], programs: Mapping[int, list[ProgramDate]]
) -> Iterator[Entry]:
    grant, since = shown[0].meter.authorization, clock.epoch(shown[0].meter.created)
    customer = Node("Customer", root(grant.uid), stable_uid(grant.uid, "customer"), since)
    time = Node("LocalTimeParameters", root(grant.uid), stable_uid(grant.uid, "time"), since)
    yield customer.entry(
        _customer(grant.customer, shown[0].service), (customer.below("CustomerAccount"), time.itself())
    )
    yield time.entry(time_fields(shown[0].zone), (customer.itself(),))
    by_account: dict[int, list[Window]] = {}
    for window in shown:
        assert window.account is not None
        by_account.setdefault(window.account.pk, []).append(window)
    for of_account in by_account.values():
        assert of_account[0].account is not None
        held = of_account[0].account
        account = Node("CustomerAccount", customer.href, stable_uid(grant.uid, "account", held.uid), since)
        yield account.entry(_account(held), (account.below("CustomerAgreement"), customer.itself()))
        for window in of_account:
            yield from _agreement(account, time, window, devices, programs)


def _agreement(
    account: Node,
    time: Node,
    window: Window,
    devices: Mapping[int, list[EndDevice]],
    programs: Mapping[int, list[ProgramDate]],
) -> Iterator[Entry]:
    """An agreement is a meter of the authorization, and has its uid."""
    meter, since = window.meter, clock.epoch(window.meter.created)
    agreement = Node("CustomerAgreement", account.href, meter.uid, since)
    below = [agreement.below(kind) for kind in ("ServiceSupplier", "ProgramDateIdMappings", "ServiceLocation")]
    dates = programs.get(meter.pk, [])
    yield agreement.entry(_terms(window, dates), (*below, account.itself()))
    supplier = Node("ServiceSupplier", agreement.href, stable_uid(meter.uid, "supplier"), since)
    yield supplier.entry(_supplier(meter.authorization.world.utility), (agreement.itself(),))
    for date in dates:
        uid = stable_uid(meter.uid, "program-date", date.uid)
        mapping = Node("ProgramDateIdMappings", agreement.href, uid, max(since, clock.epoch(date.created)))
        told = fields(("programDateType", date.kind), ("code", date.code), ("name", date.name))
        yield mapping.entry(wrapped("programDateIdMapping", told), (agreement.itself(),))
    yield from _location(agreement, time, window, devices.get(meter.pk, []))


def _location(agreement: Node, time: Node, window: Window, devices: Sequence[EndDevice]) -> Iterator[Entry]:
    meter, service, since = window.meter, window.service, agreement.since
    location = Node("ServiceLocation", agreement.href, stable_uid(meter.uid, "location"), since)
    point = resource("Subscription", meter.authorization.uid, "UsagePoint", meter.uid)
    content = wrapped("mainAddress", _address(service)) + wrapped("UsagePoints", fields(("UsagePoint", point)))
    related = (location.below("Meter"), location.below("EndDevice"), time.itself(), agreement.itself())
    yield location.entry(content, related)
    if window.is_occupied and service.meter_number:
        node = Node("Meter", location.href, stable_uid(meter.uid, "meter", service.meter_number), since)
        yield node.entry(fields(("serialNumber", service.meter_number)), (location.itself(),))
    for device in devices:
        node = Node("EndDevice", location.href, stable_uid(meter.uid, "device", device.uid), since)
        content = fields(("type", device.type or None), ("serialNumber", device.serial_number))
        if device.installed is not None:
            installed = days.day_start(device.installed, window.zone)
            content += wrapped("lifecycle", fields(("installationDate", installed)))
        yield node.entry(content, (location.itself(),))


def _customer(customer: Customer, service: Service) -> str:
    """With the place of the first service shared: the customer of many services has no other street address."""
    organisation = wrapped("Organisation", wrapped("streetAddress", _address(service)))
    return organisation + fields(("kind", KINDS[Customer.Kind(customer.kind)]), ("customerName", customer.name))


def _account(account: CustomerAccount) -> str:
    street = fields(("addressGeneral", account.billing_address[:LONGEST] or None))
    contact = wrapped("streetAddress", wrapped("streetDetail", street))
    contact += fields(("organisationName", account.billing_name or None))
    return wrapped("contactInfo", contact) + fields(("accountId", account.number))


def _terms(window: Window, dates: Sequence[ProgramDate]) -> str:
    stay, utility = window.stay, window.meter.authorization.world.utility
    assert stay is not None
    start = days.day_start(stay.start, window.zone)
    duration = days.day_start(stay.end, window.zone) - start if stay.end is not None else None
    names = dict.fromkeys((date.code, date.name) for date in dates)
    return "".join(
        (
            wrapped("validityInterval", fields(("duration", duration), ("start", start))),
            *(wrapped("DemandResponseProgram", _program(window, code, name, dates)) for code, name in names),
            fields(("currency", CURRENCIES.get(utility.currency)), ("agreementId", window.service.identifier)),
        )
    )


def _program(window: Window, code: str, name: str, dates: Sequence[ProgramDate]) -> str:
    told = "".join(
        wrapped(
            "programDate",
            fields(("programDate", days.day_start(date.day, window.zone)), ("programDateDescription", date.kind)),
        )
        for date in dates
        if date.code == code
    )
    return fields(("programName", name)) + told


def _supplier(utility: Utility) -> str:
    address = fields(("email1", utility.support_email or None), ("web", utility.website or None))
    organisation = wrapped("electronicAddress", address) + fields(("organisationName", utility.name))
    return wrapped("Organisation", organisation) + fields(("kind", "utility"))


def _address(service: Service) -> str:
    street = wrapped("streetDetail", fields(("addressGeneral", service.street or None)))
    town = fields(("name", service.city or None), ("stateOrProvince", service.state or None))
    return street + wrapped("townDetail", town) + fields(("postalCode", service.postal_code or None))
