"""Billing accounts and billing summaries: what they say, whose they are, and what is not told of others."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.reader import TODAY, Shared, ask, body, call, every_page
from cast import access_token, authorize, customer, noon, owner, third_party
from wattkeeper.api import accounting_schemas
from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Authorization, Meter, Token
from wattkeeper.common.models import AuditEntry
from wattkeeper.customers.billing import BillRecord, Details, LineItem, StatementRecord, put_bill, put_statement
from wattkeeper.customers.models import CustomerAccount, Occupancy, Service, Statement

ACCOUNTS, SUMMARIES = "/accounting/billing-accounts", "/accounting/billing-summaries"
DOLLAR = 100_000


def bill(service: Service, start: date, end: date, dollars: int, lines: int = 0) -> None:
    """A bill whose statement is of the day after it, with so many lines of equal cost."""
    items = [LineItem(f"Line {number}", dollars * DOLLAR // lines) for number in range(lines)]
    put_bill(
        service.pk,
        BillRecord(start, end, dollars * DOLLAR, 400_000, statement_date=end, details=Details(line_items=items)),
    )


def state(service: Service, day: date, previous: int, paid: int, new: int, *others: Service) -> None:
    """A statement of the account of a service, and of other services on it, in dollars."""
    account = Occupancy.objects.get(service=service).account
    due, services = (previous - paid + new) * DOLLAR, [each.pk for each in (service, *others)]
    record = StatementRecord(day, previous * DOLLAR, paid * DOLLAR, new * DOLLAR, due, day + timedelta(days=21))
    put_statement(account.pk, record, services)


@pytest.fixture
def billed(shared: Shared) -> Shared:
    """Heather's bills of the cycle's end, with a statement each."""
    CustomerAccount.objects.update(billing_address="PO Box 1, El Paso, TX 79901")
    bill(shared.service, date(2026, 9, 10), date(2026, 10, 9), 50, 2)
    bill(shared.service, date(2026, 10, 9), date(2026, 11, 10), 60)
    state(shared.service, date(2026, 10, 9), 0, 0, 50)
    state(shared.service, date(2026, 11, 10), 50, 40, 60)
    return shared


def second_home(billed: Shared, *, is_shared: bool) -> Service:
    """Another service on Heather's account, billed with the first in November."""
    home = customer("Temp Orary")
    Occupancy.objects.filter(service=home).update(account=owner(billed.service).accounts.get())
    bill(home, date(2026, 10, 9), date(2026, 11, 10), 5)
    state(billed.service, date(2026, 11, 10), 50, 40, 65, home)
    if is_shared:
        Meter.objects.create(authorization=billed.grant, service=home)
    return home


def one(billed: Shared, path: str = ACCOUNTS) -> Any:
    (row,) = call(billed.token, path)[path.rsplit("/", 1)[1].replace("-", "_")]
    return row


def dates(billed: Shared, **filters: Any) -> list[str]:
    rows = call(billed.token, SUMMARIES, **filters)["billing_summaries"]
    return [row["base"]["statement_date"][:10] for row in rows]


def test_an_account_has_every_field(billed: Shared) -> None:
    row = one(billed)
    accounting_schemas.BillingAccount.model_validate(row)
    assert row.pop("uid") not in {str(uid) for uid in CustomerAccount.objects.values_list("uid", flat=True)}
    assert row == {
        "authorization_uid": str(billed.grant.uid), "meter_uids": [str(billed.meter.uid)], "notes": [],
        "statement_dates": ["2026-11-10T00:00:00.000000-07:00", "2026-10-09T00:00:00.000000-06:00"],
        "blocks": ["base", "sources"], "sources": [],
        "base": {"billing_contact": "Heather Homeowner", "billing_address": "PO Box 1, El Paso, TX 79901",
                 "billing_account": call(billed.token, "/meters")["meters"][0]["base"]["billing_account"]},
    }  # fmt: skip


