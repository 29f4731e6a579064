"""Templates and forms: every field, what they take, what comes of playing a customer."""

from typing import Any

import pytest

import cast
from api.reader import Shared, ask, body, call, every_page, send, text
from cast import authorize, customer, third_party
from consent.visitor import published_account
from wattkeeper.authorizations.models import Authorization, AuthorizationRequest
from wattkeeper.common.models import AuditEntry
from wattkeeper.companies import portals
from wattkeeper.companies.models import Company, Form, Registration, Template
from wattkeeper.events.models import Event
from wattkeeper.utilities.models import Utility

NOW = "2026-11-24T19:00:00.000000+00:00"
NOBODYS = "00000000-0000-4000-8000-000000000000"


def make(shared: Shared, **fields: Any) -> Any:
    response = send(shared.token, "/forms", "POST", fields)
    assert response.status_code == 200, body(response)
    return body(response)


def submitted(shared: Shared, form: Any, scenario: str = "test_residential", utility: str = "EPE") -> Any:
    return send(shared.token, f"/forms/{form['uid']}/test-submit", "POST", {"utility": utility, "scenario": scenario})


@pytest.fixture
def rehearsed(shared: Shared) -> Shared:
    """Shared, where Oscar's home has a test account and another account finds nobody."""
    home = customer("Oscar Other")
    published_account(home)
    published_account(None, "test_badlogin")
    return shared


def test_there_is_a_template_from_the_start(shared: Shared) -> None:
    (row,) = call(shared.token, "/templates")["templates"]
    assert row == call(shared.token, f"/templates/{row['uid']}")
    user = shared.party.member.user
    assert row.pop("uid") == str(Template.objects.get().uid)
    assert row == {
        "created": NOW, "updated": NOW, "user_email": user.email, "user_uid": str(user.uid), "disabled": False,
        "portal": "sunny", "base_url": "http://localhost:8000/authorize/sunny", "redirect_uris": [],
        "company_logo": None, "company_name": "Sunny", "company_email": "",
    }  # fmt: skip
    call(shared.token, "/forms")
    assert Template.objects.count() == 1


def test_templates_are_filtered(shared: Shared) -> None:
    call(shared.token, "/templates")
    for filters, number in (({"disabled": "true"}, 0), ({"disabled": "false"}, 1), ({"uids": NOBODYS}, 0)):
        assert len(call(shared.token, "/templates", **filters)["templates"]) == number
    assert ask(shared.token, "/templates", disabled="perhaps").status_code == 400


def test_two_companies_of_one_name_have_two_portals(shared: Shared) -> None:
    names = [portals.template_of(Company.objects.create(name=name)).portal for name in ("Sunny", "SUNNY!", "太阳")]
    assert names[0] == "sunny"
    assert names[1].startswith("sunny-")
    assert names[2].startswith("company-")


def test_a_form_without_a_body_has_the_defaults(shared: Shared) -> None:
    response = ask(shared.token, "/forms", "POST")
    assert response.status_code == 200
    row = body(response)
    assert row == call(shared.token, f"/forms/{row['uid']}")
    assert call(shared.token, "/forms") == {"forms": [row], "next": None}
    user, template = shared.party.member.user, Template.objects.get()
    assert row == {
        "uid": row["uid"], "created": NOW, "updated": NOW, "template_uid": str(template.uid),
        "authorization_uid": None, "is_archived": False, "disabled": False, "user_email": user.email,
        "user_uid": str(user.uid), "url": f"http://localhost:8000/authorize/sunny?f={row['uid']}",
        "customer_email": "", "utility": None, "scope": {},
    }  # fmt: skip


def test_making_a_form_is_told(shared: Shared) -> None:
    uid = make(shared, utility="EPE")["uid"]
    event = Event.objects.get(type="form_created")
    assert (event.utility_code, str(event.form_uid), event.company_id) == ("EPE", uid, shared.party.company.pk)
    told = AuditEntry.objects.get(action="form_created")
    assert (told.actor_kind, told.actor) == ("member", str(shared.party.member.user.uid))


