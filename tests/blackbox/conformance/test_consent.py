"""Rows 16 and 18 to 25: the consent page. What the customer ticked is what was granted, once, in that browser."""

import copy
import re

import pytest
import requests

from blackbox.conformance.flow import Came, Flow, Proof, hold_to_rules, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client
from blackbox.walker import SHARE, Walker

EVIL = "https://evil.example/callback"


@row(16, "RFC 6749 3.3")
def test_row_16_the_screen_says_who_what_and_until_when(flow: Flow, sunny: Client) -> None:
    """Broken: the part `_what.html`, then `_dates.html`, taken out of the form."""
    flow.end_sharing(sunny)
    walker = flow.open(sunny)
    assert "Share your data with Sunny?" in walker.text
    assert "Your bills" in walker.text
    assert "Your account" in walker.text
    assert re.search(r"As asked: since \w+", walker.text)
    assert re.search(r"As asked: until \w+", walker.text)
    assert walker.page.xpath("//input[@name='share'][@value='intervals']")


@row(16, "RFC 6749 3.3")
@pytest.mark.parametrize("ticked", [["intervals"], ["bills"], ["intervals", "bills"]])
def test_row_16_what_was_ticked_is_what_is_served(flow: Flow, sunny: Client, ticked: list[str]) -> None:
    """Broken: `choices` taking the classes asked for."""
    answer = flow.tokens(sunny, form={"share": list(ticked)})
    token, query = answer["access_token"], {"authorizations": uid_of(answer), "limit": "1"}
    blocks = set(answer["scope"].split(";")[0].removeprefix("FB=").split("_"))
    assert ("4" in blocks, "16" in blocks, "51" in blocks) == ("intervals" in ticked, "bills" in ticked, False)
    assert bool(flow.read(token, "/api/v2/intervals", params=query).json()["intervals"]) == ("intervals" in ticked)
    assert bool(flow.read(token, "/api/v2/bills", params=query).json()["bills"]) == ("bills" in ticked)
    feed = flow.read(token, answer["resourceURI"]).text
    assert ("<IntervalBlock" in feed, "<UsageSummary" in feed) == ("intervals" in ticked, "bills" in ticked)
    assert "customerResourceURI" not in answer


TWO = "test_two_meters"


@pytest.fixture(scope="module")
def two_meters(own: Own) -> str:
    """The user name of a test account whose customer has two meters, of two made-up homes."""
    own.command("sandbox", "homes", "--count", "2", "--months", "2")
    database = own.database
    (two,), (one,) = database.run("SELECT id FROM customers_customer ORDER BY id DESC LIMIT 2")
    accounts = "SELECT o.id, o.account_id FROM customers_occupancy o JOIN customers_customeraccount a"
    accounts += " ON a.id = o.account_id WHERE a.customer_id = %s"
    ((_, account),), ((stay, _),) = database.run(accounts, one), database.run(accounts, two)
    database.like("customers_occupancy", stay, account_id=account)
    ((known,),) = database.run("SELECT min(id) FROM customers_testaccount")
    database.like("customers_testaccount", known, username=TWO, password=TWO, customer_id=one)
    return TWO


@row(16, "RFC 6749 3.3")
def test_row_16_a_meter_that_was_not_ticked_is_not_there(flow: Flow, sunny: Client, two_meters: str) -> None:
    """Broken: `choices` taking all of the offer's services."""
    walker = flow.open(sunny, two_meters)
    offered = walker.page.xpath("//input[@name='meters'][@value != 'all']/@value")
    assert len(offered) == 2
    for many in (1, 2, 1):
        granted = flow.tokens(sunny, two_meters, form={"meters": offered[:many]})
        token, root = granted["access_token"], f"/DataCustodian/espi/1_1/resource/Subscription/{uid_of(granted)}"
        assert len(flow.read(token, "/api/v2/meters").json()["meters"]) == many
        assert flow.read(token, f"{root}/UsagePoint").text.count("<UsagePoint") == many
        assert (
            len(set(re.findall(r"/UsagePoint/([0-9a-f-]{36})", flow.read(token, granted["resourceURI"]).text))) == many
        )
        assert f"AccountCollection={many}" in granted["scope"]


def grants(flow: Flow, client: Client) -> set[str]:
    """The authorizations that a company sees in force."""
    listed = flow.read(client.api_token, "/api/v2/authorizations", params={"is_revoked": "false"}).json()
    return {found["uid"] for found in listed["authorizations"]}


