"""Function blocks 1, 3 and 13: what a custodian serves at all, and how it keeps it."""

import re
import socket
import ssl
import warnings
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from blackbox.conformance.server import Own, free_port
from blackbox.conformance.target import Client
from config.conftest import needed
from greenbutton import reader
from greenbutton.certification.cases import case
from greenbutton.certification.conftest import Granted, at
from greenbutton.reader import ATOM, ESPI, entries, links, numbers, values
from proxying import Proxy, proxied

STATUSES = {0, 1, 2}


@case("FND001")
def test_fnd001_client_credentials_lead_to_the_registration(heather: Granted) -> None:
    answer = heather.registration_answer
    assert answer["authorizationURI"]
    entry = heather.read(answer["resourceURI"], "registration")
    assert answer["resourceURI"] == values(entry, "ApplicationInformation/registration_client_uri")[0]
    assert values(entry, "ApplicationInformation/dataCustodianScopeSelectionScreenURI") == []
    assert heather.client_answer["access_token"]


@case("CERT001-CERT004")
def test_cert001_cert004_no_certificate_is_claimed(heather: Granted) -> None:
    for document in (
        heather.read(heather.registration_answer["resourceURI"], "registration"),
        heather.read(at("/Authorization"), "client"),
        heather.feed,
        heather.people,
    ):
        assert not [link for link in document.iter(f"{ATOM}link") if "certificate" in (link.get("href") or "")]


@case("CPYRT001")
def test_cpyrt001_the_schemas_are_the_open_ones() -> None:
    reader.require_schemas()
    assert (reader.SCHEMAS / "espi-4.0" / "customer.xsd").exists()


@case("FDFTP001")
def test_fdftp001_ids_stay(heather: Granted) -> None:
    for uri in ("resourceURI", "customerResourceURI"):
        one, two = (heather.read(heather.answer[uri]) for _ in range(2))
        assert list(reader.ids(one)) == list(reader.ids(two))


@case("FDFTP008")
def test_fdftp008_atoms_times_are_utc(heather: Granted) -> None:
    for feed in (heather.feed, heather.people):
        stamps = [found.text or "" for name in ("published", "updated") for found in feed.iter(ATOM + name)]
        assert stamps
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", stamp) for stamp in stamps)


@case("D144")
def test_d144_a_day_begins_at_local_midnight(heather: Granted) -> None:
    offset, saving = (
        numbers(heather_time, f"LocalTimeParameters/{name}")[0]
        for heather_time in entries(heather.feed, "LocalTimeParameters")
        for name in ("tzOffset", "dstOffset")
    )
    for block in entries(heather.feed, "IntervalBlock"):
        (start,) = numbers(block, "IntervalBlock/interval/start")
        assert 0 in {(start + offset) % 86400, (start + offset + saving) % 86400}


@case("FND002")
def test_fnd002_application_information(heather: Granted, sunny: Client) -> None:
    entry = heather.read(heather.registration_answer["resourceURI"], "registration")
    said = {name: values(entry, f"ApplicationInformation/{name}") for name in (
        "dataCustodianApplicationStatus", "token_endpoint_auth_method", "grant_types", "response_types", "client_id",
    )}  # fmt: skip
    assert said["dataCustodianApplicationStatus"][0] in {"1", "2", "3", "4"}
    assert said["token_endpoint_auth_method"] == ["client_secret_basic"]
    assert {"authorization_code", "refresh_token", "client_credentials"} == set(said["grant_types"])
    assert (said["response_types"], said["client_id"]) == (["code"], [sunny.client_id])


@case("FND003")
def test_fnd003_the_feed_of_authorizations(heather: Granted) -> None:
    feed = heather.read(heather.answer["authorizationURI"].rpartition("/")[0], "client")
    assert heather.answer["authorizationURI"] in [links(entry, "self")[0] for entry in entries(feed)]


@case("FND004")
def test_fnd004_an_authorization(heather: Granted) -> None:
    entry = heather.read(heather.answer["authorizationURI"], "client")
    for name in ("expires_at", "scope", "token_type", "resourceURI", "authorizationURI"):
        assert values(entry, f"Authorization/{name}"), name
    assert values(entry, "Authorization/resourceURI") == [heather.answer["resourceURI"]]
    assert set(numbers(entry, "Authorization/status")) <= STATUSES


@case("FND005")
@pytest.mark.parametrize("name", ["residential", "commercial", "solar", "gas", "lab"])
def test_fnd005_everything_of_an_authorization_is_valid(homes: dict[str, Granted], name: str) -> None:
    home = homes[name]
    assert home.feed.tag == f"{ATOM}feed"
    (day,) = {entry.findtext(f"{ATOM}published") or "" for entry in entries(home.feed, "IntervalBlock")[-1:]}
    assert entries(home.read(home.answer["resourceURI"], **{"published-min": day}), "IntervalBlock")
    assert home.read(home.answer["authorizationURI"], "client").tag == f"{ATOM}entry"


