"""Refreshing (RFC 6749 section 6): both tokens are replaced, and a replaced one presented again ends the family.

An answer can get lost on its way, and a client can ask twice at once. So for half a minute the token replaced last
gives the very pair that replaced it, as long as that is not replaced itself: never a second one beside it. For that
the new secrets are derived from the old one, which only its holder has, with the server's own key; nothing is kept in
clear. A thief inside that time still needs the client's secret, and of two holders the second to refresh ends it all,
which is how RFC 9700 section 4.14.2 wants replay found.

A refresh may ask for less than was granted. Its access token then opens less; the refresh token keeps the whole.
"""

from datetime import timedelta

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as Base
from django.db import transaction
from django.utils.crypto import salted_hmac

from wattkeeper.authorizations import telling, tokens
from wattkeeper.authorizations.final_scope import narrowed
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.authorizations.scope import ScopeError, parse
from wattkeeper.common import clock, ids
from wattkeeper.common.rows import only
from wattkeeper.oauth import token_response
from wattkeeper.oauth.clients import Client
from wattkeeper.oauth.token_response import Body, Pair

GRACE = timedelta(seconds=30)


class RefreshTokenGrant(Base):
    def _validate_request_token(self, client: Client) -> Token:
        """The client's refresh token, in force or not: what a replay means is decided under the lock."""
        presented = self.request.form.get("refresh_token")
        if presented is None:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        own = Token.objects.filter(kind=Token.Kind.REFRESH, registration=client.registration)
        found = only(own.filter(digest=ids.digest(presented)).select_related("authorization"))
        if found is None:
            raise InvalidGrantError("The refresh token is unknown.")
        return found

    def _validate_token_scope(self, token: Token) -> None:
        """Nothing, less than was granted, or what was once asked for: many client libraries repeat that at every
        refresh, whatever the customer made of it or of a later request, and get what is granted."""
        text, grant = self.request.payload.scope, token.authorization
        assert grant is not None
        self.scope = grant.scope
        if text is None:
            return
        try:
            wanted = parse(text)
            if str(wanted) != grant.scope and not _was_asked_for(grant, str(wanted)):
                self.scope = str(narrowed(parse(grant.scope), wanted))
        except ScopeError as refusal:
            raise InvalidScopeError(refusal.message) from None

    def create_token_response(self) -> tuple[int, Body, list[tuple[str, str]]]:
        """One conditional UPDATE decides who rotates. What ends the family is written though the answer is an error."""
        presented: Token = self.request.refresh_token
        assert presented.authorization_id is not None
        pair = _successors(self.request.form["refresh_token"], presented)
        in_force = Token.objects.filter(
            authorization=presented.authorization_id, family=presented.family, revoked__isnull=True
        )
        with transaction.atomic():
            grant = token_response.lock_grant(presented.authorization_id)
            if in_force.filter(pk=presented.pk).update(revoked=clock.now()):
                in_force.filter(kind=Token.Kind.ACCESS).update(revoked=clock.now())
                body: Body | None = token_response.for_grant(grant, presented.family, pair, self.scope)
                telling.of_client("token_refreshed", grant, family=presented.family, blocks=parse(self.scope).blocks)
            else:
                body = _answer_again(grant, presented, pair)
            if body is None:
                token_response.end_locked_family(grant, presented.family, "refresh_token_replayed")
        if body is None:
            raise InvalidGrantError("The refresh token was used before; the tokens that came of it are revoked.")
        return 200, body, self.TOKEN_RESPONSE_HEADER


def _was_asked_for(grant: Authorization, scope: str) -> bool:
    return scope == grant.requested_scope or grant.requests.filter(scope=scope).exists()


def _successors(secret: str, token: Token) -> Pair:
    """The access and refresh token that replace this one, always the same."""

    def derived(kind: Token.Kind) -> str:
        return salted_hmac(f"wattkeeper.{kind}", f"{token.family}.{secret}", algorithm="sha256").hexdigest()

    return Pair(derived(Token.Kind.ACCESS), derived(Token.Kind.REFRESH))


def _answer_again(grant: Authorization, replaced: Token, pair: Pair) -> Body | None:
    """The pair already given for a token, if that was a moment ago and the pair is in force."""
    replaced.refresh_from_db(fields=["revoked"])
    if replaced.revoked is None or replaced.revoked <= clock.now() - GRACE:
        return None
    access, refresh = tokens.find(pair.access), tokens.find(pair.refresh)
    if access is None or access.expires is None or refresh is None:
        return None
    return token_response.body(grant, pair, access.scope, access.expires - clock.now())