def test_a_summary_has_every_field(billed: Shared) -> None:
    newest, oldest = call(billed.token, SUMMARIES)["billing_summaries"]
    accounting_schemas.BillingSummary.model_validate(newest)
    account = one(billed)["uid"]
    assert newest == {
        "uid": f"{account}-2026-11-10", "billing_account_uid": account, "authorization_uid": str(billed.grant.uid),
        "meter_uids": [str(billed.meter.uid)], "notes": [], "blocks": ["base", "new_charges", "sources"],
        "base": {"statement_date": "2026-11-10T00:00:00.000000-07:00", "previous_balance_amount": 50.0,
                 "previous_balance_unpaid": 10.0, "previous_payment_amount": 40.0, "new_charges_amount": 60.0,
                 "new_balance_amount": 70.0, "amount_due": 70.0,
                 "amount_due_date": "2026-12-01T00:00:00.000000-07:00"},
        "new_charges": [{"name": "Charges", "cost": 60.0}], "sources": [],
    }  # fmt: skip
    assert oldest["new_charges"] == [{"name": "Line 0", "cost": 25.0}, {"name": "Line 1", "cost": 25.0}]


def test_one_is_got_by_its_uid(billed: Shared) -> None:
    account = one(billed)
    assert call(billed.token, f"{ACCOUNTS}/{account['uid']}") == account
    for summary in call(billed.token, SUMMARIES)["billing_summaries"]:
        assert call(billed.token, f"{SUMMARIES}/{summary['uid']}") == summary


@pytest.mark.parametrize("path", [ACCOUNTS, SUMMARIES])
def test_what_is_no_uid_is_not_found(billed: Shared, path: str) -> None:
    account = one(billed)["uid"]
    for uid in ("1", "%00", account + "0", f"{account},{account}", f"{account}-2026-11-11", f"{account}x2026-11-10"):
        assert ask(billed.token, f"{path}/{uid}").status_code == 404, uid


@pytest.mark.parametrize(
    ("shares", "has_account", "has_statements"),
    [({"shares_account"}, True, False), ({"shares_bills"}, False, True), ({"shares_intervals"}, None, None)],
)
def test_each_kind_of_data_opens_its_own(
    billed: Shared, shares: set[str], has_account: bool | None, has_statements: bool | None
) -> None:
    kinds = ("shares_account", "shares_bills", "shares_intervals")
    Authorization.objects.update(**{kind: kind in shares for kind in kinds})
    rows = call(billed.token, ACCOUNTS)["billing_accounts"]
    assert bool(dates(billed)) == bool(has_statements)
    if has_account is None:
        assert rows == []
        return
    assert (rows[0]["base"]["billing_account"] is not None) == has_account
    assert any(rows[0]["base"].values()) == has_account
    assert bool(rows[0]["statement_dates"]) == has_statements


def test_a_narrowed_token_opens_no_more(billed: Shared) -> None:
    def token(scope: str) -> str:
        return tokens.issue(Token.Kind.ACCESS, billed.grant.registration, authorization=billed.grant, scope=scope)

    assert call(token("FB=4"), ACCOUNTS)["billing_accounts"] == []
    assert call(token("FB=51"), SUMMARIES)["billing_summaries"] == []
    (row,) = call(token("FB=16"), ACCOUNTS)["billing_accounts"]
    assert (row["base"]["billing_account"], len(row["statement_dates"])) == (None, 2)
    assert len(call(access_token(billed.grant), SUMMARIES)["billing_summaries"]) == 2


# -- only what is wholly shared


def test_a_statement_with_a_service_that_is_not_shared_is_not_told_of(billed: Shared) -> None:
    second_home(billed, is_shared=False)
    assert dates(billed) == ["2026-10-09"]
    row = one(billed)
    assert (row["meter_uids"], len(row["statement_dates"])) == ([str(billed.meter.uid)], 1)
    assert ask(billed.token, f"{SUMMARIES}/{row['uid']}-2026-11-10").status_code == 404


def test_all_meters_of_an_account_stand_on_its_statement(billed: Shared) -> None:
    second_home(billed, is_shared=True)
    newest = call(billed.token, SUMMARIES)["billing_summaries"][0]
    meters = {str(meter.uid) for meter in billed.grant.meters.all()}
    assert set(newest["meter_uids"]) == set(one(billed)["meter_uids"]) == meters
    assert sum(charge["cost"] for charge in newest["new_charges"]) == newest["base"]["new_charges_amount"] == 65.0
    for meter in meters:
        assert len(dates(billed, meters=meter)) == 2, "a meter names its account"


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"history_start": date(2026, 9, 20)}, ["2026-11-10"]),
        ({"ongoing_end": date(2026, 11, 10)}, ["2026-10-09"]),
        ({"ongoing_end": date(2026, 11, 12)}, ["2026-11-10", "2026-10-09"]),
        ({"history_start": date(2026, 11, 11)}, []),
    ],
)
def test_statements_lie_inside_the_window(billed: Shared, terms: dict[str, date], expected: list[str]) -> None:
    Authorization.objects.update(**{name: noon(day) for name, day in terms.items()})
    assert dates(billed) == expected
    assert [day[:10] for day in one(billed)["statement_dates"]] == expected


