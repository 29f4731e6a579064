"""`{{ utility.accent|accent_style }}` inside a page's style element."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from wattkeeper.utilities import branding

register = template.Library()


@register.filter
def accent_style(accent: str) -> SafeString:
    return mark_safe(branding.style(accent))  # noqa: S308 - made of checked colours alone
