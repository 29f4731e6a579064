"""Every answer that a browser takes back to a client says which server it comes from (RFC 9207): `iss`.

A client of two utilities can so find out that an answer was swapped (RFC 9700 section 4.4).
"""

from django.http import HttpResponse

from wattkeeper.companies.redirect_uris import answered
from wattkeeper.utilities.models import Utility


def redirect_back(utility: Utility, redirect_uri: str, parameters: dict[str, str]) -> HttpResponse:
    """To the client, with the answer appended to what the registered address has in its query (RFC 6749 section
    4.1.2). 302, so that no browser posts to the client what it posted to us (RFC 9700 section 4.12)."""
    to_client = answered(redirect_uri, parameters | {"iss": utility.issuer})
    return HttpResponse(status=302, headers={"Location": to_client})