def test_a_neighbour_before_or_after_is_not_told_of(billed: Shared) -> None:
    """Somebody else had the service until October, with an account and statements of their own."""
    before = customer("Paula Previous")
    account = Occupancy.objects.get(service=before).account
    Occupancy.objects.filter(service=before).delete()
    Occupancy.objects.filter(service=billed.service).update(start=date(2026, 10, 9))
    Occupancy.objects.create(account=account, service=billed.service, start=date(2020, 1, 1), end=date(2026, 10, 9))
    put_statement(account.pk, StatementRecord(date(2026, 10, 9), 0, 0, 1, 1, date(2026, 11, 1)), [billed.service.pk])
    assert dates(billed) == ["2026-11-10"]
    assert call(billed.token, ACCOUNTS, limit=1)["next"] is None
    assert one(billed)["base"]["billing_contact"] == "Heather Homeowner"


# -- notes


def test_a_balance_that_does_not_follow_is_noted(billed: Shared) -> None:
    Statement.objects.filter(date=date(2026, 11, 10)).update(previous_balance=49 * DOLLAR)
    newest, oldest = call(billed.token, SUMMARIES)["billing_summaries"]
    assert ([note["type"] for note in newest["notes"]], oldest["notes"]) == (["previous_balances_strange"], [])
    (note,) = one(billed)["notes"]
    assert (note["type"], note["billing_summary_note_type"]) == (
        "billing_summaries_strange",
        newest["notes"][0]["type"],
    )
    assert note["billing_summary_uid"] == newest["uid"]
    assert note["billing_summary_statement_date"] == newest["base"]["statement_date"]


def test_what_cannot_be_seen_is_no_ground_for_a_note(billed: Shared) -> None:
    Statement.objects.filter(date=date(2026, 11, 10)).update(previous_balance=49 * DOLLAR)
    Authorization.objects.update(history_start=noon(date(2026, 9, 20)))
    assert one(billed, SUMMARIES)["notes"] == []


def test_charges_that_do_not_add_up_are_noted(billed: Shared) -> None:
    bill(billed.service, date(2026, 10, 9), date(2026, 11, 10), 61)
    newest, oldest = call(billed.token, SUMMARIES)["billing_summaries"]
    assert ([note["type"] for note in newest["notes"]], oldest["notes"]) == (["audit_failed_on_new_charges"], [])


# -- lists


