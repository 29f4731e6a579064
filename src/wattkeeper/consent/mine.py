"""What stays with the customer: the receipt of each sharing, the list of them all, and stopping."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.consent import session, sign_in, ways
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.receipts import Receipt
from wattkeeper.consent.session import SignedIn
from wattkeeper.consent.sign_in import Problem, SignInForm
from wattkeeper.utilities.models import Utility

PER_PAGE = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_authorizations(request: HttpRequest) -> HttpResponse:
    """Everything the signed-in customer shares or shared; else the sign-in. `?receipt=` is where to go after it."""
    if request.method == "POST":
        return _sign_in(request)
    who = session.current(request)
    if who is None:
        return _sign_in_page(request, _utility(request))
    grants = (
        Authorization.objects.filter(customer=who.customer)
        .select_related("registration__company", "world__utility")
        .prefetch_related("meters__service")
        .order_by("-created", "-pk")
    )
    page = Paginator(grants, PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, who, "consent/mine.html", page=page, receipts=[Receipt(grant) for grant in page])


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    session.sign_out(request)
    return redirect(reverse("consent:mine") + "?anew=1")


@never_cache
@require_GET
def receipt(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The receipt, for the customer whose it is; to anybody else it is not here, whether it exists or not."""
    who = session.current(request)
    grant = _own(who, uid)
    if who is None or grant is None:
        return _not_here(request, uid)
    return _page(request, who, "consent/receipt.html", receipt=Receipt(grant))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Asks once more, then ends the sharing. What has ended already just shows its receipt."""
    who = session.current(request)
    grant = _own(who, uid)
    if who is None or grant is None:
        return _not_here(request, uid)
    found = Receipt(grant)
    if request.method == "POST":
        lifecycle.revoke(grant, by="customer")
    elif found.is_active:
        return _page(request, who, "consent/stop.html", receipt=found)
    return redirect("consent:receipt", uid)


def _own(who: SignedIn | None, uid: UUID) -> Authorization | None:
    if who is None:
        return None
    return (
        Authorization.objects.filter(customer=who.customer, uid=uid)
        .select_related("registration__company", "world__utility", "customer")
        .prefetch_related("meters__service")
        .first()
    )


def _sign_in(request: HttpRequest) -> HttpResponse:
    utility = _utility(request)
    if utility is None:
        return _sign_in_page(request, None)
    typed = SignInForm(utility, request)
    if not typed.is_valid():
        return _sign_in_page(request, utility, typed)
    problem = sign_in.as_test_account(request, typed.account)
    if problem is not None:
        return _sign_in_page(request, utility, problem=problem, username=typed.cleaned_data["username"])
    return redirect(_errand(request, utility).destination)


def _sign_in_page(
    request: HttpRequest,
    utility: Utility | None,
    typed: SignInForm | None = None,
    problem: Problem | None = None,
    username: str = "",
) -> HttpResponse:
    """Without a utility it lists them, because customers sign in at theirs."""
    context: dict[str, object] = {"utilities": Utility.objects.order_by("name")}
    if utility is not None:
        accounts = sign_in.published(utility)
        errand = _errand(request, utility)
        offered = ways.offered(errand, anew="anew" in request.GET)
        context = {
            "errand": errand,
            "ways": offered,
            "opens_accounts": not offered,
            "utility": utility,
            "form": typed or SignInForm(utility),
            "accounts": accounts,
            "problem": problem,
            "username": username,
            "is_test_data": bool(accounts) and not offered,
        }
    return render(request, "consent/mine_sign_in.html", context)


def _utility(request: HttpRequest) -> Utility | None:
    """The one named by `?utility=`, or the only one there is."""
    if slug := request.GET.get("utility"):
        return Utility.objects.filter(slug=slug).first()
    found = list(Utility.objects.all()[:2])
    return found[0] if len(found) == 1 else None


def _errand(request: HttpRequest, utility: Utility) -> Errand:
    try:
        return Errand(utility, receipt=UUID(request.GET.get("receipt", "")))
    except ValueError:
        return Errand(utility)


def _not_here(request: HttpRequest, uid: UUID) -> HttpResponse:
    return render(request, "consent/no_receipt.html", {"uid": uid}, status=404)


def _page(request: HttpRequest, who: SignedIn, template: str, **context: object) -> HttpResponse:
    world = who.customer.world
    common = {"who": who, "utility": world.utility, "is_test_data": not world.is_live}
    return render(request, template, common | context)
