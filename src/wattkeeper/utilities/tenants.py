"""Which utility a page is about where its address does not say."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.functional import SimpleLazyObject

from wattkeeper.utilities.models import Utility


def slug_of_host(request: HttpRequest) -> str:
    """The part of addresses of the utility whose own host name was asked; empty on every other host."""
    hosts: dict[str, str] = settings.TENANT_HOSTS
    try:
        return hosts.get(split_domain_port(request.get_host())[0], "")
    except DisallowedHost:  # the page that says so has a frame too
        return ""


def at_hand(request: HttpRequest) -> Utility | None:
    """The utility whose own host name was asked, else the only one there is."""
    if slug := slug_of_host(request):
        return Utility.objects.filter(slug=slug).first()
    found = list(Utility.objects.order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def context(request: HttpRequest) -> dict[str, object]:
    """For every page, unless its view says whose page it is: the utility at hand, looked for when it is shown."""
    return {"utility": SimpleLazyObject(lambda: at_hand(request))}
