"""Days that travel as text: `2026-03-10` as the reader's language writes it."""

from datetime import date

from django import template

from wattkeeper.common import formats

register = template.Library()


@register.filter
def iso_day(value: str) -> str:
    return formats.day(date.fromisoformat(value))
