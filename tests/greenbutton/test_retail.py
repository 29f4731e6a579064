"""The retail customer tree: what it says of whom, to whom, and what it keeps to itself."""

from datetime import date, timedelta

import pytest

import cast
from greenbutton import reader
from greenbutton.reader import ATOM, CUST, Home, body, entries, get, links, local, values
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.models import CustomerAccount, EndDevice, Occupancy, ProgramDate, Service

pytestmark = pytest.mark.django_db
KINDS = [
    "Customer", "LocalTimeParameters", "CustomerAccount", "CustomerAgreement", "ServiceSupplier",
    "ProgramDateIdMappings", "ProgramDateIdMappings", "ServiceLocation", "Meter", "EndDevice",
]  # fmt: skip


@pytest.fixture
def home() -> Home:
    return reader.furnish(reader.home())


def kinds(home: Home) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries(reader.read(home.people, home.token))]


def told(home: Home) -> dict[str, list[str]]:
    """Every text of the customer feed, by the names of the elements around it below the content."""
    found: dict[str, list[str]] = {}
    for entry in entries(reader.read(home.people, home.token)):
        for leaf in entry.find(f"{ATOM}content").iter(f"{CUST}*"):  # type: ignore[union-attr]
            if len(leaf) == 0:
                path = [step.tag.removeprefix(CUST) for step in leaf.iterancestors(f"{CUST}*")][::-1]
                found.setdefault("/".join([*path, leaf.tag.removeprefix(CUST)]), []).append(leaf.text or "")
    return found


def test_the_tree_stands_in_order_above_before_below(home: Home) -> None:
    assert kinds(home) == KINDS


def test_it_says_who_and_where_and_nothing_else(home: Home) -> None:
    account = home.service.occupancies.get().account
    main = "mainAddress/"
    assert told(home) == {
        "Customer/Organisation/streetAddress/streetDetail/addressGeneral": ["1234 Main Ave"],
        "Customer/Organisation/streetAddress/townDetail/name": ["El Paso"],
        "Customer/Organisation/streetAddress/townDetail/stateOrProvince": ["TX"],
        "Customer/Organisation/streetAddress/postalCode": ["79901"],
        "Customer/kind": ["residential"],
        "Customer/customerName": ["Heather Homeowner"],
        "LocalTimeParameters/dstEndRule": ["B40E2000"],
        "LocalTimeParameters/dstOffset": ["3600"],
        "LocalTimeParameters/dstStartRule": ["360E2000"],
        "LocalTimeParameters/tzOffset": ["-25200"],
        "CustomerAccount/contactInfo/streetAddress/streetDetail/addressGeneral": ["PO Box 1, El Paso, TX 79901"],
        "CustomerAccount/contactInfo/organisationName": ["Heather Homeowner"],
        "CustomerAccount/accountId": [account.number],
        "CustomerAgreement/validityInterval/start": ["1577862000"],
        "CustomerAgreement/DemandResponseProgram/programName": ["Summer <peak>"],
        "CustomerAgreement/DemandResponseProgram/programDate/programDate": ["1748757600", "1811829600"],
        "CustomerAgreement/DemandResponseProgram/programDate/programDateDescription": [
            "CUST_DR_PROGRAM_ENROLLMENT_DATE", "CUST_DR_PROGRAM_TERM_DATE_REGARDLESS_FINANCIAL",
        ],
        "CustomerAgreement/currency": ["840"],
        "CustomerAgreement/agreementId": [home.service.identifier],
        "ServiceSupplier/Organisation/organisationName": ["El Paso Electric"],
        "ServiceSupplier/kind": ["utility"],
        "ProgramDateIdMappings/programDateIdMapping/programDateType": [
            "CUST_DR_PROGRAM_ENROLLMENT_DATE", "CUST_DR_PROGRAM_TERM_DATE_REGARDLESS_FINANCIAL",
        ],
        "ProgramDateIdMappings/programDateIdMapping/code": ["DR-01", "DR-01"],
        "ProgramDateIdMappings/programDateIdMapping/name": ["Summer <peak>", "Summer <peak>"],
        f"ServiceLocation/{main}streetDetail/addressGeneral": ["1234 Main Ave"],
        f"ServiceLocation/{main}townDetail/name": ["El Paso"],
        f"ServiceLocation/{main}townDetail/stateOrProvince": ["TX"],
        f"ServiceLocation/{main}postalCode": ["79901"],
        "ServiceLocation/UsagePoints/UsagePoint": [f"http://localhost:8000{reader.ROOT}{home.path()}"],
        "Meter/serialNumber": [home.service.meter_number],
        "EndDevice/type": ["inverter"],
        "EndDevice/serialNumber": ["INV-7"],
        "EndDevice/lifecycle/installationDate": ["1714629600"],
    }  # fmt: skip


