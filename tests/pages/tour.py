"""Every page there is, and how a browser comes to see it: for tests of what must hold on all of them.

A stop is one look at one page. Whoever adds a page adds a stop: test_every_page.py notices a template or an address
that nobody stops at.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from django.core.exceptions import PermissionDenied
from playwright.sync_api import Page

import cast
from consent.fake_provider import FakeProvider, connect
from consent.visitor import SECRET, Visitor, ask, home, published_account
from mydata.homes import with_sun_on_the_roof
from pages import acts, tour_of_links
from pages.acts import Act
from wattkeeper.api.calls import GROUPS
from wattkeeper.authorizations import browser, changes, lifecycle, own
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration, ScopeOfUse
from wattkeeper.consent import codes, resuming
from wattkeeper.consent.failures import Failure
from wattkeeper.consent.models import ResumeLink, SignIn
from wattkeeper.customers.models import Customer, Service, TestAccount
from wattkeeper.delivery import receipt_mails
from wattkeeper.delivery.models import Mail
from wattkeeper.public import tables
from wattkeeper.utilities import logos, site_texts
from wattkeeper.utilities.models import Utility

LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 30"><path fill="#14486b" d="M0 0h80v30H0z"/>'
    b'<path stroke="#fff" stroke-width="4" d="m10 20 15-12 10 14 18-14 17 12" fill="none"/></svg>'
)
PURPOSE = {"en": "To plan a roof for your home.", "es": "Para planificar un techo para su casa."}
OWN_TEXT = {
    "en": "## Our own words\n\nBe kind.\n\n- Always",
    "es": "## En nuestras palabras\n\nSea amable.\n\n- Siempre",
}
During = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Stop:
    """`who` looks: a `stranger`, a `browser` that was sent here with a request, or a customer who is signed in."""

    name: str
    path: str
    who: str = "stranger"
    act: Act | None = None
    during: During = nullcontext


class Tour:
    """The scene behind the stops: El Paso Electric with everything on, and Rio Power with nothing."""

    def __init__(self) -> None:
        self.service = home()
        published_account(None, "test_badlogin")
        self.utility = _everything_on(cast.epe())
        cast.elsewhere()
        self.sunny = cast.third_party()
        self.sunset = cast.third_party("Sunset", Registration.Status.LIVE)
        for party in (self.sunny, self.sunset):
            ScopeOfUse.objects.create(registration=party.registration, texts=PURPOSE)
        self.lena = cast.owner(cast.customer("Lena Live", cast.live()))
        self.sessions = {
            "heather": self._session("test_residential"),
            "oscar": self._session(_oscar()),
            "bea": self._session(_bea()),
            "sol": self._session(_sol()),
            "lena": self._live_session(self.lena),
        }

    def go(self, page: Page, stop: Stop, base: str) -> None:
        """To the stop, as who stands there."""
        context = page.context
        context.clear_cookies()
        if stop.who != "stranger":
            context.add_cookies([{"name": browser.COOKIE, "value": SECRET, "url": base}])
        if session := self.sessions.get(stop.who):
            context.add_cookies([{"name": "session", "value": session, "url": base}])
        with stop.during():
            page.goto(base + stop.path)
            if stop.act is not None:
                stop.act(page)

    def stops(self, language: str) -> Iterator[Stop]:
        yield from _of_the_site()
        yield from _of_the_docs()
        yield from _of_errors()
        yield from self._of_requests()
        yield from self._of_signing_in()
        yield from self._of_a_second_request()
        yield from self._of_going_on_later()
        yield from self._of_what_is_shared(language)
        yield from self._of_my_data()
        yield from (Stop(look.name, look.path, look.who) for look in tour_of_links.looks(self.service))

    def _of_requests(self) -> Iterator[Stop]:
        asked = self._ask()
        for name, act in (("accounts", None), ("nobody", acts.press("test_badlogin")), ("nothing typed", acts.submit)):
            yield Stop(f"sign in, {name}", f"/consent/{asked}?choose=1", "browser", act)
        unknown = self._ask(scope="FB=4_16_51;AdditionalScope=auth-test-nobody")
        yield Stop("sign in, unknown account", f"/consent/{unknown}", "browser")
        yield Stop("sign in, every way", f"/consent/{self._ask(self.sunset)}", "browser")
        yield Stop("form", f"/consent/{asked}/form", "heather", acts.open_all)
        yield Stop("form, error", f"/consent/{asked}/form", "heather", acts.wrong_address)
        exactly = self._ask(scope="FB=4_16_51;AdditionalScope=noedit")
        yield Stop("form, exactly this", f"/consent/{exactly}/form", "heather")
        yield Stop("refused, no meter", f"/consent/{self._ask()}/form", "oscar")
        for name, request in (("shared", self._answered(True)), ("declined", self._answered(False))):
            yield Stop(f"answered, {name}", f"/consent/{request}", "heather")
        yield Stop("request of nobody", f"/consent/{ids.new_uid()}", "browser")
        late = self._ask()
        AuthorizationRequest.objects.filter(uid=late).update(expires=clock.now())
        yield Stop("request has run out", f"/consent/{late}", "browser")
        yield Stop("client of nobody", "/DataCustodian/epe/oauth/authorize?client_id=nobody")

    def _of_signing_in(self) -> Iterator[Stop]:
        asked = self._ask(self.sunset)
        for way in ("code", "bill"):
            yield Stop(way, f"/sign-in/epe/{way}?request={asked}", "browser")
            yield Stop(f"{way}, empty", f"/sign-in/epe/{way}?request={asked}", "browser", acts.submit)
        yield Stop("bill, wrong", f"/sign-in/epe/bill?request={asked}", "browser", acts.wrong_bill)
        yield Stop(
            "too many tries", "/sign-in/epe/bill", "browser", acts.wrong_bill, patched("throttle.is_open", False)
        )
        code = self._attempt(asked, method=SignIn.Method.CODE)
        yield Stop("enter the code", code, "browser")
        yield Stop("enter the code, wrong", code, "browser", acts.wrong_code)
        keys = [self.lena.pk, cast.owner(cast.customer("Lena & Lars Rentals", cast.live())).pk]
        yield Stop("choose a customer", self._attempt(asked, proven=clock.now(), customers=keys), "browser")
        yield Stop("stray", "/sign-in/epe/answer?state=x", "browser")
        yield Stop("twice", self._attempt(asked, answered=clock.now()), "browser")
        for failure in Failure:
            yield Stop(f"sign-in {failure}", self._attempt(asked, failure=failure.value), "browser")

    def _of_a_second_request(self) -> Iterator[Stop]:
        summit = cast.third_party("Summit")
        cast.share(summit, self.service, "FB=16")
        for name, scope, act in (
            ("", "FB=4_16_51", None),
            (", error", "FB=4_16_51", acts.wrong_address),
            (", no change", "FB=16", None),
            (", exactly this", "FB=4_16_51;AdditionalScope=noedit", None),
        ):
            yield Stop(f"second request{name}", f"/consent/{self._ask(summit, scope=scope)}/form", "heather", act)

    def _of_going_on_later(self) -> Iterator[Stop]:
        asked = self._ask(self.sunset)
        yield Stop("form, may go on later", f"/consent/{asked}/form", "lena")
        for name, act in (("", None), (", error", acts.submit), (", sent", acts.go_on_later)):
            yield Stop(f"later{name}", f"/consent/{asked}/later", "browser", act)
        link = ResumeLink.objects.get()
        yield Stop("resume", f"/resume/{codes.resume_secret(link.uid)}")
        resuming.use(codes.resume_secret(link.uid), SECRET)
        yield Stop("link spent", f"/resume/{codes.resume_secret(link.uid)}")
        ResumeLink.objects.update(customers=[0])
        yield Stop("refused, the link was for another", f"/consent/{asked}/form", "lena")

    def _of_what_is_shared(self, language: str) -> Iterator[Stop]:
        yield Stop("sign in to see it", "/my-authorizations?utility=epe")
        yield Stop("sign in where", "/my-authorizations")
        yield Stop("nothing shared", "/my-authorizations", "oscar")
        grants = self._grants(language)
        yield Stop("what is shared", "/my-authorizations", "heather")
        for name, grant in grants.items():
            yield Stop(f"receipt, {name}", f"/authorizations/{grant.uid}/receipt", "heather")
        current = grants["active"].uid
        yield Stop("receipt, shortened", f"/authorizations/{current}/receipt?done=shortened", "heather")
        yield Stop("shorten", f"/authorizations/{current}/shorten", "heather")
        yield Stop("shorten, error", f"/authorizations/{current}/shorten", "heather", acts.submit)
        yield Stop("stop", f"/authorizations/{current}/stop", "heather")
        yield Stop("receipt of somebody else", f"/authorizations/{current}/receipt", "oscar")
        yield Stop("mailbox", "/demo/mail")
        yield Stop("mail", f"/demo/mail/{Mail.objects.order_by('-pk')[0].uid}")

    def _of_my_data(self) -> Iterator[Stop]:
        yield Stop("sign in to my data", "/my-authorizations?utility=epe&data=1")
        for page in ("", "/bills", "/download"):
            yield Stop(f"my data{page}, no meter", f"/my-data{page}", "oscar")
            yield Stop(f"my data{page}, nothing yet", f"/my-data{page}", "bea")
            yield Stop(f"my data{page}", f"/my-data{page}", "sol", acts.open_all)
        newest = clock.now().date() - timedelta(days=2)
        for period in (newest, newest.year, newest.year - 5):
            yield Stop(f"my data, {period}", f"/my-data?period={period}", "sol", acts.open_all)
        sol = TestAccount.objects.get(username="test_solar").customer
        assert sol is not None
        grant = own.access(sol)
        gas = grant.meters.get(service__kind=Service.Kind.GAS).uid
        yield Stop("my data, gas", f"/my-data?meter={gas}", "sol", acts.open_all)
        yield Stop("my data/bills, none of the meter", f"/my-data/bills?meter={gas}", "sol")
        yield Stop("my data/bills, none of the year", "/my-data/bills?year=2001", "sol")
        yield Stop("my data, not here", "/my-data?period=never", "sol")
        yield Stop("my data/download, error", "/my-data/download?file=pdf&first=2001-01-01", "sol")
        programs = "/my-data/programs"
        for name, act in (("none", None), ("error", acts.submit), ("made", acts.make_token)):
            yield Stop(f"programs, {name}", programs, "sol", act)
        yield Stop("programs, one", programs, "sol")
        yield Stop("stop a program", f"{programs}/{own.tokens_in_force(grant)[0].family}/stop", "sol")
        for number in range(own.tokens_in_force(grant).count(), own.MOST_TOKENS):
            own.issue_token(grant, f"Program {number}", timedelta(days=30))
        yield Stop("programs, as many as can be", programs, "sol")
        yield Stop("what is shared, and programs", "/my-authorizations", "sol")

    def _grants(self, language: str) -> dict[str, Authorization]:
        """One of each state, with their mails."""
        said = {"language": language, "email": "heather@example.com"}
        names = ("active", "ends soon", "stopped", "declined", "ended by the company")
        parties = {name: cast.third_party(f"Firm{number}") for number, name in enumerate(names)}
        grants = {name: cast.share(parties[name], self.service, **said) for name in names if name != "declined"}
        declined = lifecycle.decline(cast.ask(parties["declined"]), cast.owner(self.service))
        assert declined is not None
        grants["declined"] = declined
        soon = grants["ends soon"]
        changes.shorten(soon, soon.world.today + timedelta(days=12))
        lifecycle.revoke(grants["stopped"], by="customer")
        lifecycle.revoke(grants["ended by the company"], by="company")
        receipt_mails.queue_due()
        return grants

    def _ask(self, party: cast.ThirdParty | None = None, **fields: Any) -> str:
        return str(ask(party or self.sunny, **fields).uid)

    def _answered(self, is_yes: bool) -> str:
        request = ask(self.sunny)
        if is_yes:
            cast.answer(request, self.service)
        else:
            lifecycle.decline(request, cast.owner(self.service))
        return str(request.uid)

    def _attempt(self, asked: str, **fields: Any) -> str:
        values = {"method": SignIn.Method.SSO, "expires": clock.now() + timedelta(minutes=10)} | fields
        row = SignIn.objects.create(
            utility=self.utility,
            request=AuthorizationRequest.objects.get(uid=asked),
            browser_digest=ids.digest(SECRET),
            **values,
        )
        return f"/sign-in/{row.uid}"

    def _session(self, username: str) -> str:
        visitor = Visitor().sign_in(ask(self.sunny), username)
        return str(visitor.client.cookies["session"].value)

    def _live_session(self, customer: Customer) -> str:
        known = self._attempt(self._ask(self.sunset), proven=clock.now(), customers=[customer.pk])
        visitor = Visitor().open(known).press(f"Go on as {customer.name}")
        return str(visitor.client.cookies["session"].value)


def _everything_on(utility: Utility) -> Utility:
    utility.sign_in_methods = ["sso", "code", "bill", "test"]
    utility.support_email, utility.support_phone = "greenbutton@epe.example", "915-555-0100"
    utility.support_hours = {"en": "Monday to Friday, 8 to 5", "es": "De lunes a viernes, de 8 a 5"}
    utility.postal_address, utility.website = "1 Main Ave\nEl Paso, TX 79901", "https://epe.example"
    utility.save()
    logos.put(utility, LOGO)
    connect(FakeProvider("https://login.epe.example"), "/nowhere")
    for kind in ("terms", "privacy"):
        site_texts.publish(utility, kind, OWN_TEXT, date(2020, 1, 1))
        site_texts.publish(utility, kind, {}, date(2020, 2, 1))
    return utility


def _oscar() -> str:
    """A customer who has no meter any more."""
    service = cast.customer("Oscar Other")
    published_account(service, "test_moved")
    service.occupancies.all().delete()
    return "test_moved"


def _bea() -> str:
    """A customer whose meter is new: no readings, no bills."""
    published_account(cast.customer("Bea Bare"), "test_bare")
    return "test_bare"


def _sol() -> str:
    with_sun_on_the_roof("Sol Solar", "test_solar")
    return "test_solar"


def _of_the_site() -> Iterator[Stop]:
    yield Stop("first page of several utilities", "/")
    for page in ("how-it-works", "directory", "help", "contact", "terms", "privacy"):
        yield Stop(f"which utility, {page}", f"/{page}")
    pages = ("", "/how-it-works", "/directory", "/help", "/contact", "/terms", "/terms/1", "/privacy", "/privacy/1")
    for page in pages:
        yield Stop(f"site {page or '/'}", f"/utilities/epe{page}")
    yield Stop("contact with a case", f"/utilities/epe/contact?case={ids.new_uid()}")
    for page in ("", "/directory", "/contact", "/help"):
        yield Stop(f"bare site {page or '/'}", f"/utilities/rio{page}")


def _of_the_docs() -> Iterator[Stop]:
    pages = ("", "/quick-start", "/oauth", "/api", "/greenbutton", "/receipts", "/utilities/epe", "/utilities/rio")
    reference = [f"/api/{group}" for group in (*GROUPS, "errors")]
    for page in (*pages, *reference):
        yield Stop(f"docs {page or '/'}", f"/docs{page}")
    yield Stop("register", "/register/epe")


def _of_errors() -> Iterator[Stop]:
    yield Stop("not found", "/utilities/epe/nothing")
    yield Stop("not understood", "/?x=" + "y" * 9000)
    yield Stop("broken", "/docs/api", during=failing(RuntimeError("on purpose")))
    yield Stop("not allowed", "/docs/api", during=failing(PermissionDenied()))
    yield Stop("stale form", "/utilities/epe/help", "stranger", acts.stale)
    yield Stop("too many passwords", "/my-authorizations?utility=epe", "stranger", acts.guess_twice)


def failing(error: Exception) -> During:
    return lambda: patch.object(tables, "limits", side_effect=error)


def patched(name: str, value: object) -> During:
    return lambda: patch(f"wattkeeper.consent.{name}", return_value=value)
