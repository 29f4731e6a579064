"""The wall over the whole flow with the code's own check deleted: the database refuses, the customer gets an answer."""

from datetime import date, timedelta

import pytest

import cast
import oauth_flow
from consent.visitor import Visitor, receipt_of
from wattkeeper.authorizations import changes, lifecycle, offers
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, Meter
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.consent import session
from wattkeeper.customers.models import Customer
from wattkeeper.events.models import Event

pytestmark = pytest.mark.django_db
NOT_LIVE = [status for status in Registration.Status if status != Registration.Status.LIVE]


@pytest.fixture
def without_the_if(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (offers, lifecycle, changes):
        monkeypatch.setattr(module, "check_may_grant", lambda registration, customer: None)


@pytest.fixture
def lena() -> Customer:
    service = cast.customer("Lena Live", cast.live())
    cast.fill(service, date(2026, 11, 20), date(2026, 11, 22))
    return cast.owner(service)


def signed_in(who: Customer) -> Visitor:
    visitor = Visitor(secret="")
    browser = visitor.client.session
    present = clock.epoch(clock.now())
    browser.update(dict(zip(session.KEYS, (who.pk, present, "sso", present), strict=True)))
    browser.save()
    return visitor


def at_the_form(who: Customer, status: str) -> Visitor:
    """Comes from a third party's site, signed in at the utility."""
    visitor, party = signed_in(who), cast.third_party()
    response = oauth_flow.ask(visitor.client, party)  # while it may: suspended later, it never gets so far
    Registration.objects.filter(pk=party.registration.pk).update(status=status)
    return visitor.open(response["Location"])


def nothing_was_granted() -> bool:
    told = Event.objects.filter(type="authorization_created")
    rows = (Authorization.objects.all(), Meter.objects.all(), AuthorizationCode.objects.all(), told)
    return not any(found.exists() for found in rows)


@pytest.mark.parametrize("status", NOT_LIVE)
def test_the_database_refuses_and_the_customer_is_told(
    without_the_if: None, lena: Customer, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = at_the_form(lena, status)
    assert "Share my data" in seen.text, "the form is reached: nothing but the database is left to refuse"
    seen.press("Share my data")
    assert seen.response.status_code == 403
    assert "A safeguard stopped this" in seen.text
    assert "Nothing was shared" in seen.text
    assert nothing_was_granted()
    assert "only the database kept" in caplog.text
    assert AuditEntry.objects.filter(action="wall_refused", actor=str(lena.uid)).count() == 1
    seen.press("Go back to Sunny without sharing")
    assert "error=access_denied" in seen.left_for
    assert nothing_was_granted()


def test_with_the_check_in_place_nobody_gets_to_the_form(lena: Customer) -> None:
    seen = at_the_form(lena, "sandbox")
    assert seen.response.status_code == 403
    assert "Sunny may not ask real customers yet" in seen.text
    assert not AuditEntry.objects.filter(action="wall_refused").exists()


def test_a_live_registration_passes_the_wall(without_the_if: None, lena: Customer) -> None:
    seen = at_the_form(lena, "live").press("Share my data")
    assert "code=" in seen.left_for
    assert Authorization.objects.get().world.is_live


def test_a_grant_that_ran_out_is_not_renewed_through_the_wall(without_the_if: None, lena: Customer) -> None:
    party, over = cast.third_party(status="live"), clock.now() - timedelta(days=1)
    service = lena.accounts.get().occupancies.get().service
    grant = cast.authorize(party, service, expires=over, requested_scope="FB=4;PreferredAuthEndDate=0")
    Registration.objects.update(status="sandbox")
    seen = signed_in(lena).open(receipt_of(grant.uid))
    button = next(found.text_content() for found in seen.page.iter("button") if "Renew until" in found.text_content())
    seen.press(" ".join(button.split()))
    assert seen.path == receipt_of(grant.uid)
    assert "You no longer share with Sunny" in seen.text
    grant.refresh_from_db()
    assert grant.expires == over
    assert AuditEntry.objects.get(action="wall_refused").authorization_uid == grant.uid
