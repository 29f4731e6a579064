"""The scope string: `FB=4_16_51;HistoryLength=34128000;AdditionalScope=noedit_auth-test-test_residential`.

Grammar of the Green Button documents (ESPI scope string) with UtilityAPI's terms: `Name=Value` joined by `;`, lists
joined by `_`. Names are matched without regard to case, block 46 is the old number of 51. What nobody here knows -
further parameters, further AdditionalScope options - is ignored, as RFC 6749 section 3.3 allows, because clients
written against other platforms send it; what is known and malformed is refused. Printing is canonical: fixed order,
lists sorted, nothing that was ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

LONGEST = 512
"""Characters of a scope in a request (the final scope has ESPI's String256)."""
LONGEST_FINAL = 256

INTERVALS, BILLS, ACCOUNT, PUSH = 4, 16, 51, 39
DATA_BLOCKS = frozenset({INTERVALS, BILLS, ACCOUNT})
FREQUENCIES = ("billingPeriod", "hourly", "daily", "weekly", "monthly", "seasonal")
LAST_EPOCH = 253370764799
"""9998-12-31T23:59:59Z: a year short of what dates can say, so that the day after can be said too."""

Ends = date | Literal["none"] | None
Method = Literal["sso", "test", "account", "phone", "email", "address"]
METHODS: tuple[Method, ...] = ("sso", "test", "account", "phone", "email", "address")


class ScopeError(ValueError):
    """The scope cannot be read or honoured; `message` says why, to a developer, in English."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class SignIn:
    """How the customer is to sign in (`auth-{method}[-{value}]`); a value that finds nobody is only a wrong guess."""

    method: Method
    value: str = ""


@dataclass(frozen=True)
class Options:
    """AdditionalScope. `historical` and `ongoing` are local days; `ongoing` is the last one shared."""

    noedit: bool = False
    meters_all: bool = False
    historical: Ends = None
    ongoing: Ends = None
    scope_of_use: str | None = None
    member_utility: str | None = None
    sign_in: SignIn | None = None

    def __str__(self) -> str:
        parts = ["noedit"] * self.noedit + ["meters-all"] * self.meters_all
        named = (
            ("historical", self.historical),
            ("ongoing", self.ongoing),
            ("sou", self.scope_of_use),
            ("auth-utility", self.member_utility),
        )
        parts += [f"{name}-{value}" for name, value in named if value is not None]
        if self.sign_in is not None:
            parts.append("-".join(filter(None, ("auth", self.sign_in.method, self.sign_in.value))))
        return "_".join(parts)


@dataclass(frozen=True)
class Scope:
    """A parsed scope. None or empty means: not said.

    `history_length` seconds; `end_date` epoch seconds, 0 until revoked; `frequency` days or a name. The last four
    stand in a final scope: `interval_durations` and `block_duration` in seconds or by name, `account_collection` the
    number of usage points, `bulk_id` the id for the Bulk endpoint.
    """

    blocks: tuple[int, ...]
    history_length: int | None = None
    end_date: int | None = None
    frequency: int | str | None = None
    options: Options = field(default_factory=Options)
    interval_durations: tuple[int | str, ...] = ()
    block_duration: int | str | None = None
    account_collection: int | None = None
    bulk_id: str | None = None

    def __str__(self) -> str:
        parameters = (
            ("FB", _joined(self.blocks)),
            ("IntervalDuration", _joined(self.interval_durations) or None),
            ("BlockDuration", self.block_duration),
            ("HistoryLength", self.history_length),
            ("PreferredAuthEndDate", self.end_date),
            ("SubscriptionFrequency", self.frequency),
            ("AccountCollection", self.account_collection),
            ("BR", self.bulk_id),
            ("AdditionalScope", str(self.options) or None),
        )
        return ";".join(f"{name}={value}" for name, value in parameters if value is not None)


def parse(text: str) -> Scope:
    """The scope a string says. Raises ScopeError."""
    if len(text) > LONGEST:
        raise ScopeError(f"The scope is longer than {LONGEST} characters.")
    if re.search(r"[^\x21\x23-\x5b\x5d-\x7e]", text):
        raise ScopeError("The scope holds a space or another character that a scope cannot have.")
    said: dict[str, object] = {}
    for term in filter(None, text.split(";")):
        name, equals, value = term.partition("=")
        if not equals:
            raise ScopeError(f"'{term}' in the scope is not Name=Value. Is the scope percent-encoded twice?")
        if (known := PARAMETERS.get(name.lower())) is None:
            continue
        attribute, read = known
        if attribute in said:
            raise ScopeError(f"{name} stands twice in the scope.")
        said[attribute] = read(name, value)
    if "blocks" not in said:
        raise ScopeError("The scope has no FB parameter.")
    return Scope(**said)  # type: ignore[arg-type]  # each reader gives its attribute's type


def _joined(items: tuple[object, ...]) -> str:
    return "_".join(map(str, items))


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise ScopeError(f"{name} takes a whole number, not '{value}'.")
    return int(value)


def _blocks(name: str, value: str) -> tuple[int, ...]:
    found = {_number(name, part) for part in value.split("_")}
    return tuple(sorted({ACCOUNT if block == 46 else block for block in found}))


def _moment(name: str, value: str) -> int:
    if (seconds := _number(name, value)) > LAST_EPOCH:
        raise ScopeError(f"{name} takes Unix time in seconds; {value} lies past the year 9998.")
    return seconds


def _duration(name: str, value: str) -> int | str:
    """Seconds or days, above zero, or one of the names."""
    for frequency in FREQUENCIES:
        if value.lower() == frequency.lower():
            return frequency
    if value.isalpha() or not (number := _number(name, value)):
        raise ScopeError(f"{name} takes a number above zero or one of {', '.join(FREQUENCIES)}, not '{value}'.")
    return number


def _durations(name: str, value: str) -> tuple[int | str, ...]:
    found = {_duration(name, part) for part in value.split("_")}
    return tuple(sorted(found, key=lambda duration: (isinstance(duration, str), duration)))


def _bulk_id(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value):
        raise ScopeError(f"{name} takes letters, digits and hyphens, not '{value}'.")
    return value


OPTION = re.compile(
    r"(?:(?P<flag>noedit|meters-all)"
    r"|(?P<end>historical|ongoing)-(?P<day>[^_]*)"
    r"|(?P<sign_in>auth-sso)"
    r"|sou-(?P<sou>.*)"
    rf"|auth-(?P<auth>{'|'.join((*METHODS[1:], 'utility'))})(?:-(?P<value>.*))?"
    r")(?:_.*)?",
    re.DOTALL,
)
STARTS = re.compile(
    r"_(?=(?:noedit|meters-all)(?:_|$)|(?:historical|ongoing|sou)-"
    rf"|auth-(?:{'|'.join((*METHODS, 'utility'))})(?:[-_]|$))"
)


def _options(name: str, value: str) -> Options:
    """Cut where a known option begins, because values hold `_` themselves (`auth-test-test_residential`)."""
    said: dict[str, object] = {}
    for token in STARTS.split(value):
        if (match := OPTION.fullmatch(token)) is None:
            continue
        attribute, meant = _option(name, match)
        if attribute in said:
            raise ScopeError(f"{name} says {attribute.replace('_', ' ')} twice.")
        said[attribute] = meant
    return Options(**said)  # type: ignore[arg-type]


def _option(name: str, match: re.Match[str]) -> tuple[str, object]:
    if flag := match["flag"]:
        return flag.replace("-", "_"), True
    if end := match["end"]:
        return end, _day(name, f"{end}-{match['day']}", match["day"])
    if match["sign_in"]:
        return "sign_in", SignIn("sso")
    if match["sou"] is not None:
        return "scope_of_use", match["sou"] or None
    if match["auth"] == "utility":
        return "member_utility", match["value"] or None
    method = next(known for known in METHODS if known == match["auth"])
    return "sign_in", SignIn(method, match["value"] or "")


def _day(name: str, option: str, value: str) -> Ends:
    if value == "none":
        return "none"
    try:
        return date.fromisoformat(value if len(value) == 10 and value < "9999" else "")
    except ValueError:
        raise ScopeError(f"'{option}' in {name} takes a day as YYYY-MM-DD, or none.") from None


PARAMETERS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "fb": ("blocks", _blocks),
    "historylength": ("history_length", _number),
    "preferredauthenddate": ("end_date", _moment),
    "subscriptionfrequency": ("frequency", _duration),
    "additionalscope": ("options", _options),
    "intervalduration": ("interval_durations", _durations),
    "blockduration": ("block_duration", _duration),
    "accountcollection": ("account_collection", _number),
    "br": ("bulk_id", _bulk_id),
}
