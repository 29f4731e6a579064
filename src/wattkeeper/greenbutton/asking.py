"""What a handler of the Green Button API is given, and what it gives back."""

from collections.abc import Iterable
from dataclasses import dataclass

from wattkeeper.authorizations.access import Caller
from wattkeeper.authorizations.reads import Look
from wattkeeper.greenbutton.atom import USAGE, Schema
from wattkeeper.greenbutton.parameters import Query


@dataclass(frozen=True)
class Ask:
    """Who asks at which address, with which token, for which entries, and how that is told to the audit trail."""

    caller: Caller
    bearer: str
    query: Query
    look: Look
    href: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed's title, which is also the kind of its self link, and its entries in order."""

    title: str
    entries: Iterable[bytes]
    schema: Schema = USAGE
