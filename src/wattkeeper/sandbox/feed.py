"""A synthetic service as a Green Button file, as a utility's own system would hand it over: what the simulator may not
write into a live world itself can come in there as real data does, through the import."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from xml.sax.saxutils import escape

from wattkeeper.common import days
from wattkeeper.customers.billing import BillRecord, LineItem
from wattkeeper.readings.packing import Readings
from wattkeeper.readings.store import ReadingType
from wattkeeper.sandbox import cycles, weather
from wattkeeper.sandbox.homes import service_of
from wattkeeper.sandbox.loads import Load
from wattkeeper.sandbox.ratebook import tariff_of
from wattkeeper.sandbox.tariffs import make_bill

POINT = "/espi/1_1/resource/UsagePoint/1"
FIELDS = {
    "accumulationBehaviour": "accumulation",
    "commodity": "commodity",
    "dataQualifier": "data_qualifier",
    "flowDirection": "flow_direction",
    "intervalLength": "interval_length",
    "kind": "kind",
    "phase": "phase",
    "powerOfTenMultiplier": "multiplier",
    "uom": "uom",
}


def green_button(load: Load, since: date, first: date, end: date) -> Iterator[str]:
    """The feed of the local days [first, end), and of the bills closed in them, of a service that began on `since`."""
    day_of = cache(load.day)
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    category = f"<ServiceCategory><kind>{service_of(load.kind)}</kind></ServiceCategory>"
    yield _entry(f"<UsagePoint {{}}>{category}</UsagePoint>", POINT)
    for number, stream in enumerate(load.streams, start=1):
        meter, type_ = f"{POINT}/MeterReading/{number}", f"/espi/1_1/resource/ReadingType/{number}"
        yield _entry("<MeterReading {}/>", meter, type_)
        yield _entry(_reading_type(stream), type_)
        for day in days.days(first, end):
            yield _entry(_block(day_of(day)[stream]), f"{meter}/IntervalBlock/{day}", meter)
    for begin, close in cycles.closed_periods(cycles.read_day(load.key), since, None, end):
        if close > first:
            period = [(weather.local_day(day, load.zone), day_of(day)) for day in days.days(begin, close)]
            bill = make_bill(tariff_of(load.kind), begin, close, period)
            yield _entry(_summary(bill, load), f"{POINT}/UsageSummary/{close}", POINT)
    yield "</feed>\n"


def _entry(content: str, own: str, *related: str) -> str:
    links = [("self", own), ("up", own.rpartition("/")[0]), *(("related", href) for href in related)]
    written = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in links)
    named = content.replace("{}", 'xmlns="http://naesb.org/espi"', 1)
    return f"<entry>{written}<content>{named}</content></entry>\n"


def _reading_type(stream: ReadingType) -> str:
    fields = "".join(f"<{name}>{getattr(stream, field)}</{name}>" for name, field in FIELDS.items())
    return f"<ReadingType {{}}>{fields}</ReadingType>"


def _block(readings: Readings) -> str:
    """A day. Where nothing is missing the readings follow from the block's interval, which is read faster."""
    if readings.durations is None and None not in readings.values:
        interval = _period(readings.starts[0], readings.step * readings.count)
        values = "".join(f"<IntervalReading><value>{value}</value></IntervalReading>" for value in readings.values)
        return f"<IntervalBlock {{}}><interval>{interval}</interval>{values}</IntervalBlock>"
    values = "".join(
        f"<IntervalReading><timePeriod>{_period(start, length)}</timePeriod><value>{value}</value></IntervalReading>"
        for start, length, value in readings
        if value is not None
    )
    return f"<IntervalBlock {{}}>{values}</IntervalBlock>"


def _summary(bill: BillRecord, load: Load) -> str:
    start, end = (days.day_start(day, load.zone) for day in (bill.start, bill.end))
    used = _measurement(bill.total_volume or 0, bill.uom, bill.multiplier)
    return (
        f"<UsageSummary {{}}><billingPeriod>{_period(start, end - start)}</billingPeriod>"
        f"<billLastPeriod>{bill.total_cost}</billLastPeriod>"
        f"{''.join(map(_line, bill.details.line_items))}<currency>840</currency>"
        f"<overallConsumptionLastPeriod>{used}</overallConsumptionLastPeriod>"
        f"<tariffProfile>{escape(bill.tariff)}</tariffProfile></UsageSummary>"
    )


def _line(item: LineItem) -> str:
    measured = item.volume is not None and item.uom is not None
    used = f"<measurement>{_measurement(item.volume or 0, item.uom or 0, item.multiplier)}</measurement>"
    rate = f"<unitCost>{item.rate}</unitCost>" if item.rate is not None else ""
    return (
        f"<costAdditionalDetailLastPeriod><amount>{item.cost}</amount><note>{escape(item.name)}</note>"
        f"{used if measured else ''}<itemKind>{item.item_kind}</itemKind>{rate}</costAdditionalDetailLastPeriod>"
    )


def _measurement(value: int, uom: int, multiplier: int) -> str:
    return f"<powerOfTenMultiplier>{multiplier}</powerOfTenMultiplier><uom>{uom}</uom><value>{value}</value>"


def _period(start: int, duration: int) -> str:
    return f"<duration>{duration}</duration><start>{start}</start>"
