"""The pages between a third party's request and the customer's answer: sign in, choose, hand back."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wattkeeper.authorizations import browser, lifecycle, preview
from wattkeeper.authorizations.lifecycle import NotAllowed, Offer, Refusal
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.authorizations.offers import in_force
from wattkeeper.authorizations.scope import parse
from wattkeeper.common import clock
from wattkeeper.consent import cards, differences, door, errands, resuming, session, sign_in, ways
from wattkeeper.consent.cards import MeterCard
from wattkeeper.consent.choices import ChoicesForm
from wattkeeper.consent.errands import Errand
from wattkeeper.consent.receipts import Receipt
from wattkeeper.consent.session import SignedIn
from wattkeeper.consent.sign_in import Problem, SignInForm
from wattkeeper.customers import test_accounts
from wattkeeper.delivery import grants, receipt_mails

PENDING, GRANTED = AuthorizationRequest.Status.PENDING, AuthorizationRequest.Status.GRANTED
RequestView = Callable[[HttpRequest, AuthorizationRequest], HttpResponseBase]


def for_request(view: RequestView) -> Callable[[HttpRequest, UUID], HttpResponseBase]:
    """Gives the view the AuthorizationRequest that this very browser began, or says kindly that there is none."""

    @wraps(view)
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def found(request: HttpRequest, uid: UUID) -> HttpResponseBase:
        try:
            return view(request, lifecycle.find_request(uid, browser.secret_of(request)))
        except (lifecycle.RequestUnknown, lifecycle.RequestExpired) as error:
            return errands.gone(request, error)

    return found


@for_request
def start(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """Who asks, and how the customer signs in; straight on where the request names a test account or one is known."""
    if asking.status != PENDING:
        return _answered(request, asking)
    if request.method == "POST":
        return _decline(request, asking) if "decline" in request.POST else _sign_in(request, asking)
    hint = parse(asking.scope).options.sign_in
    if hint is not None and hint.method == test_accounts.METHOD and hint.value and "choose" not in request.GET:
        account = test_accounts.find(asking.registration.utility, hint.value)
        problem = sign_in.as_test_account(request, account)
        if problem is not None:
            return _sign_in_page(request, asking, problem=problem, username=hint.value)
    if _signed_in(request, asking) is not None:
        return redirect("consent:form", asking.uid)
    taken = None
    if "choose" not in request.GET:
        taken = ways.shortcut(request, Errand(asking.registration.utility, asking), hint)
    return taken or _sign_in_page(request, asking)


@for_request
def form(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """What is asked for, with the customer's own data beside it; the answer is posted here too."""
    who = _signed_in(request, asking)
    answer = request.POST.get("answer")
    if asking.status != PENDING and (answer is None or who is None):
        return _answered(request, asking)
    if who is None:
        return redirect("consent:start", asking.uid)
    if answer == "decline":
        return _decline(request, asking)
    if not resuming.may_answer(asking, who.customer):
        return _refused(request, asking, Refusal.NOT_FOR_YOU, who)
    try:
        if asking.status != PENDING:
            lifecycle.granted_before(asking, who.customer)
            return redirect("consent:done", asking.uid)
        offer = lifecycle.offer(asking, who.customer)
        if not offer.most.services:
            raise NotAllowed(Refusal.NO_SERVICE)
        return _choose(request, asking, who, offer)
    except NotAllowed as refused:
        return _refused(request, asking, refused.reason, who)


