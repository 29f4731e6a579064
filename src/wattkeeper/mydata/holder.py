"""Whose data a page is about: the signed-in customer's, meter by meter, and nobody else's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wattkeeper.authorizations import own, windows
from wattkeeper.authorizations.access import own_caller
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.authorizations.reads import Look
from wattkeeper.authorizations.windows import Window
from wattkeeper.common import audit
from wattkeeper.consent import session
from wattkeeper.consent.session import SignedIn


@dataclass(frozen=True)
class Holder:
    """The signed-in customer with their own grant, and its meters that are in force."""

    who: SignedIn
    grant: Authorization
    meters: list[Meter]

    def meter(self, uid: str) -> Meter | None:
        """The one of this uid, the first where none is named; None for anything else."""
        if not uid:
            return self.meters[0] if self.meters else None
        return next((meter for meter in self.meters if str(meter.uid) == uid), None)

    def open(self, meters: Sequence[Meter], what: str, *shows: str, **asked: audit.Value) -> list[Window]:
        """The windows of these meters; the trail is told of the look. Three statements."""
        look = Look(own_caller(self.grant), "page", what, shows, asked)
        return windows.open_windows(look, meters)

    def page(self, request: HttpRequest, template: str, status: int = 200, **context: object) -> HttpResponse:
        world = self.grant.world
        common = {"who": self.who, "utility": world.utility, "is_test_data": not world.is_live, "holder": self}
        return render(request, template, common | context, status=status)

    def not_here(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, "mydata/not_here.html", 404)


HolderView = Callable[..., HttpResponseBase]


def for_holder(*methods: str) -> Callable[[HolderView], HolderView]:
    """Gives the view the signed-in customer; anybody else is sent to sign in, and back to the first of these pages."""

    def decorate(view: HolderView) -> HolderView:
        @wraps(view)
        @never_cache
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else [*methods])
        def held(request: HttpRequest, **parts: object) -> HttpResponseBase:
            who = session.current(request)
            if who is None:
                return redirect(reverse("consent:mine") + "?" + urlencode({"data": 1}))
            grant = own.access(who.customer)
            meters = windows.in_force(Meter.objects.filter(authorization=grant).order_by("pk"))
            return view(request, Holder(who, grant, meters), **parts)

        return held

    return decorate
