"""The permission table: every address of the Green Button API, and which classes of token it answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wattkeeper.authorizations.access import TokenClass
from wattkeeper.greenbutton import bulk, customers, resources
from wattkeeper.greenbutton.asking import Feed

Classes = frozenset[TokenClass]

# The JSON API's token reads everything of its company here too (utilityapi-greenbutton.md section 2.6).
DATA: Classes = frozenset({TokenClass.ACCESS, TokenClass.API, TokenClass.PERSONAL})
GRANTS: Classes = frozenset({TokenClass.CLIENT, TokenClass.API})
REGISTRATION: Classes = frozenset({TokenClass.REGISTRATION, TokenClass.API})
USE, BILLS, ACCOUNT = ("intervals",), ("bills",), ("account",)


@dataclass(frozen=True)
class Route:
    """An address under the resource root, who may ask for it, what answers, and the kinds of data in the answer.

    `delete` answers the method of that name, to the same classes of token.
    """

    name: str
    path: str
    classes: Classes
    handler: Callable[..., Feed | bytes]
    shows: tuple[str, ...] = ()
    delete: Callable[..., bytes] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "HEAD") if self.delete is None else ("GET", "HEAD", "DELETE")


POINT = "Subscription/<uuid:subscription>/UsagePoint"
READING = f"{POINT}/<uuid:meter>/MeterReading"
BLOCK = f"{READING}/<uuid:reading>/IntervalBlock"
SUMMARY = f"{POINT}/<uuid:meter>/UsageSummary"
QUALITY = f"{POINT}/<uuid:meter>/ElectricPowerQualitySummary"
RETAIL = "RetailCustomer/<uuid:subscription>"
CUSTOMER = f"{RETAIL}/Customer"
AGREEMENT = f"{CUSTOMER}/<uuid:customer>/CustomerAccount/<uuid:account>/CustomerAgreement"
LOCATION = f"{AGREEMENT}/<uuid:agreement>/ServiceLocation"
TREE = (
    ("customer", CUSTOMER),
    ("account", f"{CUSTOMER}/<uuid:customer>/CustomerAccount"),
    ("agreement", AGREEMENT),
    ("supplier", f"{AGREEMENT}/<uuid:agreement>/ServiceSupplier"),
    ("program", f"{AGREEMENT}/<uuid:agreement>/ProgramDateIdMappings"),
    ("location", LOCATION),
    ("physical-meter", f"{LOCATION}/<uuid:location>/Meter"),
    ("device", f"{LOCATION}/<uuid:location>/EndDevice"),
    ("customer-time", f"{RETAIL}/LocalTimeParameters"),
)


def tree_routes() -> Iterator[Route]:
    """Of each kind in the customer tree the collection and the member."""
    for name, path in TREE:
        part = name.replace("-", "_")
        yield Route(f"{name}s", path, DATA, customers.collection, ACCOUNT)
        yield Route(name, f"{path}/<uuid:{part}>", DATA, customers.member, ACCOUNT)


ROUTES = (
    Route("application", "ApplicationInformation/<uuid:uid>", REGISTRATION, resources.application_information),
    Route("authorizations", "Authorization", GRANTS, resources.authorizations),
    Route(
        "authorization",
        "Authorization/<uuid:uid>",
        GRANTS,
        resources.authorization,
        delete=resources.end_authorization,
    ),
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
    Route("qualities", QUALITY, DATA, resources.power_quality_summaries, USE),
    Route("quality", f"{QUALITY}/<uuid:quality>", DATA, resources.power_quality_summary, USE),
    Route("reading-types", "ReadingType", DATA, resources.reading_types),
    Route("reading-type", "ReadingType/<uuid:uid>", DATA, resources.reading_type),
    Route("local-times", "LocalTimeParameters", DATA, resources.local_times),
    Route("local-time", "LocalTimeParameters/<uuid:uid>", DATA, resources.local_time),
    Route("batch-customer", f"Batch/{RETAIL}", DATA, customers.everything, ACCOUNT),
    Route("retail-customer", RETAIL, DATA, customers.everything, ACCOUNT),
    *tree_routes(),
    # ESPI has the first spelling, summaries of UtilityAPI's the second.
    Route("batch-bulk", "Batch/Bulk/<uuid:bulk>", GRANTS, bulk.energy, USE + BILLS),
    Route("bulk", "Bulk/<uuid:bulk>", GRANTS, bulk.energy, USE + BILLS),
    Route("bulk-customers", "Batch/BulkRetailCustomerInfo/<uuid:bulk>", GRANTS, bulk.customers, ACCOUNT),
)
