"""ETag and If-None-Match: what is new is always sent, and what is not costs no body."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.reader import ROOT, TODAY, Shared, body, content, send, text
from api.shapes import COLUMNS, PARQUET
from cast import QUARTER_HOURS, access_token, authorize, bearer, customer, fill, noon, third_party
from wattkeeper.api import tags
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Bill, CustomerAccount, Occupancy, Service
from wattkeeper.readings.models import Channel, DayBlock
from wattkeeper.readings.packing import Readings, pack
from wattkeeper.readings.store import channel_for, put_days

pytestmark = pytest.mark.usefixtures("stated")
Address = tuple[str, str]
SetClock = Callable[[datetime], None]


def addresses(shared: Shared) -> list[Address]:
    """A path and a shape of every kind of answer about a home."""
    grant, meter = shared.grant.uid, shared.meter.uid
    readings = f"/intervals?meters={meter}&limit=4"
    paths = ["/authorizations?include=meters", f"/authorizations/{grant}", "/meters", f"/meters/{meter}",
             f"/bills?meters={meter}", f"/bills?meters={meter}&limit=1", "/events",
             f"/accounting/billing-accounts?meters={meter}", f"/accounting/billing-summaries?meters={meter}",
             "/utilities"]  # fmt: skip
    return [*((path, "*/*") for path in paths), *((readings, shape) for shape in ("*/*", COLUMNS, PARQUET))]


def get(token: str, address: Address, known: str | None = None, method: str = "GET") -> Any:
    path, accept = address
    headers = bearer(token) | {"Accept": accept} | ({} if known is None else {"If-None-Match": known})
    return Client().generic(method, ROOT + path, headers=headers)


def put_value(shared: Shared, day: date, value: int) -> None:
    put_days(
        channel_for(shared.service.pk, QUARTER_HOURS), {day: Readings(range(*_quarters(shared, day)), 900, [value])}
    )


def _quarters(shared: Shared, day: date) -> tuple[int, int, int]:
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=shared.service.world.utility.zone).timestamp())
    return midnight, midnight + 900, 900


def correct_without_a_word(shared: Shared) -> None:
    """The bytes of a day alone, with the revision and the moment they had."""
    day = TODAY - timedelta(days=1)
    packed = pack(Readings(range(*_quarters(shared, day)), 900, [77]))
    assert DayBlock.objects.filter(service=shared.service, day=day).update(packed=packed) == 1


def correct_a_bill(shared: Shared) -> None:
    put_bill(shared.service.pk, BillRecord(date(2026, 11, 10), TODAY, 123_000, 1, statement_date=TODAY))


def new_bill(shared: Shared) -> None:
    put_bill(shared.service.pk, BillRecord(date(2026, 8, 10), date(2026, 9, 10), 123_000, 1))


def of(model: Any, **columns: object) -> Callable[[Shared], None]:
    """Sets columns of every row there is, and nothing else."""

    def change(shared: Shared) -> None:
        assert model.objects.update(**columns)

    return change


def modify(path: str, change: object) -> Callable[[Shared], None]:
    def modifying(shared: Shared) -> None:
        where = path.format(grant=shared.grant.uid, meter=shared.meter.uid)
        assert send(shared.token, where, "PATCH", change).status_code == 200

    return modifying


def monitor(shared: Shared) -> None:
    wish = {"meters": [str(shared.meter.uid)], "frequency": "daily"}
    assert send(shared.token, "/meters/ongoing-monitoring", "POST", wish).status_code == 200


CHANGES: dict[str, Callable[[Shared], None]] = {
    "nickname": modify("/authorizations/{grant}", {"nickname": "Home"}),
    "archived": modify("/meters/{meter}", {"is_archived": True}),
    "revoked": lambda shared: lifecycle.revoke(shared.grant, by="company"),
    "monitoring": monitor,
    "new bill": new_bill,
    "corrected bill": correct_a_bill,
    "cost": of(Bill, total_cost=F("total_cost") + 1),
    "details": of(Bill, details={"line_items": [], "tou": [], "tiers": [], "demand": []}, tariff="Late"),
    "new readings": lambda shared: put_value(shared, TODAY, 3),
    "corrected readings": lambda shared: put_value(shared, TODAY - timedelta(days=1), 3),
    "corrected within a second": correct_without_a_word,
    "moment of readings": of(DayBlock, updated=F("updated") + 1),
    "unit": of(Channel, multiplier=3),
    "quality": of(Channel, default_quality=8),
    "address": of(Service, street="9 Other Street"),
    "tariff": of(Service, tariff="Other"),
    "meter number": of(Service, meter_number="M9"),
    "identifier": of(Service, identifier="S9"),
    "account details": of(Authorization, shares_account=False),
    "bills not shared": of(Authorization, shares_bills=False),
    "later history": of(Authorization, history_start=datetime(2026, 11, 21, 18, tzinfo=UTC)),
    "ends within a day": of(Authorization, ongoing_end=datetime(2026, 11, 23, 18, tzinfo=UTC)),
    "moved out": of(Occupancy, end=TODAY - timedelta(days=2)),
    "number of the account": of(CustomerAccount, number="39"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_an_answer_changes_its_tag(shared: Shared, name: str) -> None:
    asked = addresses(shared)
    before = {address: get(shared.token, address) for address in asked}
    bodies = {address: content(response) for address, response in before.items()}
    CHANGES[name](shared)
    changed = 0
    for address in asked:
        after, again = get(shared.token, address), get(shared.token, address, before[address]["ETag"])
        if (after.status_code, content(after)) == (200, bodies[address]):
            assert again.status_code in {200, 304}
        else:
            changed += 1
            assert after.get("ETag") != before[address]["ETag"], address
            assert again.status_code == after.status_code, address
    assert changed, "the change shows nowhere: it proves nothing"


def test_time_alone_can_change_an_answer(shared: Shared, set_clock: SetClock) -> None:
    asked = [address for address in addresses(shared) if not address[0].startswith("/utilities")]
    known = {address: get(shared.token, address)["ETag"] for address in asked}
    set_clock(noon(TODAY + timedelta(days=4 * 365)))
    statuses = {address[0]: get(shared.token, address, tag).status_code for address, tag in known.items()}
    assert 304 not in {status for path, status in statuses.items() if not path.startswith("/events")}, statuses


def test_what_has_not_changed_is_not_sent_again(shared: Shared) -> None:
    for address in addresses(shared):
        for method in ("GET", "HEAD"):
            first = get(shared.token, address, method=method)
            again = get(shared.token, address, first["ETag"], method)
            assert (first.status_code, again.status_code, content(again)) == (200, 304, b""), address
            assert again["ETag"] == first["ETag"] == get(shared.token, address)["ETag"]
            assert again["ETag"].startswith('W/"')
            assert (again["Cache-Control"], again["Vary"]) == (first["Cache-Control"], first["Vary"])
            assert "Content-Type" not in again


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{tag}", 304),
        ("{strong}", 304),
        ('"other", {tag}', 304),
        ('W/"a,b",{strong} , "c"', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ("", 200),
        ("nonsense", 200),
        ("{bare}", 200),
        ('"*"', 200),
    ],
)
def test_a_condition_is_read_as_the_standard_has_it(shared: Shared, condition: str, status: int) -> None:
    for address in addresses(shared):
        tag = get(shared.token, address)["ETag"]
        strong = tag.removeprefix("W/")
        sent = condition.format(tag=tag, strong=strong, bare=strong.strip('"'))
        assert get(shared.token, address, sent).status_code == status, address


def test_a_look_that_finds_nothing_new_is_a_look(shared: Shared) -> None:
    address = (f"/intervals?meters={shared.meter.uid}", "*/*")
    tag = get(shared.token, address)["ETag"]
    told = AuditEntry.objects.filter(action="data_read").count()
    assert get(shared.token, address, tag).status_code == 304
    assert AuditEntry.objects.filter(action="data_read").count() == told + 1


def test_nothing_new_is_found_without_writing_a_reading(shared: Shared) -> None:
    fill(shared.service, date(2026, 10, 25), TODAY)
    address = (f"/intervals?meters={shared.meter.uid}", "*/*")
    tag = get(shared.token, address)["ETag"]
    with CaptureQueriesContext(connection) as seen:
        assert get(shared.token, address, tag).status_code == 304
    days = [query for query in seen if "dayblock" in query["sql"]]
    assert len(days) == 1


def test_a_tag_says_nothing_to_another_caller(shared: Shared) -> None:
    """Neither what is there, nor that it is the same: each caller, address and shape has tags of its own."""
    rival = third_party("Rival")
    authorize(rival, customer("Oscar Other"))
    streamed = [address for address in addresses(shared) if address[0].startswith(("/bills", "/intervals"))]
    known = [
        get(token, address)["ETag"]
        for path, shape in streamed
        for address in ((path, shape), (f"{path}&start=2020-01-01", shape))
        for token in (shared.token, access_token(shared.grant))
    ]
    assert len(set(known)) == len(known)
    for address in addresses(shared):
        sent = get(shared.token, address)["ETag"]
        answer = get(rival.api_token, address, sent)
        if address[0] == "/utilities":
            assert answer.status_code == 304
        else:
            assert answer.status_code in {200, 404}, address


def test_a_refusal_a_change_and_a_file_have_no_tag(shared: Shared) -> None:
    missing = get(shared.token, ("/meters/none", "*/*"), "*")
    assert (missing.status_code, body(missing)["error"], "ETag" in missing) == (404, "not_found", False)
    assert get("none", ("/meters", "*/*"), "*").status_code == 401
    file = get(shared.token, (f"/files/meters_csv?meters={shared.meter.uid}", "*/*"), "*")
    assert (file.status_code, "ETag" in file) == (200, False)
    assert text(file).count("\n") == 2
    changed = send(shared.token, f"/meters/{shared.meter.uid}", "PATCH", {"is_archived": True})
    assert (changed.status_code, "ETag" in changed) == (200, False)


def test_another_release_has_other_tags(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    known = [get(shared.token, address)["ETag"] for address in addresses(shared)]
    monkeypatch.setattr(tags, "__version__", "99")
    assert not set(known) & {get(shared.token, address)["ETag"] for address in addresses(shared)}
