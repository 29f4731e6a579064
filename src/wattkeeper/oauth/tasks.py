"""What the authorization server need not remember any longer: the worker runs this on a schedule."""

from django_tasks import task

from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import clock
from wattkeeper.oauth.models import UsedAssertion


@task()
def forget() -> None:
    """Removes client assertions that are refused for their age by now, and pushed requests that nobody took up."""
    UsedAssertion.objects.filter(expires__lte=clock.now()).delete()
    AuthorizationRequest.objects.filter(browser_digest="", expires__lte=clock.now()).delete()