def test_a_form_keeps_what_it_is_given(shared: Shared) -> None:
    given = {
        "authorization_uid": str(shared.grant.uid),
        "customer_email": "oscar@example.com",
        "utility": "EPE",
        "scope": {"expires": "7d", "ongoing_end": None, "shares": ["bills"]},
    }
    row = make(shared, **given, colour="blue")
    assert given == {name: row[name] for name in given}
    row = make(shared, authorization_uid=None, customer_email=None, utility=None, scope=None, template_uid=None)
    assert (row["authorization_uid"], row["customer_email"], row["utility"], row["scope"]) == (None, "", None, {})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template_uid": NOBODYS}, "template_uid names no template of yours"),
        ({"template_uid": 7}, "template_uid takes text or null"),
        ({"authorization_uid": NOBODYS}, "authorization_uid names no authorization of yours"),
        ({"authorization_uid": "12345b"}, "authorization_uid names no authorization of yours"),
        ({"customer_email": "nobody"}, "customer_email is not an email address"),
        ({"customer_email": "a\0@example.com"}, "customer_email has a character"),
        ({"customer_email": "x" * 300}, "customer_email is longer than 254"),
        ({"utility": "NOWHERE"}, "utility names no utility"),
        ({"utility": "RIO"}, "utility names no utility"),
        ({"utility": "E\0E"}, "utility has a character"),
        ({"scope": "FB=4"}, "scope takes a JSON object"),
        ({"scope": []}, "scope takes a JSON object"),
        ({"scope": {"expires": "soon"}}, "scope cannot be asked for: expires takes"),
        ({"scope": {"expires": "0d"}}, "scope cannot be asked for: expires takes"),
        ({"scope": {"expires": "101y"}}, "scope cannot be asked for: expires is longer"),
        ({"scope": {"expires": 3}}, "scope.expires takes text or null"),
        ({"scope": {"expires": "2026-01-01T00:00:00Z"}, "utility": "EPE"}, "scope cannot be asked for"),
        ({"scope": {"ongoing_end": "2026-02-30"}}, "scope cannot be asked for: ongoing_end takes"),
        ({"scope": {"history_start": "1w"}}, "scope cannot be asked for: history_start takes"),
        ({"scope": {"shares": ["everything"]}}, "scope.shares.0 takes one of"),
        ({"scope": {"shares": "bills"}}, "scope.shares takes a list"),
        ({"scope": {"green_button": "FB=four"}}, "scope cannot be asked for: green_button"),
        ({"scope": {"green_button": "FB=99"}, "utility": "EPE"}, "scope cannot be asked for: EPE shares none"),
        ({"scope": {"green_button": "FB=4", "shares": ["bills"]}}, "scope cannot be asked for: shares is what"),
        (
            {"scope": {"green_button": "FB=4;PreferredAuthEndDate=0", "expires": "1y"}},
            "scope cannot be asked for: expires is what",
        ),
        (
            {"scope": {"green_button": "FB=4;HistoryLength=5", "history_start": "2026-01-01"}},
            "scope cannot be asked for: history_start is what",
        ),
    ],
)
def test_a_bad_form_is_named_and_not_made(shared: Shared, fields: Any, said: str) -> None:
    Utility.objects.create(code="RIO", slug="rio", name="Rio Power")
    response = send(shared.token, "/forms", "POST", fields)
    assert response.status_code == 400
    assert body(response)["error"] == "invalid_param"
    assert body(response)["error_description"].startswith(said)
    row = make(shared)
    assert send(shared.token, f"/forms/{row['uid']}", "PATCH", fields).status_code == 400
    assert Form.objects.count() == 1
    assert call(shared.token, f"/forms/{row['uid']}") == row


def test_a_revoked_authorization_gets_no_form(shared: Shared) -> None:
    Authorization.objects.update(revoked="2026-11-01T00:00:00Z")
    response = send(shared.token, "/forms", "POST", {"authorization_uid": str(shared.grant.uid)})
    assert body(response)["error_description"].startswith("authorization_uid names one that was revoked")


def test_a_change_changes_what_it_names(shared: Shared) -> None:
    row = make(shared, customer_email="oscar@example.com", utility="EPE", scope={"expires": "7d"})
    path = f"/forms/{row['uid']}"
    changes: list[dict[str, Any]] = [
        {"is_archived": True},
        {"disabled": True, "utility": None},
        {"scope": {"expires": "until_revoked"}},
        {"utility": "EPE", "customer_email": ""},
        {"scope": {}},
        {},
    ]
    for change in changes:
        row = row | change
        assert body(send(shared.token, path, "PATCH", change)) == row
    assert call(shared.token, path) == row
    assert send(shared.token, path, "PATCH", {"is_archived": "yes"}).status_code == 400


