"""Leaving and coming back: in the same browser, and by a link that takes a request along but signs nobody in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

import cast
from consent.visitor import Visitor, ask, home
from consent.without_account import code_in, letters
from wattkeeper.authorizations import browser
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.consent.models import ResumeLink
from wattkeeper.customers.models import Customer
from wattkeeper.delivery.models import Mail

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
LATER = "Go on later or on another device: get a link by email"
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def noon(set_clock: Clock, settings: Settings) -> None:
    set_clock(NOON)
    settings.IS_DEMO = True  # in the demo mails are written and go nowhere
    utility = cast.epe()
    utility.sign_in_methods = ["code", "test"]
    utility.save()


@pytest.fixture
def lena() -> Customer:
    """A customer of the live world."""
    return cast.owner(cast.customer("Lena Live", cast.live()))


@pytest.fixture
def asking(lena: Customer) -> AuthorizationRequest:
    return ask(cast.third_party("Sunset", Registration.Status.LIVE))


def ask_for_link(asking: AuthorizationRequest, address: str = "lena@example.com", language: str = "en") -> Visitor:
    button = {"en": "Send me the link", "es": "Enviarme el enlace"}[language]
    return Visitor(language).open(f"/consent/{asking.uid}/later").press(button, email=address)


def link() -> str:
    """The path in the newest mail."""
    found = re.search(r"http://[^/]+(/resume/[0-9a-f]{64})", str(letters()[-1].body))
    assert found
    return found[1]


def sign_in(seen: Visitor, who: str = "lena@example.com") -> Visitor:
    """By a code to the address on file, from wherever the ways to sign in are shown."""
    (way,) = seen.page.xpath("//a[contains(@href, '/code')]/@href")
    seen.open(way).press("Send me a code", who=who)
    return seen.press("Sign in", code=code_in(letters()[-1]))


def refused(seen: Visitor) -> bool:
    return seen.response.status_code == 410 and "This link works no more" in seen.text


def test_coming_back_in_the_same_browser_goes_on_where_it_was_left() -> None:
    home()
    party = cast.third_party()
    first = Visitor().sign_in(asking := ask(party))
    again = Visitor()
    again.client.cookies = first.client.cookies
    assert "Share your data with Sunny?" in again.open(f"/consent/{asking.uid}").text
    again.open("/my-authorizations")
    assert "Sunny waits for your answer" in again.text
    again.open(str(again.page.xpath("//main//a[starts-with(@href, '/consent/')]/@href")[0]))
    again.press("Share my data")
    assert again.left_for
    assert "waits for your answer" not in again.open("/my-authorizations").text


def test_of_each_company_the_newest_request_waits() -> None:
    home()
    sunny, rival = cast.third_party(), cast.third_party("Rival")
    uids = [str(ask(party).uid) for party in (sunny, rival, sunny)]
    seen = Visitor().sign_in(ask(cast.third_party("Third"))).open("/my-authorizations")
    led_to = [str(link).split("/")[2] for link in seen.page.xpath("//main//a[starts-with(@href, '/consent/')]/@href")]
    assert led_to[1:] == [uids[2], uids[1]]


def test_a_request_that_has_run_out_waits_for_nobody(set_clock: Clock) -> None:
    home()
    seen = Visitor().sign_in(ask())
    set_clock(NOON + timedelta(minutes=29))
    seen.open("/my-authorizations")
    set_clock(NOON + timedelta(minutes=58))
    assert "waits for your answer" in seen.open("/my-authorizations").text
    set_clock(NOON + timedelta(minutes=61))
    assert "waits for your answer" not in seen.open("/my-authorizations").text


def test_a_link_takes_the_request_to_another_device(asking: AuthorizationRequest, lena: Customer) -> None:
    seen = Visitor().open(f"/consent/{asking.uid}")
    assert LATER in seen.text
    sent = ask_for_link(asking)
    assert "If El Paso Electric has this email address for one of its customers, a link is on its way" in sent.text
    elsewhere = Visitor(secret="").open(link())
    assert "Was it you who began this at Sunset?" in elsewhere.text
    elsewhere.press("It was me, go on here")
    assert elsewhere.path == f"/consent/{asking.uid}"
    assert "First show that you are a customer" in elsewhere.text, "the link signs nobody in"
    sign_in(elsewhere).press("Share my data")
    assert elsewhere.left_for.startswith("https://sunny.example/callback?code=")
    assert Authorization.objects.get().customer == lena
    assert seen.open(f"/consent/{asking.uid}").response.status_code == 404
    assert AuditEntry.objects.filter(action="consent_request_moved").count() == 1


def test_in_spanish(asking: AuthorizationRequest, lena: Customer) -> None:
    lena.language = "es"
    lena.save()
    assert "el enlace va en camino" in ask_for_link(asking, language="es").text
    (mail,) = letters()
    assert mail.subject == "Continuar con la solicitud de Sunset"
    assert "El enlace vale 24 horas y una sola vez." in str(mail.body)
    elsewhere = Visitor("es", secret="").open(link())
    assert "¿Fue usted quien empezó esto en Sunset?" in elsewhere.text
    elsewhere.press("Fui yo, continuar aquí")
    assert "Este enlace ya no vale" in Visitor("es", secret="").open(link()).text


def test_looking_at_the_link_uses_nothing_up_and_the_button_works_once(asking: AuthorizationRequest) -> None:
    ask_for_link(asking)
    path = link()
    for _ in range(3):  # as programs do that look at mails
        scanner = Visitor(secret="").open(path)
        assert scanner.response.status_code == 200
    first, second = Visitor(secret="").open(path), Visitor(secret="").open(path)
    first.press("It was me, go on here")
    assert refused(second.press("It was me, go on here"))
    assert refused(Visitor(secret="").open(path))
    asking.refresh_from_db()
    assert first.open(f"/consent/{asking.uid}").response.status_code == 200
    assert second.open(f"/consent/{asking.uid}").response.status_code == 404


def test_the_link_outlives_the_hour_of_the_request_and_ends_after_a_day(
    asking: AuthorizationRequest, set_clock: Clock
) -> None:
    ask_for_link(asking)
    path = link()
    set_clock(NOON + timedelta(hours=23))
    gone = Visitor().open(f"/consent/{asking.uid}")
    assert gone.response.status_code == 410
    assert "If you had a link sent to you by email, that still works for 24 hours." in gone.text
    there = Visitor(secret="").open(path)
    set_clock(NOON + timedelta(hours=24))
    assert refused(there.press("It was me, go on here"))
    set_clock(NOON + timedelta(hours=23, minutes=59))
    there.open(path).press("It was me, go on here")
    set_clock(NOON + timedelta(hours=24, minutes=58))
    assert there.open(f"/consent/{asking.uid}").response.status_code == 200


def test_an_answered_request_goes_nowhere(asking: AuthorizationRequest) -> None:
    ask_for_link(asking)
    path = link()
    there = Visitor(secret="").open(path)
    Visitor().open(f"/consent/{asking.uid}").press("Go back to Sunset without sharing")
    assert refused(there.press("It was me, go on here"))
    assert refused(there.open(path))
    assert ResumeLink.objects.get().used is None


def test_nobody_else_can_answer_what_a_link_took_along(asking: AuthorizationRequest) -> None:
    cast.customer("Mallory Live", cast.live())
    ask_for_link(asking)
    there = Visitor(secret="").open(link()).press("It was me, go on here")
    sign_in(there, "mallory@example.com")
    assert there.response.status_code == 403
    assert "This request is for another customer" in there.text
    refusal = there.client.post(f"/consent/{asking.uid}/form", {"answer": "share"})
    assert refusal.status_code == 403
    assert not Authorization.objects.exists()
    sign_in(there.press("Not you? Sign out")).press("Share my data")
    assert Authorization.objects.get().customer.name == "Lena Live"


def test_whether_an_address_is_known_is_not_told(asking: AuthorizationRequest) -> None:
    known, unknown = ask_for_link(asking), ask_for_link(asking, "nobody@example.com")
    assert known.text == unknown.text
    assert known.response.status_code == unknown.response.status_code == 200
    assert [mail.recipients() for mail in letters()] == [["lena@example.com"]]


@pytest.mark.parametrize(
    "typed", ["", "lena", "lena@example.com, mallory@example.com", "lena@example.com\nBcc: x@x.io"]
)
def test_what_is_no_address_is_sent_nothing(asking: AuthorizationRequest, typed: str) -> None:
    assert ask_for_link(asking, typed).errors()
    assert letters() == []


def test_only_so_many_links_are_sent(asking: AuthorizationRequest) -> None:
    for _ in range(3):
        ask_for_link(asking)
    refusal = ask_for_link(asking)
    assert refusal.response.status_code == 429
    assert "Too many tries for now" in refusal.text
    party = Registration.objects.get()
    for _ in range(4):
        sent = ask_for_link(AuthorizationRequest.objects.create(
            registration=party, scope="FB=4", browser_digest=asking.browser_digest, expires=asking.expires
        ))  # fmt: skip
        assert sent.response.status_code == 200, "silently: the mailbox is somebody's"
    assert len(letters()) == 5


def test_a_test_customer_is_sent_nothing() -> None:
    home()
    asking = ask()
    assert LATER not in Visitor().sign_in(asking).text
    assert Visitor().open(f"/consent/{asking.uid}/later").path == f"/consent/{asking.uid}"
    assert not ResumeLink.objects.exists()


def test_without_a_mail_server_no_link_is_promised(asking: AuthorizationRequest, settings: Settings) -> None:
    settings.IS_DEMO = False
    assert LATER not in Visitor().open(f"/consent/{asking.uid}").text


def test_the_secret_is_stored_nowhere(asking: AuthorizationRequest) -> None:
    ask_for_link(asking)
    secret = link().rsplit("/", 1)[1]
    row = ResumeLink.objects.values().get()
    assert secret not in str(row)
    assert refused(Visitor(secret="").open(f"/resume/{row['digest']}"))
    assert refused(Visitor(secret="").open(f"/resume/{'0' * 64}"))


def test_another_browser_can_ask_for_no_link(asking: AuthorizationRequest) -> None:
    assert Visitor(secret="6" * 64).open(f"/consent/{asking.uid}/later").response.status_code == 404


def test_the_request_is_bound_to_the_browser_that_took_it(asking: AuthorizationRequest) -> None:
    ask_for_link(asking)
    own = Visitor(secret="7" * 64).open(link()).press("It was me, go on here")
    assert own.client.cookies[browser.COOKIE].value == "7" * 64
    assert Visitor(secret="8" * 64).open(f"/consent/{asking.uid}").response.status_code == 404
    assert Mail.objects.count() == 1
