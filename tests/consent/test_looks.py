"""What the customer is shown of who looked at what: from the audit trail, and nobody else's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

import cast
from consent.visitor import Visitor, home, receipt_of
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common.models import AuditEntry

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


def signed_in(language: str = "en") -> Visitor:
    visitor = Visitor(language, secret="").open("/my-authorizations")
    button = "Sign in as test_residential" if language == "en" else "Iniciar sesión como test_residential"
    return visitor.press(button)


def read(grant: Authorization, path: str) -> None:
    response = Client().get(path, headers=cast.bearer(cast.access_token(grant)))
    assert response.status_code == 200
    b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def shown(seen: Visitor) -> list[list[str]]:
    """The days of the list, each with its lines."""
    (after,) = seen.page.xpath("//h2[contains(., 'looked at') or contains(., 'ha mirado')]/following-sibling::ol[1]")
    return [[" ".join(line.text_content().split()) for line in day.iter("p")] for day in after.iter("li")]


@pytest.fixture
def grant() -> Authorization:
    return cast.authorize(cast.third_party(), home())


def test_looks_are_shown_by_day_newest_first(grant: Authorization, set_clock: Clock) -> None:
    intervals, espi = f"/api/v2/intervals?authorizations={grant.uid}", "/DataCustodian/espi/1_1/resource"
    for minutes in (0, 7):
        set_clock(NOON + timedelta(minutes=minutes))
        read(grant, intervals)
    set_clock(NOON + timedelta(days=1))
    read(grant, f"{espi}/Batch/Subscription/{grant.uid}")
    read(grant, f"{espi}/Subscription/{grant.uid}/UsagePoint")
    assert shown(signed_in().open(receipt_of(grant.uid))) == [
        [
            "March 11, 2026",
            "Which meters you share: once, at 12:00 PM MDT",
            "Your use over time, your bills: once, at 12:00 PM MDT",
        ],
        ["March 10, 2026", "Your use over time, your account details: 2 times, last at 12:07 PM MDT"],
    ]


def test_what_was_not_shared_was_not_looked_at(grant: Authorization) -> None:
    Authorization.objects.update(shares_bills=False, shares_account=False)
    read(grant, f"/api/v2/bills?authorizations={grant.uid}")
    read(grant, f"/api/v2/intervals?authorizations={grant.uid}")
    assert shown(signed_in().open(receipt_of(grant.uid)))[0][1:] == [
        "Your use over time: once, at 12:00 PM MDT",
        "Which meters you share: once, at 12:00 PM MDT",
    ]


def test_only_looks_at_this_grant_are_shown(grant: Authorization) -> None:
    other = cast.authorize(cast.third_party("Rival"), grant.meters.get().service)
    read(other, f"/api/v2/intervals?authorizations={other.uid}")
    seen = signed_in().open(receipt_of(grant.uid))
    assert "Sunny has looked at nothing yet." in seen.text
    seen.open("/my-authorizations")
    said = {part.findtext("h2"): part.text_content() for part in seen.page.iter("article")}
    assert "Last looked at on March 10, 2026." in said["Rival"]
    assert "looked" not in said["Sunny"]


def test_polling_for_what_is_granted_is_no_look_at_data(grant: Authorization) -> None:
    read(grant, "/api/v2/authorizations")
    assert AuditEntry.objects.filter(authorization_uid=grant.uid, action="authorization_read").exists()
    assert "Sunny has looked at nothing yet." in signed_in().open(receipt_of(grant.uid)).text


def test_the_last_twenty_are_shown(grant: Authorization) -> None:
    for _ in range(21):
        read(grant, f"/api/v2/meters/{grant.meters.get().uid}")
    seen = signed_in().open(receipt_of(grant.uid))
    assert shown(seen)[0][1:] == ["Your account details: 20 times, last at 12:00 PM MDT"]
    assert "These are the last 20 times." in seen.text


def test_days_and_times_are_those_of_the_customer_s_world(grant: Authorization) -> None:
    grant.world.clock_offset_seconds = 86400
    grant.world.save()
    Authorization.objects.update(expires=None)
    read(grant, f"/api/v2/intervals?authorizations={grant.uid}")
    assert shown(signed_in().open(receipt_of(grant.uid)))[0][0] == "March 11, 2026"


def test_in_spanish(grant: Authorization) -> None:
    read(grant, f"/api/v2/intervals?authorizations={grant.uid}")
    seen = signed_in("es").open(receipt_of(grant.uid))
    assert shown(seen) == [
        ["10 de marzo de 2026", "Su consumo a lo largo del tiempo, los datos de su cuenta: una vez (12:00 p.m. MDT)"]
    ]


def test_who_declined_is_shown_none(grant: Authorization) -> None:
    Authorization.objects.update(declined=NOON, expires=None)
    assert "looked at" not in signed_in().open(receipt_of(grant.uid)).text
