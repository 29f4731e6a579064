"""Bulk: everything of one registration in one feed, and nothing of another."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import cast
from greenbutton import reader
from greenbutton.reader import ATOM, ROOT, Home, body, entries, get, links, numbers
from wattkeeper.authorizations.windows import GrantEndedError
from wattkeeper.common import clock
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies.models import Registration
from wattkeeper.events.models import Event
from wattkeeper.greenbutton import bulk

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Home:
    return reader.furnish(reader.home())


def path(home: Home, kind: str = "Bulk") -> str:
    return f"/Batch/{kind}/{home.party.registration.uid}"


def held(feed_path: str, token: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries(reader.read(feed_path, token))]


def test_rbk001_it_holds_each_authorization_and_what_its_own_feed_holds(home: Home) -> None:
    second = reader.home(home.party, "Heather Second")
    token = cast.client_token(home.party)
    ours = {
        entry.findtext(f"{ATOM}id") for one in (home, second) for entry in entries(reader.read(one.batch, one.token))
    }
    grants = [entry.findtext(f"{ATOM}id") for entry in entries(reader.read("/Authorization", token))]
    for feed in (path(home), f"/Bulk/{home.party.registration.uid}"):
        found = [entry.findtext(f"{ATOM}id") for entry in entries(reader.read(feed, token))]
        assert len(found) == len(set(found))
        assert set(found) == ours | set(grants)


def test_rbk002_rbk003_rbk004_other_tokens(home: Home) -> None:
    for kind in ("Bulk", "BulkRetailCustomerInfo"):
        assert get(path(home, kind), home.token).status_code == 403
        assert get(path(home, kind), cast.registration_token(home.party)).status_code == 403
        assert get(path(home, kind)).status_code == 401


def test_nobody_else_s(home: Home) -> None:
    rival = reader.home(cast.third_party("Rival"), "Oscar Other")
    for kind in ("Bulk", "BulkRetailCustomerInfo"):
        assert get(path(home, kind), cast.client_token(rival.party)).status_code == 404
        assert get(path(home, kind), rival.party.api_token).status_code == 404
        content = body(get(path(home, kind), cast.client_token(home.party))).decode()
        assert str(home.grant.uid) in content
        assert str(rival.grant.uid) not in content
        assert "Oscar" not in content


def test_two_registrations_of_one_company_have_a_bulk_each(home: Home) -> None:
    other = Registration.objects.create(
        company=home.party.company, utility=cast.epe(), client_id="EPE_ddddddddd", is_public_demo=True
    )
    grant = cast.authorize(replace(home.party, registration=other), cast.customer("Oscar Other"))
    for kind in ("Bulk", "BulkRetailCustomerInfo"):
        for registration, mine, not_mine in ((home.party.registration, home.grant, grant), (other, grant, home.grant)):
            content = body(get(f"/Batch/{kind}/{registration.uid}", home.party.api_token)).decode()
            assert str(mine.uid) in content
            assert str(not_mine.uid) not in content
        assert get(f"/Batch/{kind}/{other.uid}", cast.client_token(home.party)).status_code == 404


def test_what_ended_or_is_test_data_of_a_live_registration_is_left_out(home: Home) -> None:
    ago = clock.now() - timedelta(days=1)
    for ended in ({"revoked": ago}, {"expires": ago}, {"declined": ago}):
        cast.authorize(home.party, home.service, created=ago - timedelta(days=1), **ended)
    assert held(path(home), cast.client_token(home.party)).count("Authorization") == 1
    Registration.objects.filter(pk=home.party.registration.pk).update(status="live")
    for kind in ("Bulk", "BulkRetailCustomerInfo"):
        assert held(path(home, kind), cast.client_token(home.party)) == []


def test_customers_come_where_their_details_were_shared(home: Home) -> None:
    reader.home(home.party, "Heather Quiet", shares_account=False)
    seen = AuditEntry.objects.count()
    content = body(get(path(home, "BulkRetailCustomerInfo"), cast.client_token(home.party))).decode()
    assert "Heather Homeowner" in content
    assert "Quiet" not in content
    assert [row.authorization_uid for row in AuditEntry.objects.order_by("id")[seen:]] == [home.grant.uid]
    assert held(path(home, "BulkRetailCustomerInfo"), cast.client_token(home.party)).count("Customer") == 1


def test_names_stand_in_no_feed_of_energy(home: Home) -> None:
    content = body(get(path(home), cast.client_token(home.party))).decode()
    for secret in ("Heather", home.service.street, home.service.identifier, home.service.meter_number):
        assert secret not in content


def test_a_span_chooses_blocks_and_authorizations(home: Home) -> None:
    token = cast.client_token(home.party)
    day = "published-min=2026-03-01T07:00:00Z&published-max=2026-03-02T07:00:00Z"
    found = held(f"{path(home)}?{day}", token)
    assert found == ["UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType", "IntervalBlock"]
    assert get(f"{path(home)}?published-min=yesterday", token).status_code == 400


def test_every_grant_opened_is_told(home: Home) -> None:
    reader.home(home.party, "Heather Second")
    seen = AuditEntry.objects.count()
    body(get(path(home), cast.client_token(home.party)))
    rows = AuditEntry.objects.order_by("id")[seen:]
    assert [(row.action, row.registration_uid) for row in rows] == [("data_read", home.party.registration.uid)] * 2


def test_it_is_read_a_batch_of_grants_at_a_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        cast.authorize(home.party, home.service, history_start=reader.LONG_AGO)
    token = cast.client_token(home.party)
    whole = held(path(home), token)
    monkeypatch.setattr(bulk, "BATCH", 2)
    assert sorted(held(path(home), token)) == sorted(whole)
    assert whole.count("UsagePoint") == 5


def test_a_grant_that_ends_before_its_batch_is_left_out_and_one_that_ends_in_it_breaks_off(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 1)
    later = reader.home(home.party, "Heather Second")
    for ended, is_whole in ((later, True), (home, False)):
        response = get(path(home), cast.client_token(home.party))
        chunks = iter(response.streaming_content)
        received = [next(chunks)]
        ended.grant.revoked = clock.now()
        ended.grant.save()
        if is_whole:
            received.extend(chunks)
            assert str(later.grant.uid).encode() not in b"".join(received)
        else:
            with pytest.raises(GrantEndedError):
                received.extend(chunks)
        assert b"".join(received).endswith(b"</feed>\n") is is_whole


def test_what_a_bulk_costs(home: Home) -> None:
    """Token, registration, grants (twice: none left), meters, occupancies, trail, channels, bills, power; then of each
    stream its days, and the grant for each month, the bills and the power."""
    token = cast.client_token(home.party)
    with CaptureQueriesContext(connection) as seen:
        body(get(path(home), token))
    assert len(seen) == 10 + 2 + 3 + 2


def delete(feed_path: str, token: str) -> int:
    return int(Client().delete(ROOT + feed_path, headers=cast.bearer(token)).status_code)


@pytest.mark.parametrize("kind", ["client", "api"])
def test_mga002_a_third_party_gives_an_authorization_back(home: Home, kind: str) -> None:
    where = f"/Authorization/{home.grant.uid}"
    token = cast.client_token(home.party) if kind == "client" else home.party.api_token
    response = Client().delete(ROOT + where, headers=cast.bearer(token))
    assert response.status_code == 200
    assert b"<status>0</status>" in response.content
    assert numbers(reader.read(where, token), "Authorization/status") == [0]
    assert get(home.batch, home.token).status_code == 401
    assert delete(where, token) == 200
    assert Event.objects.filter(type="authorization_revoked").count() == 1
    assert AuditEntry.objects.filter(action="consent_revoked", authorization_uid=home.grant.uid).count() == 1


def test_mga003_no_other_token_ends_it(home: Home) -> None:
    rival = cast.third_party("Rival")
    where = f"/Authorization/{home.grant.uid}"
    assert delete(where, home.token) == 403
    assert delete(where, cast.registration_token(home.party)) == 403
    assert Client().delete(ROOT + where).status_code == 401
    assert delete(where, cast.client_token(rival)) == 404
    assert delete(where, rival.api_token) == 404
    assert delete(f"/Authorization/{home.party.registration.uid}", cast.client_token(home.party)) == 404
    assert get(home.batch, home.token).status_code == 200


def test_power_quality_lies_in_the_window_and_goes_with_the_intervals(home: Home) -> None:
    listing = home.path("/ElectricPowerQualitySummary")
    found = entries(reader.read(listing, home.token))
    assert [numbers(entry, "ElectricPowerQualitySummary/mainsVoltage") for entry in found] == [[240_100_000]] * 2
    assert numbers(found[0], "ElectricPowerQualitySummary/summaryInterval/duration") == [16 * 86400 - 3600]
    assert len(entries(reader.read(f"{listing}?published-min=2026-03-15T06:00:00Z", home.token))) == 1
    assert links(found[0], "up") == [
        href
        for entry in entries(reader.read(home.batch, home.token), "UsagePoint")
        for href in links(entry, "related")
        if href.endswith("ElectricPowerQualitySummary")
    ]
    home.grant.history_start = cast.noon(reader.FIRST)
    home.grant.save()
    assert len(entries(reader.read(listing, home.token))) == 1
    home.grant.shares_intervals = False
    home.grant.save()
    assert entries(reader.read(listing, home.token)) == []
