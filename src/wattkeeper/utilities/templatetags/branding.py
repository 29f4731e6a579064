"""What makes a page a utility's: its accent in the style element, its pages in the links."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from wattkeeper.utilities import branding, tenants

register = template.Library()


@register.filter
def accent_style(accent: str) -> SafeString:
    return mark_safe(branding.style(accent))  # noqa: S308 - made of checked colours alone


@register.simple_tag(takes_context=True)
def site(context: Context, page: str) -> str:
    """The address of a page of the utility that the page at hand is about; short on the utility's own host name."""
    utility, request = context.get("utility"), context.get("request")
    if not utility or (request is not None and tenants.slug_of_host(request) == utility.slug):
        return reverse(f"public:{page}")
    return reverse(f"public:{page}", args=[utility.slug])
