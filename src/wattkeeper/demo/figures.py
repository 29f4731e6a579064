"""Numbers, dates and times as the visitor's language writes them (en-US, es-US)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language

from wattkeeper.demo.zone import LocalTime


def _locale() -> str:
    return "es_US" if (get_language() or "").startswith("es") else "en_US"


def kwh(watt_hours: Decimal, least: int = 2) -> str:
    """Watt-hours as kWh, exactly: no more places than the number has, but at least so many."""
    return volume(watt_hours / 1000, "kwh", least)


def volume(amount: Decimal, unit: str, least: int = 0) -> str:
    """As `kwh`, of any unit."""
    pattern = f"#,##0.{'0' * least}{'#' * (12 - least)}"
    return f"{format_decimal(amount, pattern, _locale())} {'kWh' if unit == 'kwh' else unit}".strip()


def places(amounts: Iterable[Decimal]) -> int:
    """The decimal places that show each of these exactly, so that a column of them can be compared."""
    return max([0, *(-int(amount.normalize().as_tuple().exponent) for amount in amounts)])


def money(amount: Decimal) -> str:
    return str(format_currency(amount, "USD", locale=_locale()))


def count(number: int) -> str:
    return str(format_decimal(number, locale=_locale()))


def day(value: date) -> str:
    return str(format_date(value, "long", _locale()))


def day_with_weekday(value: date) -> str:
    return str(format_date(value, "full", _locale()))


def short_day(value: date) -> str:
    return str(format_date(value, "medium", _locale()))


def month(value: date) -> str:
    pattern = "MMMM 'de' yyyy" if _locale() == "es_US" else "MMMM yyyy"
    return str(format_date(value, pattern, _locale()))


def short_month(value: date) -> str:
    return str(format_date(value, "LLL", _locale()))


def clock(moment: int, zone: LocalTime) -> str:
    return str(format_time(zone.local(moment), "short", locale=_locale()))


def hour(moment: int, zone: LocalTime) -> str:
    return str(format_time(zone.local(moment), "h a", locale=_locale()))


def utc_offset(moment: int, zone: LocalTime) -> str:
    """`UTC−7`, `UTC+5:30`."""
    minutes = zone.offset(moment) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