def test_no_telephone_and_no_email_address_comes_out(home: Home) -> None:
    """The form that the customer answers speaks of neither."""
    customer = home.grant.customer
    customer.phone = "915-555-0142"
    customer.save()
    content = body(get(home.people, home.token)).decode()
    assert "Heather Homeowner" in content
    assert customer.email not in content
    assert customer.phone not in content


def test_every_link_leads_somewhere_and_self_to_the_same_entry(home: Home) -> None:
    for entry in entries(reader.read(home.people, home.token)):
        for rel in ("up", "related"):
            assert all(get(local(href), home.token).status_code == 200 for href in links(entry, rel))
        (own,) = links(entry, "self")
        assert own.rpartition("/")[0] == links(entry, "up")[0]
        assert reader.read(local(own), home.token).findtext(f"{ATOM}id") == entry.findtext(f"{ATOM}id")
        assert {(link.get("type") or "").partition("-")[0] for link in entry.findall(f"{ATOM}link")} == {"cust"}


def test_the_two_schemas_never_stand_in_one_feed(home: Home) -> None:
    assert b"naesb.org/espi/customer" not in body(get(home.batch, home.token))
    assert b'"http://naesb.org/espi"' not in body(get(home.people, home.token))


def closed(home: Home) -> None:
    """No address of the tree answers."""
    retail = f"/RetailCustomer/{home.grant.uid}"
    for path in (home.people, retail, f"{retail}/Customer", f"{retail}/LocalTimeParameters"):
        assert get(path, home.token).status_code == 404, path
        assert get(path, home.party.api_token).status_code == 404, path


def test_without_account_details_in_the_grant_there_is_no_such_tree() -> None:
    home, seen = reader.home(shares_account=False), AuditEntry.objects.count()
    closed(home)
    assert AuditEntry.objects.count() == seen


def test_a_token_narrowed_to_other_data_does_not_open_it(home: Home) -> None:
    scope = "FB=1_3_4_5_13_31_37"
    narrow = tokens.issue(Token.Kind.ACCESS, home.party.registration, authorization=home.grant, scope=scope)
    assert get(home.batch, narrow).status_code == 200
    seen = AuditEntry.objects.count()
    assert get(home.people, narrow).status_code == 404
    assert AuditEntry.objects.count() == seen


def test_a_revoked_grant_closes_it(home: Home) -> None:
    home.grant.revoked = clock.now()
    home.grant.save()
    assert get(home.people, home.token).status_code == 401
    assert get(home.people, home.party.api_token).status_code == 404


def test_somebody_who_never_had_the_service_is_not_told_of_by_it(home: Home) -> None:
    Occupancy.objects.all().delete()
    closed(home)


def test_who_moved_out_is_still_told_of_but_not_what_is_there_now(home: Home) -> None:
    """The meter and the inverter that hang there today are the next customer's."""
    Occupancy.objects.filter(service=home.service).update(end=date(2026, 3, 1))
    assert [kind for kind in KINDS if kind not in {"Meter", "EndDevice"}] == kinds(home)
    assert told(home)["CustomerAgreement/validityInterval/duration"] == ["194486400"]


def test_who_moves_out_tomorrow_still_has_it_today(home: Home) -> None:
    today = clock.now(home.grant.world).date()
    Occupancy.objects.filter(service=home.service).update(end=today + timedelta(days=2))
    assert kinds(home) == KINDS


def test_the_programs_of_the_customer_before_are_not_told(home: Home) -> None:
    account = CustomerAccount.objects.create(customer=home.grant.customer, number="2", billing_name="Later")
    Occupancy.objects.filter(service=home.service).update(end=date(2026, 3, 1))
    Occupancy.objects.create(account=account, service=home.service, start=date(2026, 3, 1))
    assert "ProgramDateIdMappings" not in kinds(home)
    assert ProgramDate.objects.count() == 2
    assert told(home)["CustomerAccount/accountId"] == ["2"]


