"""How both APIs let a bearer token in: counted, then looked up, then counted for the third party behind it."""

from django.http import HttpRequest

from wattkeeper.authorizations.access import Caller, identify
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit


def admit(request: HttpRequest, bearer: str) -> Caller | None:
    """The caller behind a token, as `identify` says. Raises TooManyError where token or third party asked too often.

    The token is counted before it is looked up, so that one too many costs no query. One that nobody knows is counted
    for the address it came from, by config.gate, once the answer is 401.
    """
    limits.spend(request, Limit.TOKEN, bearer)
    caller = identify(bearer)
    if caller is not None:
        limits.spend(request, Limit.CLIENT, caller.counted_as)
    return caller