def test_a_form_that_asks_for_what_is_past_can_still_be_archived(shared: Shared) -> None:
    row = make(shared, utility="EPE")
    Form.objects.update(scope={"expires": "2020-01-01T00:00:00Z"})
    assert send(shared.token, f"/forms/{row['uid']}", "PATCH", {"is_archived": True}).status_code == 200
    assert send(shared.token, f"/forms/{row['uid']}", "PATCH", {"utility": "EPE"}).status_code == 400


def test_a_deleted_form_is_gone_and_what_it_led_to_stays(rehearsed: Shared) -> None:
    row = make(rehearsed)
    referral = body(submitted(rehearsed, row))["referral"]
    path = f"/forms/{row['uid']}"
    assert body(ask(rehearsed.token, path, "DELETE")) == {"success": True}
    for method in ("GET", "DELETE"):
        assert ask(rehearsed.token, path, method).status_code == 404
    (grant,) = call(rehearsed.token, "/authorizations", referrals=referral)["authorizations"]
    assert (grant["form_uid"], grant["is_revoked"]) == (row["uid"], False)


def test_forms_are_listed_by_what_is_asked(shared: Shared) -> None:
    rows = [make(shared) for _ in range(5)]
    uids = [row["uid"] for row in reversed(rows)]
    send(shared.token, f"/forms/{uids[0]}", "PATCH", {"is_archived": True})

    def listed(**filters: str) -> list[str]:
        return [row["uid"] for row in call(shared.token, "/forms", **filters)["forms"]]

    assert listed() == uids
    assert [row["uid"] for page in every_page(shared.token, "/forms", "forms", limit=2) for row in page] == uids
    assert listed(is_archived="true") == uids[:1]
    assert listed(is_archived="false") == uids[1:]
    assert listed(uids=f"{uids[1]}, {NOBODYS}") == [uids[1]]
    assert listed(users=str(shared.party.member.user.uid), templates=rows[0]["template_uid"]) == uids
    for filters in ({"users": NOBODYS}, {"templates": NOBODYS}, {"uids": ""}):
        assert listed(**filters) == []


def test_a_played_customer_leaves_an_authorization(rehearsed: Shared) -> None:
    row = make(rehearsed, utility="EPE", customer_email="o@example.com", scope={"expires": "7d", "shares": ["bills"]})
    referral = body(submitted(rehearsed, row))["referral"]
    (grant,) = call(rehearsed.token, "/authorizations", referrals=referral, include="meters")["authorizations"]
    assert (grant["form_uid"], grant["template_uid"], grant["referrals"]) == (
        row["uid"],
        row["template_uid"],
        [referral],
    )
    assert (grant["is_test"], grant["customer_email"], len(grant["meters"]["meters"])) == (True, "o@example.com", 1)
    assert (grant["scope"]["shares"], grant["expires"]) == (["bills"], "2026-12-01T19:00:00.000000+00:00")
    for filters in ({"forms": row["uid"]}, {"templates": row["template_uid"]}):
        assert [one["uid"] for one in call(rehearsed.token, "/authorizations", **filters)["authorizations"]] == [
            grant["uid"]
        ]
    assert call(rehearsed.token, "/authorizations", forms=NOBODYS)["authorizations"] == []


def test_a_second_submission_changes_the_same_authorization(rehearsed: Shared) -> None:
    first, second = make(rehearsed, scope={"shares": ["bills"]}), make(rehearsed, scope={"shares": ["intervals"]})
    codes = [body(submitted(rehearsed, form))["referral"] for form in (first, second)]
    found = [call(rehearsed.token, "/authorizations", referrals=code)["authorizations"] for code in codes]
    assert found[0] == found[1]
    assert found[0][0]["referrals"] == codes
    assert found[0][0]["form_uid"] == second["uid"]


def test_a_scenario_that_finds_nobody_says_so(rehearsed: Shared) -> None:
    response = submitted(rehearsed, make(rehearsed), "test_badlogin")
    assert (response.status_code, body(response)["error"]) == (400, "access_invalid")
    assert Authorization.objects.count() == 1


def test_a_form_that_renews_is_for_its_customer_alone(rehearsed: Shared) -> None:
    renewing = make(rehearsed, authorization_uid=str(rehearsed.grant.uid))
    response = submitted(rehearsed, renewing)
    assert (response.status_code, body(response)["error"]) == (400, "invalid_request")
    published_account(rehearsed.service, "test_heather")
    referral = body(submitted(rehearsed, renewing, "test_heather"))["referral"]
    (grant,) = call(rehearsed.token, "/authorizations", referrals=referral)["authorizations"]
    assert (grant["uid"], grant["referrals"][-1]) == (str(rehearsed.grant.uid), referral)


