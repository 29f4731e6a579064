"""The authorization code grant (RFC 6749 section 4.1): judging the request, issuing the code, redeeming it once.

A code is looked for among the client's own: another client that got hold of it can neither redeem nor spoil it, nor
end what came of it.
"""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as Base
from authlib.oauth2.rfc6749.hooks import hooked
from django.db import transaction

from wattkeeper.authorizations import telling
from wattkeeper.authorizations.models import AuthorizationCode, AuthorizationRequest
from wattkeeper.authorizations.offers import check_askable
from wattkeeper.authorizations.scope import ScopeError, parse
from wattkeeper.common import clock, ids
from wattkeeper.common.rows import only
from wattkeeper.oauth import token_response
from wattkeeper.oauth.clients import Client

CODE_LIFETIME = timedelta(seconds=60)
"""RFC 6749 section 4.1.2 allows ten minutes at most, but a client's server needs seconds."""
LONGEST_STATE = 2048


class UnknownClientError(OAuth2Error):
    """No such client here. 401 as Green Button's test OAD001 wants; never redirected (RFC 6749 section 4.1.2.1)."""

    error = "invalid_client"
    status_code = 401


class UnregisteredRedirectError(OAuth2Error):
    """Not one of the client's addresses. 403: OAD001 wants 401 or 403, and who asks is known. Never redirected."""

    error = "invalid_request"
    status_code = 403


class ResponseTypeError(OAuth2Error):
    """Authlib's own repeats what was asked for, which need not be the ASCII that RFC 6749 section 4.1.2.1 allows."""

    error = "unsupported_response_type"


class RequestNotSupportedError(OAuth2Error):
    """A request object by value (RFC 9101)."""

    error = "request_not_supported"


class RequestUriNotSupportedError(OAuth2Error):
    """One by reference, anywhere but here. Nothing is fetched: an address in a request is somebody else's wish."""

    error = "request_uri_not_supported"


class Code:
    """A row as Authlib reads it."""

    def __init__(self, row: AuthorizationCode) -> None:
        self.row = row
        self.code_challenge = row.request.code_challenge
        self.code_challenge_method = row.request.code_challenge_method

    def get_redirect_uri(self) -> str:
        return self.row.request.redirect_uri


class AuthorizationCodeGrant(Base):
    """Validated whole before anybody signs in. Without a redirect_uri no code is issued: the receipt is the end."""

    @classmethod
    def check_authorization_endpoint(cls, request: Any) -> bool:
        """Always: it is the only grant with this endpoint, and what is wrong must not be said before the client and
        its redirect_uri are known to be right."""
        return True

    def validate_authorization_request(self) -> str:
        """The redirect_uri, or an empty string. Errors carry it only once it is known to be the client's own."""
        payload = self.request.payload
        client = self.request.client
        if client is None and payload.client_id:
            client = self.server.query_client(payload.client_id)
        if client is None:
            raise UnknownClientError("The client_id is missing or unknown.")
        redirect_uri: str = payload.redirect_uri or ""
        if redirect_uri and not client.check_redirect_uri(redirect_uri):
            raise UnregisteredRedirectError("The redirect_uri is not one of the client's.")
        self.request.client = client
        try:
            self.validate_authorization_request_payload(redirect_uri)
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            raise
        return redirect_uri

    @hooked
    def validate_authorization_request_payload(self, redirect_uri: str) -> None:
        payload, registration = self.request.payload, self.request.client.registration
        if "request" in payload.data:
            raise RequestNotSupportedError("Request objects are not supported; push the request to use a reference.")
        if "request_uri" in payload.data:
            raise RequestUriNotSupportedError("The request_uri is one that the pushed authorization endpoint gave out.")
        if payload.response_type is None:
            raise InvalidRequestError("Missing 'response_type' in request.")
        if payload.response_type != "code":
            raise ResponseTypeError("The response_type must be 'code'.")
        if payload.data.get("response_mode", "query") != "query":
            raise InvalidRequestError("The response_mode must be 'query'.")
        if not registration.may_request:
            raise UnauthorizedClientError("The registration may not ask for data at present.")
        if payload.state and ("\0" in payload.state or len(payload.state) > LONGEST_STATE):
            raise InvalidRequestError(f"The state takes at most {LONGEST_STATE} characters and no NUL.")
        try:
            self.request.asked = parse(payload.scope or registration.default_scope)
            check_askable(self.request.asked, registration.utility, clock.now())
        except ScopeError as refusal:
            raise InvalidScopeError(refusal.message) from None

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """The code of this client; one presented again ends every token that came of it (RFC 6749 section 4.1.2)."""
        own = AuthorizationCode.objects.filter(authorization__registration=client.registration)
        found = only(own.filter(digest=ids.digest(code)).select_related("request"))
        if found is not None and found.redeemed is not None:
            token_response.end_family(found.authorization_id, found.family, "code_replayed")
            raise InvalidGrantError("The code was used before; the tokens it gave are revoked.")
        return Code(found) if found is not None else None

    def create_token_response(self) -> tuple[int, token_response.Body, list[tuple[str, str]]]:
        """One conditional UPDATE decides which of several redemptions wins. One under way at the same moment gets
        `invalid_grant` and costs the winner nothing; one that comes later is a replay."""
        code: AuthorizationCode = self.request.authorization_code.row
        unredeemed = AuthorizationCode.objects.filter(pk=code.pk, redeemed__isnull=True, expires__gt=clock.now())
        with transaction.atomic():
            grant = token_response.lock_grant(code.authorization_id)
            if not unredeemed.update(redeemed=clock.now()):
                raise InvalidGrantError("The code has expired or was used before.")
            body = token_response.for_grant(grant, code.family, token_response.Pair(), grant.scope)
            telling.of_client("code_redeemed", grant, family=code.family)
        return 200, body, self.TOKEN_RESPONSE_HEADER


def issue_code(asking: AuthorizationRequest) -> str | None:
    """A code for a granted request; None where one was issued before or the grant is not in force any more."""
    grant, at = asking.authorization, clock.now()
    if grant is None or not grant.is_active(clock.now(grant.world)):
        return None
    code = ids.new_secret()
    with transaction.atomic():
        if not AuthorizationRequest.objects.filter(pk=asking.pk, code_issued__isnull=True).update(code_issued=at):
            return None
        made = AuthorizationCode.objects.create(
            digest=ids.digest(code), request=asking, authorization=grant, created=at, expires=at + CODE_LIFETIME
        )
        telling.of_client("code_issued", grant, request=asking.uid, family=made.family)
    return code
