"""DELETE /authorizations/{uid}: test data goes, real customers' stays, and so does what is on record."""

import json
from typing import Any

import pytest
from django.test import Client

from api.reader import TODAY, Shared, ask, body, call, text
from cast import access_token, authorize, bearer, customer, fill, live, share, third_party
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, Meter, SignedReceipt, Token
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.events.models import Event
from wattkeeper.readings.models import DayBlock


def delete(token: str, uid: object) -> tuple[int, Any]:
    response = ask(token, f"/authorizations/{uid}", "DELETE")
    return response.status_code, body(response)


def test_it_goes_with_all_that_hangs_on_it_and_what_happened_stays(shared: Shared) -> None:
    home = customer("Oscar Other")
    fill(home, TODAY.replace(day=20), TODAY)
    grant = share(shared.party, home)
    meter, token = grant.meters.get(), access_token(grant)
    events, days = Event.objects.count(), DayBlock.objects.count()
    assert delete(shared.token, grant.uid) == (200, {"success": True})
    for rows in (Meter.objects.filter(pk=meter.pk), Token.objects.filter(kind="access"), SignedReceipt.objects.all()):
        assert not rows.exists()
    assert not AuthorizationCode.objects.filter(authorization__uid=grant.uid).exists()
    assert DayBlock.objects.count() == days, "the customer's own data is not the grant's"
    assert list(Event.objects.order_by("id").values_list("type", flat=True))[events:] == ["authorization_revoked"]
    trail = AuditEntry.objects.filter(authorization_uid=grant.uid).order_by("id").values_list("action", flat=True)
    assert list(trail)[-3:] == ["authorization_read", "consent_revoked", "authorization_deleted"]
    assert ask(token, "/meters").status_code == 401
    assert ask(shared.token, f"/meters/{meter.uid}").status_code == 404
    assert delete(shared.token, grant.uid)[0] == 404
    assert [row["uid"] for row in call(shared.token, "/authorizations")["authorizations"]] == [str(shared.grant.uid)]


def test_the_customer_can_share_anew(shared: Shared) -> None:
    assert delete(shared.token, shared.grant.uid)[0] == 200
    again = share(shared.party, shared.service)
    assert again.uid != shared.grant.uid
    assert len(call(shared.token, "/meters")["meters"]) == 1


@pytest.mark.parametrize("state", ["revoked", "declined", "expires"])
def test_one_that_has_ended_can_be_deleted(shared: Shared, state: str) -> None:
    Authorization.objects.update(**{state: shared.grant.created})
    assert delete(shared.token, shared.grant.uid) == (200, {"success": True})
    assert not Authorization.objects.exists()


def test_a_real_customer_s_stays(present: None) -> None:
    party = third_party(status=Registration.Status.LIVE)
    grant = authorize(party, customer("Lena Live", live()))
    status, answer = delete(party.api_token, grant.uid)
    assert (status, answer["error"], answer.keys()) == (403, "forbidden", {"error", "error_description", "url"})
    grant.refresh_from_db()
    assert grant.revoked is None
    assert call(access_token(grant), "/meters")["meters"]


def test_a_live_registration_deletes_its_test_data(present: None) -> None:
    party = third_party(status=Registration.Status.LIVE)
    grant = authorize(party, customer())
    assert delete(access_token(grant), grant.uid) == (200, {"success": True})


def test_who_reads_at_that_moment_is_broken_off(shared: Shared) -> None:
    """What was sent is no JSON, so that nobody takes it for all there is."""
    fill(shared.service, TODAY.replace(month=1), TODAY)
    response = Client(raise_request_exception=False).get(
        f"/api/v2/intervals?meters={shared.meter.uid}", headers=bearer(shared.token)
    )
    assert response.streaming
    parts = iter(response)
    sent = next(parts) + next(parts)
    assert delete(shared.token, shared.grant.uid)[0] == 200
    with pytest.raises(Exception, match="no longer in force"):
        sent += b"".join(parts)
    with pytest.raises(json.JSONDecodeError):
        json.loads(sent)


def test_a_stranger_s_is_not_found_and_untouched(shared: Shared) -> None:
    rival = third_party("Rival")
    unknown = delete(rival.api_token, "00000000-0000-4000-8000-000000000000")
    assert delete(rival.api_token, shared.grant.uid) == unknown
    assert unknown[0] == 404
    assert text(ask(shared.token, f"/authorizations/{shared.grant.uid}"))
