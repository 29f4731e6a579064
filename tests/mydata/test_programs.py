"""Personal tokens on their page: made, shown once, working, listed, stopped; and what they cannot do."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

import cast
from api.reader import ask
from consent.visitor import Visitor, home
from greenbutton import reader
from mydata.homes import signed_in, token
from wattkeeper.authorizations.access import identify
from wattkeeper.authorizations.models import Token
from wattkeeper.common.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE = "/my-data/programs"


def made(seen: Visitor, name: str = "Home Assistant", **changes: str) -> str:
    """The token on the page that answers."""
    seen.open(PAGE).press("Make a token", name=name, **changes)
    code = str(seen.page.xpath("//figure[@class='code']//code/text()")[0])
    assert re.fullmatch("[0-9a-f]{64}", code)
    return code


def facts(seen: Visitor) -> list[tuple[str, dict[str, str]]]:
    return [
        (article.findtext("h2"), {row.findtext("dt"): row.findtext("dd") for row in article.iterfind("dl/div")})
        for article in seen.page.iter("article")
    ]


def test_a_token_is_shown_once_and_listed_with_its_end_and_last_use(set_clock: Callable[[datetime], None]) -> None:
    home()
    seen = signed_in()
    secret = made(seen, lifetime="30")
    assert secret in seen.text
    assert "no-store" in seen.response["Cache-Control"]
    assert secret not in seen.open(PAGE).text
    listed = {"Made": "March 10, 2026", "Can read until": "April 9, 2026", "Last used": "never"}
    assert facts(seen) == [("Home Assistant", listed)]
    ask(secret, "/meters")
    assert facts(seen.open(PAGE))[0][1]["Last used"] == "March 10, 2026, 12:00 PM MDT"
    set_clock(datetime(2026, 4, 10, tzinfo=UTC))
    assert facts(signed_in(page=PAGE)) == []
    assert ask(secret, "/meters").status_code == 401


def test_what_you_share_says_that_programs_can_read_and_shows_no_sharing() -> None:
    home()
    seen = signed_in()
    made(seen)
    seen.open("/my-authorizations")
    assert "1 program of your own can read your data." in seen.text
    assert "You share nothing with anybody" in seen.text


def test_stopping_asks_once_and_works_at_once() -> None:
    home()
    seen = signed_in()
    secret = made(seen)
    seen.open(PAGE).open(seen.page.xpath("//article//a/@href")[0])
    assert "Stop Home Assistant?" in seen.text
    assert identify(secret) is not None
    seen.press("Stop it")
    assert seen.path == PAGE
    assert "No program of yours can read your data now." in seen.text
    assert ask(secret, "/meters").status_code == 401


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": " "}, "Give the program a name."),
        ({"name": "\u202e"}, "Give the program a name."),
        ({"name": "x", "lifetime": "9999"}, "Choose how long."),
        ({"name": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_what_is_wrong_is_said_and_no_token_made(fields: dict[str, str], error: str) -> None:
    home()
    seen = signed_in(page=PAGE).press("Make a token", **fields)
    assert seen.errors() == [error]
    assert not Token.objects.filter(kind="personal").exists()


def test_a_name_is_text_and_nothing_else() -> None:
    home()
    seen = signed_in()
    made(seen, name="<script>alert(1)</script>\u202e")
    assert facts(seen)[0][0] == "<script>alert(1)</script>"
    assert not seen.page.xpath("//main//script")


def test_after_ten_the_form_is_gone_and_a_post_refused() -> None:
    home()
    seen = signed_in()
    for number in range(10):
        made(seen, name=str(number))
    fields = {"name": "one more", "lifetime": "30", "csrfmiddlewaretoken": seen.client.cookies["csrf"].value}
    assert "as many as there can be" in seen.open(PAGE).text
    assert not seen.page.xpath("//input[@name='lifetime']")
    seen.response = seen.client.post(PAGE, fields)
    assert seen.errors() == ["You have as many programs as there can be. Stop one first."]
    assert Token.objects.filter(kind="personal").count() == 10


def test_a_stranger_stops_nothing_and_learns_nothing() -> None:
    _, secret = token(home("Oscar Other", "test_other"))
    home()
    uid = Token.objects.get(kind="personal").family
    seen = signed_in()
    for each in (uid, uuid4()):
        assert seen.open(f"{PAGE}/{each}/stop").response.status_code == 404
        fields = {"csrfmiddlewaretoken": seen.client.cookies["csrf"].value}
        assert seen.client.post(f"{PAGE}/{each}/stop", fields).status_code == 404
        assert Visitor(secret="").client.get(f"{PAGE}/{each}/stop").headers["Location"] == "/my-authorizations?data=1"
    assert identify(secret) is not None
    assert not AuditEntry.objects.filter(action="personal_token_ended").exists()


def test_both_apis_show_exactly_what_is_the_customer_s() -> None:
    service = home()
    cast.authorize(cast.third_party(), service)
    other, _ = token(home("Oscar Other", "test_other"))
    grant, secret = token(service)
    listed = ask(secret, "/authorizations").json()["authorizations"]  # type: ignore[attr-defined]
    assert [found["uid"] for found in listed] == [str(grant.uid)]
    meters = ask(secret, "/meters").json()["meters"]  # type: ignore[attr-defined]
    assert [found["uid"] for found in meters] == [str(grant.meters.get().uid)]
    assert len(reader.entries(reader.read(f"/Batch/Subscription/{grant.uid}", secret), "IntervalBlock")) == 2
    theirs = other.meters.get().uid
    for path in (f"/meters/{theirs}", f"/authorizations/{other.uid}", f"/intervals?meters={theirs}"):
        assert ask(secret, *path.split("?")[:1], **_query(path)).status_code == 404
    for path in (f"/Batch/Subscription/{other.uid}", f"/Subscription/{other.uid}/UsagePoint/{theirs}"):
        assert reader.get(path, secret).status_code == 404


def test_no_company_gets_at_it() -> None:
    grant, _ = token(home())
    party = cast.third_party()
    assert ask(party.api_token, f"/authorizations/{grant.uid}").status_code == 404
    assert ask(party.api_token, "/authorizations").json()["authorizations"] == []  # type: ignore[attr-defined]
    assert reader.get(f"/Batch/Subscription/{grant.uid}", party.api_token).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/authorizations/{grant}/revoke"),
        ("PATCH", "/authorizations/{grant}"),
        ("PATCH", "/meters/{meter}"),
    ],
)
def test_it_changes_nothing(method: str, path: str) -> None:
    grant, secret = token(home())
    answer: Any = ask(secret, path.format(grant=grant.uid, meter=grant.meters.get().uid), method)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    grant.refresh_from_db()
    assert (grant.revoked, grant.nickname) == (None, None)


def test_it_stands_in_the_header_alone_and_lists_no_grants_of_a_client() -> None:
    _, secret = token(home())
    assert ask(None, "/meters", access_token=secret).status_code == 400
    for path in ("/Authorization", "/Batch/Bulk/1", "/ApplicationInformation/1"):
        assert reader.get(path, secret).status_code in {403, 404}
    assert reader.get("/Authorization", secret).status_code == 403


def test_the_trail_says_that_it_was_the_customer_and_which_token() -> None:
    service = home()
    grant, secret = token(service)
    ask(secret, "/intervals", authorizations=grant.uid)
    row = AuditEntry.objects.filter(action="data_read").latest("pk")
    assert (row.actor_kind, row.actor) == ("customer", str(cast.owner(service).uid))
    assert f'"token":{Token.objects.get(kind="personal").pk}' in row.data


def _query(path: str) -> dict[str, str]:
    return dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
