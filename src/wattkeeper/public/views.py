"""The pages anybody may open."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.translation import get_language

from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.public import tables
from wattkeeper.utilities.models import Utility

COMPANIES_PER_PAGE = 50


def home(request: HttpRequest) -> HttpResponse:
    utilities = [(utility, utility.description(get_language())) for utility in Utility.objects.order_by("name")]
    return render(request, "public/home.html", {"utilities": utilities, "demo_url": settings.DEMO_THIRDPARTY_URL})


def directory(request: HttpRequest) -> HttpResponse:
    """Companies a customer may choose: those whose registration at a utility is live."""
    live = Registration.third_parties.filter(status=Registration.Status.LIVE).select_related("company", "utility")
    page = Paginator(live.order_by("company__name", "pk"), COMPANIES_PER_PAGE).get_page(request.GET.get("page"))
    registrations = list(page.object_list)
    texts = ScopeOfUse.objects.filter(registration__in=registrations, slug="default")
    purposes = {text.registration_id: text.text(get_language()) for text in texts}
    entries = [(registration, purposes.get(registration.pk, "")) for registration in registrations]
    return render(request, "public/directory.html", {"section": "directory", "page": page, "entries": entries})


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
