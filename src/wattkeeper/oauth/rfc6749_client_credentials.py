"""Client credentials (RFC 6749 section 4.4): ESPI's client_access_token and registration_access_token.

Which one is told by the scope, as Green Button's test suite asks for them: `FB=36_40` (block 36: registration) gives a
registration token, which opens the client's ApplicationInformation; no scope, or blocks that the utility serves, gives
a client token, which opens Authorizations and the Bulk resource. Either lives an hour: the client can ask again.
"""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as Base

from wattkeeper.authorizations.final_scope import client_scope
from wattkeeper.authorizations.models import Token
from wattkeeper.authorizations.scope import Scope, ScopeError, parse
from wattkeeper.companies.models import Registration
from wattkeeper.oauth import token_response

REGISTRATION_BLOCKS = {36, 40}
OLD_BLOCKS = {14}
"""Block 14 became 31; clients set up long ago still name it."""


class ClientCredentialsGrant(Base):
    def validate_requested_scope(self) -> None:
        registration: Registration = self.request.client.registration
        if not registration.may_request:
            raise UnauthorizedClientError("The registration may not ask for data at present.")
        try:
            asked = set(parse(self.request.payload.scope).blocks) if self.request.payload.scope else set()
        except ScopeError as refusal:
            raise InvalidScopeError(refusal.message) from None
        self.is_for_registration = 36 in asked
        allowed = REGISTRATION_BLOCKS if 36 in asked else set(registration.utility.function_blocks) | OLD_BLOCKS
        if not asked <= allowed:
            raise InvalidScopeError("The scope names function blocks that this client cannot have.")

    def create_token_response(self) -> tuple[int, token_response.Body, list[tuple[str, str]]]:
        registration: Registration = self.request.client.registration
        if self.is_for_registration:
            kind, resource = Token.Kind.REGISTRATION, "ApplicationInformation"
            scope = str(Scope(tuple(sorted(REGISTRATION_BLOCKS))))
        else:
            kind, resource, scope = Token.Kind.CLIENT, "Batch/Bulk", client_scope(registration.utility)
        return 200, token_response.for_client(kind, registration, scope, resource), self.TOKEN_RESPONSE_HEADER
