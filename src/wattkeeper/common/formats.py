"""Days, numbers and money as the reader's language writes them in the United States (CLDR, through Babel)."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language

from wattkeeper.common import money


def locale() -> Locale:
    """The United States' form of the active language: English unless that is Spanish."""
    return Locale("es" if (get_language() or "").startswith("es") else "en", "US")


def capital(text: str) -> str:
    """With a capital first letter, as at the beginning of a line."""
    return text[:1].upper() + text[1:]


def day(value: date) -> str:
    """`November 24, 2026`, `24 de noviembre de 2026`."""
    return str(format_date(value, "long", locale=locale()))


def weekday(value: date) -> str:
    """`Tuesday, November 24, 2026`, `martes, 24 de noviembre de 2026`."""
    return str(format_date(value, "full", locale=locale()))


def month(value: date) -> str:
    """`March 2026`, `marzo de 2026`."""
    return str(format_skeleton("yMMMM", value, locale=locale()))


def short_month(value: date) -> str:
    """`Mar`, `mar`."""
    return str(format_date(value, "LLL", locale=locale()))


def short_day(value: date) -> str:
    """`Sun, Mar 8`, `dom, 8 mar`."""
    return str(format_skeleton("MMMEd", value, locale=locale()))


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Date, time and zone: `November 24, 2026, 9:05 AM MST`."""
    return f"{day(value.astimezone(zone).date())}, {time_of_day(value, zone)}"


def time_of_day(value: datetime, zone: ZoneInfo) -> str:
    """`9:00 AM MST`: with the zone, since one day a year has an hour twice."""
    return str(format_datetime(value, "h:mm a z", tzinfo=zone, locale=locale()))


def hour(value: datetime, zone: ZoneInfo) -> str:
    """`6 AM`, `6 a. m.`."""
    return str(format_datetime(value, "h a", tzinfo=zone, locale=locale()))


def number(value: Decimal | int, places: int = 0) -> str:
    """`1,234.5`, in Spanish too (es-US)."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(value, pattern, locale=locale()))


def amount(value: int, currency: str) -> str:
    """Money from integers of 1/100 000 of the currency unit: `$1,234.56`."""
    return str(format_currency(Decimal(value) / money.SCALE, currency, locale=locale()))


def price(value: int, currency: str) -> str:
    """The same for the price of a unit, to the last place it has: `$0.09713`."""
    exact = Decimal(value) / money.SCALE
    return str(format_currency(exact, currency, "¤#,##0.00###", locale=locale(), currency_digits=False))
