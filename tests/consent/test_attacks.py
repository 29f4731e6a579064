"""Rows 18 to 29 of the conformance list: forged answers, planted sessions, borrowed links, redirects to elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

import cast
from consent.visitor import CALLBACK, Visitor, ask, home, receipt_of
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
SHARE = {"answer": "share", "share": ["intervals", "bills", "account"], "history": "2025-03-10", "until": "2026-06-08"}


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def token_of(visitor: Visitor) -> str:
    """The CSRF token that the visitor's page holds."""
    return str(visitor.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0])


def session_of(visitor: Visitor) -> str:
    return visitor.client.cookies["session"].value


# Row 18.


def test_a_post_without_or_with_anothers_token_or_from_another_site_changes_nothing() -> None:
    home()
    seen, other = Visitor().sign_in(asking := ask()), Visitor("en", "6" * 64).open("/")
    own, path = token_of(seen), f"/consent/{asking.uid}/form"
    for fields, headers in (
        ({}, {}),
        ({"csrfmiddlewaretoken": token_of(other)}, {}),
        ({"csrfmiddlewaretoken": own}, {"Origin": "https://evil.example"}),
        ({"csrfmiddlewaretoken": own}, {"Origin": "null"}),
        ({"csrfmiddlewaretoken": own}, {"Origin": "https://testserver"}),
    ):
        assert seen.client.post(path, SHARE | fields, headers=headers).status_code == 403, (fields, headers)
    assert not Authorization.objects.exists()
    answer = seen.client.post(path, SHARE | {"csrfmiddlewaretoken": own}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 302
    assert Authorization.objects.exists()


def test_a_get_or_head_grants_stops_and_signs_out_nothing() -> None:
    grant = cast.authorize(cast.third_party(), home())
    seen = Visitor().sign_in(asking := ask(cast.third_party("Rival")))
    for path in (f"/consent/{asking.uid}", f"/consent/{asking.uid}/form"):
        for fields in (SHARE, {"answer": "decline"}, {"decline": "1"}):
            seen.client.get(path, fields)
            seen.client.head(path, query_params=fields)
    for path in (f"/authorizations/{grant.uid}/stop", f"/consent/{asking.uid}/sign-out", "/my-authorizations/sign-out"):
        seen.client.get(path)
    asking.refresh_from_db()
    assert asking.status == AuthorizationRequest.Status.PENDING
    assert Authorization.objects.get().revoked is None
    assert "Signed in as Heather Homeowner." in seen.open(f"/consent/{asking.uid}/form").text


@pytest.mark.parametrize("path", ["/consent/{uid}", "/consent/{uid}/sign-out", "/my-authorizations", "/i18n/setlang",
                                  "/my-authorizations/sign-out", "/authorizations/{grant}/stop"])  # fmt: skip
def test_no_other_form_takes_a_forged_post_either(path: str) -> None:
    grant = cast.authorize(cast.third_party(), home())
    seen = Visitor().sign_in(asking := ask(cast.third_party("Rival")))
    address = path.format(uid=asking.uid, grant=grant.uid)
    headers = {"Origin": "https://evil.example"}
    assert seen.client.post(address, {"csrfmiddlewaretoken": token_of(seen)}, headers=headers).status_code == 403
    assert Authorization.objects.get().revoked is None


# Row 19.


def test_what_the_form_never_asked_has_no_effect() -> None:
    heathers, oscars = home(), home("Oscar Other", "test_other")
    rival = cast.third_party("Rival")
    seen = Visitor().sign_in(asking := ask(scope="FB=4", state="mine"))
    owner = cast.owner(oscars)
    seen.press(
        "Share my data", client_id=rival.registration.client_id, redirect_uri="https://evil.example/callback",
        scope="FB=4_16_51", state="other", meters=[str(oscars.uid)], customer=str(owner.pk), uid=str(owner.uid),
        customer_id=str(owner.pk), registration=str(rival.registration.pk), history_start="2000-01-01", browser="x",
    )  # fmt: skip
    grant = Authorization.objects.get()
    assert (grant.registration, grant.customer) == (asking.registration, cast.owner(heathers))
    assert [meter.service for meter in grant.meters.all()] == [heathers]
    assert (grant.shares_intervals, grant.shares_bills, grant.shares_account) == (True, False, False)
    assert seen.left_for.startswith(f"{CALLBACK}?code=")
    assert parse_qs(urlsplit(seen.left_for).query)["state"] == ["mine"]


def test_another_customers_meter_cannot_be_named() -> None:
    heathers, oscars = home(), home("Oscar Other", "test_other")
    account = heathers.occupancies.get().account
    second = cast.customer("Second Home")
    second.occupancies.update(account=account)
    seen = Visitor().sign_in(ask())
    for meters in ([str(oscars.uid)], [str(heathers.uid), str(oscars.uid)], ["x"], ["0"]):
        seen.press("Share my data", meters=meters)
        assert seen.errors(), meters
    assert not Authorization.objects.exists()


# Row 20: one code for each request, bound to that request.


def test_two_tabs_with_two_requests_end_with_a_code_each() -> None:
    home()
    parties = [cast.third_party(), cast.third_party("Rival")]
    browser = Visitor()
    asked = [
        ask(party, state=name, redirect_uri=f"https://{name}.example/back")
        for party, name in zip(parties, ("sunny", "rival"), strict=True)
    ]
    browser.sign_in(asked[0])
    tabs = [Visitor().open("/"), Visitor().open("/")]
    for tab, asking in zip(tabs, asked, strict=True):
        tab.client = browser.client
        tab.open(f"/consent/{asking.uid}/form")
    for tab in reversed(tabs):
        tab.press("Share my data")
    for tab, name in zip(tabs, ("sunny", "rival"), strict=True):
        assert tab.left_for.startswith(f"https://{name}.example/back?code=")
        assert parse_qs(urlsplit(tab.left_for).query)["state"] == [name]
    codes = [parse_qs(urlsplit(tab.left_for).query)["code"][0] for tab in tabs]
    assert len(set(codes)) == AuthorizationCode.objects.count() == 2


def test_the_same_answer_sent_again_brings_no_second_code() -> None:
    home()
    seen = Visitor().sign_in(asking := ask())
    fields = SHARE | {"csrfmiddlewaretoken": token_of(seen)}
    ends = []
    for _ in range(3):
        seen.arrive(seen.client.post(f"/consent/{asking.uid}/form", fields))
        ends.append(seen.left_for)
    assert ends[0].startswith(CALLBACK)
    assert ends[1:] == ["", ""]
    assert (Authorization.objects.count(), AuthorizationCode.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_at_once_brings_one_code() -> None:
    """Row 20 again, by a finger quicker than the network."""
    home()
    seen = Visitor().sign_in(asking := ask())
    fields = SHARE | {"csrfmiddlewaretoken": token_of(seen)}
    cookies = {name: morsel.value for name, morsel in seen.client.cookies.items()}
    gate, left_for = Barrier(4), list[str]()

    def press() -> None:
        visitor = Visitor()
        visitor.client.cookies.load(cookies)
        gate.wait()
        try:
            visitor.arrive(visitor.client.post(f"/consent/{asking.uid}/form", fields))
            left_for.append(visitor.left_for)
        finally:
            connection.close()

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(left_for) == 4
    assert sum(address.startswith(f"{CALLBACK}?code=") for address in left_for) == 1
    assert (Authorization.objects.count(), AuthorizationCode.objects.count()) == (1, 1)


# Row 24: replaced whenever who somebody is changes, and the old one is dead.


def test_a_planted_session_is_worth_nothing_after_the_sign_in() -> None:
    home()
    attacker = Visitor(secret="").open("/my-authorizations").press("Sign in as test_residential")
    attacker.press("Not you? Sign out")
    planted = session_of(attacker)
    victim = Visitor(secret="")
    victim.client.cookies["session"] = planted
    victim.open("/my-authorizations").press("Sign in as test_residential")
    assert "Heather Homeowner" in victim.text
    assert session_of(victim) != planted
    assert not Session.objects.filter(session_key=planted).exists()
    assert "Sign in to see what you share" in attacker.open("/my-authorizations").text


def test_signing_out_or_in_as_somebody_else_kills_the_session_before() -> None:
    home()
    home("Oscar Other", "test_other")
    seen = Visitor(secret="").open("/my-authorizations").press("Sign in as test_residential")
    keys = [session_of(seen)]
    seen.press("Not you? Sign out")
    keys.append(session_of(seen))
    seen.press("Sign in as test_other")
    keys.append(session_of(seen))
    assert len(set(keys)) == 3
    assert list(Session.objects.values_list("session_key", flat=True)) == keys[2:]
    for dead in keys[:2]:
        thief = Visitor(secret="")
        thief.client.cookies["session"] = dead
        assert "Sign in to see what you share" in thief.open("/my-authorizations").text


def test_a_made_up_session_id_is_not_taken_over() -> None:
    home()
    seen = Visitor(secret="")
    seen.client.cookies["session"] = made_up = "a" * 32
    seen.open("/my-authorizations").press("Sign in as test_residential")
    assert session_of(seen) != made_up


# Row 25: a request belongs to the browser that began it.


@pytest.mark.parametrize("page", ["/consent/{uid}", "/consent/{uid}/form", "/consent/{uid}/done"])
def test_a_link_sent_to_somebody_else_opens_nothing(page: str) -> None:
    home()
    victim = Visitor(secret="").open("/my-authorizations").press("Sign in as test_residential")
    victim.open(page.format(uid=(asking := ask(state="attacker")).uid))
    assert victim.response.status_code == 404
    assert "Sunny" not in victim.text
    answer = victim.client.post(page.format(uid=asking.uid), SHARE | {"csrfmiddlewaretoken": token_of(victim)})
    assert answer.status_code == 404
    assert not Authorization.objects.exists()


def test_the_way_back_leads_no_other_browser_to_the_third_party() -> None:
    home()
    seen = Visitor().sign_in(asking := ask()).press("Share my data")
    AuthorizationRequest.objects.update(code_issued=None)
    for secret in ("", "6" * 64):
        thief = Visitor(secret=secret).open(f"/oauth/continue/{asking.uid}")
        assert (thief.response.status_code, thief.left_for) == (404, "")
    assert seen.open(f"/oauth/continue/{asking.uid}").left_for.startswith(CALLBACK)


# Row 29: nothing that names where to go on leads off the site.


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "\\\\evil.example",
        "///evil.example", "http:///evil.example", "/\t/evil.example", " //evil.example", "javascript:alert(1)",
        "//evil.example%2f..", "https://testserver@evil.example", "https://testserver.evil.example",
        "\n//evil.example", "%0d%0aLocation:x",
    ],
)  # fmt: skip
def test_no_parameter_leads_elsewhere(elsewhere: str) -> None:
    grant = cast.authorize(cast.third_party(), home())
    client, seen = Client(), Visitor(secret="").open("/my-authorizations")
    seen.press("Sign in as test_residential")
    for name in ("next", "return_to", "return", "redirect", "redirect_uri", "url", "continue", "receipt"):
        answers = [
            client.post("/i18n/setlang", {"language": "es", name: elsewhere}),
            client.get("/i18n/setlang", {"language": "es", name: elsewhere}),
            client.post("/i18n/setlang", {"language": "es"}, headers={"Referer": elsewhere.strip()}),
            seen.client.get(receipt_of(grant.uid), {name: elsewhere}),
            seen.client.get("/my-authorizations", {name: elsewhere}),
            client.get("/DataCustodian/thirdparty-demo", {name: elsewhere}),
            client.post(f"/my-authorizations?{name}={elsewhere.strip()}",
                        {"username": "test_residential", "password": "test_residential"}),
        ]  # fmt: skip
        for answer in answers:
            leads_to = urlsplit(answer.headers.get("Location", "/"))
            assert (leads_to.scheme, leads_to.netloc) == ("", ""), answer.headers
            assert "evil" not in leads_to.path
