"""Summaries of power quality as ESPI ElectricPowerQualitySummaries."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from wattkeeper.common import clock, days
from wattkeeper.common.ids import stable_uid
from wattkeeper.greenbutton.atom import Entry, fields, period
from wattkeeper.greenbutton.parameters import Query
from wattkeeper.greenbutton.points import Point
from wattkeeper.readings.models import PowerQuality
from wattkeeper.readings.power_quality import Measures

KIND = "ElectricPowerQualitySummary"


def summaries(point: Point, rows: Iterable[PowerQuality], query: Query) -> Iterator[bytes]:
    """The summaries that are asked for. A summary's `published` is the start of its period."""
    for row in rows:
        if query.admits(days.day_start(row.start, point.window.zone), clock.epoch(row.updated)):
            yield summary(point, row)


def summary_uid(point: Point, row: PowerQuality) -> UUID:
    return stable_uid(point.uid, "power-quality", row.uid)


def summary(point: Point, row: PowerQuality) -> bytes:
    zone, said = point.window.zone, Measures(**row.measures)
    start, end = days.day_start(row.start, zone), days.day_start(row.end, zone)
    content = "".join(
        (
            fields(
                ("flickerPlt", said.flicker_plt),
                ("flickerPst", said.flicker_pst),
                ("harmonicVoltage", said.harmonic_voltage),
                ("longInterruptions", said.long_interruptions),
                ("mainsVoltage", said.mains_voltage),
                ("measurementProtocol", said.measurement_protocol),
                ("powerFrequency", said.power_frequency),
                ("rapidVoltageChanges", said.rapid_voltage_changes),
                ("shortInterruptions", said.short_interruptions),
            ),
            period("summaryInterval", start, end),
            fields(
                ("supplyVoltageDips", said.supply_voltage_dips),
                ("supplyVoltageImbalance", said.supply_voltage_imbalance),
                ("supplyVoltageVariations", said.supply_voltage_variations),
                ("tempOvervoltage", said.temp_overvoltage),
            ),
        )
    )
    uid, updated, up = summary_uid(point, row), clock.epoch(row.updated), point.power_quality
    return Entry(KIND, uid, f"{up}/{uid}", up, start, updated, content).xml()