@pytest.mark.parametrize("name", ["utility", "scenario"])
def test_both_must_be_named(rehearsed: Shared, name: str) -> None:
    wanted = {"utility": "EPE", "scenario": "test_residential"}
    del wanted[name]
    path = f"/forms/{make(rehearsed)['uid']}/test-submit"
    response = send(rehearsed.token, path, "POST", wanted)
    assert (response.status_code, body(response)["error"]) == (400, "required_param_missing")
    response = send(rehearsed.token, path, "POST", wanted | {name: "nothing"})
    assert (response.status_code, body(response)["error"]) == (400, "invalid_param")
    assert body(response)["error_description"].startswith(name)


def test_what_is_closed_cannot_be_submitted(rehearsed: Shared) -> None:
    form = make(rehearsed)
    send(rehearsed.token, f"/forms/{form['uid']}", "PATCH", {"disabled": True})
    assert body(submitted(rehearsed, form))["error_description"] == "The form is disabled."
    Form.objects.update(disabled=False)
    Registration.objects.update(status=Registration.Status.SUSPENDED)
    assert body(submitted(rehearsed, form))["error"] == "unauthorized_client"
    Registration.objects.update(status=Registration.Status.SANDBOX)
    Form.objects.update(scope={"expires": "2020-01-01T00:00:00Z"})
    assert body(submitted(rehearsed, form))["error"] == "invalid_scope"
    Form.objects.update(scope={})
    portals.change(Template.objects.get(), disabled=True)
    assert body(submitted(rehearsed, form))["error_description"] == "The template is disabled."
    assert AuthorizationRequest.objects.count() == 0


def test_no_test_account_is_played_where_none_may_sign_in(rehearsed: Shared) -> None:
    utility = cast.epe()
    utility.sign_in_methods = ["sso"]
    utility.save()
    assert submitted(rehearsed, make(rehearsed)).status_code == 400


def test_only_an_api_token_opens_forms(shared: Shared) -> None:
    make(shared)
    token = cast.access_token(shared.grant)
    for path in ("/templates", "/forms"):
        response = ask(token, path)
        assert (response.status_code, body(response)["error"]) == (403, "insufficient_scope")


def test_a_stranger_learns_nothing_of_a_form(rehearsed: Shared) -> None:
    """Broken: `forms` starting from all forms; `_template` and `_renewed` asking for the uid alone."""
    form = make(rehearsed)
    rival = third_party("Rival")
    authorize(rival, customer("Lena Lent"))
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test-submit"),
    ):
        sent = {"PATCH": {"disabled": True}, "POST": {"utility": "EPE", "scenario": "test_residential"}}.get(method, "")
        answers = [text(send(rival.api_token, f"/forms/{uid}{path}", method, sent)) for uid in (form["uid"], NOBODYS)]
        assert answers[0] == answers[1]
        assert send(rival.api_token, f"/forms/{form['uid']}{path}", method, sent).status_code == 404
    for name, uid in (("template_uid", form["template_uid"]), ("authorization_uid", str(rehearsed.grant.uid))):
        answers = [text(send(rival.api_token, "/forms", "POST", {name: found})) for found in (uid, NOBODYS)]
        assert answers[0] == answers[1]
    referral = body(submitted(rehearsed, form))["referral"]
    for query in (
        f"/forms?uids={form['uid']}",
        f"/forms?templates={form['template_uid']}",
        f"/templates?uids={form['template_uid']}",
        f"/authorizations?forms={form['uid']}",
        f"/authorizations?templates={form['template_uid']}",
        f"/authorizations?referrals={referral}",
    ):
        listing = call(rival.api_token, query)
        assert list(listing.values()) == [[], None]
    assert text(ask(rival.api_token, f"/forms?after={form['uid']}")) == text(
        ask(rival.api_token, f"/forms?after={NOBODYS}")
    )
    assert ask(rival.api_token, f"/templates/{form['template_uid']}").status_code == 404
    assert call(rehearsed.token, f"/forms/{form['uid']}") == form


def test_a_live_company_finds_what_was_played_by_name_alone(rehearsed: Shared) -> None:
    Registration.objects.update(status=Registration.Status.LIVE)
    form = make(rehearsed)
    referral = body(submitted(rehearsed, form))["referral"]
    assert call(rehearsed.token, "/authorizations")["authorizations"] == []
    assert len(call(rehearsed.token, "/authorizations", referrals=referral)["authorizations"]) == 1
