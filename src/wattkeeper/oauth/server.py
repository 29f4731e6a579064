"""The authorization server of one utility: Authlib's core, our rows."""

import json
import logging
from collections.abc import Callable
from typing import Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from authlib.oauth2.rfc6749.endpoint import Endpoint
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.oauth.clients import GRANT_TYPES, Client, find_client
from wattkeeper.oauth.requests import Request
from wattkeeper.oauth.rfc6749_authorization_code import AuthorizationCodeGrant
from wattkeeper.oauth.rfc6749_client_authentication import NotAuthenticatedError, authenticate
from wattkeeper.oauth.rfc6749_client_credentials import ClientCredentialsGrant
from wattkeeper.oauth.rfc6749_refresh_token import RefreshTokenGrant
from wattkeeper.oauth.rfc7009_revocation import RevocationEndpoint
from wattkeeper.oauth.rfc7636_pkce import ProofKey
from wattkeeper.oauth.rfc7662_introspection import IntrospectionEndpoint
from wattkeeper.oauth.rfc9126_par import PushedRequestEndpoint
from wattkeeper.oauth.rfc9207_issuer import redirect_back
from wattkeeper.utilities.models import Utility

log = logging.getLogger(__name__)


class UnavailableError(OAuth2Error):
    """Nothing is known of what became of the request (RFC 7009 section 2.2.1)."""

    error = "temporarily_unavailable"
    description = "The request could not be carried out now; please try again."
    status_code = 503


class Server(AuthorizationServer):
    """Made for each request: it knows its utility, and a client is only ever one of that utility's."""

    def __init__(self, utility: Utility) -> None:
        super().__init__()
        self.utility = utility
        self.register_grant(AuthorizationCodeGrant, [ProofKey()])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)
        for endpoint in (RevocationEndpoint, IntrospectionEndpoint, PushedRequestEndpoint):
            self.register_endpoint(endpoint)

    def query_client(self, client_id: str) -> Client | None:
        return find_client(self.utility, client_id)

    def authenticate_client(self, request: Request, methods: object = None, endpoint: str = "token") -> Client:
        """Once for each request: the grants ask again. Introspection is for clients that prove who they are (RFC 7662
        section 2.1)."""
        if request.client is None:
            takes_client_id = endpoint == PushedRequestEndpoint.ENDPOINT_NAME
            request.client, request.auth_method = authenticate(self.utility, request, takes_client_id=takes_client_id)
            if endpoint == IntrospectionEndpoint.ENDPOINT_NAME and request.auth_method == "none":
                raise NotAuthenticatedError("A public client cannot introspect tokens.")
            limits.spend(request.http, Limit.CLIENT, request.client.registration.client_id)
        client: Client = request.client
        return client

    def create_oauth2_request(self, request: HttpRequest | Request) -> Request:
        return request if isinstance(request, Request) else Request(request)

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        """JSON. Authlib's headers keep it out of caches."""
        return HttpResponse(json.dumps(body) if isinstance(body, dict) else body, status=status, headers=dict(headers))

    def handle_error_response(self, request: Request | None, error: OAuth2Error) -> HttpResponse:
        """A redirect to the client where the error carries its address, else JSON."""
        if error.redirect_uri:
            return redirect_back(self.utility, error.redirect_uri, dict(error.get_body()))
        response: HttpResponse = super().handle_error_response(request, error)
        return response

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib tells of authentications; nobody listens."""

    def get_token_grant(self, request: Request) -> Any:
        """The grant, once the client is known: whoever is not learns nothing else (RFC 6749 section 5.2)."""
        self.authenticate_client(request)
        if request.payload.grant_type is None:
            raise InvalidRequestError("Missing 'grant_type' in request.")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError as error:
            error.description = f"The grant_type is one of {', '.join(GRANT_TYPES)}."
            raise

    def answer(self, respond: Callable[[Request], HttpResponse], request: HttpRequest) -> HttpResponse:
        """What Authlib leaves to the caller: a request that cannot be read, and a database that fails. An answer that
        says "done" is only ever given after it was written."""
        try:
            return respond(self.create_oauth2_request(request))
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        except DatabaseError:
            log.exception("%s failed", request.path)
            return self.handle_error_response(None, UnavailableError())

    def answer_endpoint(self, endpoint: type[Endpoint], request: HttpRequest) -> HttpResponse:
        return self.answer(lambda asked: self.create_endpoint_response(endpoint.ENDPOINT_NAME, asked), request)
