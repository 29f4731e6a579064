"""Who may read what: every address against every class of token, and against a stranger's."""

import json
import re
import uuid
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client

import cast
from greenbutton import reader
from greenbutton.reader import Home, body, get
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.greenbutton import urls

pytestmark = pytest.mark.django_db

DATA, GRANTS, REGISTRATION = {"access", "api"}, {"client", "api"}, {"registration", "api"}
CUSTOMERS = {
    "customer": "Customer",
    "customer-time": "LocalTimeParameters",
    "account": "CustomerAccount",
    "agreement": "CustomerAgreement",
    "supplier": "ServiceSupplier",
    "program": "ProgramDateIdMappings",
    "location": "ServiceLocation",
    "physical-meter": "Meter",
    "device": "EndDevice",
}
"""Routes of the customer tree, and what they serve."""
EVERYONE = {"access", "client", "registration", "api"}
PERMITTED = {
    "status": EVERYONE,
    "application": REGISTRATION,
    "authorizations": GRANTS,
    "authorization": GRANTS,
    "batch": DATA,
    "batch-points": DATA,
    "batch-point": DATA,
    "points": DATA,
    "point": DATA,
    "readings": DATA,
    "reading": DATA,
    "blocks": DATA,
    "block": DATA,
    "summaries": DATA,
    "summary": DATA,
    "reading-types": DATA,
    "reading-type": DATA,
    "local-times": DATA,
    "local-time": DATA,
    "qualities": DATA,
    "quality": DATA,
    "batch-customer": DATA,
    "retail-customer": DATA,
    **dict.fromkeys(CUSTOMERS, DATA),
    **dict.fromkeys((f"{name}s" for name in CUSTOMERS), DATA),
    "batch-bulk": GRANTS,
    "bulk": GRANTS,
    "bulk-customers": GRANTS,
}
COLLECTIONS = {"status", "authorizations", "reading-types", "local-times"}


@dataclass
class Scene:
    """Sunny's home with an address of each route, and Sunny's tokens by class; Rival's home and tokens."""

    home: Home
    paths: dict[str, str]
    tokens: dict[str, str]
    rival: dict[str, str]


def tokens_of(home: Home) -> dict[str, str]:
    return {
        "access": home.token,
        "client": cast.client_token(home.party),
        "registration": cast.registration_token(home.party),
        "api": home.party.api_token,
    }


def paths_of(home: Home) -> dict[str, str]:
    """An address of each route that holds something, found by following the links of the home's own batch."""
    first, people = firsts(home.batch, home.token), firsts(home.people, home.token)
    bulk = home.party.registration.uid
    return {
        "status": "/ReadServiceStatus",
        "application": f"/ApplicationInformation/{home.party.registration.uid}",
        "authorizations": "/Authorization",
        "authorization": f"/Authorization/{home.grant.uid}",
        "batch": home.batch,
        "batch-points": f"{home.batch}/UsagePoint",
        "batch-point": f"{home.batch}/UsagePoint/{home.meter.uid}",
        "points": f"/Subscription/{home.grant.uid}/UsagePoint",
        "point": home.path(),
        "readings": home.path("/MeterReading"),
        "reading": first["MeterReading"],
        "blocks": first["MeterReading"] + "/IntervalBlock",
        "block": first["IntervalBlock"],
        "summaries": home.path("/UsageSummary"),
        "summary": first["UsageSummary"],
        "reading-types": "/ReadingType",
        "reading-type": first["ReadingType"],
        "local-times": "/LocalTimeParameters",
        "local-time": first["LocalTimeParameters"],
        "qualities": home.path("/ElectricPowerQualitySummary"),
        "quality": first["ElectricPowerQualitySummary"],
        "batch-customer": home.people,
        "retail-customer": f"/RetailCustomer/{home.grant.uid}",
        **{route: people[kind] for route, kind in CUSTOMERS.items()},
        **{f"{route}s": people[kind].rpartition("/")[0] for route, kind in CUSTOMERS.items()},
        "batch-bulk": f"/Batch/Bulk/{bulk}",
        "bulk": f"/Bulk/{bulk}",
        "bulk-customers": f"/Batch/BulkRetailCustomerInfo/{bulk}",
    }


def firsts(path: str, token: str) -> dict[str, str]:
    """Of each kind of entry in a feed the address of the first."""
    found: dict[str, str] = {}
    for entry in reader.entries(reader.read(path, token)):
        found.setdefault(entry.findtext(f"{reader.ATOM}title") or "", reader.local(reader.links(entry, "self")[0]))
    return found


@pytest.fixture
def scene() -> Scene:
    home = reader.furnish(reader.home())
    rival = reader.home(cast.third_party("Rival"), "Oscar Other")
    return Scene(home, paths_of(home), tokens_of(home), tokens_of(rival))


