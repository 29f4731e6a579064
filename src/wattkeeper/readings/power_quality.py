"""What a summary of power quality says, and writing it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from django.db import transaction

from wattkeeper.common import clock
from wattkeeper.readings.models import PowerQuality


@dataclass(frozen=True)
class Measures:
    """The measures of an ESPI ElectricPowerQualitySummary, in its order and units; None where nobody measured.

    Flicker and harmonics in hundredths, `mains_voltage` in microvolts, `power_frequency` in microhertz, the others
    count events. `measurement_protocol`: 0 is IEEE 1519-2009, 1 EN 50160.
    """

    flicker_plt: int | None = None
    flicker_pst: int | None = None
    harmonic_voltage: int | None = None
    long_interruptions: int | None = None
    mains_voltage: int | None = None
    measurement_protocol: int | None = None
    power_frequency: int | None = None
    rapid_voltage_changes: int | None = None
    short_interruptions: int | None = None
    supply_voltage_dips: int | None = None
    supply_voltage_imbalance: int | None = None
    supply_voltage_variations: int | None = None
    temp_overvoltage: int | None = None


def put_power_quality(
    service_id: int, start: date, end: date, measures: Measures, at: datetime | None = None
) -> Literal["added", "changed", "same"]:
    """Writes the summary of the local days [start, end). `at`: now, in the service's world."""
    at = at or clock.now()
    said = {name: value for name, value in asdict(measures).items() if value is not None}
    with transaction.atomic():
        there = PowerQuality.objects.select_for_update().filter(service_id=service_id, start=start, end=end)
        old = there.first()
        if old is None:
            PowerQuality.objects.create(
                service_id=service_id, start=start, end=end, measures=said, created=at, updated=at
            )
            return "added"
        if old.measures == said:
            return "same"
        there.update(measures=said, updated=at)
        return "changed"
