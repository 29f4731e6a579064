"""Registrations as OAuth clients, and how they authenticate: HTTP Basic alone (RFC 6749 section 2.3.1)."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError, OAuth2Error

from wattkeeper.companies.credentials import check_client_secret
from wattkeeper.companies.models import Registration
from wattkeeper.oauth.requests import Request

REALM = ("WWW-Authenticate", 'Basic realm="Wattkeeper", charset="UTF-8"')
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


class NotAuthenticatedError(OAuth2Error):
    """RFC 6749 section 5.2 `invalid_client`, with the challenge of RFC 7617."""

    error = "invalid_client"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), REALM]


class Client(ClientMixin):
    """What Authlib's grants ask of a client, answered by a Registration."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compared as strings, character by character (RFC 9700 section 2.1)."""
        return redirect_uri in self.registration.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return check_client_secret(self.registration, client_secret)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in GRANT_TYPES


def authenticate(query_client: Callable[[str], Client | None], request: Request) -> Client:
    """The client whose id and secret stand in the Authorization header.

    Raises NotAuthenticatedError, or InvalidRequestError for credentials in the body beside the header: two ways at
    once, which section 2.3 forbids. A bare client_id there is refused too, as Green Button's test OAD003 wants.
    """
    credentials = _basic(request.headers.get("Authorization", ""))
    if credentials is None:
        raise NotAuthenticatedError("Authenticate with HTTP Basic: client_id and client_secret.")
    if {"client_id", "client_secret"} & request.form.keys():
        raise InvalidRequestError("Send client_id and client_secret in the Authorization header only.")
    client = query_client(credentials[0])
    if client is None or not client.check_client_secret(credentials[1]):
        raise NotAuthenticatedError("The client_id or the client_secret is wrong.")
    return client


def _basic(header: str) -> tuple[str, str] | None:
    """Id and secret, each form-decoded after the base64 (section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, colon, secret = decoded.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if client_id and colon and secret else None
