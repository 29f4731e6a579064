"""`/events`: what happened to a company's customers, in an order to go on in, to be ticked off, and nobody else's."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import cast
from api.reader import BASE, ROOT, Shared, ask, body, call, every_page, send
from mydata.homes import token as personal_token
from wattkeeper.api.events import EventListing
from wattkeeper.authorizations import lifecycle, telling
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import clock, ids, retention
from wattkeeper.companies.models import Member, Registration
from wattkeeper.events import log, order, tasks
from wattkeeper.events.models import Event

MOST = 4


@pytest.fixture
def told(present: None) -> Shared:
    """A home that Heather shared with Sunny, in the way customers do, and what was told of it."""
    sunny, home = cast.third_party(), cast.customer()
    grant = cast.share(sunny, home)
    order.place()
    return Shared(sunny, home, grant)


def listed(token: str, **filters: object) -> Any:
    return call(token, "/events", **filters)["events"]


def types(token: str, **filters: object) -> list[str]:
    return [event["type"] for event in listed(token, **filters)]


def tell(grant: Authorization, count: int = 1) -> None:
    for _ in range(count):
        telling.tell(grant, "authorization_renewed")
    order.place()


def mark(token: str, uid: object, value: object = True) -> Any:
    return send(token, f"/events/{uid}", "PATCH", {"is_delivered": value})


def test_an_event_has_every_field(told: Shared) -> None:
    found = {event["type"]: event for event in listed(told.token)}
    event = found["meter_created"]
    assert event == {
        "uid": str(Event.objects.get(type="meter_created").uid),
        "type": "meter_created",
        "ts": "2026-11-24T19:00:00.000000+00:00",
        "delivery_method": None,
        "delivery_target": None,
        "is_delivered": False,
        "authorization_uid": str(told.grant.uid),
        "meter_uid": str(told.meter.uid),
    }
    assert found["authorization_created"].keys() == event.keys() - {"meter_uid"}
    assert call(told.token, f"/events/{event['uid']}") == event
    EventListing.model_validate(call(told.token, "/events"))


def test_an_event_of_a_form_names_it(told: Shared) -> None:
    uid = ids.new_uid()
    log.record(log.event("form_created", utility_code="EPE", company_id=told.party.company.pk, form_uid=uid))
    order.place()
    assert listed(told.token, limit=1)[0].items() >= {"type": "form_created", "form_uid": str(uid)}.items()
    assert "form_created" not in types(cast.access_token(told.grant))


def test_the_newest_come_first_and_the_oldest_if_wished(told: Shared) -> None:
    in_order = [
        "authorization_created",
        "authorization_update_started",
        "meter_created",
        "authorization_update_finished_successful",
    ]
    assert types(told.token) == in_order[::-1]
    assert types(told.token, order="oldest_first") == in_order


@pytest.mark.parametrize("direction", ["newest_first", "oldest_first"])
def test_pages_of_any_size_give_the_whole_list(told: Shared, direction: str) -> None:
    tell(told.grant, 5)
    everything = listed(told.token, order=direction)
    assert len(everything) == 9
    for size in (1, 4, 9, 10):
        pages = every_page(told.token, "/events", "events", order=direction, limit=size)
        assert [event for page in pages for event in page] == everything
    assert listed(told.token, order=direction, after=everything[3]["uid"]) == everything[4:]


def test_a_page_has_a_thousand_and_the_next_one_the_rest(told: Shared) -> None:
    log.record(*(telling.event(told.grant, "authorization_renewed") for _ in range(1000)))
    order.place()
    page = call(told.token, "/events", limit=5000)
    assert len(page["events"]) == 1000
    assert page["next"] == f"{BASE}{ROOT}/events?limit=5000&after={page['events'][-1]['uid']}"
    assert len(listed(told.token, after=page["events"][-1]["uid"])) == 4


def test_who_reads_on_misses_nothing_that_is_committed_late(told: Shared) -> None:
    """Two changes at once: the one whose events have the higher ids is committed, placed and read first."""
    late, early = (telling.event(told.grant, "authorization_renewed") for _ in range(2))
    late.pk, early.pk = 10_001, 10_002
    log.record(early)
    order.place()
    read = listed(told.token, order="oldest_first")
    assert read[-1]["uid"] == str(early.uid)
    log.record(late)
    for direction in ("oldest_first", "newest_first"):
        assert str(late.uid) not in {event["uid"] for event in listed(told.token, order=direction)}, (
            "it has no place yet"
        )
    assert listed(told.token, order="oldest_first", after=early.uid) == []
    order.place()
    assert [event["uid"] for event in listed(told.token, order="oldest_first", after=early.uid)] == [str(late.uid)]
    assert listed(told.token, limit=1)[0]["uid"] == str(late.uid)


def test_what_is_ticked_off_waits_no_longer(told: Shared) -> None:
    waiting = listed(told.token, is_delivered="false")
    response = mark(told.token, waiting[0]["uid"])
    assert (response.status_code, body(response)) == (200, waiting[0] | {"is_delivered": True})
    assert body(mark(told.token, waiting[0]["uid"]))["is_delivered"] is True
    assert listed(told.token, is_delivered="false") == waiting[1:]
    assert listed(told.token, is_delivered="true") == [waiting[0] | {"is_delivered": True}]
    assert body(mark(told.token, waiting[0]["uid"], False))["is_delivered"] is False
    assert listed(told.token, is_delivered="false") == waiting


def test_a_change_of_nothing_changes_nothing(told: Shared) -> None:
    uid = listed(told.token)[0]["uid"]
    mark(told.token, uid)
    for change in ({}, {"type": "ping", "colour": "blue"}):
        assert body(send(told.token, f"/events/{uid}", "PATCH", change)).items() >= {"is_delivered": True}.items()
    wrongs: tuple[object, ...] = (None, 1, "true", [], {})
    for wrong in wrongs:
        response = mark(told.token, uid, wrong)
        assert (response.status_code, body(response)["error"]) == (400, "invalid_param")
        assert body(response)["error_description"].startswith("is_delivered ")


@pytest.mark.parametrize(
    "query",
    ["is_delivered=perhaps", "is_delivered=", "order=latest_first", "order=oldest_first&order=newest_first", "limit=0",
     "after=x", f"after={10**40}", "after=%00", "authorizations=%00"],
)  # fmt: skip
def test_a_bad_parameter_is_named(told: Shared, query: str) -> None:
    response = ask(told.token, f"/events?{query}")
    assert (response.status_code, body(response)["error"]) == (400, "invalid_param")
    assert body(response)["error_description"].startswith(query.partition("=")[0] + " ")


def test_a_stranger_sees_counts_and_ticks_off_nothing(told: Shared) -> None:
    rival, uid = cast.third_party("Rival"), listed(told.token)[0]["uid"]
    theirs = cast.share(rival, cast.customer("Oscar Other"))
    order.place()
    for token in (rival.api_token, cast.access_token(theirs)):
        assert {event["authorization_uid"] for event in listed(token)} == {str(theirs.uid)}
        assert listed(token, authorizations=f"{told.grant.uid}") == []
        nobody = ask(token, f"/events/{theirs.uid}")
        assert body(ask(token, f"/events/{uid}")) == body(nobody)
        assert (nobody.status_code, mark(token, uid).status_code) == (404, 404)
        assert ask(token, "/events", after=uid).status_code == 400
    assert not Event.objects.filter(is_delivered=True).exists()
    assert len(listed(told.token)) == 4


def test_an_access_token_hears_of_its_own_authorization(told: Shared) -> None:
    other = cast.share(told.party, cast.customer("Oscar Other"))
    order.place()
    token = cast.access_token(told.grant)
    assert {event["authorization_uid"] for event in listed(token)} == {str(told.grant.uid)}
    assert ask(token, f"/events/{Event.objects.filter(authorization_uid=other.uid)[0].uid}").status_code == 404
    assert {event["authorization_uid"] for event in listed(told.token)} == {str(told.grant.uid), str(other.uid)}
    assert {event["authorization_uid"] for event in listed(told.token, authorizations=other.uid)} == {str(other.uid)}


def test_what_customers_have_for_themselves_is_told_to_nobody(told: Shared) -> None:
    own, secret = personal_token(told.service)
    tell(own)
    member = Member.objects.create(company=own.registration.company, user=told.party.member.user)
    utility = issue_api_token(member, "tests")
    assert listed(utility) == listed(utility, authorizations=own.uid) == []
    response = ask(secret, "/events")
    assert (response.status_code, body(response)["error"]) == (403, "insufficient_scope")
    assert ask(secret, f"/events/{Event.objects.latest('id').uid}").status_code == 403


def test_test_data_of_a_live_registration_is_there_where_it_is_named(present: None) -> None:
    party = cast.third_party(status=Registration.Status.LIVE)
    real, test = (cast.authorize(party, cast.customer(name, world)) for name, world in (
        ("Lena Live", cast.live()), ("Heather Homeowner", cast.sandbox())))  # fmt: skip
    tell(real)
    tell(test)
    (event,) = listed(party.api_token)
    assert event["authorization_uid"] == str(real.uid)
    (event,) = listed(party.api_token, authorizations=test.uid)
    assert listed(cast.access_token(test)) == [event]
    assert call(party.api_token, f"/events/{event['uid']}") == event
    assert len(listed(party.api_token, authorizations=f"{test.uid},{real.uid}")) == 2


def test_the_end_of_an_authorization_is_told_and_stays_told(told: Shared) -> None:
    lifecycle.revoke(told.grant, by="customer")
    order.place()
    assert types(told.token, limit=1) == ["authorization_revoked"]
    assert ask(told.token, f"/authorizations/{told.grant.uid}", "DELETE").status_code == 200
    assert len(listed(told.token)) == 5


def test_what_is_forgotten_is_no_place_to_go_on_from(told: Shared, set_clock: Callable[[datetime], None]) -> None:
    last = listed(told.token)[0]["uid"]
    set_clock(clock.now() + retention.EVENTS + timedelta(seconds=1))
    tasks.forget.func()
    assert listed(told.token) == []
    response = ask(told.token, "/events", after=last, order="oldest_first")
    assert (response.status_code, body(response)["error"]) == (400, "invalid_param")
    assert ask(told.token, f"/events/{last}").status_code == 404


@pytest.mark.parametrize("filters", [{}, {"is_delivered": "false"}, {"order": "oldest_first"}])
def test_a_list_costs_the_same_however_long_the_log_is(told: Shared, filters: dict[str, str]) -> None:
    after = listed(told.token, **filters)[0]["uid"]
    for count in (0, 500):
        tell(told.grant, count)
        with CaptureQueriesContext(connection) as seen:
            call(told.token, "/events", after=after, limit=2, **filters)
        assert len(seen) <= MOST, "\n".join(query["sql"][:120] for query in seen)


@pytest.mark.django_db(transaction=True)
def test_many_who_tick_off_at_once_each_hear_what_they_said(set_clock: Callable[[datetime], None]) -> None:
    sunny, home = cast.third_party(), cast.customer()
    cast.share(sunny, home)
    order.place()
    uid = listed(sunny.api_token)[0]["uid"]
    wanted = [number % 2 == 0 for number in range(8)]
    gate = threading.Barrier(len(wanted))

    def run(value: bool) -> tuple[int, Any]:
        try:
            gate.wait()
            response = mark(sunny.api_token, uid, value)
            return response.status_code, body(response)["is_delivered"]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(wanted)) as pool:
        assert list(pool.map(run, wanted)) == [(200, value) for value in wanted]
    assert len(listed(sunny.api_token)) == 4