@case("FND006")
def test_fnd006_service_status(heather: Granted) -> None:
    document = heather.read(at("/ReadServiceStatus"), "client")
    assert (document.tag, document.findtext(f"{ESPI}currentStatus")) == (f"{ESPI}ServiceStatus", "1")


@pytest.fixture(scope="module")
def proxy(own: Own, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The shipped nginx configuration in front of a process that knows it is reached by https."""
    program, port = needed("nginx", "nginx"), free_port()
    process = own.beside("tls", base=f"https://localhost:{port}", WATTKEEPER_BEHIND_PROXY="1")
    with proxied(program, int(process.base.rpartition(":")[2]), port, tmp_path_factory.mktemp("nginx")) as running:
        yield running


@case("TC001")
def test_tc001_every_uri_of_a_registration_is_https(proxy: Proxy, heather: Granted) -> None:
    own = urlsplit(heather.registration_answer["resourceURI"]).path
    header = {"Authorization": f"Bearer {heather.tokens['registration']}"}
    response = requests.get(proxy.url + own, headers=header, verify=proxy.certificate, timeout=30)
    entry = etree.fromstring(response.content)
    uris = [
        leaf.text or ""
        for leaf in entry.iter(f"{ESPI}*")
        if re.search("uri$|Endpoint$", str(leaf.tag), re.IGNORECASE) and leaf.text
    ]
    assert len(uris) >= 7
    assert all(uri.startswith("https://") for uri in uris), uris


def shaken(proxy: Proxy, context: ssl.SSLContext) -> str | None:
    """The version that was agreed on."""
    with (
        socket.create_connection(("localhost", proxy.port), timeout=30) as line,
        context.wrap_socket(line, server_hostname="localhost") as spoken,
    ):
        return spoken.version()


@case("TC003 TC004")
def test_tc003_tc004_the_best_version_both_know_from_1_2(proxy: Proxy) -> None:
    for best in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=proxy.certificate)
        context.maximum_version = best
        assert shaken(proxy, context) == best.name.replace("_", ".")
    context = ssl.create_default_context(cafile=proxy.certificate)
    with warnings.catch_warnings(action="ignore"):  # these versions are deprecated, which is the point
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        shaken(proxy, context)


@case("TC005 TC006")
@pytest.mark.parametrize("cipher", ["NULL-SHA", "AES128-SHA"])
def test_tc005_tc006_weak_ciphers_are_refused(proxy: Proxy, cipher: str) -> None:
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        shaken(proxy, context)


@case("TC008 TC009")
def test_tc008_tc009_the_certificate_is_the_operators(proxy: Proxy) -> None:
    assert ssl.get_server_certificate(("localhost", proxy.port)).strip() in open_text(proxy.certificate)


def open_text(path: str) -> str:
    with open(path) as file:
        return file.read()


def personal(home: Granted) -> set[str]:
    """What the customer feed says of a customer, the utility's own name and codes aside."""
    leaves = {
        leaf.text or ""
        for kind in ("Customer", "CustomerAccount", "CustomerAgreement", "ServiceLocation", "Meter", "EndDevice")
        for entry in entries(home.people, kind)
        for leaf in entry.find(f"{ATOM}content").iter(f"{reader.CUST}*")  # type: ignore[union-attr]
    }
    common = {"residential", "commercialIndustrial", "El Paso", "TX", "840"}
    return {text for text in leaves if len(text) > 4 and not text.startswith("http") and not text.isspace()} - common


@case("TC010", "RC_FB64")
def test_tc010_nothing_personal_in_ids_links_titles_nor_in_any_feed_of_energy(heather: Granted) -> None:
    secrets = {text for text in personal(heather) if not re.fullmatch(r"1[0-9]{9}", text)}
    assert len(secrets) >= 6
    energy = etree.tostring(heather.feed).decode()
    assert [secret for secret in secrets if secret in energy] == []
    for name in ("id", "title", "link"):
        for element in heather.people.iter(ATOM + name):
            told = f"{element.text} {element.get('href')}"
            assert [secret for secret in secrets if secret in told] == []


@case("TC011")
def test_tc011_tokens_and_ids_cannot_be_guessed(heather: Granted) -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", token) for token in heather.tokens.values())
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    for feed in (heather.feed, heather.people):
        assert all(re.fullmatch(f"urn:uuid:{uuid}", found) for found in reader.ids(feed))
        for entry in entries(feed):
            assert re.search(f"/{uuid}$", links(entry, "self")[0])