FORGERIES = ["no token", "another session's token", "no cookie", "another origin", "no origin, another referer", "GET"]


@row(18, "RFC 6749 10.12")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_row_18_a_forged_answer_grants_nothing(flow: Flow, sunny: Client, forgery: str) -> None:
    """Broken: `csrf_exempt` on the form's view."""
    walker, before = flow.open(sunny), grants(flow, sunny)
    page = walker.page
    fields = {"answer": "share", "csrfmiddlewaretoken": page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0]}
    headers = {"Origin": flow.base, "Referer": walker.response.url}
    if forgery == "no token":
        del fields["csrfmiddlewaretoken"]
    elif forgery == "another session's token":
        fields["csrfmiddlewaretoken"] = flow.open(sunny).page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0]
    elif forgery == "no cookie":
        walker.session.cookies.clear(domain="127.0.0.1", path="/", name="csrf")
    elif forgery == "another origin":
        headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
    elif forgery == "no origin, another referer":
        headers, forgery = {"Referer": "https://evil.example/"}, "tokenless"
        del fields["csrfmiddlewaretoken"]
    how = {"headers": headers, "allow_redirects": False, "timeout": 30}
    if forgery == "GET":
        response = walker.session.get(walker.response.url, params=fields, **how)  # type: ignore[arg-type]
        assert response.status_code == 200
        assert f'value="{SHARE}"' in response.text
    else:
        response = walker.session.post(walker.response.url, data=fields, **how)  # type: ignore[arg-type]
        assert response.status_code == 403
    assert grants(flow, sunny) == before


EDITS: list[dict[str, str]] = [
    {"client_id": "EPE_rivalxxxx", "registration": "2"},
    {"redirect_uri": EVIL, "next": EVIL},
    {"scope": "FB=4_16_51;HistoryLength=999999999", "state": "other"},
    {"customer": "2", "customer_id": "2", "account": "2", "world": "1"},
    {"code_challenge": "a" * 43, "code_challenge_method": "plain"},
]


@row(19, "RFC 6749 10.2")
@pytest.mark.parametrize("edits", EDITS, ids=lambda edits: next(iter(edits)))
def test_row_19_edited_fields_change_nothing(flow: Flow, sunny: Client, edits: dict[str, str]) -> None:
    """Broken: `_back` sending to a `redirect_uri` of the session that the form could set."""
    flow.end_sharing(sunny)
    came = flow.share(sunny, scope=f"FB=4;AdditionalScope=auth-test-{flow.target.customers[0]}", state="s", form=edits)
    assert (came.address, came["state"]) == (sunny.redirect_uri, "s")
    answer = flow.redeem(sunny, came).json()
    assert not {"16", "51"} & set(answer["scope"].split(";")[0].removeprefix("FB=").split("_"))
    assert "HistoryLength=63072000" in answer["scope"]
    assert flow.read(answer["access_token"], "/api/v2/meters").json()["meters"][0]["authorization_uid"] == uid_of(
        answer
    )


@row(19, "RFC 6749 10.2")
@pytest.mark.parametrize(
    "edits",
    [
        {"share": ["intervals", "bills"]},
        {"share": ["everything"]},
        {"meters": ["00000000-0000-4000-8000-000000000000"]},
        {"history": "1990-01-01"},
        {"until": "2199-01-01"},
        {"until": "never"},
    ],
    ids=str,
)
def test_row_19_an_answer_cannot_go_beyond_the_request(flow: Flow, sunny: Client, edits: dict[str, list[str]]) -> None:
    """Broken: `_limit` and `_day` of the form letting everything through, and `check_choices` with them."""
    flow.end_sharing(sunny)
    walker, before = (
        flow.open(sunny, scope=f"FB=4;AdditionalScope=auth-test-{flow.target.customers[0]}"),
        grants(flow, sunny),
    )
    walker.press(SHARE, **edits)
    if walker.left_for:
        assert edits.keys() <= {"meters", "history", "until"}
        granted = grants(flow, sunny) - before
        found = flow.read(sunny.api_token, f"/api/v2/authorizations/{granted.pop()}").json()
        assert found["expires"] is not None
        assert found["expires"] < "2100"
    else:
        assert grants(flow, sunny) == before