def test_a_device_that_was_taken_away_is_not_told(home: Home) -> None:
    EndDevice.objects.update(removed=date(2026, 1, 1))
    assert "EndDevice" not in kinds(home)


def test_a_swapped_meter_is_another_meter_at_the_same_place(home: Home) -> None:
    def of(kind: str) -> str:
        (entry,) = entries(reader.read(home.people, home.token), kind)
        return links(entry, "self")[0]

    before = of("ServiceLocation"), of("Meter")
    Service.objects.update(meter_number="M2")
    assert of("ServiceLocation") == before[0]
    assert of("Meter") != before[1]
    assert told(home)["Meter/serialNumber"] == ["M2"]


def test_accounts_and_agreements_stand_where_they_belong(home: Home) -> None:
    """Two services on one account, a third on another."""
    stay = home.service.occupancies.get()
    other = CustomerAccount.objects.create(customer=home.grant.customer, number="OTHER", billing_name="Rentals")
    services = [home.service, cast.customer("Heather Second"), cast.customer("Heather Third")]
    Occupancy.objects.filter(service=services[1]).update(account=stay.account)
    Occupancy.objects.filter(service=services[2]).update(account=other)
    grant = cast.authorize(home.party, *services)
    token, root = cast.access_token(grant), f"/RetailCustomer/{grant.uid}/Customer"
    (customer,) = entries(reader.read(root, token))
    accounts = entries(reader.read(local(links(customer, "self")[0]) + "/CustomerAccount", token))
    below = {
        values(account, "CustomerAccount/accountId")[0]: [
            values(agreement, "CustomerAgreement/agreementId")[0]
            for agreement in entries(reader.read(local(links(account, "related")[0]), token))
        ]
        for account in accounts
    }
    assert below == {stay.account.number: [s.identifier for s in services[:2]], "OTHER": [services[2].identifier]}
    assert get(f"/RetailCustomer/{grant.uid}/Customer", home.token).status_code == 404


def test_an_address_put_together_of_parts_that_do_not_belong_together_is_none(home: Home) -> None:
    rival = reader.furnish(reader.home(home.party, "Oscar Other"))
    own, other = (entries(reader.read(one.people, one.token), "CustomerAgreement")[0] for one in (home, rival))
    up = local(links(own, "up")[0])
    assert get(up, home.token).status_code == 200
    ids = up.split("/")[4:7:2]  # of the customer and the account
    for path in (
        f"{up}/{rival.meter.uid}",
        f"{local(links(other, 'up')[0])}/{home.meter.uid}",
        local(links(other, "self")[0]).replace(str(rival.grant.uid), str(home.grant.uid)),
        f"{up}/{home.meter.uid}/ServiceLocation/{home.meter.uid}/Meter",
        f"/RetailCustomer/{home.grant.uid}/Customer/{home.meter.uid}/CustomerAccount",
        up.replace(ids[0], str(home.meter.uid)) + f"/{home.meter.uid}",
        up.replace(ids[1], str(home.meter.uid)) + f"/{home.meter.uid}",
    ):
        assert get(path, home.token).status_code == 404, path
        assert get(path, home.party.api_token).status_code == 404, path


def test_two_grants_on_one_home_share_no_id(home: Home) -> None:
    grant = cast.authorize(cast.third_party("Rival"), home.service)
    theirs = reader.read(f"/Batch/RetailCustomer/{grant.uid}", cast.access_token(grant))
    ours = reader.read(home.people, home.token)
    assert not set(reader.ids(theirs)) & set(reader.ids(ours))
    assert not {href for entry in entries(theirs) for href in links(entry, "self")} & {
        href for entry in entries(ours) for href in links(entry, "self")
    }
    assert str(home.grant.customer.uid) not in body(get(home.people, home.token)).decode()


def test_a_customer_without_an_address_or_a_meter_number_is_valid(home: Home) -> None:
    Service.objects.update(street="", city="", state="", postal_code="", meter_number="")
    CustomerAccount.objects.update(billing_address="", billing_name="A" * 200)
    assert [kind for kind in KINDS if kind != "Meter"] == kinds(home)


def test_a_part_of_the_feed(home: Home) -> None:
    page = reader.read(f"{home.people}?start-index=3&max-results=2", home.token)
    assert [entry.findtext(f"{ATOM}title") for entry in entries(page)] == KINDS[2:4]
