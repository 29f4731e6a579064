"""What stays with the customer: the receipt of each sharing, the list of them all, and stopping."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wattkeeper.authorizations import browser, lifecycle, reads, receipts
from wattkeeper.authorizations import own as own_access
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest, SignedReceipt
from wattkeeper.common.pages import uid_in
from wattkeeper.consent import session, sign_in, ways
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.receipts import Receipt
from wattkeeper.consent.session import SignedIn
from wattkeeper.consent.sign_in import Problem, SignInForm
from wattkeeper.delivery import receipt_mails
from wattkeeper.utilities import tenants
from wattkeeper.utilities.models import Utility

PER_PAGE = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_authorizations(request: HttpRequest) -> HttpResponse:
    """Everything the signed-in customer shares or shared; else the sign-in. `?receipt=` and `?data=` say where to go
    after it."""
    if request.method == "POST":
        return _sign_in(request)
    who = session.current(request)
    if who is None:
        return _sign_in_page(request, _utility(request))
    if (wanted := uid_in(request, "receipt")) is not None and own(who, wanted) is not None:
        return redirect("consent:receipt", wanted)
    if "data" in request.GET:
        return redirect("mydata:use")
    listed = Paginator(reads.with_last(_grants(who)).order_by("-created", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = {
        "page": listed,
        "receipts": [Receipt(grant) for grant in listed],
        "waiting": _waiting(request, who),
        "programs": own_access.programs(who.customer),
    }
    return page(request, who, "consent/mine.html", **shown)


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
    grant = own(who, uid)
    if who is None or grant is None:
        return not_here(request, uid)
    said, kid = receipts.latest(grant) or (None, "")
    done = request.GET.get("done", "")
    return page(request, who, "consent/receipt.html", receipt=Receipt(grant), said=said, kid=kid, done=done)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Asks once more, then ends the sharing. What has ended already just shows its receipt."""
    who = session.current(request)
    grant = own(who, uid)
    if who is None or grant is None:
        return not_here(request, uid)
    found = Receipt(grant)
    if request.method == "POST":
        lifecycle.revoke(grant, by="customer")
        receipt_mails.queue_for(grant)
    elif found.is_active:
        return page(request, who, "consent/stop.html", receipt=found)
    return redirect("consent:receipt", uid)


def own(who: SignedIn | None, uid: UUID) -> Authorization | None:
    """The grant, if it is the signed-in customer's own."""
    return _grants(who).prefetch_related("requests").filter(uid=uid).first() if who is not None else None


def _waiting(request: HttpRequest, who: SignedIn) -> list[AuthorizationRequest]:
    """The newest of each company at the customer's utility: who began anew at one has no use for the older."""
    newest: dict[int, AuthorizationRequest] = {}
    for asking in lifecycle.waiting(browser.secret_of(request)):
        if asking.registration.utility_id == who.customer.world.utility_id:
            newest.setdefault(asking.registration_id, asking)
    return list(newest.values())


def _grants(who: SignedIn) -> QuerySet[Authorization]:
    """With all that their pages say, but for the receipts' text."""
    kept = SignedReceipt.objects.defer("document").order_by("pk")
    return (
        Authorization.objects.filter(customer=who.customer, registration__is_own_access=False)
        .select_related("registration__company", "registration__utility", "world__utility", "customer__world")
        .prefetch_related("meters__service", Prefetch("receipts", kept))
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
    """The one named by `?utility=`, or the one at hand."""
    if slug := request.GET.get("utility"):
        return Utility.objects.filter(slug=slug).first()
    return tenants.at_hand(request)


def _errand(request: HttpRequest, utility: Utility) -> Errand:
    return Errand(utility, receipt=uid_in(request, "receipt"), wants_data="data" in request.GET)


def not_here(request: HttpRequest, uid: UUID) -> HttpResponse:
    return render(request, "consent/no_receipt.html", {"uid": uid}, status=404)


def page(request: HttpRequest, who: SignedIn, template: str, **context: object) -> HttpResponse:
    world = who.customer.world
    common = {"who": who, "utility": world.utility, "is_test_data": not world.is_live}
    return render(request, template, common | context)