def test_every_route_stands_in_this_table() -> None:
    served = {pattern.name for pattern in urls.urlpatterns if pattern.name}
    assert served - {"unknown"} == set(PERMITTED)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("token_class", sorted(EVERYONE))
def test_each_class_of_token_reads_what_it_may_and_no_more(scene: Scene, token_class: str, slash: str) -> None:
    for name, path in scene.paths.items():
        expected = 200 if token_class in PERMITTED[name] else 403
        assert get(path + slash, scene.tokens[token_class]).status_code == expected, name


@pytest.mark.parametrize("token_class", sorted(EVERYONE))
def test_a_stranger_finds_nothing_of_ours(scene: Scene, token_class: str) -> None:
    for name, path in scene.paths.items():
        response = get(path, scene.rival[token_class])
        if name in COLLECTIONS and token_class in PERMITTED[name]:
            assert str(scene.home.grant.uid).encode() not in body(response), name
            assert str(scene.home.meter.uid).encode() not in body(response), name
        else:
            assert response.status_code == (404 if token_class in PERMITTED[name] else 403), name


def test_not_yours_and_not_there_look_the_same(scene: Scene) -> None:
    theirs = get(scene.paths["batch"], scene.rival["access"])
    nowhere = get(f"/Batch/Subscription/{uuid.uuid4()}", scene.rival["access"])
    assert (theirs.status_code, theirs.json()) == (nowhere.status_code, nowhere.json()) == (404, theirs.json())


def test_without_a_token_401_and_a_challenge_without_error(scene: Scene) -> None:
    for name, path in scene.paths.items():
        response = get(path)
        assert response.status_code == 401, name
        assert response["WWW-Authenticate"].startswith("Bearer realm=")
        assert "error" not in response["WWW-Authenticate"]
    assert "error" not in get("/ReadServiceStatus", authorization="Basic c3Vubnk6c2VjcmV0")["WWW-Authenticate"]


def test_the_challenge_leads_to_the_servers_that_give_out_tokens(scene: Scene) -> None:
    """RFC 9728 section 5.1."""
    found = re.search(r'resource_metadata="([^"]+)"', get("/ReadServiceStatus")["WWW-Authenticate"])
    assert found
    said = Client().get(found[1].removeprefix(settings.BASE_URL)).json()
    assert said["resource"] == settings.BASE_URL + reader.ROOT
    assert said["authorization_servers"] == [f"{settings.BASE_URL}/DataCustodian/epe"]


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a, Bearer b", "Bearer a b", "Bearer é", "Bearer " + "f" * 600]
)
def test_a_header_that_carries_no_one_token_400_invalid_request(header: str) -> None:
    response = get("/ReadServiceStatus", authorization=header)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert 'error="invalid_request"' in response["WWW-Authenticate"]


def test_a_token_that_is_none_of_ours_401_invalid_token() -> None:
    response = get("/ReadServiceStatus", authorization="Bearer 0123")
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    assert response.json().keys() == {"error", "error_description", "url"}
    page, _, place = response.json()["url"].removeprefix(settings.BASE_URL).partition("#")
    assert f'id="{place}"' in Client().get(page).content.decode()


def test_a_token_in_the_query_is_not_looked_at(scene: Scene) -> None:
    assert get(f"/ReadServiceStatus?access_token={scene.tokens['access']}").status_code == 401


def test_the_scheme_is_read_without_regard_to_case(scene: Scene) -> None:
    assert get("/ReadServiceStatus", authorization=f"bEARER  {scene.tokens['access']}").status_code == 200


def test_oad009_a_wrong_class_is_told_which_it_should_be(scene: Scene) -> None:
    response = get(scene.paths["batch"], scene.tokens["client"])
    assert response.status_code == 403
    assert "access" in response.json()["error_description"]
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


def test_oad016_an_expired_access_token_401(scene: Scene) -> None:
    old = tokens.issue(
        Token.Kind.ACCESS, scene.home.party.registration, authorization=scene.home.grant, expires=clock.now()
    )
    assert get(scene.paths["batch"], old).status_code == 401


def test_a_revoked_grant_closes_its_data_for_every_token(scene: Scene) -> None:
    grant = scene.home.grant
    grant.revoked = clock.now()
    grant.save()
    assert get(scene.paths["batch"], scene.tokens["access"]).status_code == 401
    assert get(scene.paths["batch"], scene.tokens["api"]).status_code == 404
    assert get(scene.paths["authorization"], scene.tokens["client"]).status_code == 200


def test_a_suspended_registration_reads_nothing(scene: Scene) -> None:
    Registration.objects.filter(pk=scene.home.party.registration.pk).update(status="suspended")
    for token_class in ("access", "client", "registration"):
        assert get("/ReadServiceStatus", scene.tokens[token_class]).status_code == 401
    assert get(scene.paths["batch"], scene.tokens["api"]).status_code == 404


