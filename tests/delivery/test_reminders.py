"""Reminders by mail: each once, whatever the workers do, to customers who still share."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

import cast
from delivery.conftest import NOON
from delivery.smtp import post_office
from wattkeeper.authorizations import changes, lifecycle
from wattkeeper.authorizations.models import Authorization
from wattkeeper.companies.models import Registration
from wattkeeper.delivery import letters, outbox, reminders
from wattkeeper.delivery.models import Mail
from wattkeeper.delivery.plain import plain
from wattkeeper.utilities.models import Utility

pytestmark = pytest.mark.django_db
Clock = Callable[[datetime], None]
LAST_DAY = date(2026, 6, 30)
MORNING = datetime.fromisoformat("2026-06-23T09:00-06:00")
"""Of seven days before."""


def share(name: str = "Lena Live", scope: str = "FB=4_16_51", **fields: Any) -> Authorization:
    party = cast.third_party(f"Sunny{Authorization.objects.count() or ''}", Registration.Status.LIVE)
    service = cast.customer(name, cast.live())
    return cast.share(party, service, scope, **{"expires": LAST_DAY} | fields)


def subjects() -> list[str]:
    found = Mail.objects.filter(template="reminder").order_by("pk")
    return [letters.subject_of(html(mail)) for mail in found]


def one_line(text: str) -> str:
    return " ".join(text.split())


def html(mail: Mail) -> str:
    return letters.html_of(mail, Utility.objects.get())


def test_they_come_30_7_and_1_days_before(set_clock: Clock) -> None:
    share()
    for day in range(120):
        set_clock(NOON + timedelta(days=day))
        reminders.queue_due()
        reminders.queue_due()
    assert subjects() == [
        "You share with Sunny for 30 more days",
        "You share with Sunny for 7 more days",
        "You share with Sunny until tomorrow",
    ]


def test_a_standing_one_is_told_of_once_a_year(set_clock: Clock) -> None:
    share(scope="FB=4;PreferredAuthEndDate=0", expires=None)
    for day in range(0, 1110, 5):
        set_clock(NOON + timedelta(days=day))
        reminders.queue_due()
    assert subjects() == ["You still share your energy data with Sunny"] * 3


@pytest.mark.parametrize(("late", "subject"), [(6, "until tomorrow"), (7, "until today")])
def test_after_days_without_a_worker_one_comes_and_says_what_is_so(late: int, subject: str, set_clock: Clock) -> None:
    share()
    set_clock(MORNING + timedelta(days=late))
    reminders.queue_due()
    assert subjects() == [f"You share with Sunny {subject}"]


def test_it_says_what_is_shared_and_leads_to_where_it_is_stopped_or_renewed(set_clock: Clock) -> None:
    grant = share()
    set_clock(MORNING)
    reminders.queue_due()
    text = plain(html(Mail.objects.get(template="reminder")))
    assert "It ends by itself after June 30, 2026. If that is right, there is nothing to do. If Sunny" in one_line(text)
    assert "Sharing until: June 30, 2026" in text
    assert f"Renew or stop it:\nhttp://localhost:8000/my-authorizations?utility=epe&receipt={grant.uid}" in text


def test_what_cannot_be_renewed_is_not_said_to_be(set_clock: Clock) -> None:
    share(scope=f"FB=4;PreferredAuthEndDate={int(NOON.timestamp()) + 112 * 86400}")
    set_clock(MORNING)
    reminders.queue_due()
    text = one_line(plain(html(Mail.objects.get(template="reminder"))))
    assert "it has to ask you again" in text
    assert "Renew" not in text


def test_nobody_is_reminded_of_test_data_but_in_the_demo(set_clock: Clock, settings: Settings) -> None:
    cast.share(cast.third_party(), cast.customer(), expires=LAST_DAY)
    set_clock(MORNING)
    reminders.queue_due()
    assert subjects() == []
    settings.IS_DEMO = True
    set_clock(MORNING + timedelta(days=6))
    reminders.queue_due()
    assert subjects() == ["Sandbox: You share with Sunny until tomorrow"]


def test_nobody_is_reminded_who_gave_no_address(set_clock: Clock) -> None:
    share(email="")
    set_clock(MORNING)
    reminders.queue_due()
    assert subjects() == []


@pytest.mark.parametrize("change", [lambda grant: lifecycle.revoke(grant, "customer"), changes.renew])
def test_a_reminder_that_is_true_no_more_is_not_sent(
    change: Callable[[Authorization], None], set_clock: Clock, settings: Settings
) -> None:
    share()
    set_clock(MORNING)
    reminders.queue_due()
    change(Authorization.objects.select_related("registration__utility", "customer__world", "world__utility").get())
    with post_office() as post:
        settings.MAIL_SERVER = post.server()
        outbox.send_due()
    mail = Mail.objects.get(template="reminder")
    assert (mail.sent, mail.error) == (None, "no longer true, so not sent")
    assert not [letter for letter in post.letters() if "for 7 more days" in letter["Subject"]]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_writes(set_clock: Clock) -> None:
    for number in range(4):
        share(f"L{number} Live")
    set_clock(MORNING)
    many = 6
    gate = threading.Barrier(many)

    def work(_: int) -> None:
        try:
            gate.wait()
            reminders.queue_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(work, range(many)))
    assert len(subjects()) == 4