@row(20, "RFC 6749 4.1.2")
def test_row_20_submitting_twice_gives_one_code(flow: Flow, sunny: Client) -> None:
    """Broken: `code_issued__isnull=True` taken out of `issue_code`."""
    first = flow.open(sunny)
    second = copy.copy(first)
    came = flow.came(first.press(SHARE))
    second.press(SHARE)
    assert "code=" not in second.left_for
    assert "code=" not in first.open(came_from(first)).left_for
    assert "code" in came


def came_from(walker: Walker) -> str:
    return walker.response.url


@row(20, "RFC 6749 4.1.2")
def test_row_20_two_tabs_answer_their_own_requests(flow: Flow, rival: Client) -> None:
    """Broken: the request looked up by the browser's cookie alone."""
    flow.tokens(rival)  # the same is shared already: the answer in one tab changes nothing of what the other shows
    browser, proofs = flow.browser(), [Proof(), Proof()]
    tabs: list[Walker] = []
    for proof, address in zip(proofs, rival.redirect_uris, strict=True):
        tab = copy.copy(browser)
        asked = flow.question(rival, proof, redirect_uri=address, state=address)
        tabs.append(tab.open(f"{flow.oauth}/authorize", **asked))
    came: list[Came] = [flow.came(tab.press(SHARE), proof) for tab, proof in zip(tabs, proofs, strict=True)]
    assert [found["state"] for found in came] == rival.redirect_uris
    swapped = Came(came[0].address, came[0].pairs, proofs[1])
    assert flow.redeem(rival, swapped, redirect_uri=rival.redirect_uris[0]).status_code == 400
    assert flow.redeem(rival, came[1], redirect_uri=rival.redirect_uris[1]).status_code == 200


def session_of(browser: Walker) -> str:
    """The cookie that says who is signed in."""
    return next(cookie.value for cookie in browser.session.cookies if cookie.name.endswith("session")) or ""


def sees_somebody(flow: Flow, session: str) -> bool:
    """Whether a bare session cookie opens anybody's list of what is shared."""
    response = requests.get(f"{flow.base}/my-authorizations", cookies={"session": session}, timeout=30)
    hold_to_rules(response)
    return "Not you? Sign out" in response.text


@row(24, "RFC 6749 10.12")
def test_row_24_every_sign_in_and_out_replaces_the_session(flow: Flow, sunny: Client) -> None:
    """Broken: `cycle_key` taken out of `session.sign_in`, then of `sign_out`."""
    one, other = flow.target.customers[:2]
    browser = flow.open(sunny, one)
    planted = session_of(browser)
    assert sees_somebody(flow, planted)
    browser.open(f"{flow.oauth}/authorize", **flow.question(sunny, Proof(), other))
    after = session_of(browser)
    assert after != planted
    assert not sees_somebody(flow, planted)
    assert sees_somebody(flow, after)
    browser.open("/my-authorizations").press("Not you? Sign out")
    assert not sees_somebody(flow, after)


@row(24, "RFC 6749 10.12")
@pytest.mark.parametrize("planted", ["0" * 32, "x", "../../etc/passwd", "a" * 5000])
def test_row_24_a_session_id_of_somebody_s_choice_is_not_taken(flow: Flow, sunny: Client, planted: str) -> None:
    """Broken: a session made under the key that the browser sent."""
    browser = flow.browser()
    browser.session.cookies.set("session", planted, domain="127.0.0.1")
    browser.open(f"{flow.oauth}/authorize", **flow.question(sunny, Proof()))
    assert session_of(browser) != planted
    assert not sees_somebody(flow, planted)


@row(25, "RFC 6749 10.12; RFC 9700 4.7")
def test_row_25_a_request_belongs_to_the_browser_that_began_it(flow: Flow, sunny: Client) -> None:
    """Broken: `browser_digest` taken out of `find_request`."""
    attacker, victim = flow.open(sunny), flow.open(sunny)
    begun = attacker.response.url.removesuffix("/form")
    uid = begun.rsplit("/", 1)[1]
    for address in (begun, f"{begun}/form", f"{begun}/done", f"/oauth/continue/{uid}"):
        victim.open(address)
        assert victim.response.status_code == 404
        assert f'value="{SHARE}"' not in victim.response.text
    attacker.press(SHARE)
    assert victim.open(f"/oauth/continue/{uid}").left_for == ""
