"""From a judged authorization request to the row that is stored of it, whether a browser or a client brings it."""

from typing import Any

from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.oauth.requests import Request


def as_stored(request: Request) -> dict[str, Any]:
    """What `lifecycle.open_request` takes of a request that the authorization code grant has judged."""
    parameters = request.payload.data
    return {
        "door": AuthorizationRequest.Door.OAUTH,
        "scope": request.asked,
        "redirect_uri": parameters.get("redirect_uri", ""),
        "state": parameters.get("state", ""),
        "code_challenge": parameters.get("code_challenge", ""),
        "code_challenge_method": parameters.get("code_challenge_method", ""),
        "forces_sign_in": parameters.get("prompt") == "on",
    }