@for_request
def done(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """Hands the browser back to the third party, or to the receipt where the request named no address."""
    if asking.status == PENDING:
        return redirect("consent:start", asking.uid)
    return _onward(request, asking)


@for_request
def sign_out(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """ "Not you?": back to the choice of accounts."""
    if request.method == "POST":
        session.sign_out(request)
    return redirect(reverse("consent:start", args=[asking.uid]) + "?choose=1")


def _sign_in(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    typed = SignInForm(asking.registration.utility, request)
    if not typed.is_valid():
        return _sign_in_page(request, asking, typed=typed)
    problem = sign_in.as_test_account(request, typed.account)
    if problem is not None:
        return _sign_in_page(request, asking, problem=problem, username=typed.cleaned_data["username"])
    return redirect("consent:form", asking.uid)


def _choose(request: HttpRequest, asking: AuthorizationRequest, who: SignedIn, offer: Offer) -> HttpResponseBase:
    today = who.customer.world.today
    # What a link says comes last: an address that a stranger chose gets a receipt only where none is on file.
    email = offer.present.grant.customer_email if offer.present is not None else who.customer.email
    email = email or asking.customer_email
    if request.POST.get("answer") != "share":
        return _form_page(request, asking, who, ChoicesForm(offer, today, email))
    answers = ChoicesForm(offer, today, email, request.POST)
    if not answers.is_valid():
        return _form_page(request, asking, who, answers)
    try:
        receipt_mails.queue_for(lifecycle.grant(asking, who.customer, answers.choices(), offer))
    except NotAllowed as refused:
        if refused.reason != Refusal.CHANGED:
            raise
        answers = ChoicesForm(lifecycle.offer(asking, who.customer), today, email)
        return _form_page(request, asking, who, answers, is_changed=True)
    return _onward(request, asking)


def _decline(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    who = _signed_in(request, asking)
    try:
        lifecycle.decline(asking, who.customer if who is not None else None)
    except NotAllowed:
        return _answered(request, asking)
    return _onward(request, asking)


def _signed_in(request: HttpRequest, asking: AuthorizationRequest) -> SignedIn | None:
    """The customer of this utility, signed in since the request was made where it insists on that (`prompt=on`)."""
    who = session.current(request)
    if who is None or who.customer.world.utility_id != asking.registration.utility_id:
        return None
    if asking.forces_sign_in and clock.epoch(who.at) < clock.epoch(asking.created):
        return None
    return who


def _onward(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """Where an answered request leads: to the third party, or to the receipt."""
    if asking.redirect_uri and asking.door == AuthorizationRequest.Door.OAUTH:
        return redirect("oauth:continue", asking.uid)
    if asking.redirect_uri:
        return door.back(asking)
    if asking.authorization is not None:
        return redirect("consent:receipt", asking.authorization.uid)
    return _answered(request, asking)


def _sign_in_page(
    request: HttpRequest,
    asking: AuthorizationRequest,
    *,
    typed: SignInForm | None = None,
    problem: Problem | None = None,
    username: str = "",
) -> HttpResponseBase:
    utility = asking.registration.utility
    hint = parse(asking.scope).options.sign_in
    prefers_sso = hint is not None and hint.method == "sso"
    errand = Errand(utility, asking)
    offered = ways.offered(errand, anew="choose" in request.GET)
    return _page(
        request,
        asking,
        None,
        "consent/sign_in.html",
        form=typed or SignInForm(utility),
        accounts=sign_in.published(utility),
        errand=errand,
        ways=offered,
        opens_accounts=not prefers_sso and not (offered and asking.registration.is_live),
        problem=problem,
        username=username,
    )


def _form_page(
    request: HttpRequest, asking: AuthorizationRequest, who: SignedIn, answers: ChoicesForm, *, is_changed: bool = False
) -> HttpResponseBase:
    offer, today = answers.offer, answers.today_shared
    held = preview.holdings(who.customer, answers.shown_services)
    use = preview.newest_use(held) if answers.most.shares_intervals else None
    bill = preview.newest_bill(held) if answers.most.shares_bills else None
    return _page(
        request,
        asking,
        who,
        "consent/form.html",
        form=answers,
        is_changed=is_changed,
        offer=offer,
        present=Receipt(offer.present.grant) if offer.present is not None else None,
        differences=differences.between(today, answers.proposed) if today is not None else [],
        seen=lifecycle.fingerprint(offer, asking.registration.company),
        sends_mail=grants.reaches(who.customer.world),
        held=held,
        meters=[
            MeterCard(
                holding,
                is_chosen=str(holding.service.uid) in answers.chosen_meters,
                is_shared=today is not None and holding.service.pk in today.keys,
            )
            for holding in held
        ],
        use=cards.use_card(use) if use is not None else None,
        bill=cards.bill_card(bill, asking.registration.utility.currency) if bill is not None else None,
        accounts={holding.account.pk: holding.account for holding in held}.values(),
    )


def _refused(request: HttpRequest, asking: AuthorizationRequest, reason: Refusal, who: SignedIn) -> HttpResponseBase:
    if reason == Refusal.ANSWERED:
        return _answered(request, asking)
    return _page(request, asking, who, "consent/refused.html", status=403, reason=reason.name)


def _answered(request: HttpRequest, asking: AuthorizationRequest) -> HttpResponseBase:
    """The back button, a second tab, a link opened twice: what was answered stands."""
    who, grant = session.current(request), asking.authorization
    is_own = who is not None and grant is not None and grant.customer_id == who.customer.pk
    is_declined = asking.status == AuthorizationRequest.Status.DECLINED
    return _page(
        request,
        asking,
        who,
        "consent/answered.html",
        is_granted=asking.status == GRANTED,
        is_in_force=grant is not None and grant.is_active(clock.now(grant.world)),
        shares_anyway=is_declined and who is not None and in_force(asking.registration, who.customer) is not None,
        receipt=grant if is_own else None,
        may_continue=bool(asking.redirect_uri) and asking.code_issued is None,
    )


def _page(
    request: HttpRequest,
    asking: AuthorizationRequest,
    who: SignedIn | None,
    template: str,
    status: int = 200,
    **context: object,
) -> HttpResponseBase:
    registration = asking.registration
    common = {
        "asking": asking,
        "company": registration.company,
        "utility": registration.utility,
        "who": who,
        "may_go_on_later": asking.status == PENDING and resuming.is_offered(asking),
        "is_test_data": not (registration.is_live if who is None else who.customer.world.is_live),
    }
    return errands.leading_back(request, asking, template, common | context, status)
