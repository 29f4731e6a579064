"""Pushed authorization requests (RFC 9126): the client stores its request here first, server to server.

The browser then carries a reference to it and nothing else, so what is asked for can be neither read nor changed on
the way. The reference is 256 random bits; it waits 90 seconds, and the first browser that presents it has the request.
"""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc6749.endpoint import Endpoint

from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import ids
from wattkeeper.oauth.asking import as_stored
from wattkeeper.oauth.clients import find_client
from wattkeeper.oauth.requests import Request
from wattkeeper.oauth.rfc6749_authorization_code import UnknownClientError
from wattkeeper.utilities.models import Utility

PREFIX = "urn:ietf:params:oauth:request_uri:"


class InvalidRequestUriError(OAuth2Error):
    """Never redirected: where to would stand in the request that is not there."""

    error = "invalid_request_uri"


class PushedRequestEndpoint(Endpoint):
    ENDPOINT_NAME = "pushed_authorization_request"

    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        """Section 2: judged as if a browser had brought it; errors are JSON."""
        client = self.server.authenticate_client(request, endpoint=self.ENDPOINT_NAME)
        if (request.payload.client_id or client.registration.client_id) != client.registration.client_id:
            raise InvalidRequestError("The client_id is another client's.")
        try:
            self.server.get_consent_grant(request)
        except OAuth2Error as error:
            error.redirect_uri, error.state, error.status_code = None, None, 400
            raise
        reference = ids.new_secret()
        lifecycle.open_request(client.registration, reference=reference, **as_stored(request))
        body = {"request_uri": PREFIX + reference, "expires_in": int(lifecycle.PUSHED_LIFETIME.total_seconds())}
        return 201, body, [("Content-Type", "application/json"), ("Cache-Control", "no-store")]


def is_pushed(request: Request) -> bool:
    return request.payload.data.get("request_uri", "").startswith(PREFIX)


def take_up(utility: Utility, request: Request, browser: str) -> AuthorizationRequest:
    """The request behind a reference, now this browser's. What else the address says is not read (section 4).

    Raises UnknownClientError, or InvalidRequestUriError for a reference of another client, used before, or expired.
    """
    parameters = request.payload.data
    client = find_client(utility, parameters.get("client_id", ""))
    if client is None:
        raise UnknownClientError("The client_id is missing or unknown.")
    try:
        return lifecycle.take_up(parameters["request_uri"].removeprefix(PREFIX), client.registration, browser)
    except lifecycle.RequestUnknown:
        raise InvalidRequestUriError("The request_uri is unknown, was used before, or has expired.") from None
