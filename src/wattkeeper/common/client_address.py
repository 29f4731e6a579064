"""Where a request came from: to count by and to put on record, never to decide who somebody is."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

HOUSEHOLD_PREFIX = 64
"""Of an IPv6 address: what one household or firm is given, and can choose addresses from at will."""


def client_address(request: HttpRequest) -> str:
    """The IP address of whoever connected to us, or to the first of our own proxies (settings.PROXIES of them).

    Each proxy appends the address it saw to X-Forwarded-For. What stands before those entries the client wrote.
    """
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    if 0 < settings.PROXIES <= len(entries):
        try:
            return str(ipaddress.ip_address(entries[-settings.PROXIES].strip()))
        except ValueError:
            pass  # not what our proxy writes: the connection itself is all that is known
    return str(request.META.get("REMOTE_ADDR", ""))


def neighbourhood(address: str) -> str:
    """What to count by: the address itself, but of an IPv6 address its network, and of an IPv4 one in IPv6 that one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, HOUSEHOLD_PREFIX), strict=False))
