"""A utility's own pages for its customers and for companies: `/utilities/epe/help`, or `/help` where it is at hand."""

from collections.abc import Callable
from functools import wraps

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from wattkeeper.common.pages import branded, uid_in
from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.public import promises
from wattkeeper.utilities import logos, site_texts, tenants
from wattkeeper.utilities.models import SiteText, Utility

COMPANIES_PER_PAGE = 50
Kind = SiteText.Kind

TenantView = Callable[..., HttpResponse]


def for_tenant(view: TenantView) -> TenantView:
    """Gives the view the utility its address names, or the one at hand; where there is none, asks which it is."""

    @branded
    @wraps(view)
    def found(request: HttpRequest, slug: str = "", **values: int) -> HttpResponse:
        utility = get_object_or_404(Utility, slug=slug) if slug else tenants.at_hand(request)
        if utility is not None:
            return view(request, utility, **values)
        match = request.resolver_match
        context = {"utilities": Utility.objects.order_by("name"), "page": f"public:{match.url_name if match else ''}"}
        return render(request, "public/site/choose.html", context)

    return found


@for_tenant
def how_it_works(request: HttpRequest, utility: Utility) -> HttpResponse:
    return _page(request, utility, "how_it_works", **promises.told())


@for_tenant
def directory(request: HttpRequest, utility: Utility) -> HttpResponse:
    """Companies a customer may choose and begin at: those whose registration is live."""
    live = Registration.third_parties.filter(status=Registration.Status.LIVE, utility=utility).select_related("company")
    page = Paginator(live.order_by("company__name", "pk"), COMPANIES_PER_PAGE).get_page(request.GET.get("page"))
    registrations = list(page.object_list)
    texts = ScopeOfUse.objects.filter(registration__in=registrations, slug="default")
    purposes = {text.registration_id: text.text(get_language()) for text in texts}
    entries = [(registration.company, purposes.get(registration.pk, "")) for registration in registrations]
    return _page(request, utility, "directory", page=page, entries=entries)


@for_tenant
def help_(request: HttpRequest, utility: Utility) -> HttpResponse:
    context = promises.told()
    return _page(request, utility, "help", has_sso=utility.sign_in_service is not None, **context)


@for_tenant
def contact(request: HttpRequest, utility: Utility) -> HttpResponse:
    """How to reach the utility. An error page leads here with its case number."""
    return _page(request, utility, "contact", hours=utility.hours(get_language()), case=uid_in(request, "case"))


@for_tenant
def terms(request: HttpRequest, utility: Utility, version: int | None = None) -> HttpResponse:
    return _text(request, utility, Kind.TERMS, version, **promises.told())


@for_tenant
def privacy(request: HttpRequest, utility: Utility, version: int | None = None) -> HttpResponse:
    return _text(request, utility, Kind.PRIVACY, version, **promises.told(), cookies=promises.cookies())


@branded
def logo(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    found = logos.find(slug, name)
    if found is None:
        raise Http404
    answer = HttpResponse(bytes(found.content), content_type=found.content_type)
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _text(request: HttpRequest, utility: Utility, kind: Kind, version: int | None, **standard: object) -> HttpResponse:
    """The version asked for, else the one in force: the utility's own text, or the standard one."""
    versions, today = site_texts.versions(utility, kind), site_texts.today(utility)
    current = site_texts.in_force(versions, today)
    shown = current if version is None else next((one for one in versions if one.version == version), None)
    if version is not None and (shown is None or not shown.texts):
        raise Http404
    others = [one for one in versions if one.texts and one != shown]
    is_coming = shown is not None and shown.since > today
    context = {"current": current, "shown": shown, "others": others, "is_coming": is_coming}
    if shown is None:
        return _page(request, utility, kind.value, **context, **standard)
    blocks = site_texts.blocks(shown.text(get_language()))
    return _page(request, utility, "own_text", kind=kind.value, blocks=blocks, **context)


def _page(request: HttpRequest, utility: Utility, name: str, **context: object) -> HttpResponse:
    return render(request, f"public/site/{name}.html", {"utility": utility, "section": name} | context)
