"""Pages of any size give every item once, in the order of the whole list."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.reader import TODAY, Shared, ask, body, call, every_page
from cast import authorize, customer, fill, noon, third_party
from wattkeeper.api import routes
from wattkeeper.authorizations.models import Meter
from wattkeeper.customers.billing import BillRecord, put_bill

LISTS = ["authorizations", "meters", "bills", "intervals"]


@pytest.fixture
def crowd(shared: Shared) -> Shared:
    """Five more homes: some shared at the same moment, with days and bills that fall together and apart."""
    for number in range(5):
        home = customer(f"Customer{number} Other")
        fill(home, date(2026, 11, 10 + 2 * number), date(2026, 11, 13 + 2 * number))
        for month in range(1, 4 + number):
            put_bill(home.pk, BillRecord(date(2026, month, 5), date(2026, month + 1, 5), 100, 100))
        authorize(shared.party, home, created=noon(TODAY) - timedelta(hours=number // 2))
    return shared


def whole_list(crowd: Shared, name: str) -> tuple[dict[str, Any], list[Any]]:
    """The parameters that ask for everything, and everything on one page."""
    grants = call(crowd.token, "/authorizations")["authorizations"]
    asked = {"authorizations": ",".join(row["uid"] for row in grants)} if name in {"bills", "intervals"} else {}
    page = call(crowd.token, f"/{name}", **asked)
    assert page["next"] is None
    return asked, page[name]


@pytest.mark.parametrize("name", LISTS)
def test_pages_of_any_size_give_the_whole_list(crowd: Shared, name: str) -> None:
    asked, everything = whole_list(crowd, name)
    assert len({row["uid"] for row in everything}) == len(everything) > 5

    @settings(max_examples=8, deadline=None)
    @given(st.integers(1, len(everything) + 1))
    def holds(limit: int) -> None:
        pages = every_page(crowd.token, f"/{name}", name, limit=limit, **asked)
        assert [row for page in pages for row in page] == everything
        assert {len(page) for page in pages[:-1]} <= {limit}

    holds()


@pytest.mark.parametrize("name", ["bills", "intervals"])
def test_the_other_order_is_the_same_list_by_date_turned_round(crowd: Shared, name: str) -> None:
    asked, everything = whole_list(crowd, name)
    pages = every_page(crowd.token, f"/{name}", name, order="earliest_first", limit=7, **asked)
    turned = [row for page in pages for row in page]
    assert sorted(row["uid"] for row in turned) == sorted(row["uid"] for row in everything)
    moments = [
        row["base"]["bill_start_date"] if name == "bills" else row["readings"][-1]["start"][:10] for row in turned
    ]
    assert moments == sorted(moments)


@pytest.mark.parametrize("name", LISTS)
def test_any_item_can_be_gone_on_after(crowd: Shared, name: str) -> None:
    asked, everything = whole_list(crowd, name)
    for index in (0, 3, len(everything) - 1):
        rest = call(crowd.token, f"/{name}", after=everything[index]["uid"], **asked)
        assert rest[name] == everything[index + 1 :]


@pytest.mark.parametrize("name", LISTS)
def test_a_stranger_cannot_go_on_after_our_items(crowd: Shared, name: str) -> None:
    asked, everything = whole_list(crowd, name)
    rival = third_party("Rival")
    theirs = authorize(rival, customer("Nora Next"))
    asked = {"authorizations": theirs.uid} if asked else {}
    response = ask(rival.api_token, f"/{name}", after=everything[0]["uid"], **asked)
    assert (response.status_code, body(response)["error"]) == (400, "invalid_param")


def test_the_next_page_is_asked_for_as_this_one_was(crowd: Shared) -> None:
    page = call(crowd.token, "/meters/", limit=2, utility="EPE,PG&E", colour="blue")
    assert page["next"] == (
        "http://localhost:8000/api/v2/meters/?limit=2&utility=EPE%2CPG%26E&colour=blue"
        f"&after={page['meters'][-1]['uid']}"
    )


def test_a_page_never_holds_more_than_a_thousand(shared: Shared) -> None:
    fill(shared.service, date(2024, 1, 1), date(2026, 11, 14))
    shared.grant.history_start = noon(date(2023, 1, 1))
    shared.grant.save()
    page = call(shared.token, "/intervals", meters=shared.meter.uid, limit=5000)
    assert len(page["intervals"]) == 1000
    rest = call(shared.token, "/intervals", meters=shared.meter.uid, after=page["intervals"][-1]["uid"])
    assert rest["intervals"][-1]["uid"].endswith("2024-01-01")


def test_meters_nested_in_an_authorization_are_paged(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "PAGE", 2)
    for number in range(3):
        Meter.objects.create(authorization=shared.grant, service=customer(f"Customer{number} Other"))
    nested = call(shared.token, f"/authorizations/{shared.grant.uid}", include="meters")["meters"]
    rest = call(shared.token, nested["next"].removeprefix("http://localhost:8000/api/v2"))
    assert nested["meters"] + rest["meters"] == call(shared.token, "/meters")["meters"]
    assert len(nested["meters"]) == 2