@pytest.fixture
def crowd(billed: Shared) -> Shared:
    for number in range(4):
        home = customer(f"Customer{number} Other")
        for month in range(1, 4 + number):
            bill(home, date(2026, month, 5), date(2026, month + 1, 5), 10)
            state(home, date(2026, month + 1, 5), 0, 0, 10)
        authorize(billed.party, home, created=noon(TODAY) - timedelta(hours=number // 2))
    return billed


@pytest.mark.parametrize("path", [ACCOUNTS, SUMMARIES])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_give_the_whole_list(crowd: Shared, path: str, limit: int) -> None:
    name = path.rsplit("/", 1)[1].replace("-", "_")
    everything = call(crowd.token, path)
    assert everything["next"] is None
    assert len(everything[name]) == {"billing_accounts": 5, "billing_summaries": 20}[name]
    pages = every_page(crowd.token, path, name, limit=limit)
    assert [row for page in pages for row in page] == everything[name]
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert len({row["uid"] for row in everything[name]}) == len(everything[name])


def test_a_page_is_filled_past_what_is_not_shared(crowd: Shared) -> None:
    """Nothing of a statement that is not shown gets into the address of the next page."""
    second_home(crowd, is_shared=False)
    page = call(crowd.token, SUMMARIES, limit=1)
    assert page["billing_summaries"][0]["base"]["statement_date"].startswith("2026-10-09")
    assert "2026-11-10" not in page["next"]


def test_newest_statements_come_first(crowd: Shared) -> None:
    found = dates(crowd)
    assert found == sorted(found, reverse=True)


def test_lists_are_filtered(crowd: Shared) -> None:
    account = next(
        row for row in call(crowd.token, ACCOUNTS)["billing_accounts"] if str(crowd.meter.uid) in row["meter_uids"]
    )
    uid, unknown = account["uid"], "00000000-0000-4000-8000-000000000000"
    for filters in ({"uids": uid}, {"authorizations": crowd.grant.uid}, {"meters": crowd.meter.uid}):
        assert call(crowd.token, ACCOUNTS, **filters)["billing_accounts"] == [account]
    for filters in ({"billing_accounts": uid}, {"authorizations": crowd.grant.uid}, {"meters": crowd.meter.uid}):
        assert dates(crowd, **filters) == ["2026-11-10", "2026-10-09"]
    assert dates(crowd, uids=f"{uid}-2026-10-09,x", meters=crowd.meter.uid) == ["2026-10-09"]
    for name in ("uids", "authorizations", "meters", "billing_accounts"):
        for value in ("", unknown, "12345b"):
            assert dates(crowd, **{name: value}) == []
            if name != "billing_accounts":
                assert call(crowd.token, ACCOUNTS, **{name: value})["billing_accounts"] == []
    assert dates(crowd, authorizations=crowd.grant.uid, billing_accounts=unknown) == []


@pytest.mark.parametrize("path", [ACCOUNTS, SUMMARIES])
def test_a_page_begins_after_an_item_of_the_list(crowd: Shared, path: str) -> None:
    account = one_of(crowd)
    for after in ("x", "00000000-0000-4000-8000-000000000000", f"{account}-2026-02-30", "0" * 36):
        response = ask(crowd.token, path, after=after)
        assert (response.status_code, body(response)["error"]) == (400, "invalid_param")
        assert body(response)["error_description"].startswith("after")


def one_of(crowd: Shared) -> str:
    return str(call(crowd.token, ACCOUNTS)["billing_accounts"][0]["uid"])


# -- strangers, and the trail


def test_two_companies_cannot_find_out_that_they_share_a_customer(billed: Shared) -> None:
    rival = third_party("Rival")
    authorize(rival, billed.service)
    for path, name in ((ACCOUNTS, "billing_accounts"), (SUMMARIES, "billing_summaries")):
        ours = {row["uid"] for row in call(billed.token, path)[name]}
        theirs = {row["uid"] for row in call(rival.api_token, path)[name]}
        assert len(ours) == len(theirs) > 0
        assert not ours & theirs
        for uid in ours:
            assert ask(rival.api_token, f"{path}/{uid}").status_code == 404
            after, unknown = (ask(rival.api_token, path, after=each) for each in (uid, f"{uid[:-1]}x"))
            assert (after.status_code, body(after)) == (400, body(unknown))
            assert call(rival.api_token, path, uids=uid)[name] == []


@pytest.mark.parametrize("ended", ["revoked", "expires", "declined"])
def test_what_has_ended_opens_nothing(billed: Shared, ended: str) -> None:
    account = one_of(billed)
    Authorization.objects.update(**{ended: noon(TODAY) - timedelta(days=1)})
    assert call(billed.token, ACCOUNTS)["billing_accounts"] == []
    assert dates(billed) == []
    assert ask(billed.token, f"{ACCOUNTS}/{account}").status_code == 404
    assert ask(billed.token, f"{SUMMARIES}/{account}-2026-11-10").status_code == 404


def test_only_what_stands_on_a_page_is_told_to_the_trail(crowd: Shared) -> None:
    for path, name in ((ACCOUNTS, "billing_accounts"), (SUMMARIES, "billing_summaries")):
        before = set(AuditEntry.objects.values_list("pk", flat=True))
        (row,) = call(crowd.token, path, limit=1)[name]
        (told,) = AuditEntry.objects.exclude(pk__in=before)
        assert (told.action, str(told.authorization_uid)) == ("data_read", row["authorization_uid"])
        assert f'"what":"{name}"' in told.data
