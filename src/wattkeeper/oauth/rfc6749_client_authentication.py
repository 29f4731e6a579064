"""How a client proves who it is (RFC 6749 section 2.3): by its secret, by a signed assertion, or, public, not at all.

A client has one way, that of its registration. One way is used in a request: two at once are refused, even where both
would do. A secret of an unknown client and a wrong one get the same answer, in the same time.
"""

import base64
import binascii
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error

from wattkeeper.companies.credentials import check_client_secret
from wattkeeper.companies.models import Registration
from wattkeeper.oauth import rfc7523_private_key_jwt
from wattkeeper.oauth.clients import Client, find_client
from wattkeeper.oauth.requests import Request
from wattkeeper.utilities.models import Utility

CHALLENGE = ("WWW-Authenticate", 'Basic realm="Wattkeeper", charset="UTF-8"')
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
CREDENTIALS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
AuthMethod = Registration.AuthMethod


class NotAuthenticatedError(OAuth2Error):
    """RFC 6749 section 5.2 `invalid_client`, with the challenge of RFC 7617."""

    error = "invalid_client"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), CHALLENGE]


def authenticate(utility: Utility, request: Request, *, takes_client_id: bool = False) -> tuple[Client, str]:
    """The client and the method it used. Raises NotAuthenticatedError, or InvalidRequestError for two ways at once.

    A bare client_id beside the header is two ways too, as Green Button's test OAD003 wants, unless the endpoint has a
    parameter of that name.
    """
    header, form = request.headers.get("Authorization", ""), request.form
    if header:
        credentials = _basic(header)
        if credentials is None:
            raise NotAuthenticatedError("Authenticate with HTTP Basic: client_id and client_secret.")
        if form.keys() & (CREDENTIALS - {"client_id"} if takes_client_id else CREDENTIALS):
            raise InvalidRequestError("Send client_id and client_secret in the Authorization header only.")
        return _by_secret(utility, *credentials), "client_secret_basic"
    if "client_assertion" in form or "client_assertion_type" in form:
        if "client_secret" in form:
            raise InvalidRequestError("Send a client_secret or a client_assertion, not both.")
        return _by_assertion(utility, form), "private_key_jwt"
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if client_id and secret:
        return _by_secret(utility, client_id, secret), "client_secret_post"
    client = find_client(utility, client_id) if client_id and not secret else None
    if client is None or not client.registration.is_public:
        raise NotAuthenticatedError(
            "Authenticate with HTTP Basic, with client_id and client_secret in the body, or with a client_assertion."
        )
    return client, "none"


def _by_secret(utility: Utility, client_id: str, secret: str) -> Client:
    client = find_client(utility, client_id)
    is_right = check_client_secret(client.registration if client is not None else None, secret)
    if client is None or not is_right or client.registration.token_endpoint_auth_method != AuthMethod.SECRET:
        raise NotAuthenticatedError("The client_id or the client_secret is wrong.")
    return client


def _by_assertion(utility: Utility, form: dict[str, str]) -> Client:
    try:
        client = rfc7523_private_key_jwt.client_of(utility, form)
    except rfc7523_private_key_jwt.AssertionRefused as refusal:
        raise NotAuthenticatedError(f"The client_assertion is not accepted: {refusal}.") from None
    return client


def _basic(header: str) -> tuple[str, str] | None:
    """Id and secret, each form-decoded after the base64 (section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = decoded.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if client_id and colon and secret else None
