"""Registrations as OAuth clients: what Authlib's grants ask of a client, answered by a Registration."""

from authlib.oauth2.rfc6749 import ClientMixin

from wattkeeper.common.rows import only
from wattkeeper.companies.models import Registration
from wattkeeper.companies.redirect_uris import is_registered
from wattkeeper.utilities.models import Utility

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


class Client(ClientMixin):
    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_registered(redirect_uri, self.registration.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        """Tokens for the client itself need a client that can prove who it is (RFC 6749 section 4.4)."""
        return grant_type in GRANT_TYPES and not (grant_type == "client_credentials" and self.registration.is_public)


def find_client(utility: Utility, client_id: str) -> Client | None:
    """A utility's client; another utility's is unknown to it, and its own registration is no client."""
    if "\0" in client_id:
        return None
    found = only(Registration.third_parties.filter(client_id=client_id, utility=utility))
    if found is None:
        return None
    found.utility = utility
    return Client(found)
