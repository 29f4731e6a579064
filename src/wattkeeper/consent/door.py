"""The door of a company's links: `/authorize/{portal}?f=&utility=&email=&redirect_uri=&state=&noredirect=1`
(utilityapi-json-api: sections 4.3 and 4.4). What a link asks for is stored, and the pages go on with its id alone."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wattkeeper.authorizations import browser, doors
from wattkeeper.authorizations.doors import Closed, Door, DoorClosed
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.companies.models import Registration
from wattkeeper.companies.redirect_uris import answered
from wattkeeper.utilities.models import Utility

PARAMETERS = ("f", "utility", "email", "redirect_uri", "state", "noredirect")
LONGEST = 2048
STATUSES = {
    Closed.MALFORMED: 400,
    Closed.UNKNOWN: 404,
    Closed.DISABLED: 410,
    Closed.OVER: 410,
    Closed.NOT_REGISTERED: 404,
    Closed.REDIRECT: 403,
    Closed.MAY_NOT_ASK: 403,
    Closed.SCOPE: 400,
}


@dataclass(frozen=True)
class Link:
    """What the address says; what it does not say is empty."""

    form: UUID | None
    utility: str
    email: str
    redirect_uri: str
    state: str
    stays: bool

    @classmethod
    def of(cls, query: QueryDict) -> "Link":
        """Raises DoorClosed for one that cannot be read."""
        said = {name: query.get(name, "") for name in PARAMETERS}
        for name, value in said.items():
            if len(query.getlist(name)) > 1:
                raise DoorClosed(Closed.MALFORMED, f"{name} stands twice in the link.")
            if len(value) > LONGEST or "\0" in value:
                raise DoorClosed(Closed.MALFORMED, f"{name} takes at most {LONGEST} characters and no NUL.")
        try:
            form = UUID(said["f"]) if said["f"] else None
        except ValueError:
            raise DoorClosed(Closed.UNKNOWN, "There is no such form here.") from None
        email, stays = _email(said["email"]), said["noredirect"] == "1"
        return cls(form, said["utility"], email, said["redirect_uri"], said["state"], stays)


@never_cache
@require_safe
def enter(request: HttpRequest, portal: str) -> HttpResponse:
    """Judged and stored before anybody signs in; where no utility is named and there are several, asks which it is."""
    limits.spend_for_address(request, Limit.ADDRESS)
    found = None
    try:
        link = Link.of(request.GET)
        found = doors.find(portal, link.form)
        doors.check_open(found)
        redirect_uri = found.redirect_uri(link.redirect_uri)
        code = link.utility or _only_utility(found)
        if not code:
            return _choose(request, found)
        return _open(request, found, found.registration(code), link, "" if link.stays else redirect_uri)
    except DoorClosed as closed:
        return _dead_end(request, found, closed)


def back(asking: AuthorizationRequest) -> HttpResponse:
    """To the company, with what became of its request. 302, so that nothing is posted there."""
    answer = {"referral": asking.referral or ""}
    if asking.status == AuthorizationRequest.Status.DECLINED:
        answer |= {"error": "access_denied", "error_description": "The customer declined."}
    return _back(asking.redirect_uri, asking.state, answer)


def _open(request: HttpRequest, found: Door, registration: Registration, link: Link, redirect_uri: str) -> HttpResponse:
    secret = browser.kept_or_new_secret(request)
    email = link.email or (found.form.customer_email if found.form is not None else "")
    try:
        asking = doors.open_request(
            found, registration, browser=secret, redirect_uri=redirect_uri, state=link.state, email=email
        )
    except DoorClosed as closed:
        if closed.reason not in {Closed.MAY_NOT_ASK, Closed.SCOPE} or not redirect_uri:
            raise
        told = {"error": closed.reason.value, "error_description": closed.description}
        return _back(redirect_uri, link.state, told)
    to_customer = redirect("consent:start", asking.uid)
    browser.keep_secret(to_customer, secret)
    return to_customer


def _back(redirect_uri: str, state: str, answer: dict[str, str]) -> HttpResponse:
    told = answer | ({"state": state} if state else {})
    return HttpResponse(status=302, headers={"Location": answered(redirect_uri, told)})


def _only_utility(found: Door) -> str:
    """The utility that a form names or that its authorization is at, or the only one there is; empty where the customer
    has to say."""
    if (renewed := found.renewed()) is not None:
        return renewed.registration.utility.code
    if found.form is not None and found.form.utility is not None:
        return found.form.utility.code
    utilities = found.utilities()
    if not utilities:
        raise DoorClosed(Closed.NOT_REGISTERED, "The company is registered at no utility here.")
    return utilities[0].code if len(utilities) == 1 else ""


def _choose(request: HttpRequest, found: Door) -> HttpResponse:
    context = {"company": found.company, "choices": _choices(request, found.utilities()), "utility": None}
    return render(request, "consent/door.html", context)


def _choices(request: HttpRequest, utilities: list[Utility]) -> list[tuple[str, str]]:
    """Names of utilities, and this very link with each."""
    said = {name: request.GET[name] for name in PARAMETERS if name in request.GET}
    return [(one.name, f"{request.path}?{urlencode(said | {'utility': one.code})}") for one in utilities]


def _dead_end(request: HttpRequest, found: Door | None, closed: DoorClosed) -> HttpResponse:
    context: dict[str, object] = {"reason": closed.reason.name, "description": closed.description, "utility": None}
    if found is not None:
        context["company"] = found.company
        is_renewal = found.form is not None and found.form.authorization_uid is not None
        if closed.reason == Closed.NOT_REGISTERED and not is_renewal:
            context["choices"] = _choices(request, found.utilities())
    return render(request, "consent/door_closed.html", context, status=STATUSES[closed.reason])


def _email(text: str) -> str:
    """One that is none is as good as none: the customer types it."""
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text if len(text) <= 254 else ""
