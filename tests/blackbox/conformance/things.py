"""The ids of everything that one grant opens, found by following the links of its own feed."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from blackbox.conformance.flow import Flow, uid_of
from blackbox.conformance.target import Client

PATIENCE = 30
ROOT = "/DataCustodian/espi/1_1/resource"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LINKS = {
    "meter": rf"/Subscription/{UUID}/UsagePoint/({UUID})",
    "reading": rf"/MeterReading/({UUID})",
    "block": rf"/IntervalBlock/({UUID})",
    "summary": rf"/UsageSummary/({UUID})",
    "reading_type": rf"/ReadingType/({UUID})",
    "local_time": rf"/LocalTimeParameters/({UUID})",
    "quality": rf"/ElectricPowerQualitySummary/({UUID})",
    "customer": rf"/Customer/({UUID})",
    "customer_time": rf"/RetailCustomer/{UUID}/LocalTimeParameters/({UUID})",
    "account": rf"/CustomerAccount/({UUID})",
    "agreement": rf"/CustomerAgreement/({UUID})",
    "supplier": rf"/ServiceSupplier/({UUID})",
    "program": rf"/ProgramDateIdMappings/({UUID})",
    "location": rf"/ServiceLocation/({UUID})",
    "physical_meter": rf"/Meter/({UUID})",
    "device": rf"/EndDevice/({UUID})",
}
OTHERS = {
    "authorization", "subscription", "application", "bulk", "billing_account", "billing_summary", "bill", "raw",
    "template", "form",
}  # fmt: skip
"""What else there is of a grant and its company."""
UIDS = {
    "ApplicationInformation": "application",
    "Authorization": "authorization",
    "ReadingType": "reading_type",
    "LocalTimeParameters": "local_time",
    "authorizations": "authorization",
    "meters": "meter",
    "events": "event",
    "billing-accounts": "billing_account",
    "billing-summaries": "billing_summary",
    "csv": "authorization",
    "templates": "template",
    "forms": "form",
    "consent": "request",
    "continue": "request",
    "mail": "request",
    "programs": "program",
}
"""What `uid` stands for, by the part of the path before it."""


@dataclass(frozen=True)
class Scene:
    """A grant, the tokens that may read it, by class, and the ids of what it opens."""

    tokens: dict[str, str]
    ids: dict[str, str]

    @property
    def grant(self) -> str:
        return self.ids["authorization"]


def scene(flow: Flow, client: Client, customer: str) -> Scene:
    answer = flow.tokens(client, customer)
    token, first = answer["access_token"], {"max-results": "9"}
    feed = flow.read(token, answer["resourceURI"], params=first).text
    meter = re.search(LINKS["meter"], feed)
    assert meter is not None
    for kind in ("UsageSummary", "ElectricPowerQualitySummary"):
        feed += flow.read(token, f"{ROOT}{meter[0]}/{kind}", params=first).text
    feed += flow.read(token, answer["customerResourceURI"]).text
    ids = {name: found[1] for name, link in LINKS.items() if (found := re.search(link, feed))}
    registration = flow.client_token(client, "FB=36_40")
    ids |= {"authorization": uid_of(answer), "subscription": uid_of(answer), "application": uid_of(registration)}
    ids["bulk"] = ids["application"]
    ids["bill"] = flow.read(token, "/api/v2/bills", params={"meters": ids["meter"]}).json()["bills"][0]["uid"]
    ids["raw"] = f"{ids['meter']}-{ids['bill']}"
    statement = flow.read(token, "/api/v2/accounting/billing-summaries", params={"limit": "1"}).json()
    (newest,) = statement["billing_summaries"]
    ids |= {"billing_summary": newest["uid"], "billing_account": newest["billing_account_uid"]}
    form = flow.read(client.api_token, "/api/v2/forms", method="POST").json()
    ids |= {"form": form["uid"], "template": form["template_uid"]}
    assert ids.keys() == LINKS.keys() | OTHERS
    return Scene(
        {
            "access": answer["access_token"],
            "client": flow.client_token(client)["access_token"],
            "registration": registration["access_token"],
            "api": client.api_token,
        },
        ids,
    )


def hear(flow: Flow, scene: Scene) -> None:
    """Adds the id of the last that happened to the grant, once the worker has put it into the list."""
    found: list[Any] = []
    deadline = time.monotonic() + PATIENCE
    while not found and time.monotonic() < deadline:
        query = {"authorizations": scene.grant, "limit": "1"}
        found = flow.read(scene.tokens["api"], "/api/v2/events", params=query).json()["events"]
    scene.ids["event"] = found[0]["uid"]


def random_ids() -> dict[str, str]:
    nobody = str(uuid.uuid4())
    return dict.fromkeys([*LINKS, *OTHERS, "event", "request", "receipt", "program"], nobody) | {
        "raw": f"{nobody}-{nobody}"
    }


def neighbour(ids: Mapping[str, str]) -> dict[str, str]:
    """Each id plus one; what follows the id stays."""

    def beside(value: str) -> str:
        return str(uuid.UUID(int=(uuid.UUID(value[:36]).int + 1) % 2**128)) + value[36:]

    return {name: beside(value) for name, value in ids.items()}


def address(pattern: str, ids: Mapping[str, str]) -> str:
    """The pattern filled in, e.g. `api/v2/meters/<uid>` with the meter's id."""

    def fill(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        return ids[UIDS[found.string[: found.start()].rstrip("/").rpartition("/")[2]] if name == "uid" else name]

    return "/" + re.sub(r"<([^>]+)>", fill, pattern)


Answer = tuple[int, str]
Asked = Callable[[str, str], Answer]
METHODS: dict[str, dict[str, Any]] = {
    "GET": {},
    "HEAD": {},
    "PUT": {"data": "x"},
    "POST": {"data": "x"},
    "PATCH": {"json": {"nickname": "stolen", "is_archived": True}},
    "DELETE": {},
    "GET if changed": {"headers": {"If-None-Match": "*"}},
    "GET a window": {"params": {"published-min": "2000-01-01T00:00:00Z", "published-max": "2100-01-01T00:00:00Z"}},
}


def ask(flow: Flow, token: str, method: str, path: str) -> Answer:
    """Status and body, which together are all that a stranger may compare."""
    response = flow.read(token, path, method=method.split(maxsplit=1)[0], **dict(METHODS[method]))
    return response.status_code, response.text
