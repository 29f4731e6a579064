"""Plain words for what can go wrong, and what to do next."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wattkeeper.demo.platform import PlatformError


class Explanation(NamedTuple):
    what: str | Promise
    next_step: str | Promise


# RFC 6749 section 4.1.2.1, and section 5.2 where the token endpoint answers.
OAUTH = {
    "access_denied": Explanation(
        _("The customer chose not to share. Nothing was given to us."),
        _("That is their good right. Ask again only if they want you to."),
    ),
    "invalid_scope": Explanation(
        _("The utility could not read the scope, or supports nothing of what it names."),
        _("Make a new link with fewer options, and compare the scope with the utility’s documentation."),
    ),
    "invalid_request": Explanation(
        _("Something is missing from the link, or stands in it twice."),
        _("Make a new link here instead of changing one by hand."),
    ),
    "unauthorized_client": Explanation(
        _("This client may not ask for authorizations now. It may be suspended or not yet approved."),
        _("Look at the client’s status in your settings at the platform."),
    ),
    "unsupported_response_type": Explanation(
        _("The link asks for an answer of a kind the utility does not give. Only response_type=code works."),
        _("Make a new link here instead of changing one by hand."),
    ),
    "server_error": Explanation(
        _("The platform had a fault of its own."), _("Try again in a few minutes. Nothing was shared.")
    ),
    "temporarily_unavailable": Explanation(
        _("The platform is busy or being worked on."), _("Try again in a few minutes. Nothing was shared.")
    ),
    "invalid_client": Explanation(
        _("The platform does not know this client id with this secret."),
        _("Copy both again from your settings. A secret that was replaced stops working at once."),
    ),
    "invalid_grant": Explanation(
        _("The code or refresh token is used up, too old, or its authorization has ended."),
        _("Start again with a new link."),
    ),
}
READING = {
    "token_expired": Explanation(
        _("The access token has run out. They live for one hour."), _("Press Refresh to get a new one.")
    ),
    "unreachable": Explanation(
        _("The platform did not answer."), _("See that it is running, then load this page again.")
    ),
    "foreign_address": Explanation(
        _("The platform named an address that is not its own. A token is never sent there."),
        _("Start the demo with the same platform address as the platform has in its own settings."),
    ),
    "too_large": Explanation(_("The answer was too large to show here."), _("Choose a shorter period.")),
    "not_json": Explanation(
        _("The answer was not the JSON that was expected."), _("Look at it under “What just happened”.")
    ),
    "unexpected_shape": Explanation(
        _("The answer lacks something this website needs."), _("Look at it under “What just happened”.")
    ),
    "feed_refused": Explanation(
        _("The feed is not one a careful reader goes on with."), _("Look at it under “What just happened”.")
    ),
}
BY_STATUS = {
    401: Explanation(
        _("The platform did not accept the access token. It has run out, or the customer stopped sharing."),
        _("Press Refresh. If that fails too, start again with a new link."),
    ),
    403: Explanation(
        _("The token is good, but not for this: the customer did not share it, or it is of another class."),
        _("Compare the granted scope with what was asked for."),
    ),
    404: Explanation(
        _("There is nothing at this address that this token may see."),
        _("Compare the granted scope with what was asked for."),
    ),
    429: Explanation(_("Too many calls in a short time."), _("Wait as long as Retry-After says.")),
}
UNKNOWN = Explanation(
    _("Something went wrong that has no explanation here."), _("Look at it under “What just happened”.")
)


def of_redirect(error: str) -> Explanation:
    """Of the `error` parameter of a redirect."""
    return OAUTH.get(error, Explanation(UNKNOWN.what, _("Start again with a new link.")))


def of(problem: PlatformError) -> Explanation:
    """Of a call that failed."""
    by_status = OAUTH["server_error"] if problem.status >= 500 else BY_STATUS.get(problem.status)
    return OAUTH.get(problem.code) or READING.get(problem.code) or by_status or UNKNOWN
