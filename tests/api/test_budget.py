"""What a list costs the database."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.reader import TODAY, Shared, call
from cast import sandbox
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.customers.models import Customer, CustomerAccount, Occupancy, Service

MOST = 8


def thousand(shared: Shared) -> None:
    """999 more homes, each shared as the first."""
    first, world = shared.grant, sandbox()
    people = Customer.objects.bulk_create(Customer(world=world, name=f"Customer {n}") for n in range(999))
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(customer=person, number=f"9{number}", billing_name=person.name)
        for number, person in enumerate(people)
    )
    services = Service.objects.bulk_create(Service(world=world, identifier=f"T{n}") for n in range(999))
    Occupancy.objects.bulk_create(
        Occupancy(account=account, service=service, start=TODAY - timedelta(days=400))
        for account, service in zip(accounts, services, strict=True)
    )
    terms = {
        field.attname: getattr(first, field.attname)
        for field in Authorization._meta.concrete_fields
        if field.attname not in {"id", "uid", "referral", "customer_id"}
    }
    grants = Authorization.objects.bulk_create(Authorization(customer=person, **terms) for person in people)
    Meter.objects.bulk_create(
        Meter(authorization=grant, service=service) for grant, service in zip(grants, services, strict=True)
    )


def test_a_thousand_authorizations_with_their_meters_cost_eight_statements(shared: Shared) -> None:
    thousand(shared)
    with CaptureQueriesContext(connection) as seen:
        page = call(shared.token, "/authorizations", include="meters")
    rows = page["authorizations"]
    assert (len(rows), sum(len(row["meters"]["meters"]) for row in rows), page["next"]) == (1000, 1000, None)
    assert len(seen) <= MOST, "\n".join(query["sql"][:120] for query in seen)
