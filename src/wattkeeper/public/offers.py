"""What a utility offers, as its docs page shows it: the capability document in words."""

from dataclasses import dataclass

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
    return Offer(_facts(offered), _streams(offered.sandbox_streams))


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


def _streams(streams: list[Stream]) -> Table:
    commodities = {"electricity": _("Electricity"), "gas": _("Gas"), "water": _("Water")}
    rows = [
        [
            Cell(commodities[one.commodity]),
            Cell(one.type, is_code=True),
            Cell(one.unit or "–", is_code=True),
            Cell(_("%(count)s min") % {"count": one.interval_seconds // 60}, is_number=True),
            Cell((one.first_reading or "–")[:10]),
            Cell((one.last_reading or "–")[:10]),
        ]
        for one in streams
    ]
    columns = [_("Service"), _("Type"), _("Unit"), _("Interval"), _("First day"), _("Last day")]
    return Table(_("Readings of the test accounts’ homes"), columns, rows)
