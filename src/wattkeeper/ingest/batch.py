"""What the readers of files are told about a service, and what they give back for it."""

from dataclasses import dataclass, field

from wattkeeper.ingest.records import Summary
from wattkeeper.readings.store import ReadingType


@dataclass(frozen=True)
class Terms:
    """`latest` is the last epoch second at which anything may start, `currency` (ISO 4217 numeric) what money is in
    where a file does not say, `commodity` ESPI's CommodityKind of the service."""

    latest: int
    currency: int
    commodity: int


@dataclass
class Batch:
    """Streams of staged readings by their number in the Staging, and bills.

    `service_kind` is ESPI's ServiceKind, None where the file does not say.
    """

    streams: dict[int, ReadingType] = field(default_factory=dict)
    summaries: list[Summary] = field(default_factory=list)
    service_kind: int | None = None
