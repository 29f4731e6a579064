"""The scope string: put together from choices, and a granted one explained piece by piece.

Grammar: `FB=4_16_51;HistoryLength=63072000;AdditionalScope=noedit_auth-sso`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BLOCKS: dict[int, str | Promise] = {
    1: _("Common parts of Green Button"),
    2: _("Download My Data"),
    3: _("Connect My Data, which is this"),
    4: _("Use, interval by interval"),
    5: _("Intervals of electricity"),
    6: _("Electric demand"),
    7: _("Net metering"),
    8: _("Energy in both directions"),
    9: _("Meter register values"),
    10: _("Intervals of gas"),
    11: _("Intervals of water"),
    12: _("Cost of each interval"),
    13: _("Security and privacy"),
    14: _("Authorization, the older form"),
    15: _("Summary of use for each bill"),
    16: _("Bills: use and costs for each billing period"),
    17: _("Power quality"),
    18: _("Several meters in one authorization"),
    19: _("Updates with only what is new"),
    27: _("Bill summary with demand and the previous day"),
    28: _("Costs so far in the current billing period"),
    29: _("Temperature"),
    31: _("Authorization by OAuth"),
    32: _("Each resource has its own address"),
    33: _("Management of resources"),
    34: _("Bulk transfer by SFTP"),
    35: _("Bulk transfer by web"),
    36: _("Dynamic registration"),
    37: _("Choosing a span with published-min and published-max"),
    38: _("Data on demand"),
    39: _("Notifications when there is new data"),
    40: _("Authorization on paper"),
    41: _("Reading the registration"),
    44: _("Managing authorizations"),
    46: _("Account details, the older form"),
    51: _("Account details: account number, service address"),
    53: _("Account details in a feed of their own"),
    54: _("Who the customer is"),
    55: _("Where the customer lives"),
    56: _("Account number, and where bills go"),
    57: _("What the customer has agreed with the utility"),
    58: _("Service address"),
    59: _("Who supplies the energy"),
    60: _("Number on the meter"),
    61: _("Other devices at the service address"),
    62: _("Dates of the customer’s programs"),
    64: _("Security and privacy of account details"),
    65: _("Authorization of account details"),
    67: _("Bulk transfer of account details by web"),
    69: _("Notifications when account details change"),
}

PARAMETERS: dict[str, str | Promise] = {
    "HistoryLength": _("How many seconds of history"),
    "PreferredAuthEndDate": _("When sharing ends, in seconds since 1970; 0 means until the customer stops it"),
    "SubscriptionFrequency": _("How often notifications are sent"),
    "AdditionalScope": _("Further options"),
    "AccountCollection": _("How many meters it covers"),
    "BR": _("Number for the Bulk address"),
    "IntervalDuration": _("Interval lengths present, in seconds"),
    "BlockDuration": _("How intervals are grouped"),
}


class Piece(NamedTuple):
    """One part of a scope string, as it was written, and what it means."""

    written: str
    meaning: str | Promise


@dataclass(frozen=True)
class Wish:
    """What a third party would like to be granted; None and empty mean: leave it out, the default applies."""

    blocks: tuple[int, ...]
    history_length: int | None = None  # seconds
    end_date: int | None = None  # epoch seconds, 0 = until the customer stops it
    frequency: str = ""
    options: tuple[str, ...] = ()  # AdditionalScope values

    def __str__(self) -> str:
        pieces = [
            ("FB", _joined(self.blocks)),
            ("HistoryLength", self.history_length),
            ("PreferredAuthEndDate", self.end_date),
            ("SubscriptionFrequency", self.frequency),
            ("AdditionalScope", _joined(self.options)),
        ]
        return ";".join(f"{name}={value}" for name, value in pieces if value not in {None, ""})


def dated(name: str, kind: str, day: date | None) -> str:
    """`historical-2025-01-31`, `historical-none`, or nothing; `kind` is `date`, `none` or empty."""
    if kind == "date" and day:
        return f"{name}-{day.isoformat()}"
    return f"{name}-none" if kind == "none" else ""


def blocks(scope: str) -> set[int]:
    """The function blocks a scope string names."""
    return {int(number) for number in _values(scope).get("FB", "").split("_") if number.isdecimal()}


def explain(scope: str) -> list[Piece]:
    """Every block and parameter of a scope string in plain words; unknown ones are kept and said to be unknown."""
    pieces = [
        Piece(f"FB {number}", BLOCKS.get(number, _("Not known to this website"))) for number in sorted(blocks(scope))
    ]
    for name, value in _values(scope).items():
        if name != "FB":
            pieces.append(Piece(f"{name}={value}", PARAMETERS.get(name, _("Not known to this website"))))
    return pieces


def _values(scope: str) -> dict[str, str]:
    return {name: value for name, _, value in (piece.partition("=") for piece in scope.split(";")) if name}


def _joined(values: Iterable[object]) -> str:
    return "_".join(str(value) for value in values)
