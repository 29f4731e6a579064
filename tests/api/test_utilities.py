"""What a utility offers, as a document: from its own settings and rows, open to everyone."""

from typing import Any

import pytest
from django.test import Client
from limits import parse
from pytest_django import DjangoAssertNumQueries, Settings

import cast
from api.reader import BASE, TODAY, Shared, ask, body
from wattkeeper.api.schemas_of_utilities import Capabilities, UtilityListing

pytestmark = pytest.mark.django_db


def offered(name: str = "epe") -> Any:
    response = ask(None, f"/utilities/{name}")
    assert response.status_code == 200
    answer = body(response)
    Capabilities.model_validate(answer)
    return answer


def test_a_setting_changed_is_an_offer_changed(settings: Settings) -> None:
    """Broken: any of these written down instead of read."""
    utility = cast.epe()
    before = offered()
    utility.function_blocks, utility.max_history_days = [1, 4, 16], 400
    utility.sign_in_methods, utility.languages = ["code", "test"], ["es"]
    utility.zone_name, utility.currency, utility.support_email = "America/Bogota", "COP", "ayuda@epe.example"
    utility.save()
    settings.LIMITS = settings.LIMITS | {"client": parse("7/minute")}
    after = offered()
    assert (after["function_blocks"], after["languages"], after["currency"]) == ([1, 4, 16], ["es"], "COP")
    assert [one["name"] for one in after["data_classes"]] == ["intervals", "bills"]
    assert after["scopes"]["example"] == "FB=4_16"
    assert after["history"] == {"default_days": 400, "longest_days": 400}
    assert [one["method"] for one in after["sign_in_methods"]] == ["code", "test"]
    assert "auth-email-{address}" in after["scopes"]["options"]
    assert after["limits"][0] == {"name": "client", "requests": 7, "seconds": 60}
    same = {"utility", "name", "capabilities_url", "docs_url", "website", "support_phone", "descriptions", "formats"}
    same |= {"on_demand_reads", "endpoints", "test_accounts", "sandbox_streams"}
    assert {name for name in after if after[name] == before[name]} == same


def test_it_tells_what_the_sandbox_measures(shared: Shared) -> None:
    (stream,) = offered()["sandbox_streams"]
    assert (stream["commodity"], stream["type"], stream["unit"]) == ("electricity", "fwd", "kwh")
    assert stream["interval_seconds"] == 900
    assert stream["last_reading"] == "2026-11-24T07:00:00+00:00"


def test_nothing_of_the_live_world_is_told() -> None:
    """Broken: channels of every world."""
    service = cast.customer("Lena Live", cast.live())
    cast.fill(service, TODAY, TODAY.replace(day=25))
    assert offered()["sandbox_streams"] == []


def test_on_demand_reads_are_not_promised() -> None:
    utility = cast.epe()
    utility.has_on_demand_reads = True
    utility.save()
    assert offered()["on_demand_reads"]["is_available"] is False
    assert Client().get("/api/epe/odr", {"meter": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["epe", "EPE", "Epe"])
def test_a_utility_is_found_by_its_name_or_id(name: str) -> None:
    cast.epe()
    assert offered(name)["utility"] == "EPE"


@pytest.mark.parametrize("name", ["nowhere", "%00", "e" * 500, "épé"])
def test_no_other_is(name: str) -> None:
    cast.epe()
    response = ask(None, f"/utilities/{name}")
    assert (response.status_code, body(response)["error"]) == (404, "not_found")


def test_the_list_leads_to_each() -> None:
    cast.epe()
    cast.elsewhere()
    listed = body(ask(None, "/utilities"))
    UtilityListing.model_validate(listed)
    assert [one["utility"] for one in listed["utilities"]] == ["EPE", "RIO"]
    for one in listed["utilities"]:
        for address in (one["capabilities_url"], one["docs_url"]):
            assert Client().get(address.removeprefix(BASE)).status_code == 200


def test_a_token_is_neither_needed_nor_looked_at() -> None:
    cast.epe()
    assert ask("nonsense", "/utilities").status_code == 200


def test_it_asks_the_database_little(shared: Shared, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(5):
        cast.fill(cast.customer(f"Nora{number} Neighbour"), TODAY, TODAY.replace(day=25))
    with django_assert_num_queries(4):
        offered()
