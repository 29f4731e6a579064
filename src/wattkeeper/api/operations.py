"""What every operation of the JSON API has, whichever module it stands in."""

from typing import Any

from django.http import HttpRequest

from wattkeeper.api import schemas
from wattkeeper.authorizations.access import Caller


class ApiRequest(HttpRequest):
    """A request that `auth` let in."""

    auth: Caller


def answers(model: Any, *statuses: int) -> dict[Any, Any]:
    """What an operation can answer with, for the API document."""
    return {200: model, frozenset({400, 401, 403, 405, 413, 414, 429, 431, 500, *statuses}): schemas.Error}
