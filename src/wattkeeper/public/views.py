"""The pages anybody may open."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language

from wattkeeper.common.pages import branded
from wattkeeper.public import tables
from wattkeeper.utilities import tenants
from wattkeeper.utilities.models import Utility


@branded
def home(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A utility's own first page where it is named or at hand; else that of the platform, which lists them."""
    utility = get_object_or_404(Utility, slug=slug) if slug else tenants.at_hand(request)
    context: dict[str, object] = {"demo_url": settings.DEMO_THIRDPARTY_URL}
    if utility is not None:
        context |= {"utility": utility, "description": utility.description(get_language())}
    else:
        found = Utility.objects.order_by("name")
        context["utilities"] = [(one, one.description(get_language())) for one in found]
    return render(request, "public/home.html", context)


def register(request: HttpRequest, slug: str) -> HttpResponse:
    utility = get_object_or_404(Utility, slug=slug)
    clients = tables.public_clients(utility)
    context = {"section": "docs", "utility": utility, "clients": clients, "demo_url": settings.DEMO_THIRDPARTY_URL}
    return render(request, "public/register.html", context)


def thirdparty_demo(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the demo third-party website, where one runs."""
    if not settings.DEMO_THIRDPARTY_URL:
        raise Http404("no demo third-party website is configured")
    return HttpResponseRedirect(settings.DEMO_THIRDPARTY_URL)


def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        "Disallow: /DataCustodian/",
        "Disallow: /api/",
        "Disallow: /authorize/",
        "Disallow: /consent/",
        "Disallow: /sign-in/",
        "Disallow: /authorizations/",
        "Disallow: /my-data",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain")


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that ignore the page's icon link ask here."""
    return redirect(static("favicon.svg"), permanent=True)
