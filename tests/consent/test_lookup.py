"""Signing in without an online account by a code in a mail, and that nothing tells who is a customer."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

import cast
from consent.visitor import SECRET, Visitor, ask, live_party
from consent.without_account import (
    BILL,
    CODE,
    asked_for,
    code_in,
    is_signed_in,
    letters,
    visitor_at,
)
from wattkeeper.authorizations import browser
from wattkeeper.consent import attempts, codes
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer, CustomerAccount
from wattkeeper.utilities.models import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_online_accounts")]
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_the_ways_stand_on_both_pages_the_default_first(account: CustomerAccount) -> None:
    asking = ask(live_party())
    for page in (f"/consent/{asking.uid}", "/my-authorizations"):
        seen = Visitor().open(page)
        links = seen.page.xpath("//main//section//a[contains(@class, 'button')]/@href")
        assert [link.partition("?")[0] for link in links] == [CODE, BILL]
        assert "Single sign-on is not connected" not in seen.text
    assert account.number


@pytest.mark.parametrize(
    "spelling", ["{number}", " {number} ", "{number[0]}-{rest}", "lena@example.com", "LENA@Example.com"]
)
def test_a_code_by_mail_signs_in(account: CustomerAccount, spelling: str) -> None:
    seen = asked_for(spelling.format(number=account.number, rest=account.number[1:]))
    (letter,) = letters()
    assert (letter.to, letter.subject) == (["lena@example.com"], "Your code for El Paso Electric")
    assert "Signed in as Lena Live." in seen.press("Sign in", code=code_in(letter)).text


def test_a_code_leads_to_the_form_of_the_request(account: CustomerAccount) -> None:
    asking = ask(live_party())
    seen = Visitor().open(f"/consent/{asking.uid}")
    seen.open(seen.page.xpath("//a[.='Get a code by email']/@href")[0])
    seen.press("Send me a code", who=account.number).press("Sign in", code=code_in(letters()[0]).replace(" ", ""))
    assert seen.path == f"/consent/{asking.uid}/form"


def test_the_mail_is_in_the_customers_language(account: CustomerAccount) -> None:
    Customer.objects.update(language="es")
    asked_for(account.number)
    (letter,) = letters()
    assert letter.subject == "Su código para El Paso Electric"
    assert "borre este correo" in str(letter.body)
    assert "&" not in str(letter.body)


def without_tokens(seen: Visitor) -> str:
    page = re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"', "", seen.response.content.decode())
    return page.replace(seen.path, "")


def test_nothing_tells_who_is_a_customer(account: CustomerAccount) -> None:
    """The same pages after the same questions to the database, whether there is such a customer or not."""
    Customer.objects.create(world=cast.live(), name="Nora No-mail", external_id="n", email="")
    pages, counts = [], []
    for who in (account.number, "3999999999", "lena@example.com", "nobody@example.com"):
        seen = Visitor().open(CODE)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            seen.press("Send me a code", who=who)
        counts.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
        pages.append((without_tokens(seen), without_tokens(seen.press("Sign in", code="12345678"))))
    assert pages[0] == pages[1] == pages[2] == pages[3]
    assert len(set(map(len, counts[:2]))) == 1
    assert len(set(map(len, counts[2:]))) == 1
    assert len(letters()) == 2


def test_a_customer_without_an_address_gets_the_same_page_and_no_mail(account: CustomerAccount) -> None:
    Customer.objects.update(email="")
    assert "a code is on its way there" in asked_for(account.number).text
    assert letters() == []


@pytest.mark.parametrize("world", [cast.sandbox, cast.elsewhere])
def test_customers_of_other_worlds_get_no_mail(world: Callable[[], World]) -> None:
    account = cast.owner(cast.customer(world=world())).accounts.get()
    asked_for("heather@example.com")
    asked_for(account.number)
    assert letters() == []


def test_several_customers_of_one_address_choose(account: CustomerAccount) -> None:
    other = cast.owner(cast.customer("Lars Live", cast.live()))
    Customer.objects.update(email="both@example.com")
    seen = asked_for("both@example.com")
    seen.press("Sign in", code=code_in(letters()[0]))
    assert "Which customer is this about?" in seen.text
    assert f"Account {other.accounts.get().number}" in seen.text
    assert "Signed in as Lars Live." in seen.press("Go on as Lars Live").text
    assert account.number


def test_a_number_of_customers_with_several_addresses_proves_nothing(account: CustomerAccount) -> None:
    other = cast.owner(cast.customer("Lars Live", cast.live()))
    CustomerAccount.objects.create(customer=other, number=account.number, billing_name="Lars")
    asked_for(account.number)
    assert letters() == []


def test_of_an_account_number_only_who_can_be_reached_gets_in(account: CustomerAccount) -> None:
    other = cast.owner(cast.customer("Lars Live", cast.live()))
    Customer.objects.filter(pk=other.pk).update(email="")
    CustomerAccount.objects.create(customer=other, number=account.number, billing_name="Lars")
    seen = asked_for(account.number)
    assert "Signed in as Lena Live." in seen.press("Sign in", code=code_in(letters()[0])).text


def test_whoever_asked_for_nobodys_code_is_never_let_in(account: CustomerAccount) -> None:
    seen = asked_for("000000000")
    assert seen.press("Sign in", code=codes.code_of(SignIn.objects.get())).errors()
    assert SignIn.objects.get().proven is None
    assert not is_signed_in(seen)


def test_a_wrong_code_is_told_and_five_are_the_end(account: CustomerAccount) -> None:
    seen = asked_for(account.number)
    right = code_in(letters()[0])
    for left in (4, 3, 2, 1):
        seen.press("Sign in", code="0000 0000")
        assert seen.errors() == [f"This is not the code in the newest email. Tries left: {left}."]
    assert "Too many wrong codes" in seen.press("Sign in", code="00000000").text
    assert not is_signed_in(seen)
    again = asked_for(account.number)
    page = again.path
    token = again.client.cookies["csrf"].value
    again.client.post(page, {"code": right, "csrfmiddlewaretoken": token})
    assert not is_signed_in(again)


def test_the_right_code_after_five_wrong_ones_is_too_late(account: CustomerAccount) -> None:
    seen = asked_for(account.number)
    right = code_in(letters()[0])
    page, token = seen.path, seen.client.cookies["csrf"].value
    for code in (*["00000000"] * 5, right):
        seen.client.post(page, {"code": code, "csrfmiddlewaretoken": token})
    assert not is_signed_in(seen)


def test_a_code_works_for_ten_minutes(account: CustomerAccount, set_clock: Callable[[datetime], None]) -> None:
    seen = asked_for(account.number)
    right = code_in(letters()[0])
    set_clock(NOON + timedelta(minutes=10))
    assert "The time for this sign-in is up" in seen.press("Sign in", code=right).text
    assert not is_signed_in(seen)


def test_a_late_worker_sends_no_code_that_is_worth_nothing(
    account: CustomerAccount, set_clock: Callable[[datetime], None]
) -> None:
    asked_for(account.number)
    set_clock(NOON + timedelta(minutes=10))
    assert letters() == []


def test_a_code_works_once_and_in_its_own_browser(account: CustomerAccount) -> None:
    seen = asked_for(account.number)
    right = code_in(letters()[0])
    stranger = Visitor(secret="6" * 64)
    assert "We cannot finish this sign-in here" in stranger.open(seen.path).text
    elsewhere = asked_for(account.number, stranger)
    assert elsewhere.press("Sign in", code=right).errors()
    page = seen.path
    seen.press("Sign in", code=right)
    assert is_signed_in(seen)
    seen.press("Not you? Sign out")
    token = seen.client.cookies["csrf"].value
    seen.client.post(page, {"code": right, "csrfmiddlewaretoken": token})
    assert not is_signed_in(seen)


@pytest.mark.django_db(transaction=True)
def test_of_two_right_codes_at_once_one_counts(account: CustomerAccount) -> None:
    seen = asked_for(account.number)
    sign_in, start = SignIn.objects.get(), threading.Barrier(4)

    def enter(_: int) -> int:
        client = Client()
        client.cookies[browser.COOKIE] = SECRET
        start.wait()
        try:
            return "customer_id" in (client.post(seen.path, {"code": codes.code_of(sign_in)}) and client.session)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [0, 0, 0, 1]


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_five(account: CustomerAccount) -> None:
    seen = asked_for(account.number)
    start = threading.Barrier(8)

    def guess(_: int) -> None:
        client = Client()
        client.cookies[browser.COOKIE] = SECRET
        start.wait()
        try:
            client.post(seen.path, {"code": "00000000"})
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(8)))
    assert SignIn.objects.get().tries == 5


def test_codes_are_not_kept(account: CustomerAccount) -> None:
    asked_for(account.number)
    kept = str(SignIn.objects.values().get()) + str(DBTaskResult.objects.values().get())
    for secret in (code_in(letters()[0]).replace(" ", ""), account.number, "lena@example.com"):
        assert secret not in kept


def test_a_network_and_an_account_are_counted(account: CustomerAccount, set_clock: Callable[[datetime], None]) -> None:
    for who in (account.number, "3999999999"):
        for _ in range(5):
            assert "a code is on its way there" in asked_for(who).text
        refused = asked_for(who)
        assert refused.response.status_code == 429
        assert "Too many tries for now" in refused.text
    set_clock(NOON + timedelta(minutes=61))
    assert "a code is on its way there" in asked_for(account.number).text


def test_a_stranger_elsewhere_does_not_lock_the_customer_out(account: CustomerAccount) -> None:
    for _ in range(6):
        stranger = Visitor()
        stranger.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
        asked_for(account.number, stranger)
    assert len(letters()) == 5
    seen = asked_for(account.number)
    assert "Signed in as Lena Live." in seen.press("Sign in", code=code_in(letters()[-1])).text


def test_a_network_is_counted_over_many_accounts(account: CustomerAccount) -> None:
    for number in range(30):
        asked_for(f"40000000{number:02d}")
    assert asked_for(account.number).response.status_code == 429
    assert asked_for(account.number, visitor_at("198.51.100.7")).response.status_code == 200


def test_a_mailbox_gets_no_more_than_twenty_codes_an_hour(account: CustomerAccount) -> None:
    for number in range(25):
        seen = asked_for(account.number, visitor_at(f"198.51.100.{number}"))
        assert "a code is on its way there" in seen.text
    assert len(letters()) == 20


def test_a_made_up_forwarding_header_changes_nothing(account: CustomerAccount) -> None:
    for number in range(5):
        asked_for(account.number, visitor_at("192.0.2.9", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}"))
    assert asked_for(account.number, visitor_at("192.0.2.9")).response.status_code == 429
    with override_settings(PROXIES=1):
        for number in range(5):
            asked_for(account.number, visitor_at("127.0.0.1", HTTP_X_FORWARDED_FOR=f"10.9.9.{number}, 192.0.2.10"))
        last = visitor_at("127.0.0.1", HTTP_X_FORWARDED_FOR="10.8.8.8,192.0.2.10")
        assert asked_for(account.number, last).response.status_code == 429


def prefilled(option: str, party: cast.ThirdParty | None = None, language: str = "en") -> Visitor:
    asking = ask(party or live_party(), f"FB=4;AdditionalScope={option}")
    return Visitor(language).open(f"/consent/{asking.uid}")


@pytest.mark.parametrize("option", ["auth-account-{number}", "auth-email-lena@example.com", "auth-phone-9155550142"])
def test_a_prefilled_look_up_goes_straight_to_the_code(account: CustomerAccount, option: str) -> None:
    Customer.objects.update(phone="(915) 555-0142")
    seen = prefilled(option.format(number=account.number))
    assert "Enter the code" in seen.text
    assert seen.press("Sign in", code=code_in(letters()[0])).path.endswith("/form")


@pytest.mark.parametrize(
    "option", ["auth-account-3999999999", "auth-email-nobody@example.com", "auth-phone-5554443333"]
)
def test_a_prefilled_look_up_that_finds_nobody_starts_the_same_way(account: CustomerAccount, option: str) -> None:
    seen = prefilled(option)
    assert "Enter the code" in seen.text
    assert letters() == []
    seen.open(seen.page.xpath("//a[.='Enter it again']/@href")[0])
    seen.press("Send me a code", who=account.number).press("Sign in", code=code_in(letters()[0]))
    assert seen.path.endswith("/form")


@pytest.mark.parametrize("option", ["auth-account", "auth-address-1234", "auth-utility-EPE"])
def test_an_option_that_says_nothing_starts_at_the_choice(account: CustomerAccount, option: str) -> None:
    assert "First show that you are a customer" in prefilled(option).text


def test_a_prefilled_look_up_sends_one_code_however_often_it_is_opened(account: CustomerAccount) -> None:
    asking = ask(live_party(), f"FB=4;AdditionalScope=auth-account-{account.number}")
    for _ in range(3):
        Visitor().open(f"/consent/{asking.uid}")
    assert len(letters()) == 1


def test_a_company_in_the_sandbox_has_no_mail_sent(account: CustomerAccount) -> None:
    assert "First show that you are a customer" in prefilled("auth-email-lena@example.com", cast.third_party()).text
    assert letters() == []


def test_without_codes_the_options_start_at_the_choice(account: CustomerAccount) -> None:
    utility = cast.epe()
    utility.sign_in_methods = ["test"]
    utility.save()
    assert "First show that you are a customer" in prefilled("auth-email-lena@example.com").text
    for page in (CODE, BILL):
        assert Visitor().open(page).path == "/my-authorizations"


def test_attempts_are_forgotten_after_a_month(account: CustomerAccount, set_clock: Callable[[datetime], None]) -> None:
    asked_for(account.number)
    set_clock(NOON + timedelta(days=29))
    assert attempts.forget() == 0
    set_clock(NOON + timedelta(days=31))
    assert attempts.forget() == 1


def test_the_pages_need_a_form_of_ours(account: CustomerAccount) -> None:
    for page in (CODE, BILL):
        answer = Client(enforce_csrf_checks=True).post(page, {"who": account.number})
        assert answer.status_code == 403
    assert letters() == []
