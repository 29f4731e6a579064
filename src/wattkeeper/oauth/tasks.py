"""What the authorization server need not remember any longer: the worker runs this on a schedule."""

from datetime import timedelta

from django.db.models import QuerySet
from django_tasks import task

from wattkeeper.authorizations.models import AuthorizationRequest, Token
from wattkeeper.common import clock, retention
from wattkeeper.oauth.models import UsedAssertion

REPLACED_REFRESH_TOKENS_KEPT = timedelta(days=35)
"""So that a client that comes once a month still finds out that its token was stolen and used before it came."""
AT_ONCE = 5000


@task()
def forget() -> None:
    """Removes client assertions that are refused for their age by now, pushed requests that nobody took up, and tokens
    that are of no use to anybody any longer."""
    present = clock.now()
    UsedAssertion.objects.filter(expires__lte=present).delete()
    AuthorizationRequest.objects.filter(browser_digest="", expires__lte=present).delete()
    kinds = [Token.Kind.ACCESS, Token.Kind.CLIENT, Token.Kind.REGISTRATION, Token.Kind.PERSONAL]
    _delete(Token.objects.filter(kind__in=kinds, expires__lte=present - retention.EXPIRED_TOKENS))
    _delete(Token.objects.filter(kind=Token.Kind.REFRESH, revoked__lte=present - REPLACED_REFRESH_TOKENS_KEPT))


def _delete(tokens: QuerySet[Token]) -> None:
    """Some at a time: whoever waits to write gets a turn."""
    while found := list(tokens.values_list("pk", flat=True)[:AT_ONCE]):
        Token.objects.filter(pk__in=found).delete()
