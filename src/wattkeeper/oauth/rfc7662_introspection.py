"""A client asks what one of its own tokens is still good for (RFC 7662).

Of any other token, and of one that is over for whatever reason, it learns `{"active": false}` and nothing else.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as Base

from wattkeeper.authorizations import tokens
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock
from wattkeeper.oauth.clients import Client


class IntrospectionEndpoint(Base):
    def authenticate_token(self, request: Any, client: Client) -> Token | None:
        """The client's token, if it is in force, and its grant with it."""
        if "token" not in request.form:
            raise InvalidRequestError("Missing 'token' in request.")
        token = tokens.find(request.form["token"])
        if token is None or token.registration_id != client.registration.pk or not client.registration.may_request:
            return None
        grant = token.authorization
        return token if grant is None or grant.is_active(clock.now(grant.world)) else None

    def create_introspection_payload(self, token: Token | None) -> dict[str, object]:
        """Section 2.2. The subject is the grant: nothing that tells two third parties of the same customer."""
        if token is None or token.registration is None:
            return {"active": False}
        body: dict[str, object] = {
            "active": True,
            "client_id": token.registration.client_id,
            "scope": token.scope,
            "iat": clock.epoch(token.created),
            "iss": self.server.utility.issuer,
        }
        if token.kind != Token.Kind.REFRESH:
            body |= {"token_type": "Bearer"}
        if token.authorization is not None:
            body["sub"] = str(token.authorization.uid)
        if token.expires is not None:
            body["exp"] = clock.epoch(token.expires)
        return body
