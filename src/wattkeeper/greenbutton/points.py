"""What describes a metered service in ESPI: UsagePoint, LocalTimeParameters, MeterReading, ReadingType.

Every id in an address is the meter's own or a UUIDv5 derived from it, so it belongs to one grant, and is the same at
every download.
"""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from wattkeeper.authorizations.windows import Window
from wattkeeper.common import clock
from wattkeeper.common.ids import stable_uid
from wattkeeper.customers.models import Service
from wattkeeper.greenbutton.atom import Entry, Link, fields, link
from wattkeeper.greenbutton.links import resource
from wattkeeper.greenbutton.timezones import time_rules
from wattkeeper.readings.models import Channel


def time_uid(meter: UUID) -> UUID:
    """The id of a meter's LocalTimeParameters."""
    return stable_uid(meter, "time")


def type_uid(meter: UUID, channel: int) -> UUID:
    """The id of the ReadingType of a meter's channel."""
    return stable_uid(meter, "reading-type", channel)


def time_fields(zone: ZoneInfo) -> str:
    """The inside of LocalTimeParameters, which is the same in both schemas."""
    rules = time_rules(zone)
    return fields(
        ("dstEndRule", rules.dst_end),
        ("dstOffset", rules.dst_offset),
        ("dstStartRule", rules.dst_start),
        ("tzOffset", rules.offset),
    )


@dataclass(frozen=True)
class Point:
    """One Meter as an ESPI UsagePoint, and its addresses."""

    window: Window

    @property
    def uid(self) -> UUID:
        return self.window.meter.uid

    @property
    def time_uid(self) -> UUID:
        return time_uid(self.uid)

    @property
    def collection(self) -> str:
        return resource("Subscription", self.window.meter.authorization.uid, "UsagePoint")

    @property
    def href(self) -> str:
        return f"{self.collection}/{self.uid}"

    @property
    def readings(self) -> str:
        return f"{self.href}/MeterReading"

    @property
    def summaries(self) -> str:
        return f"{self.href}/UsageSummary"

    @property
    def power_quality(self) -> str:
        return f"{self.href}/ElectricPowerQualitySummary"

    @property
    def created(self) -> int:
        """When the customer opened this window: the age of everything that describes it."""
        return clock.epoch(self.window.meter.created)

    def usage_point(self) -> bytes:
        service = self.window.service
        related: list[Link] = []
        if self.window.shares_intervals:
            related.append(link("related", self.readings, "MeterReading", "feed"))
            if service.kind == Service.Kind.ELECTRICITY:
                kind = "ElectricPowerQualitySummary"
                related.append(link("related", self.power_quality, kind, "feed"))
        if self.window.shares_bills:
            related.append(link("related", self.summaries, "UsageSummary", "feed"))
        related.append(link("related", resource("LocalTimeParameters", self.time_uid), "LocalTimeParameters"))
        content = f"<ServiceCategory>{fields(('kind', service.kind))}</ServiceCategory>"
        if service.tariff:
            content += f"<serviceDeliveryPoint>{fields(('tariffProfile', service.tariff))}</serviceDeliveryPoint>"
        uid, since = stable_uid(self.uid, "usage-point"), self.created
        return Entry("UsagePoint", uid, self.href, self.collection, since, since, content, tuple(related)).xml()

    def local_time(self) -> bytes:
        up, since = resource("LocalTimeParameters"), self.created
        href, content = f"{up}/{self.time_uid}", time_fields(self.window.zone)
        return Entry("LocalTimeParameters", self.time_uid, href, up, since, since, content).xml()


@dataclass(frozen=True)
class Stream:
    """One Channel of a Point as an ESPI MeterReading with its ReadingType, and their addresses."""

    point: Point
    channel: Channel

    @property
    def uid(self) -> UUID:
        return stable_uid(self.point.uid, "reading", self.channel.pk)

    @property
    def type_uid(self) -> UUID:
        return type_uid(self.point.uid, self.channel.pk)

    @property
    def href(self) -> str:
        return f"{self.point.readings}/{self.uid}"

    @property
    def blocks(self) -> str:
        return f"{self.href}/IntervalBlock"

    def meter_reading(self) -> bytes:
        related = (
            link("related", self.blocks, "IntervalBlock", "feed"),
            link("related", resource("ReadingType", self.type_uid), "ReadingType"),
        )
        return self._entry("MeterReading", self.uid, self.point.readings, "", related)

    def reading_type(self) -> bytes:
        channel = self.channel
        content = fields(
            ("accumulationBehaviour", channel.accumulation),
            ("commodity", channel.commodity),
            ("consumptionTier", channel.consumption_tier),
            ("currency", channel.currency),
            ("dataQualifier", channel.data_qualifier),
            ("defaultQuality", channel.default_quality),
            ("flowDirection", channel.flow_direction),
            ("intervalLength", channel.interval_length),
            ("kind", channel.kind),
            ("phase", channel.phase),
            ("powerOfTenMultiplier", channel.multiplier),
            ("timeAttribute", channel.time_attribute),
            ("tou", channel.tou or None),  # a reader in use fails at any, and 0 says nothing
            ("uom", channel.uom),
            ("cpp", channel.cpp),
        )
        return self._entry("ReadingType", self.type_uid, resource("ReadingType"), content)

    def _entry(self, kind: str, uid: UUID, up: str, content: str, related: tuple[Link, ...] = ()) -> bytes:
        since = max(self.point.created, clock.epoch(self.channel.created))
        return Entry(kind, uid, f"{up}/{uid}", up, since, since, content, related).xml()
