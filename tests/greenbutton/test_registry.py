"""ApplicationInformation and Authorization: what they say, and the secrets they don't."""

from datetime import timedelta

import pytest

import cast
from greenbutton import reader
from greenbutton.reader import Home, body, entries, get, numbers, values
from wattkeeper.common import clock
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Home:
    return reader.home()


def application(home: Home) -> str:
    return f"/ApplicationInformation/{home.party.registration.uid}"


def test_fnd002_application_information(home: Home) -> None:
    entry = reader.read(application(home), cast.registration_token(home.party))
    expected = {
        "dataCustodianId": "EPE",
        "dataCustodianApplicationStatus": "1",
        "authorizationServerAuthorizationEndpoint": "http://localhost:8000/DataCustodian/epe/oauth/authorize",
        "authorizationServerTokenEndpoint": "http://localhost:8000/DataCustodian/epe/oauth/token",
        "dataCustodianResourceEndpoint": "http://localhost:8000/DataCustodian/espi/1_1/resource",
        "client_name": "Sunny",
        "client_id": home.party.registration.client_id,
        "redirect_uri": "https://sunny.example/callback",
        "token_endpoint_auth_method": "client_secret_basic",
        "response_types": "code",
        "client_secret_expires_at": "0",
        "registration_client_uri": reader.links(entry, "self")[0],
    }
    assert {name: values(entry, f"ApplicationInformation/{name}") for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert len(values(entry, "ApplicationInformation/grant_types")) == 3
    offered = "FB=1_3_4_5_13_15_16_31_37_39_51"
    assert values(entry, "ApplicationInformation/scope") == [offered, "FB=4_16_51"]


def test_no_secret_is_printed_but_the_one_the_caller_sent(home: Home) -> None:
    token = cast.registration_token(home.party)
    by_registration = body(get(application(home), token)).decode()
    by_api = body(get(application(home), home.party.api_token)).decode()
    assert by_registration.count(token) == 1
    assert "<client_secret>********</client_secret>" in by_registration
    assert home.party.client_secret not in by_registration + by_api
    assert home.party.api_token not in by_api
    assert "<registration_access_token>********</registration_access_token>" in by_api


@pytest.mark.parametrize(
    ("status", "custodian", "third_party"), [("sandbox", 1, 1), ("approved", 1, 2), ("live", 2, 3), ("suspended", 3, 3)]
)
def test_the_status_of_a_registration(home: Home, status: str, custodian: int, third_party: int) -> None:
    Registration.objects.filter(pk=home.party.registration.pk).update(status=status)
    entry = reader.read(application(home), home.party.api_token)
    assert numbers(entry, "ApplicationInformation/dataCustodianApplicationStatus") == [custodian]
    assert numbers(entry, "ApplicationInformation/thirdPartyApplicationStatus") == [third_party]


def test_a_registration_without_addresses_or_with_strange_names_is_valid(home: Home) -> None:
    company, registration = home.party.company, home.party.registration
    company.name, company.website = "Sol & Söhne <\x0b\x1b>", ""
    company.save()
    registration.redirect_uris = []
    registration.save()
    entry = reader.read(application(home), home.party.api_token)
    assert values(entry, "ApplicationInformation/client_name") == ["Sol & Söhne <>"]


def test_fnd004_ofa001_an_authorization(home: Home) -> None:
    entry = reader.read(f"/Authorization/{home.grant.uid}", cast.client_token(home.party))
    grant = home.grant
    assert grant.expires is not None
    expires, created = clock.epoch(grant.expires), clock.epoch(grant.created)
    assert numbers(entry, "Authorization/authorizedPeriod/start") == [created]
    assert numbers(entry, "Authorization/authorizedPeriod/duration") == [expires - created]
    assert numbers(entry, "Authorization/publishedPeriod/start") == [clock.epoch(grant.history_start)]
    assert numbers(entry, "Authorization/expires_at") == [expires]
    assert numbers(entry, "Authorization/status") == [1]
    assert values(entry, "Authorization/scope") == [grant.scope]
    assert values(entry, "Authorization/token_type") == ["Bearer"]
    assert [reader.local(uri) for uri in values(entry, "Authorization/resourceURI")] == [home.batch]
    assert values(entry, "Authorization/authorizationURI") == reader.links(entry, "self")


@pytest.mark.parametrize("is_shared", [True, False])
def test_an_authorization_leads_to_the_customer_where_a_token_response_does(is_shared: bool) -> None:
    home = reader.home(shares_account=is_shared)
    entry = reader.read(f"/Authorization/{home.grant.uid}", cast.client_token(home.party))
    named = values(entry, "Authorization/customerResourceURI")
    assert [reader.local(uri) for uri in named] == [f"/Batch/RetailCustomer/{home.grant.uid}"] * is_shared


def test_a_registration_token_reads_its_own_registration_alone(home: Home) -> None:
    other = Registration.objects.create(
        company=home.party.company, utility=cast.epe(), client_id="EPE_ddddddddd", is_public_demo=True
    )
    path = f"/ApplicationInformation/{other.uid}"
    assert get(path, cast.registration_token(home.party)).status_code == 404
    assert get(path, home.party.api_token).status_code == 200


def test_an_authorization_names_no_customer(home: Home) -> None:
    content = body(get(f"/Authorization/{home.grant.uid}", cast.client_token(home.party))).decode()
    assert "Heather" not in content
    assert "heather@example.com" not in content


def test_until_revoked_is_the_longest_period_a_signed_integer_holds(home: Home) -> None:
    home.grant.expires = None
    home.grant.save()
    entry = reader.read(f"/Authorization/{home.grant.uid}", cast.client_token(home.party))
    assert numbers(entry, "Authorization/authorizedPeriod/duration") == [2**31 - 1]


def test_oad015_the_authorization_of_a_client_token_is_the_client_s_own(home: Home) -> None:
    token, uid = cast.client_token(home.party), home.party.registration.uid
    entry = reader.read(f"/Authorization/{uid}", token)
    assert numbers(entry, "Authorization/status") == [1]
    assert [reader.local(uri) for uri in values(entry, "Authorization/resourceURI")] == [f"/Batch/Bulk/{uid}"]
    assert get(f"/Authorization/{uid}", cast.client_token(cast.third_party("Rival"))).status_code == 404


def test_fnd003_the_feed_holds_every_authorization_whatever_its_status(home: Home) -> None:
    ago = clock.now() - timedelta(days=1)
    for ended in ({"revoked": ago}, {"expires": ago}, {"declined": ago}):
        cast.authorize(home.party, home.service, created=ago - timedelta(days=1), **ended)
    feed = reader.read("/Authorization", cast.client_token(home.party))
    assert [numbers(entry, "Authorization/status")[0] for entry in entries(feed)] == [0, 0, 2, 1]


def test_the_feed_is_chosen_by_when_an_authorization_changed(home: Home) -> None:
    token = cast.client_token(home.party)
    assert entries(reader.read("/Authorization?updated-min=2100-01-01T00:00:00Z", token)) == []
    assert len(entries(reader.read("/Authorization?updated-min=2020-01-01T00:00:00Z", token))) == 1


def test_a_company_reads_all_its_registrations_with_its_json_token(home: Home) -> None:
    feed = reader.read("/Authorization", home.party.api_token)
    assert [reader.local(reader.links(entry, "self")[0]) for entry in entries(feed)] == [
        f"/Authorization/{home.grant.uid}"
    ]