def test_anything_else_below_the_root_is_404_for_a_caller_and_401_for_others(scene: Scene) -> None:
    for path in (f"/Subscription/{scene.home.grant.uid}", "/UsagePoint", "/Batch/Subscription/1", "/ReadingType/x"):
        assert get(path, scene.tokens["access"]).status_code == 404
        assert get(path).status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(scene: Scene, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(reader.ROOT + scene.paths["batch"], headers=cast.bearer(scene.tokens["access"]))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    response = getattr(client, method)(
        reader.ROOT + scene.paths["authorization"], headers=cast.bearer(scene.tokens["client"])
    )
    if method == "delete":
        assert response.status_code == 200
    else:
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, DELETE")


def test_every_answer_is_valid_against_the_schema(scene: Scene) -> None:
    reader.require_schemas()
    for path in scene.paths.values():
        reader.read(path, scene.tokens["api"])


SHOWN = {
    **dict.fromkeys(("batch", "batch-points", "batch-point"), ("intervals", "bills")),
    **dict.fromkeys(("blocks", "block"), ("intervals",)),
    **dict.fromkeys(("summaries", "summary"), ("bills",)),
    **dict.fromkeys(("qualities", "quality"), ("intervals",)),
    **dict.fromkeys(("batch-customer", "retail-customer", *CUSTOMERS), ("account",)),
    **dict.fromkeys((f"{name}s" for name in CUSTOMERS), ("account",)),
    **dict.fromkeys(("points", "point", "readings", "reading"), ()),
    **dict.fromkeys(("reading-types", "reading-type", "local-times", "local-time"), ()),
}
"""Of the routes that lead to customer data: what the audit trail says was shown."""


@pytest.mark.parametrize("token_class", ["access", "api"])
def test_every_look_at_data_is_told_before_the_first_byte(scene: Scene, token_class: str) -> None:
    """A new route that opens data without saying so cannot be: windows open with a row of the trail or not at all."""
    cast.authorize(scene.home.party, scene.home.service)
    for name, shows in SHOWN.items():
        seen = AuditEntry.objects.count()
        assert get(scene.paths[name], scene.tokens[token_class]).status_code == 200
        rows = list(AuditEntry.objects.order_by("id")[seen:])
        of_lists = name in {"reading-types", "local-times"} and token_class == "api"
        assert [row.action for row in rows] == ["data_read"] * (1 + of_lists), name
        row = next(row for row in rows if row.authorization_uid == scene.home.grant.uid)
        actor = ("member", scene.home.party.member.user.uid)
        if token_class == "access":
            actor = ("client", scene.home.party.registration.uid)
        assert (row.actor_kind, row.actor) == (actor[0], str(actor[1]))
        assert (row.utility_code, row.registration_uid) == ("EPE", scene.home.party.registration.uid)
        told = json.loads(row.data)
        assert (told["api"], told["what"], told["shows"]) == ("espi", name, list(shows))
        assert told["meters"] == [str(scene.home.meter.uid)]


def test_looks_at_what_was_granted_are_told(scene: Scene) -> None:
    client = scene.tokens["client"]
    for path, action, uid in (
        (scene.paths["authorizations"], "authorizations_listed", None),
        (scene.paths["authorization"], "authorization_read", scene.home.grant.uid),
    ):
        seen = AuditEntry.objects.count()
        assert get(path, client).status_code == 200
        (row,) = AuditEntry.objects.order_by("id")[seen:]
        assert (row.action, row.authorization_uid) == (action, uid)
        assert row.registration_uid == scene.home.party.registration.uid


def test_the_bounds_asked_for_are_told(scene: Scene) -> None:
    get(f"{scene.home.batch}?published-min=2026-03-01T00:00:00Z&updated-max=2026-04-01", scene.tokens["access"])
    told = json.loads(AuditEntry.objects.latest("id").data)
    assert told["published-min"] == "2026-03-01T00:00:00+00:00"
    assert told["updated-max"] == "2026-04-01T00:00:00+00:00"
    assert not {"published-max", "updated-min"} & told.keys()


def test_what_is_refused_is_not_told(scene: Scene) -> None:
    seen = AuditEntry.objects.count()
    get(scene.home.batch, scene.rival["access"])
    get(scene.home.batch, scene.tokens["client"])
    get(scene.home.batch)
    assert AuditEntry.objects.count() == seen


def test_a_download_that_cannot_be_told_is_not_given(scene: Scene) -> None:
    """Whatever keeps the trail from being written keeps the data in."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE common_auditentry RENAME TO gone")
    with pytest.raises((OperationalError, ProgrammingError)):
        get(scene.home.batch, scene.tokens["access"])
