"""The permission table: every address of the Green Button API, and which classes of token it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from wattkeeper.authorizations.access import TokenClass
from wattkeeper.greenbutton import resources
from wattkeeper.greenbutton.resources import Feed

Classes = frozenset[TokenClass]

# The JSON API's token reads everything of its company here too (utilityapi-greenbutton.md section 2.6).
DATA: Classes = frozenset({TokenClass.ACCESS, TokenClass.API, TokenClass.PERSONAL})
GRANTS: Classes = frozenset({TokenClass.CLIENT, TokenClass.API})
USE, BILLS = ("intervals",), ("bills",)
REGISTRATION: Classes = frozenset({TokenClass.REGISTRATION, TokenClass.API})


@dataclass(frozen=True)
class Route:
    """An address under the resource root, who may ask for it, what answers, and the kinds of data in the answer."""

    name: str
    path: str
    classes: Classes
    handler: Callable[..., Feed | bytes]
    shows: tuple[str, ...] = ()


POINT = "Subscription/<uuid:subscription>/UsagePoint"
READING = f"{POINT}/<uuid:meter>/MeterReading"
BLOCK = f"{READING}/<uuid:reading>/IntervalBlock"
SUMMARY = f"{POINT}/<uuid:meter>/UsageSummary"

ROUTES = (
    Route("application", "ApplicationInformation/<uuid:uid>", REGISTRATION, resources.application_information),
    Route("authorizations", "Authorization", GRANTS, resources.authorizations),
    Route("authorization", "Authorization/<uuid:uid>", GRANTS, resources.authorization),
    Route("batch", "Batch/Subscription/<uuid:subscription>", DATA, resources.batch, USE + BILLS),
    Route("batch-points", f"Batch/{POINT}", DATA, resources.batch_usage_points, USE + BILLS),
    Route("batch-point", f"Batch/{POINT}/<uuid:meter>", DATA, resources.batch_usage_point, USE + BILLS),
    Route("points", POINT, DATA, resources.usage_points),
    Route("point", f"{POINT}/<uuid:meter>", DATA, resources.usage_point),
    Route("readings", READING, DATA, resources.meter_readings),
    Route("reading", f"{READING}/<uuid:reading>", DATA, resources.meter_reading),
    Route("blocks", BLOCK, DATA, resources.interval_blocks, USE),
    Route("block", f"{BLOCK}/<uuid:block>", DATA, resources.interval_block, USE),
    Route("summaries", SUMMARY, DATA, resources.usage_summaries, BILLS),
    Route("summary", f"{SUMMARY}/<uuid:summary>", DATA, resources.usage_summary, BILLS),
    Route("reading-types", "ReadingType", DATA, resources.reading_types),
    Route("reading-type", "ReadingType/<uuid:uid>", DATA, resources.reading_type),
    Route("local-times", "LocalTimeParameters", DATA, resources.local_times),
    Route("local-time", "LocalTimeParameters/<uuid:uid>", DATA, resources.local_time),
)
