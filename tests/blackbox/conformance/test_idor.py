"""Row 71: whose id it is. Every address that holds one, asked by everybody but its owner, in every way.

The answer to a stranger is the very answer to an id that never was: same status, same body. The addresses come from
the product's own map and from its API document; one without an entry here fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from blackbox.conformance.flow import Flow
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import FILE, Client, Target
from blackbox.conformance.things import METHODS, UUID, Scene, address, ask, hear, neighbour, random_ids, scene
from blackbox.walker import SHARE, Walker
from wattkeeper.common import clock

POINT = "DataCustodian/espi/1_1/resource/Subscription/<uuid:subscription>/UsagePoint"
BATCH = "DataCustodian/espi/1_1/resource/Batch/Subscription/<uuid:subscription>"
READING = f"{POINT}/<uuid:meter>/MeterReading"
QUALITY = f"{POINT}/<uuid:meter>/ElectricPowerQualitySummary"
RESOURCE = "DataCustodian/espi/1_1/resource"
RETAIL = f"{RESOURCE}/RetailCustomer/<uuid:subscription>"
ACCOUNT = f"{RETAIL}/Customer/<uuid:customer>/CustomerAccount"
AGREEMENT = f"{ACCOUNT}/<uuid:account>/CustomerAgreement"
LOCATION = f"{AGREEMENT}/<uuid:agreement>/ServiceLocation"
TREE = {
    f"{RETAIL}/Customer": "customer",
    f"{RETAIL}/LocalTimeParameters": "customer_time",
    ACCOUNT: "account",
    AGREEMENT: "agreement",
    f"{AGREEMENT}/<uuid:agreement>/ServiceSupplier": "supplier",
    f"{AGREEMENT}/<uuid:agreement>/ProgramDateIdMappings": "program",
    LOCATION: "location",
    f"{LOCATION}/<uuid:location>/Meter": "physical_meter",
    f"{LOCATION}/<uuid:location>/EndDevice": "device",
}
"""The collections of the customer tree, and what the ids of their members are called."""
BEARER: dict[str, str] = {
    "DataCustodian/espi/1_1/resource/ApplicationInformation/<uuid:uid>": "registration",
    "DataCustodian/espi/1_1/resource/Authorization/<uuid:uid>": "client",
    BATCH: "access",
    f"{BATCH}/UsagePoint": "access",
    f"{BATCH}/UsagePoint/<uuid:meter>": "access",
    POINT: "access",
    f"{POINT}/<uuid:meter>": "access",
    READING: "access",
    f"{READING}/<uuid:reading>": "access",
    f"{READING}/<uuid:reading>/IntervalBlock": "access",
    f"{READING}/<uuid:reading>/IntervalBlock/<uuid:block>": "access",
    f"{POINT}/<uuid:meter>/UsageSummary": "access",
    f"{POINT}/<uuid:meter>/UsageSummary/<uuid:summary>": "access",
    QUALITY: "access",
    f"{QUALITY}/<uuid:quality>": "access",
    f"{RESOURCE}/Batch/RetailCustomer/<uuid:subscription>": "access",
    RETAIL: "access",
    **dict.fromkeys(TREE, "access"),
    **{f"{path}/<uuid:{name}>": "access" for path, name in TREE.items()},
    f"{RESOURCE}/Batch/Bulk/<uuid:bulk>": "client",
    f"{RESOURCE}/Batch/BulkRetailCustomerInfo/<uuid:bulk>": "client",
    f"{RESOURCE}/Bulk/<uuid:bulk>": "client",
    "DataCustodian/espi/1_1/resource/ReadingType/<uuid:uid>": "access",
    "DataCustodian/espi/1_1/resource/LocalTimeParameters/<uuid:uid>": "access",
    "api/v2/authorizations/<uid>": "access",
    "api/v2/authorizations/<uid>/revoke": "access",
    "api/v2/meters/<uid>": "access",
    "api/v2/events/<uid>": "access",
    "api/v2/accounting/billing-accounts/<uid>": "access",
    "api/v2/accounting/billing-summaries/<uid>": "access",
    "api/v2/files/csv/<uid>": "access",
    "api/v2/files/latest_pdf/<meter>": "access",
    "api/v2/files/<raw>": "access",
    "api/v2/templates/<uid>": "api",
    "api/v2/forms/<uid>": "api",
    "api/v2/forms/<uid>/test-submit": "api",
}
"""Addresses that a token opens, and the class of the owner's own token for them."""
COOKIE = {
    "authorizations/<uuid:uid>/receipt",
    "authorizations/<uuid:uid>/receipt.json",
    "authorizations/<uuid:uid>/receipts/<uuid:receipt>.json",
    "authorizations/<uuid:uid>/renew",
    "authorizations/<uuid:uid>/shorten",
    "authorizations/<uuid:uid>/stop",
    "consent/<uuid:uid>",
    "consent/<uuid:uid>/done",
    "consent/<uuid:uid>/form",
    "consent/<uuid:uid>/later",
    "consent/<uuid:uid>/sign-out",
    "my-data/programs/<uuid:uid>/stop",
    "oauth/continue/<uuid:uid>",
}
"""Addresses that a browser's cookie opens."""
DEMO = {"demo/mail/<uuid:uid>", "demo/mail/<uuid:uid>/body", "demo/mail/<uuid:uid>/<str:name>"}
"""Addresses that only a demo has, where every mail is for anybody to see."""
SESSIONS = {"sign-in/<uuid:uid>", "resume/<slug:secret>"}
"""Before anybody is known: a sign-in under way, of one browser (tests/consent/test_sso_attacks.py tries others), and
the link of a mail, whose secret is all there is to it (tests/consent/test_resuming.py)."""
NO_ONES = {
    "authorize/<slug:portal>",
    "DataCustodian/espi/1_1/resource/<path:rest>",
    "DataCustodian/<slug>/oauth/authorize",
    "DataCustodian/<slug>/oauth/token",
    "DataCustodian/<slug>/oauth/revoke",
    "DataCustodian/<slug>/oauth/introspect",
    "DataCustodian/<slug>/oauth/par",
    ".well-known/oauth-authorization-server/DataCustodian/<slug>",
    "DataCustodian/<slug>/.well-known/oauth-authorization-server",
    "api/v2/utilities/<utility>",
    "docs/api/<slug:group>",
    "docs/utilities/<slug:slug>",
    "register/<slug:slug>",
    "sign-in/<slug:slug>/answer",
    "sign-in/<slug:slug>/bill",
    "sign-in/<slug:slug>/code",
    "sign-in/<slug:slug>/sso",
    "utilities/<slug:slug>",
    "utilities/<slug:slug>/contact",
    "utilities/<slug:slug>/directory",
    "utilities/<slug:slug>/help",
    "utilities/<slug:slug>/how-it-works",
    "utilities/<slug:slug>/logo/<str:name>",
    "utilities/<slug:slug>/privacy",
    "utilities/<slug:slug>/privacy/<int:version>",
    "utilities/<slug:slug>/terms",
    "utilities/<slug:slug>/terms/<int:version>",
}
"""Addresses with a part to fill in that names nobody's thing."""
ID_PARAMETERS = {
    "after", "billing_accounts", "authorizations", "accounts", "meters", "meter", "uid", "uids", "users", "forms",
    "templates", "referrals",
}  # fmt: skip
LISTINGS = [
    "authorizations", "meters", "bills", "intervals", "events", "forms", "templates",
    "accounting/billing-accounts", "accounting/billing-summaries",
    "files/meters_csv", "files/meters_bills_csv",
    "files/meters_lineitems_csv", "files/billing_summaries_csv", "files/intervals_csv", "files/intervals_xml",
    "files/meters_bills_zip", "files/pdf_bill", "files/latest_pdf",
]  # fmt: skip
OTHER_PARAMETERS = {
    "limit", "include", "expand_meter_blocks", "utility", "is_archived", "is_declined", "is_test", "is_revoked",
    "is_expired", "disabled", "is_activated", "is_monitored", "start", "end", "order", "access_token", "is_delivered",
}  # fmt: skip


