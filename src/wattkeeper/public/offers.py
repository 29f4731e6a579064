"""What a utility offers, as its docs page shows it: the capability document in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from wattkeeper.api import capabilities
from wattkeeper.api.schemas_of_utilities import Capabilities, Stream
from wattkeeper.common.pages import Cell, Table
from wattkeeper.utilities.models import Utility


@dataclass(frozen=True)
class Offer:
    """Facts in pairs, and what the homes of the test accounts measure."""

    facts: list[tuple[str, str]]
    streams: Table


def told(utility: Utility) -> Offer:
    offered = capabilities.of(utility)
    return Offer(_facts(offered), _streams(offered.sandbox_streams, utility.zone))


def _facts(offered: Capabilities) -> list[tuple[str, str]]:
    names = {"intervals": _("Readings"), "bills": _("Bills"), "account": _("Account details")}
    days = _("%(count)s days")
    return [
        (
            _("Data to ask for"),
            ", ".join(f"{names[one.name]} (FB {one.function_block})" for one in offered.data_classes),
        ),
        (_("Function blocks served"), ", ".join(map(str, offered.function_blocks)) or _("none")),
        (_("History, where a scope does not say"), days % {"count": offered.history.default_days}),
        (_("History, at most"), days % {"count": offered.history.longest_days}),
        (_("Currency"), offered.currency),
        (_("Scope for everything"), offered.scopes.example),
    ]


def _streams(streams: list[Stream], zone: ZoneInfo) -> Table:
    commodities = {"electricity": _("Electricity"), "gas": _("Gas"), "water": _("Water")}
    rows = [
        [
            Cell(commodities[one.commodity]),
            Cell(one.type, is_code=True),
            Cell(one.unit or "–", is_code=True),
            Cell(_("%(count)s min") % {"count": one.interval_seconds // 60}),
            Cell(_day(one.first_reading, zone)),
            Cell(_day(one.last_reading, zone, timedelta(seconds=1))),
        ]
        for one in streams
    ]
    columns = [_("Service"), _("Type"), _("Unit"), _("Interval"), _("First day"), _("Last day")]
    return Table(_("Readings of the test accounts’ homes"), columns, rows)


def _day(stamp: str | None, zone: ZoneInfo, before: timedelta = timedelta(0)) -> str:
    """The local day of a moment, or of one shortly before it: an end at midnight is of the day that ends."""
    return (datetime.fromisoformat(stamp) - before).astimezone(zone).date().isoformat() if stamp else "–"
