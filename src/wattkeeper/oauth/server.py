"""The authorization server of one utility: Authlib's core, our rows."""

import json
from typing import Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from django.http import HttpRequest, HttpResponse

from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.companies.models import Registration
from wattkeeper.oauth.clients import GRANT_TYPES, Client, authenticate
from wattkeeper.oauth.requests import Request
from wattkeeper.oauth.rfc6749_authorization_code import AuthorizationCodeGrant
from wattkeeper.oauth.rfc6749_client_credentials import ClientCredentialsGrant
from wattkeeper.oauth.rfc6749_refresh_token import RefreshTokenGrant
from wattkeeper.oauth.rfc7636_pkce import ProofKey
from wattkeeper.utilities.models import Utility


class Server(AuthorizationServer):
    """Made for each request: it knows its utility, and a client is only ever one of that utility's."""

    def __init__(self, utility: Utility) -> None:
        super().__init__()
        self.utility = utility
        self.register_grant(AuthorizationCodeGrant, [ProofKey()])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)

    def query_client(self, client_id: str) -> Client | None:
        if "\0" in client_id:
            return None
        found = Registration.objects.select_related("utility").filter(client_id=client_id, utility=self.utility).first()
        return Client(found) if found is not None else None

    def authenticate_client(self, request: Request, methods: object = None, endpoint: str = "token") -> Client:
        """By HTTP Basic, once for each request: the grants ask again."""
        if request.client is None:
            request.client = authenticate(self.query_client, request)
            limits.spend(request.http, Limit.CLIENT, request.client.registration.client_id)
        client: Client = request.client
        return client

    def create_oauth2_request(self, request: HttpRequest) -> Request:
        return Request(request)

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        """JSON, or a redirect. Authlib's headers keep it out of caches."""
        return HttpResponse(json.dumps(body) if isinstance(body, dict) else body, status=status, headers=dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib tells of authentications; nobody listens."""

    def get_token_grant(self, request: Request) -> Any:
        """The grant, once the client is known: whoever is not learns nothing else (RFC 6749 section 5.2)."""
        repeated = [name for name, values in request.payload.datalist.items() if len(values) > 1]
        if repeated:
            raise InvalidRequestError("A parameter stands twice in the request.")
        self.authenticate_client(request)
        if request.payload.grant_type is None:
            raise InvalidRequestError("Missing 'grant_type' in request.")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError as error:
            error.description = f"The grant_type is one of {', '.join(GRANT_TYPES)}."
            raise

    def answer_token_request(self, request: HttpRequest) -> HttpResponse:
        """What Authlib leaves to the caller: errors of a body that cannot be read and of the client."""
        try:
            response: HttpResponse = self.create_token_response(request)
        except OAuth2Error as error:
            response = self.handle_error_response(None, error)
        return response
