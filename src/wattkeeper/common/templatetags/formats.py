"""Filters for templates: those of `common.formats`, and where a line may break."""

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from wattkeeper.common import formats

register = template.Library()
register.filter("day", formats.day)
register.filter("weekday", formats.weekday)
register.filter("moment", formats.moment)
register.filter("amount", formats.amount)


@register.filter
def with_code(text: str) -> SafeString:
    """Text with what stands between backticks as code."""
    parts = text.split("`")
    pairs = [("<code>{}</code>" if number % 2 else "{}", part) for number, part in enumerate(parts)]
    return mark_safe("".join(format_html(form, part) for form, part in pairs))  # noqa: S308 - each part is escaped


@register.filter
def breakable(address: str) -> SafeString:
    """An address that breaks between its parts where a line is too short for it, rather than inside a word."""
    parts = re.split(r"(?<=[/?&])(?=[^/?&])", address)
    return format_html_join(mark_safe("<wbr>"), "{}", ([part] for part in parts))
