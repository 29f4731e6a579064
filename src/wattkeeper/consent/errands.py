"""What somebody signs in for: to answer one request, or to see what they share. It survives the way out and back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wattkeeper.authorizations import browser, lifecycle
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.common import limits
from wattkeeper.common.limits import Limit
from wattkeeper.common.pages import uid_in
from wattkeeper.consent.models import SignIn
from wattkeeper.utilities.models import Utility


@dataclass(frozen=True)
class Errand:
    """A request of this browser, or one receipt, or the customer's own data, or (none) everything that is shared."""

    utility: Utility
    request: AuthorizationRequest | None = None
    receipt: UUID | None = None
    wants_data: bool = False

    @classmethod
    def of(cls, sign_in: SignIn) -> "Errand":
        return cls(sign_in.utility, sign_in.request, sign_in.receipt, sign_in.wants_data)

    @property
    def page(self) -> str:
        """Where the ways to sign in stand, without taking any by itself."""
        if self.request is not None:
            return reverse("consent:start", args=[self.request.uid]) + "?choose=1"
        return reverse("consent:mine") + "?" + urlencode({"utility": self.utility.slug} | self._told)

    @property
    def destination(self) -> str:
        """Where it goes on once somebody is signed in."""
        if self.request is not None:
            return reverse("consent:form", args=[self.request.uid])
        if self.receipt is not None:
            return reverse("consent:receipt", args=[self.receipt])
        return reverse("mydata:use" if self.wants_data else "consent:mine")

    def way(self, name: str, **more: str) -> str:
        """The address of a way to sign in: `sso`, `code` or `bill`."""
        query = urlencode(self._told | more)
        return reverse(f"consent:{name}", args=[self.utility.slug]) + (f"?{query}" if query else "")

    @property
    def _told(self) -> dict[str, str]:
        """What an address says of it."""
        if self.request is not None:
            return {"request": str(self.request.uid)}
        if self.receipt is not None:
            return {"receipt": str(self.receipt)}
        return {"data": "1"} if self.wants_data else {}

    @property
    def context(self) -> dict[str, object]:
        """What every page on the way shows."""
        asking = self.request
        return {
            "errand": self,
            "utility": self.utility,
            "asking": asking,
            "company": asking.registration.company if asking else None,
            "is_test_data": asking is not None and not asking.registration.is_live,
        }


def page(
    request: HttpRequest, errand: Errand, template: str, context: dict[str, object], status: int = 200
) -> HttpResponseBase:
    """A page on the way."""
    return leading_back(request, errand.request, template, errand.context | context, status)


def leading_back(
    request: HttpRequest,
    asking: AuthorizationRequest | None,
    template: str,
    context: dict[str, object],
    status: int = 200,
) -> HttpResponseBase:
    """A page from which the customer may go back to who asked."""
    allowing = csp_update({"form-action": _way_back(asking)})
    return allowing(lambda request: render(request, template, context, status=status))(request)


def _way_back(asking: AuthorizationRequest | None) -> list[str]:
    """What form-action allows beside our own pages: Chrome holds every redirect that follows a form against it, and
    the third party's address may well redirect on to one that nobody here knows. So its scheme, not its origin."""
    scheme = urlsplit(asking.redirect_uri).scheme if asking is not None else ""
    return [f"{scheme}:"] if scheme else []


def gone(request: HttpRequest, error: lifecycle.RequestUnknown | lifecycle.RequestExpired) -> HttpResponse:
    """Says kindly that there is no such request, or none any more."""
    is_expired = isinstance(error, lifecycle.RequestExpired)
    return render(request, "consent/gone.html", {"is_expired": is_expired}, status=410 if is_expired else 404)


ErrandView = Callable[[HttpRequest, Errand], HttpResponseBase]


def for_errand(view: ErrandView) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Gives the view what this browser is here for, or says kindly that its request is gone or answered."""

    @wraps(view)
    @never_cache
    @require_http_methods(["GET", "POST"])
    def found(request: HttpRequest, slug: str) -> HttpResponseBase:
        limits.spend_for_address(request, Limit.ADDRESS)
        utility = get_object_or_404(Utility, slug=slug)
        try:
            errand = _told(request, utility)
        except (lifecycle.RequestUnknown, lifecycle.RequestExpired) as error:
            return gone(request, error)
        if errand.request is not None and errand.request.status != AuthorizationRequest.Status.PENDING:
            return redirect("consent:start", errand.request.uid)
        return view(request, errand)

    return found


def _told(request: HttpRequest, utility: Utility) -> Errand:
    uid, receipt = uid_in(request, "request"), uid_in(request, "receipt")
    if uid is None:
        return Errand(utility, receipt=receipt, wants_data="data" in request.GET)
    asking = lifecycle.find_request(uid, browser.secret_of(request))
    if asking.registration.utility_id != utility.pk:
        raise lifecycle.RequestUnknown(uid)
    return Errand(utility, asking)
