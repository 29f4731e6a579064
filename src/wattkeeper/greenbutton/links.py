"""Absolute addresses of ESPI resources. The same resource is spelled the same wherever it is named."""

from uuid import UUID

from django.conf import settings

RESOURCE = "DataCustodian/espi/1_1/resource"


def resource(*parts: str | UUID) -> str:
    """The address of a resource, e.g. `resource("ReadingType", uid)`."""
    return "/".join((settings.BASE_URL, RESOURCE, *map(str, parts)))
