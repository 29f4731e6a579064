"""What a client needs to know of our two APIs as protected resources (RFC 9728): who gives out tokens for them."""

from django.conf import settings
from django.urls import reverse

from wattkeeper.utilities.models import Utility

GREEN_BUTTON, JSON_API = "DataCustodian/espi/1_1/resource", "api/v2"
RESOURCES = {GREEN_BUTTON: "public:greenbutton", JSON_API: "public:api"}
"""Path of each resource, and the name of its docs page."""


def metadata(path: str) -> dict[str, object]:
    """Section 2. Every utility here is an issuer of tokens for both."""
    name = {GREEN_BUTTON: "Green Button API", JSON_API: "JSON API"}[path]
    return {
        "resource": f"{settings.BASE_URL}/{path}",
        "resource_name": name,
        "authorization_servers": [utility.issuer for utility in Utility.objects.order_by("pk")],
        "bearer_methods_supported": ["header"],
        "resource_documentation": settings.BASE_URL + reverse(RESOURCES[path]),
    }
