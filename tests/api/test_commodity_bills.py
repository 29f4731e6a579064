"""Bills of electricity, gas and water: which blocks they have, in which units, and that the parts make the whole."""

import json
from decimal import Decimal
from typing import Any

import pytest

import cast
from api.reader import ask, text
from wattkeeper.customers.models import Service
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

BLOCKS = {"base", "sources", "line_items"}


def bills_of(kind: Kind) -> list[dict[str, Any]]:
    """The bills of four months, numbers as they are written, oldest first."""
    customer, _ = ensure_home(cast.sandbox(), f"bills/{kind}", kind, months=5)
    sunny = cast.third_party()
    services = Service.objects.filter(occupancies__account__customer=customer)
    grant = cast.authorize(sunny, *services, customer=customer)
    answer = text(ask(sunny.api_token, "/bills", authorizations=grant.uid, order="earliest_first"))
    found: list[dict[str, Any]] = json.loads(answer, parse_float=Decimal)["bills"]
    return found


@pytest.mark.parametrize(
    ("kind", "unit", "more"),
    [
        (Kind.RESIDENTIAL, "kwh", {"tiers"}),
        (Kind.REGISTERS, "kwh", {"tiers"}),
        (Kind.NET, "kwh", set()),
        (Kind.EV, "kwh", {"tou"}),
        (Kind.DEMAND, "kwh", {"tou", "demand", "power"}),
        (Kind.GAS_CCF, "ccf", set()),
        (Kind.GAS_M3, "m3", set()),
        (Kind.WATER, "gallons", {"tiers"}),
        (Kind.WATER_CCF, "ccf", {"tiers"}),
        (Kind.WATER_M3, "m3", {"tiers"}),
    ],
)
def test_a_bill_has_the_blocks_and_units_of_its_commodity(kind: Kind, unit: str, more: set[str]) -> None:
    bills = bills_of(kind)
    assert len(bills) >= 4
    for bill in bills:
        base, used = bill["base"], bill["base"]["bill_total_volume"]
        assert (base["bill_total_unit"], base["bill_total_kwh"]) == (unit, used if unit == "kwh" else None)
        assert sum(line["cost"] for line in bill["line_items"]) == base["bill_total_cost"]
        assert {line["unit"] for line in bill["line_items"]} <= {unit, None, "kw", "kvar"}
        for line in bill["line_items"]:
            assert (line["volume"] is None) == (line["rate"] is None) == (line["unit"] is None)
            if line["volume"] is not None:
                assert abs(line["volume"] * line["rate"] - line["cost"]) <= Decimal("0.005"), line
        for name in more & {"tiers", "tou"} & set(bill["blocks"]):
            assert {part["unit"] for part in bill[name]} == {unit}
            in_parts = sum(part["volume"] for part in bill[name])
            # A home's electricity has tiers in summer alone.
            assert in_parts == used or (in_parts < used and (name, unit) == ("tiers", "kwh"))
    assert set.union(*(set(bill["blocks"]) for bill in bills)) == BLOCKS | more


def test_a_firm_billed_for_demand_is_told_kilowatts_and_kilovars() -> None:
    for bill in bills_of(Kind.DEMAND):
        lines = {line["unit"]: line for line in bill["line_items"] if line["unit"] in {"kw", "kvar"}}
        (demand,) = bill["demand"]
        assert (demand["cost"], demand["demand"]) == (lines["kw"]["cost"], lines["kw"]["volume"])
        told = {part["type"]: (part["volume"], part["unit"]) for part in bill["power"]}
        assert told == {
            "real_demand": (lines["kw"]["volume"], "kw"),
            "reactive_demand": (lines["kvar"]["volume"], "kvar"),
        }


def test_a_month_of_net_metering_below_nothing_is_a_credit() -> None:
    bills = [bill for bill in bills_of(Kind.NET) if bill["base"]["bill_total_volume"] < 0]
    assert bills
    for bill in bills:
        (credit,) = [line for line in bill["line_items"] if line["cost"] < 0]
        assert credit["volume"] == -bill["base"]["bill_total_volume"]
