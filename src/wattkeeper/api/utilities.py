"""What each utility offers, open to everyone as the docs are.

The address is new, under the API's own version, so that no client of the original platform meets it unasked, and the
same whichever utility is at hand.
"""

from django.db.models import Q
from django.http import HttpRequest
from ninja import Router

from wattkeeper.api import capabilities
from wattkeeper.api.errors import not_found
from wattkeeper.api.operations import open_answers
from wattkeeper.api.schemas_of_utilities import Capabilities, UtilityListing
from wattkeeper.utilities.models import Utility

router = Router(auth=None)


@router.get("/utilities", response=open_answers(UtilityListing), operation_id="list_utilities")
def list_utilities(request: HttpRequest) -> UtilityListing:
    """The utilities on this platform. No token is needed."""
    return UtilityListing(utilities=[capabilities.summary(one) for one in Utility.objects.order_by("code")])


@router.get("/utilities/{utility}", response=open_answers(Capabilities, 404), operation_id="get_utility")
def get_utility(request: HttpRequest, utility: str) -> Capabilities:
    """What a utility offers: data, history, ways to sign in, scopes, limits, addresses, test accounts. It is made from
    the utility's own settings, so it changes with them. No token is needed."""
    named = Q(slug=utility.lower()) | Q(code=utility)
    found = None if "\0" in utility else Utility.objects.filter(named).order_by("pk").first()
    if found is None:
        raise not_found("No utility here has this name or id.")
    return capabilities.of(found)