@row(71, "RFC 9700 2.3")
def test_row_71_every_address_with_an_id_has_an_entry(own: Own) -> None:
    """Broken: an address `/api/v2/things/<uid>` added."""
    environment = own.environment | {"DJANGO_SETTINGS_MODULE": "wattkeeper.config.settings"}
    script = Path(__file__).with_name("url_map.py")
    printed = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, check=True).stdout
    assert {
        found for found in json.loads(printed) if "<" in found
    } == BEARER.keys() | COOKIE | DEMO | SESSIONS | NO_ONES


@row(71, "RFC 9700 2.3")
def test_row_71_every_operation_and_parameter_of_the_document_has_an_entry(flow: Flow) -> None:
    """Broken: a parameter `customer` added to a listing."""
    document = flow.once("GET", f"{flow.base}/api/v2/openapi.json").json()
    paths = {path.strip("/").replace("{", "<").replace("}", ">") for path in document["paths"] if "{" in path}
    assert paths == {found for found in BEARER.keys() | NO_ONES if found.startswith("api/")}
    named = {
        parameter["name"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    assert named <= ID_PARAMETERS | OTHER_PARAMETERS


@row(71, "OWASP API1:2023")
@pytest.mark.parametrize("pattern", sorted(DEMO))
def test_row_71_what_a_demo_shows_is_nowhere_else(flow: Flow, pattern: str) -> None:
    """Broken: IS_DEMO taken to be true."""
    filled = address(pattern, random_ids() | {"name": "receipt.json"})
    assert flow.once("GET", flow.base + filled).status_code == 404
    assert flow.once("GET", f"{flow.base}/demo/mail").status_code == 404


@dataclass(frozen=True)
class Cast:
    """Sunny's grants of two customers and one that was stopped; Rival's of the first customer."""

    sunny: Scene
    other_customer: Scene
    stopped: Scene
    rival: Scene
    live: str


@pytest.fixture(scope="module")
def everybody(
    request: pytest.FixtureRequest, flow: Flow, target: Target, sunny: Client, rival: Client
) -> Iterator[Cast]:
    one, other = target.customers[:2]
    stopped = scene(flow, sunny, one)
    flow.stop(flow.open(sunny, one), stopped.grant)
    found = Cast(
        scene(flow, sunny, one),
        scene(flow, sunny, other),
        stopped,
        scene(flow, rival, one),
        target.clients["live"].api_token,
    )
    if not FILE:  # any other server has a worker of its own
        request.getfixturevalue("own").command("work", "--once")
    for granted in (found.sunny, found.other_customer, found.stopped, found.rival):
        hear(flow, granted)
    yield found
    for granted in (found.sunny, found.other_customer, found.rival):
        assert flow.works(granted.tokens["access"]), "somebody ended a grant that was not theirs"
    told = flow.read(sunny.api_token, f"/api/v2/authorizations/{found.sunny.grant}").json()
    assert (told["nickname"], told["is_archived"]) == (None, False)


@row(71, "RFC 9700 2.3; OWASP API1:2023")
@pytest.mark.parametrize("pattern", sorted(BEARER), ids=lambda pattern: re.sub(r"^.*resource/|<|>|uuid:", "", pattern))
def test_row_71_an_id_of_somebody_else_s_is_an_id_of_nobody_s(flow: Flow, everybody: Cast, pattern: str) -> None:
    """Broken: each look-up made without its caller, one after another: `finding.authorization`, `finding.meter`,
    `resources._points`, `application_information`."""
    sunny, rival = everybody.sunny, everybody.rival
    if not pattern.endswith(("revoke", "test-submit")):
        assert ask(flow, sunny.tokens[BEARER[pattern]], "GET", address(pattern, sunny.ids))[0] == 200
    attempts = [
        *((f"a stranger's {kind} token", token, sunny.ids) for kind, token in rival.tokens.items()),
        ("a live client's token", everybody.live, sunny.ids),
        ("another customer's token", sunny.tokens["access"], everybody.other_customer.ids),
        ("a stopped grant's token", everybody.stopped.tokens["access"], everybody.stopped.ids),
        ("another grant's token", sunny.tokens["access"], everybody.stopped.ids),
        ("the id beside it", sunny.tokens["access"], neighbour(sunny.ids)),
        ("the id beside it, for the company", sunny.tokens["api"], neighbour(sunny.ids)),
    ]
    if not re.search(r"(authorizations|events|forms|templates)/<uid>|/Authorization/", pattern):
        attempts.append(("a stopped grant's data, for the company", sunny.tokens["api"], everybody.stopped.ids))
    if (
        "ApplicationInformation" in pattern or "Bulk" in pattern
    ):  # its id is the company's: all grants of one company share it
        attempts = [attempt for attempt in attempts if attempt[1] not in sunny.tokens.values()]
    nobody = address(pattern, random_ids())
    for who, token, ids in attempts:
        for method in METHODS:
            answer = ask(flow, token, method, address(pattern, ids))
            assert answer == ask(flow, token, method, nobody), f"{method} with {who}"
            assert answer[0] in {400, 401, 403, 404, 405}, f"{method} with {who}"


def days_ago(number: int) -> str:
    return (clock.now() - timedelta(days=number)).date().isoformat()


@row(71, "RFC 9700 2.3; OWASP API1:2023")
@pytest.mark.parametrize("parameter", sorted(ID_PARAMETERS))
@pytest.mark.parametrize("listing", LISTINGS)
def test_row_71_an_id_in_the_query_opens_nothing_either(
    flow: Flow, everybody: Cast, parameter: str, listing: str
) -> None:
    """Broken: `data_meters` starting from all meters; `after` looked for among everybody's; `bill_of` and
    `latest_bill` starting from all meters."""
    foreign, nobody = everybody.sunny.ids, random_ids()
    # A file has no pages: a few days of it say as much as two years.
    few = {"start": days_ago(5)} if listing.startswith("files/") else {"limit": "1"}
    for kind in ("access", "api"):
        token = everybody.rival.tokens[kind]
        own = {} if parameter in {"authorizations", "accounts", "meters"} else {"authorizations": everybody.rival.grant}
        for name in (
            "authorization",
            "meter",
            "block",
            "summary",
            "bill",
            "event",
            "billing_account",
            "billing_summary",
            "form",
            "template",
        ):
            answers = []
            for ids in (foreign, nobody):
                query = few | own | {parameter: ids[name]}
                response = flow.read(token, f"/api/v2/{listing}", params=query)
                # The link to the next page repeats the question, and a feed says when it was made.
                told = re.sub("<updated>.*?</updated>", "", response.text.replace(ids[name], ""), count=1)
                assert foreign["meter"] not in told
                assert foreign["form"] not in told
                answers.append((response.status_code, told))
            assert answers[0] == answers[1]


@row(71, "RFC 9700 2.3; RFC 6749 10.12")
@pytest.mark.parametrize("pattern", sorted(COOKIE))
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_row_71_a_page_of_somebody_else_s_is_a_page_of_nobody_s(
    flow: Flow, everybody: Cast, target: Target, pattern: str, is_signed_in: bool
) -> None:
    """Broken: `_own` of a receipt, then `find_request`, asking for the id alone."""
    one, other = target.customers[:2]
    owner = flow.open(target.clients["sunny"], one)
    receipt = (
        flow.open(target.clients["sunny"], one).open(f"/authorizations/{everybody.sunny.grant}/receipt").response.text
    )
    ids = everybody.sunny.ids | {"request": owner.response.url.split("/")[-2]}
    ids["receipt"] = (
        found[1] if (found := re.search(rf"/receipts/({UUID})\.json", receipt)) else random_ids()["receipt"]
    )
    ids["program"] = program(flow.open(target.clients["sunny"], one)) if "programs" in pattern else ""
    browser = (
        flow.open(target.clients["rival"], other)
        if is_signed_in
        else flow.browser().open(f"/my-authorizations?utility={flow.target.utility}")
    )
    token = browser.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0]
    where = address(pattern, ids)
    fields = {"csrfmiddlewaretoken": token, "answer": "share", "username": one, "password": one}
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        answers = []
        for path in (where, address(pattern, random_ids())):
            how: dict[str, Any] = {"allow_redirects": False, "timeout": 30, "headers": {"Origin": flow.base}}
            response = browser.session.request(
                method, flow.base + path, data=fields if method == "POST" else None, **how
            )
            assert response.status_code in {302, 403, 404, 405}
            answers.append((response.status_code, bare(response.headers.get("Location", "")), bare(response.text)))
        assert answers[0] == answers[1], method
    assert flow.works(everybody.sunny.tokens["access"])
    assert "code" in flow.came(owner.press(SHARE))


def program(owner: Walker) -> str:
    """The id of a program of the customer's own, made if there is none."""
    while not (found := re.search(rf"/my-data/programs/({UUID})/stop", owner.open("/my-data/programs").response.text)):
        owner.press("Make a token", name="Home Assistant")
    return found[1]


def bare(text: str) -> str:
    """Without the id that was asked for and what is new on every page."""
    return re.sub(rf"""{UUID}|(?:value|nonce)="[^"]*\"""", "", text)
