"""GET /authorizations, and changing and revoking one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from api.reader import TODAY, Shared, ask, body, call, send
from cast import ThirdParty, authorize, customer, live, noon, third_party
from wattkeeper.authorizations.models import Authorization
from wattkeeper.companies.models import Registration
from wattkeeper.events.models import Event

NOW = "2026-11-24T19:00:00.000000+00:00"


def test_an_authorization_has_every_field(shared: Shared) -> None:
    shared.grant.nickname = "Main office"
    shared.grant.save()
    row = call(shared.token, f"/authorizations/{shared.grant.uid}")
    user = shared.party.member.user
    assert [note["type"] for note in row.pop("notes")] == ["access_valid", "meters_full"]
    assert row.pop("scope") == {
        "expires": "2029-11-23T19:00:00.000000+00:00",
        "ongoing_end": None,
        "history_start": "2024-11-24T19:00:00.000000+00:00",
        "shares": ["intervals", "bills", "account"],
        "green_button": shared.grant.scope,
    }
    assert [each["link"] for each in row.pop("exports_list")] == list(row.pop("exports").values())
    assert row == {
        "uid": str(shared.grant.uid), "created": NOW, "customer_email": "heather@example.com",
        "customer_signature": {"type": "confirmation", "ts": NOW}, "declined": None, "is_declined": False,
        "expires": "2029-11-23T19:00:00.000000+00:00", "is_expired": False,
        "form_uid": None, "template_uid": None, "referrals": [shared.grant.referral], "is_archived": False,
        "is_test": True, "nickname": "Main office", "revoked": None, "is_revoked": False, "status": "updated",
        "status_message": "Meters found!", "status_ts": NOW, "user_email": user.email, "user_uid": str(user.uid),
        "user_status": "active", "utility": "EPE",
    }  # fmt: skip


def test_without_an_end_it_expires_when_revoked(shared: Shared) -> None:
    Authorization.objects.update(expires=None)
    row = call(shared.token, f"/authorizations/{shared.grant.uid}")
    assert (row["expires"], row["scope"]["expires"], row["is_expired"]) == ("until_revoked", "until_revoked", False)


def test_meters_are_nested_when_asked_for(shared: Shared) -> None:
    listed = call(shared.token, "/meters")
    one = call(shared.token, f"/authorizations/{shared.grant.uid}", include="meters", expand_meter_blocks="true")
    many = call(shared.token, "/authorizations", include="meters")["authorizations"]
    assert one["meters"] == listed
    assert many == [one]


YESTERDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "flag"), [("declined", "is_declined"), ("revoked", "is_revoked"), ("expires", "is_expired")]
)
def test_what_has_ended_stays_as_a_record_without_its_data(shared: Shared, field: str, flag: str) -> None:
    Authorization.objects.update(**{field: YESTERDAY})
    row = call(shared.token, f"/authorizations/{shared.grant.uid}", include="meters")
    assert (row[field], row[flag]) == ("2026-11-23T00:00:00.000000+00:00", True)
    assert row["status_ts"] == row[field]
    assert row["meters"] == {"meters": [], "next": None}
    assert call(shared.token, "/meters")["meters"] == []
    assert ask(shared.token, f"/meters/{shared.meter.uid}").status_code == 404
    for path in ("/bills", "/intervals"):
        assert ask(shared.token, path, authorizations=shared.grant.uid).status_code == 404


def test_a_declined_one_is_signed_by_nobody(shared: Shared) -> None:
    Authorization.objects.update(declined=YESTERDAY, expires=None)
    row = call(shared.token, f"/authorizations/{shared.grant.uid}")
    assert (row["customer_signature"], row["scope"], row["expires"], row["notes"]) == (None, {}, None, [])


def test_a_suspended_registration_reads_nothing_more(shared: Shared) -> None:
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    assert len(call(shared.token, "/authorizations")["authorizations"]) == 1
    assert call(shared.token, "/meters")["meters"] == []
    assert ask(shared.token, "/intervals", meters=shared.meter.uid).status_code == 404


@pytest.fixture
def several(shared: Shared) -> dict[str, str]:
    """Name -> uid of one authorization in each state, the newest last."""
    party = shared.party
    home = customer("Oscar Other")
    made = {"plain": shared.grant}
    states: dict[str, dict[str, object]] = {
        "archived": {"is_archived": True},
        "declined": {"declined": YESTERDAY},
        "revoked": {"revoked": YESTERDAY},
        "expired": {"expires": YESTERDAY},
    }
    for hours, (name, fields) in enumerate(states.items()):
        made[name] = authorize(party, home, created=noon(TODAY) + timedelta(hours=hours + 1), **fields)
    return {name: str(grant.uid) for name, grant in made.items()}


def names(party: ThirdParty, several: dict[str, str], **filters: str) -> list[str]:
    by_uid = {uid: name for name, uid in several.items()}
    return [by_uid[row["uid"]] for row in call(party.api_token, "/authorizations", **filters)["authorizations"]]


@pytest.mark.parametrize("state", ["archived", "declined", "revoked", "expired"])
def test_a_state_is_filtered_for_and_against(shared: Shared, several: dict[str, str], state: str) -> None:
    everything = ["expired", "revoked", "declined", "archived", "plain"]
    assert names(shared.party, several) == everything
    assert names(shared.party, several, **{f"is_{state}": "true"}) == [state]
    assert names(shared.party, several, **{f"is_{state}": "false"}) == [one for one in everything if one != state]


def test_lists_are_filtered_by_name(shared: Shared, several: dict[str, str]) -> None:
    member = str(shared.party.member.user.uid)
    wanted = f"{several['plain']}, {several['revoked']},unknown"
    assert names(shared.party, several, uids=wanted) == ["revoked", "plain"]
    assert names(shared.party, several, uids=wanted, is_revoked="true") == ["revoked"]
    assert names(shared.party, several, referrals=shared.grant.referral) == ["plain"]
    assert len(names(shared.party, several, users=member, utility="EPE,PG&E")) == 5
    for filters in ({"users": "1"}, {"utility": "epe"}, {"uids": ""}, {"forms": "1"}, {"templates": "1"}):
        assert names(shared.party, several, **filters) == []


def test_live_customers_are_no_test(present: None) -> None:
    party = third_party(status=Registration.Status.LIVE)
    authorize(party, customer("Lena Live", live(), date(2021, 1, 1)))
    assert [row["is_test"] for row in call(party.api_token, "/authorizations")["authorizations"]] == [False]
    assert call(party.api_token, "/authorizations", is_test="true")["authorizations"] == []


def test_a_name_and_archiving_are_changed_alone(shared: Shared) -> None:
    path = f"/authorizations/{shared.grant.uid}"
    assert body(send(shared.token, path, "PATCH", {"nickname": "Office"}))["nickname"] == "Office"
    row = body(send(shared.token, path, "PATCH", {"is_archived": True, "unknown": 1}))
    assert (row["nickname"], row["is_archived"]) == ("Office", True)
    assert body(send(shared.token, path, "PATCH", {"nickname": None}))["nickname"] is None
    assert len(call(shared.token, "/meters", is_archived="false")["meters"]) == 1


def test_revoking_ends_it_once(shared: Shared) -> None:
    path = f"/authorizations/{shared.grant.uid}/revoke"
    first, second = (body(ask(shared.token, path, "POST")) for _ in range(2))
    assert first == second
    assert (first["is_revoked"], first["revoked"]) == (True, NOW)
    assert Event.objects.get(type="authorization_revoked").data == {"by": "company"}
    assert call(shared.token, "/meters")["meters"] == []
