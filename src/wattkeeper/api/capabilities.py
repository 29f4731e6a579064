"""What a utility offers to third parties, read off its row, its sandbox's data and the code that serves it.

No standard has such a document. It saves asking for what a utility cannot give, and finding out from a failed consent.
"""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from wattkeeper.api import units
from wattkeeper.api.schemas import Stamp
from wattkeeper.api.schemas_of_utilities import (
    Capabilities,
    ClassName,
    Commodity,
    DataClass,
    Endpoints,
    History,
    OnDemandReads,
    RequestLimit,
    Scopes,
    SignInMethod,
    Stream,
    TestAccountOffer,
    UtilitySummary,
)
from wattkeeper.api.shapes import Shape
from wattkeeper.authorizations.offers import DEFAULT_HISTORY, LONGEST_HISTORY
from wattkeeper.authorizations.scope import ACCOUNT, BILLS, INTERVALS
from wattkeeper.common import clock
from wattkeeper.common.limits import Limit
from wattkeeper.customers.models import Service, TestAccount
from wattkeeper.readings import coverage
from wattkeeper.readings.models import Channel
from wattkeeper.utilities.models import Utility, World

DAY = 24 * 60 * 60
DATA_CLASSES: dict[ClassName, int] = {"intervals": INTERVALS, "bills": BILLS, "account": ACCOUNT}
COMMODITIES: dict[int, Commodity] = {
    Service.Kind.ELECTRICITY: "electricity",
    Service.Kind.GAS: "gas",
    Service.Kind.WATER: "water",
}
SCOPE_OPTIONS = {
    "sso": ["auth-sso"],
    "code": ["auth-account-{number}", "auth-email-{address}", "auth-phone-{digits}"],
    "bill": [],
    "test": ["auth-test-{username}"],
}
"""What a scope can say of each way to sign in. A bill stands in no scope."""
LIMITS = (Limit.CLIENT, Limit.TOKEN, Limit.ADDRESS)
FORMATS = {
    "json_api": [shape.value for shape in Shape],
    "files": ["text/csv", "application/atom+xml", "application/pdf", "application/zip"],
    "green_button": ["application/atom+xml"],
}
ESPI = "DataCustodian/espi/1_1/resource"
NO_ON_DEMAND_READS = "Not offered yet. The newest readings are those that the utility has delivered."


def summary(utility: Utility) -> UtilitySummary:
    base = settings.BASE_URL
    return UtilitySummary(
        utility=utility.code,
        name=utility.name,
        capabilities_url=f"{base}/api/v2/utilities/{utility.slug}",
        docs_url=f"{base}{reverse('public:utility', args=[utility.slug])}",
    )


def of(utility: Utility) -> Capabilities:
    """Six statements, whatever the utility's size: data is looked at in its sandbox alone."""
    offered = [name for name, block in DATA_CLASSES.items() if block in utility.function_blocks]
    longest = LONGEST_HISTORY.days if utility.max_history_days is None else utility.max_history_days
    return Capabilities(
        **vars(summary(utility)),
        descriptions=utility.descriptions,
        website=utility.website or None,
        support_email=utility.support_email or None,
        support_phone=utility.support_phone or None,
        time_zone=utility.zone_name,
        currency=utility.currency,
        languages=utility.languages,
        function_blocks=utility.function_blocks,
        data_classes=[DataClass(name=name, function_block=DATA_CLASSES[name]) for name in offered],
        history=History(default_days=min(DEFAULT_HISTORY // DAY, longest), longest_days=longest),
        sandbox_streams=_streams(utility),
        sign_in_methods=_sign_in_methods(utility),
        scopes=Scopes(
            example=f"FB={'_'.join(str(DATA_CLASSES[name]) for name in offered)}",
            parameters=["FB", "HistoryLength", "PreferredAuthEndDate", "SubscriptionFrequency", "AdditionalScope"],
            options=["noedit", "meters-all", "historical-{date}", "ongoing-{date}", "sou-{name}"]
            + [option for method in utility.sign_in_methods for option in SCOPE_OPTIONS[method]],
        ),
        on_demand_reads=OnDemandReads(is_available=False, description=NO_ON_DEMAND_READS),
        limits=[
            RequestLimit(name=one, requests=settings.LIMITS[one].amount, seconds=settings.LIMITS[one].get_expiry())
            for one in LIMITS
        ],
        formats=FORMATS,
        endpoints=_endpoints(utility),
        test_accounts=_test_accounts(utility),
    )


def _streams(utility: Utility) -> list[Stream]:
    """What the homes of the test accounts measure: one of each kind, with the time that their readings span."""
    sandbox = utility.worlds.filter(kind=World.Kind.SANDBOX)
    channels = Channel.objects.filter(service__world__in=sandbox).select_related("service")
    kinds: dict[tuple[Commodity, str, str | None, int], list[Channel]] = {}
    for channel in channels.order_by("service__kind", "uom", "flow_direction", "interval_length", "pk"):
        unit, _ = units.unit(channel.uom, channel.multiplier)
        commodity = COMMODITIES[channel.service.kind]
        kinds.setdefault((commodity, units.datapoint_type(channel), unit, channel.interval_length), []).append(channel)
    return [
        Stream(commodity=commodity, type=type_, unit=unit, interval_seconds=length, **_span(found))
        for (commodity, type_, unit, length), found in kinds.items()
    ]


def _span(channels: Iterable[Channel]) -> dict[str, Stamp | None]:
    runs = [tuple(run) for channel in channels for run in channel.coverage]
    if not runs:
        return {"first_reading": None, "last_reading": None}
    moments = (min(start for start, _, _ in runs), max(map(coverage.end, runs)))
    first, last = (clock.from_epoch(moment).isoformat() for moment in moments)
    return {"first_reading": first, "last_reading": last}


def _sign_in_methods(utility: Utility) -> list[SignInMethod]:
    return [
        SignInMethod(
            method=method,
            is_connected=method != "sso" or utility.sign_in_service is not None,
            scope_options=SCOPE_OPTIONS[method],
        )
        for method in utility.sign_in_methods
    ]


def _endpoints(utility: Utility) -> Endpoints:
    base = settings.BASE_URL
    return Endpoints(
        json_api=f"{base}/api/v2",
        openapi=f"{base}/api/v2/openapi.json",
        green_button=f"{base}/{ESPI}",
        oauth_metadata=f"{base}/.well-known/oauth-authorization-server/DataCustodian/{utility.slug}",
        authorize=f"{utility.issuer}/oauth/authorize",
        token=f"{utility.issuer}/oauth/token",
        registration=f"{base}{reverse('public:register', args=[utility.slug])}",
    )


def _test_accounts(utility: Utility) -> list[TestAccountOffer]:
    """Those anybody may sign in as; their passwords are published."""
    found = TestAccount.objects.filter(world__utility=utility, world__kind=World.Kind.SANDBOX).order_by("pk")
    return [
        TestAccountOffer(
            username=one.username, password=one.password, scenario=one.scenario, descriptions=one.descriptions
        )
        for one in found
    ]
