"""Every look through the JSON API leaves a row in the audit trail before the first byte."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.reader import Shared, ask, call, text
from api.test_permissions import COLLECT, MONITOR, TABLE, Route, reach
from cast import access_token, authorize, customer, third_party
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common.models import AuditEntry

EXPECTED = {
    "/authorizations": ("authorization_read", "authorizations", None),
    "/authorizations/{uid}": ("authorization_read", "authorizations", None),
    "/authorizations/{uid}/revoke": ("authorization_read", "authorizations", None),
    "/meters": ("data_read", "meters", ["account"]),
    "/meters/{uid}": ("data_read", "meters", ["account"]),
    COLLECT: ("collection_requested", "collections", None),
    MONITOR: ("monitoring_requested", "monitoring", None),
    "/bills": ("data_read", "bills", ["bills", "account"]),
    "/accounting/billing-accounts": ("data_read", "billing_accounts", ["bills", "account"]),
    "/accounting/billing-accounts/{uid}": ("data_read", "billing_accounts", ["bills", "account"]),
    "/accounting/billing-summaries": ("data_read", "billing_summaries", ["bills", "account"]),
    "/accounting/billing-summaries/{uid}": ("data_read", "billing_summaries", ["bills", "account"]),
    "/events": ("events_read", "events", None),
    "/events/{uid}": ("events_read", "events", None),
    "/intervals": ("data_read", "intervals", ["intervals", "account"]),
    "/files/meters_csv": ("data_read", "meters_csv", ["account"]),
    "/files/meters_bills_csv": ("data_read", "bills_csv", ["bills", "account"]),
    "/files/csv/{uid}": ("data_read", "bills_csv", ["bills", "account"]),
    "/files/meters_lineitems_csv": ("data_read", "lineitems_csv", ["bills", "account"]),
    "/files/billing_summaries_csv": ("data_read", "billing_summaries_csv", ["bills", "account"]),
    "/files/intervals_csv": ("data_read", "intervals_csv", ["intervals", "account"]),
    "/files/intervals_xml": ("data_read", "intervals_xml", ["intervals", "bills"]),
    "/files/meters_bills_zip": ("data_read", "bills_zip", ["bills", "account"]),
    "/files/pdf_bill": ("data_read", "bill_pdf", ["bills", "account"]),
    "/files/latest_pdf": ("data_read", "bill_pdf", ["bills", "account"]),
    "/files/latest_pdf/{meter}": ("data_read", "bill_pdf", ["bills", "account"]),
    "/files/{raw}": ("data_read", "intervals_xml", ["intervals"]),
}
pytestmark = pytest.mark.usefixtures("stated")


def rows(since: int = 0) -> list[AuditEntry]:
    actions = {action for action, *_ in EXPECTED.values()}
    return list(AuditEntry.objects.filter(action__in=actions, id__gt=since).order_by("id"))


def told(row: AuditEntry) -> Any:
    return json.loads(row.data)


@pytest.mark.parametrize("route", [route for route in TABLE if not route.is_of_company], ids=str)
def test_every_route_tells_who_looked_at_whose_what(shared: Shared, route: Route) -> None:
    party, action = shared.party, EXPECTED[route.path]
    reach(shared.token, route, shared.grant)
    (row,) = rows()
    assert (row.action, row.actor_kind, row.actor) == (action[0], "member", str(party.member.user.uid))
    whose = ("EPE", party.registration.uid, shared.grant.uid)
    assert (row.utility_code, row.registration_uid, row.authorization_uid) == (
        whose if action[0] != "events_read" else ("", None, None)
    )
    assert (told(row)["api"], told(row)["what"], told(row).get("shows")) == ("json", *action[1:])
    if not route.ends:
        reach(access_token(shared.grant), route, shared.grant)
        assert (rows()[-1].actor_kind, rows()[-1].actor) == ("client", str(party.registration.uid))


@pytest.mark.parametrize("route", TABLE, ids=str)
def test_a_stranger_leaves_no_row_with_our_name(shared: Shared, route: Route) -> None:
    rival = third_party("Rival")
    authorize(rival, customer("Oscar Other"))
    reach(rival.api_token, route, shared.grant)
    assert shared.grant.uid not in {row.authorization_uid for row in rows()}


def test_only_kinds_that_are_shared_are_told_as_shown(shared: Shared) -> None:
    Authorization.objects.update(shares_account=False, shares_bills=False)
    call(shared.token, "/intervals", meters=shared.meter.uid, limit=1)
    call(shared.token, "/bills", meters=shared.meter.uid)
    assert [told(row)["shows"] for row in rows()] == [["intervals"], []]


def test_the_time_asked_for_is_told(shared: Shared) -> None:
    call(shared.token, f"/intervals?meters={shared.meter.uid}&start=2026-11-20&end=2026-11-21T08:00:00+01:00")
    assert told(rows()[0])["start"] == "2026-11-20"
    assert told(rows()[0])["end"] == "2026-11-21T08:00:00+01:00"
    assert told(rows()[0])["meters"] == [str(shared.meter.uid)]


def test_a_row_for_each_authorization_in_one_statement(shared: Shared) -> None:
    for number in range(20):
        authorize(shared.party, customer(f"Customer{number} Other"))
    for path in ("/meters", "/authorizations"):
        before = AuditEntry.objects.latest("id").pk if AuditEntry.objects.exists() else 0
        with CaptureQueriesContext(connection) as seen:
            call(shared.token, path)
        assert len({row.authorization_uid for row in rows(before)}) == 21
        assert len([query for query in seen if "INSERT" in query["sql"]]) == 1


def test_a_page_tells_of_what_stands_on_it(shared: Shared) -> None:
    """Not of the one row more that says whether there is a further page."""
    authorize(shared.party, customer("Oscar Other"))
    page = call(shared.token, "/meters", limit=1)
    assert page["next"]
    assert [str(row.authorization_uid) for row in rows()] == [page["meters"][0]["authorization_uid"]]
    page = call(shared.token, "/authorizations", limit=1, include="meters")
    assert page["next"]
    assert [(row.action, str(row.authorization_uid)) for row in rows()[1:]] == [
        (action, page["authorizations"][0]["uid"]) for action in ("authorization_read", "data_read")
    ]


def test_nothing_of_a_token_stands_in_the_trail(shared: Shared) -> None:
    access = access_token(shared.grant)
    assert ask(None, "/meters", access_token=shared.token).status_code == 200
    call(access, "/bills", authorizations=shared.grant.uid)
    written = " ".join(map(str, AuditEntry.objects.values_list()))
    assert shared.token not in written
    assert access not in written


def test_a_broken_download_was_told_of_before(shared: Shared) -> None:
    response = ask(shared.token, "/intervals", meters=shared.meter.uid)
    assert len(rows()) == 1, "before any of the body was asked for"
    assert "intervals" in text(response)
    assert len(rows()) == 1


def test_asking_ahead_of_time_is_told_too(shared: Shared) -> None:
    """An empty answer is a look as well: it says that there is nothing."""
    later = (datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=30)).date()
    assert call(shared.token, "/intervals", meters=shared.meter.uid, start=later)["intervals"] == []
    assert len(rows()) == 1
