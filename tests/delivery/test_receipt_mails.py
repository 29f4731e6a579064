"""Receipts by mail: for whatever happens to a consent and whoever did it, once, to the address the customer gave."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

import cast
from delivery.conftest import NOON
from delivery.smtp import post_office
from wattkeeper.authorizations import changes, lifecycle, receipt_file
from wattkeeper.authorizations.models import Authorization, SignedReceipt
from wattkeeper.authorizations.receipt_file import Outcome
from wattkeeper.companies.models import Registration
from wattkeeper.customers.models import Service
from wattkeeper.delivery import letters, receipt_mails, rounds
from wattkeeper.delivery.models import Mail
from wattkeeper.delivery.plain import plain
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
Clock = Callable[[datetime], None]


def lena() -> Service:
    return cast.customer("Lena Live", cast.live())


def sunny() -> cast.ThirdParty:
    party = cast.third_party(status=Registration.Status.LIVE)
    party.company.email = "privacy@sunny.example"
    party.company.save()
    return party


def queued() -> list[tuple[str, str]]:
    """Subject and recipient of every mail, in their order."""
    return [(letters.subject_of(html(mail)), mail.recipient) for mail in Mail.objects.order_by("pk")]


def html(mail: Mail) -> str:
    return letters.html_of(mail, Utility.objects.get())


def test_a_consent_is_confirmed_to_the_address_given() -> None:
    cast.share(sunny(), lena(), email="lena.other@example.com")
    rounds.tell.func()
    assert queued() == [("You share your energy data with Sunny", "lena.other@example.com")]


def test_where_no_address_was_given_nothing_is_sent() -> None:
    cast.share(sunny(), lena(), email="")
    rounds.tell.func()
    assert queued() == []
    assert SignedReceipt.objects.get().told == NOON


def test_nothing_goes_out_about_test_data_but_in_the_demo(settings: Settings) -> None:
    """Anybody can sign in as a test account and type anybody's address."""
    party = cast.third_party()
    cast.share(party, cast.customer())
    rounds.tell.func()
    assert queued() == []
    settings.IS_DEMO = True
    cast.share(party, cast.customer("Oscar Other"))
    rounds.tell.func()
    assert queued() == [("Sandbox: You share your energy data with Sunny", "oscar@example.com")]
    assert "this mail is about test data" in html(Mail.objects.get())


def test_the_company_that_ends_it_through_the_api_causes_a_mail(client: Client) -> None:
    party = sunny()
    grant = cast.share(party, lena())
    client.post(f"/api/v2/authorizations/{grant.uid}/revoke", headers=cast.bearer(party.api_token))
    rounds.tell.func()
    rounds.tell.func()
    assert [subject for subject, _ in queued()] == [
        "You share your energy data with Sunny", "You no longer share with Sunny",
    ]  # fmt: skip
    text = " ".join(plain(html(Mail.objects.latest("pk"))).split())
    assert "Sunny ended it on March 10, 2026 and can read nothing more of yours here." in text
    assert "Sharing until" not in text
    assert "If you want it deleted, ask Sunny. privacy@sunny.example" in text


def test_its_end_is_told_when_it_comes(set_clock: Clock) -> None:
    cast.share(sunny(), lena(), expires=date(2026, 3, 12))
    rounds.tell.func()
    set_clock(NOON + timedelta(days=5))
    rounds.tell.func()
    rounds.tell.func()
    assert [subject for subject, _ in queued()][1:] == ["Your sharing with Sunny has ended"]
    assert "It went until March 12, 2026, as you chose." in plain(html(Mail.objects.latest("pk")))


def test_the_plain_part_says_who_what_until_when_and_how_to_stop_it() -> None:
    service = lena()
    grant = cast.share(sunny(), service, shares_account=False)
    rounds.tell.func()
    assert (
        plain(html(Mail.objects.get()))
        == f"""\
El Paso Electric

You share your energy data with Sunny
=====================================

You said yes on March 10, 2026. This is what you agreed to.

Who: Sunny, https://sunny.example, privacy@sunny.example
What: Your use over time, as detailed as your meter records it; Your
  bills: period, charges and amount
Which meters: Meter {service.meter_number}, 1234 Main Ave, El Paso, TX 79901
Data from: March 10, 2024
Sharing until: March 10, 2029

You can stop it at any time: open it, sign in, and press “Stop sharing”.
What Sunny has received by then stays with it.

See or stop it:
http://localhost:8000/my-authorizations?utility=epe&receipt={grant.uid}

Your signed receipt is attached. Keep it: it can be checked years from
now, without this service.

Was this not you? Open it and stop it now, then tell El Paso Electric.
"""
    )


def test_the_signed_receipt_comes_with_it_and_holds_by_itself(settings: Settings) -> None:
    cast.share(sunny(), lena())
    with post_office() as post:
        settings.MAIL_SERVER = post.server()
        rounds.tell.func()
    [letter] = post.letters()
    [attached] = letter.iter_attachments()
    assert attached.get_filename() == "receipt-2026-03-10-given.json"
    text = attached.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert receipt_file.check(text.decode(), settings.RECEIPT_KEYS.ring()).outcome == Outcome.GENUINE
    assert json.loads(text)["content"]["party_identification"][1]["party_name"] == "Sunny"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", SignedReceipt.State.values)
def test_no_mail_loads_anything_or_tells_that_it_was_read(state: str, language: str) -> None:
    grant = cast.share(sunny(), lena(), language=language)
    SignedReceipt.objects.filter(authorization=grant).update(state=state)
    receipt_mails.queue_due()
    page = html(Mail.objects.get())
    assert not any(word in page for word in ("<img", "url(", "src=", "<link", "<script", "@import"))
    assert page.count('class="button"') == 1
    assert f'<html lang="{language}">' in page


def test_a_mail_in_spanish_is_in_spanish() -> None:
    cast.share(sunny(), lena(), language="es")
    receipt_mails.queue_due()
    mail = Mail.objects.get()
    assert letters.subject_of(html(mail)) == "Comparte sus datos de energía con Sunny"
    assert "Se comparte hasta: 10 de marzo de 2029" in plain(html(mail))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_writes() -> None:
    for number in range(3):
        cast.share(
            cast.third_party(f"Sunny{number}", Registration.Status.LIVE), cast.customer(f"L{number} L", cast.live())
        )
    many = 6
    gate = threading.Barrier(many)

    def work(_: int) -> None:
        try:
            gate.wait()
            receipt_mails.queue_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(work, range(many)))
    assert Mail.objects.count() == 3


def test_a_mail_says_what_its_receipt_says_though_more_happened_since() -> None:
    grant = cast.share(sunny(), lena())
    changes.shorten(grant, date(2026, 6, 30))
    receipt_mails.queue_due()
    assert [mail.context["until"] for mail in Mail.objects.order_by("pk")] == ["2029-03-10", "2026-06-30"]


def test_a_grant_that_is_stopped_before_its_mail_was_queued_is_told_of_both() -> None:
    grant = cast.share(sunny(), lena())
    lifecycle.revoke(Authorization.objects.get(pk=grant.pk), "customer")
    receipt_mails.queue_for(grant)
    assert len(queued()) == 2
