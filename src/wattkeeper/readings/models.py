"""Meter readings: streams of a Service, one row per local day of each."""

from django.db import models

from wattkeeper.common import clock, ids


class Channel(models.Model):
    """One stream of readings of a Service (ESPI MeterReading with its ReadingType)."""

    service = models.ForeignKey("customers.Service", on_delete=models.CASCADE, related_name="channels")
    flow_direction = models.PositiveSmallIntegerField(help_text="ESPI FlowDirectionKind")
    uom = models.PositiveSmallIntegerField(help_text="ESPI UnitSymbolKind")
    multiplier = models.SmallIntegerField(default=0, help_text="ESPI powerOfTenMultiplier")
    interval_length = models.PositiveIntegerField(help_text="Seconds; 0 where readings have no fixed length")
    commodity = models.PositiveSmallIntegerField(default=1)
    kind = models.PositiveSmallIntegerField(default=12, help_text="ESPI MeasurementKind")
    accumulation = models.PositiveSmallIntegerField(default=4, help_text="ESPI AccumulationKind")
    data_qualifier = models.PositiveSmallIntegerField(default=0)
    time_attribute = models.PositiveSmallIntegerField(default=0)
    phase = models.PositiveSmallIntegerField(default=0)
    consumption_tier = models.SmallIntegerField(default=0)
    tou = models.SmallIntegerField(default=0)
    cpp = models.SmallIntegerField(default=0)
    currency = models.PositiveSmallIntegerField(default=840, help_text="ISO 4217 numeric")
    default_quality = models.PositiveSmallIntegerField(default=0, help_text="ESPI QualityOfReading")
    coverage = models.JSONField(default=list, help_text="Runs of readings.coverage, kept by readings.store")
    created = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "service", "flow_direction", "uom", "multiplier", "interval_length", "commodity", "kind",
                    "accumulation", "data_qualifier", "time_attribute", "phase", "consumption_tier", "tou", "cpp",
                ],
                name="channel_reading_type",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"channel {self.pk}"


class DayBlock(models.Model):
    """One local day of a Channel, packed by readings.packing."""

    pk = models.CompositePrimaryKey("service_id", "channel_id", "day")
    service = models.ForeignKey("customers.Service", on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField(help_text="Local day in which the readings start")
    packed = models.BinaryField()
    revision = models.PositiveSmallIntegerField(default=1)
    updated = models.BigIntegerField(help_text="Epoch seconds: a third of the bytes of a datetime in SQLite")

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day}"


class SupersededDay(models.Model):
    """What a day said before it was corrected."""

    pk = models.CompositePrimaryKey("service_id", "channel_id", "day", "revision")
    service = models.ForeignKey("customers.Service", on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    revision = models.PositiveSmallIntegerField()
    packed = models.BinaryField()
    replaced = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day} r{self.revision}"


class PowerQuality(models.Model):
    """How good the power of a Service was over a period (ESPI ElectricPowerQualitySummary)."""

    pk = models.CompositePrimaryKey("service_id", "uid")
    service = models.ForeignKey("customers.Service", on_delete=models.CASCADE, related_name="+", db_index=False)
    uid = models.UUIDField(default=ids.new_uid)
    start = models.DateField(help_text="First local day")
    end = models.DateField(help_text="Local day after the last")
    measures = models.JSONField(default=dict, help_text="readings.power_quality.Measures as JSON")
    created = models.DateTimeField(default=clock.now)
    updated = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "start", "end"], name="power_quality_period"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="power_quality_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.start}..{self.end}"
