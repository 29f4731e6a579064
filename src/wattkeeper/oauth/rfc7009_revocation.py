"""A client gives back a token it no longer needs (RFC 7009).

A refresh token goes with everything that came of its code, an access token alone; the customer's authorization stays,
which only the customer, the company or the utility ends. Another client's token is as unknown as any: it is left as it
is, and the answer is the same.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint as Base
from django.db import transaction

from wattkeeper.authorizations import telling
from wattkeeper.authorizations.models import Token
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration
from wattkeeper.companies.telling import itself, of_registration
from wattkeeper.oauth import token_response
from wattkeeper.oauth.clients import Client


class RevocationEndpoint(Base):
    def authenticate_token(self, request: Any, client: Client) -> Token | None:
        """The client's token, also one that is over. Where it is looked for needs no hint (section 2.1)."""
        if "token" not in request.form:
            raise InvalidRequestError("Missing 'token' in request.")
        own = Token.objects.filter(registration=client.registration, digest=ids.digest(request.form["token"]))
        return own.select_related("authorization__registration__utility").first()

    def revoke_token(self, token: Token, request: Any) -> None:
        if token.kind == Token.Kind.REFRESH and token.authorization_id is not None:
            token_response.end_family(token.authorization_id, token.family, "tokens_given_back")
            return
        with transaction.atomic():
            if Token.objects.filter(pk=token.pk, revoked__isnull=True).update(revoked=clock.now()):
                _tell(token, request.client.registration)


def _tell(token: Token, client: Registration) -> None:
    if token.authorization is not None:
        telling.of_client("token_given_back", token.authorization, family=token.family)
    else:
        of_registration("token_given_back", client, itself(client), kind=token.kind)
