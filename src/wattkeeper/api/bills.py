"""The Bill object: a bill of a Service as seen through one Meter."""

from typing import Any
from uuid import UUID

from wattkeeper.api import exports, objects, schemas, stamps, units
from wattkeeper.authorizations.contents import Period
from wattkeeper.authorizations.models import Meter
from wattkeeper.common import ids
from wattkeeper.common.money import to_float
from wattkeeper.customers.billing import Details, LineItem, Tier, TouBucket
from wattkeeper.customers.models import Bill

# ESPI UnitSymbolKind of a line item -> what kind of power item it is.
POWER: dict[int, schemas.PowerType] = {
    73: "reactive_usage",
    63: "reactive_demand",
    61: "apparent_demand",
    65: "power_factor",
    153: "power_factor",
}


def uid(period: Period) -> UUID:
    """A bill's uid belongs to the grant it is read through, as its meter's does."""
    return uid_of(period.window.meter, period.uid)


def uid_of(meter: Meter, bill: UUID) -> UUID:
    """The same of a bill that has not been looked for in a window yet."""
    return ids.stable_uid(meter.uid, "bill", bill)


def bill(period: Period, row: Bill) -> schemas.Bill:
    """One Bill with the blocks it has."""
    meter, details = period.window.meter, Details.of(row)
    written = schemas.Bill(
        uid=str(uid(period)),
        meter_uid=str(meter.uid),
        authorization_uid=str(meter.authorization.uid),
        created=stamps.utc(row.created),
        updated=stamps.utc(row.updated),
        notes=[],
        utility=meter.authorization.world.utility.code,
        blocks=["base", "sources", "line_items"],
        base=_base(period, row),
        sources=exports.pdf_sources(period, uid(period)),
        line_items=[_line_item(period, item) for item in details.line_items],
    )
    optional = {
        "tiers": _tiers(row, details),
        "tou": _tou(row, details),
        "demand": _demand(details),
        "power": _power(details),
    }
    for name, items in optional.items():
        if items:
            setattr(written, name, items)
            written.blocks.append(name)
    return written


def _base(period: Period, row: Bill) -> schemas.BillBase:
    zone = period.window.zone
    unit, exponent = units.unit(row.uom, row.multiplier)
    volume = units.number(row.total_volume, exponent) if row.total_volume is not None else None
    base = objects.base(period.window).model_dump()
    return schemas.BillBase(
        **base | {"service_tariff": row.tariff or base["service_tariff"]},
        bill_start_date=stamps.midnight(row.start, zone),
        bill_end_date=stamps.midnight(row.end, zone),
        bill_statement_date=stamps.midnight(row.statement_date, zone) if row.statement_date is not None else None,
        bill_total_cost=to_float(row.total_cost),
        bill_total_volume=volume,
        bill_total_unit=unit,
        bill_total_kwh=volume if unit == "kwh" else None,
    )


def _line_item(period: Period, item: LineItem) -> schemas.LineItem:
    unit, exponent = units.unit(item.uom, item.multiplier) if item.uom is not None else (None, item.multiplier)
    return schemas.LineItem(
        name=item.name,
        start=stamps.midnight(period.start, period.window.zone),
        end=stamps.midnight(period.end, period.window.zone),
        cost=to_float(item.cost),
        volume=units.number(item.volume, exponent) if item.volume is not None else None,
        rate=to_float(item.rate) if item.rate is not None else None,
        unit=unit or item.rate_unit,
        kind=item.kind,
    )


def _tiers(row: Bill, details: Details) -> list[schemas.Tier]:
    return [schemas.Tier(level=tier.level, **_used(row, tier)) for tier in details.tiers]


def _tou(row: Bill, details: Details) -> list[schemas.TouBucket]:
    return [schemas.TouBucket(bucket=part.bucket, **_used(row, part)) for part in details.tou]


def _used(row: Bill, part: Tier | TouBucket) -> dict[str, Any]:
    """What a part of the use says, in the bill's unit."""
    unit, exponent = units.unit(row.uom, row.multiplier)
    volume = units.number(part.volume, exponent)
    return {"name": part.name, "cost": to_float(part.cost), "volume": volume, "unit": unit}


def _demand(details: Details) -> list[schemas.Demand]:
    return [
        schemas.Demand(name=part.name, cost=to_float(part.cost), demand=units.number(part.demand, -3))
        for part in details.demand
    ]


def _power(details: Details) -> list[schemas.Power]:
    """Every quantity on the bill that is not energy used."""
    found = [
        schemas.Power(type="real_demand", name=part.name, volume=units.number(part.demand, -3), unit="kw")
        for part in details.demand
    ]
    for item in details.line_items:
        kind = POWER.get(item.uom) if item.uom is not None else None
        if kind is not None and item.volume is not None:
            unit, exponent = units.unit(item.uom or 0, item.multiplier)
            volume = units.number(item.volume, exponent)
            found.append(schemas.Power(type=kind, name=item.name, volume=volume, unit=unit))
    return found
