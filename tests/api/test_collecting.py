"""POST /meters/historical-collection and /meters/ongoing-monitoring, and what a client that waits for them sees."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.reader import TODAY, Shared, body, call, send
from cast import access_token, authorize, customer, fill, noon, third_party
from wattkeeper.authorizations.models import Authorization, Meter
from wattkeeper.events.models import Event
from wattkeeper.ingest.news import News, tell

COLLECT, MONITOR = "/meters/historical-collection", "/meters/ongoing-monitoring"
NOW = "2026-11-24T19:00:00.000000+00:00"
ADDED = ["meter_bills_added", "meter_intervals_added"]


def post(token: str, path: str, **asked: Any) -> tuple[int, Any]:
    response = send(token, path, "POST", asked)
    return response.status_code, body(response)


def told(meter: Meter) -> list[str]:
    """The types of a meter's events, in their order, without their common beginning."""
    types = Event.objects.filter(meter_uid=meter.uid).order_by("id").values_list("type", flat=True)
    return [type_.removeprefix("meter_historical_collection_") for type_ in types]


def monitoring(shared: Shared) -> tuple[str, str | None, int | None]:
    found = call(shared.token, f"/meters/{shared.meter.uid}")["ongoing_monitoring"]
    return found["frequency"], found["next_refresh"], found["fixed_refresh_day"]


def test_a_client_activates_what_is_not_and_waits_until_it_is_updated(shared: Shared) -> None:
    (fresh,) = call(shared.token, "/meters", is_activated="false")["meters"]
    assert (fresh["is_activated"], fresh["ongoing_monitoring"]["frequency"]) == (False, "off")
    assert post(shared.token, COLLECT, meters=[fresh["uid"]], collection_duration=24) == (
        200, {"success": True, "meters": [fresh["uid"]], "collection_duration": 24},
    )  # fmt: skip
    row = call(shared.token, f"/meters/{fresh['uid']}")
    assert (row["is_activated"], row["status"], row["status_ts"], row["bill_count"]) == (True, "updated", NOW, 2)
    assert call(shared.token, "/meters", is_activated="false")["meters"] == []
    assert call(shared.token, "/meters", is_activated="true")["meters"] == [row]
    assert told(shared.meter) == ["started", "progress", *ADDED, "finished_successful"]


def test_what_was_told_is_not_news_again(shared: Shared) -> None:
    for _ in range(2):
        post(shared.token, COLLECT, meters=[str(shared.meter.uid)])
    assert told(shared.meter)[-3:] == ["started", "progress", "finished_successful"]


@pytest.mark.parametrize(
    ("unshared", "added"), [("bills", ["meter_intervals_added"]), ("intervals", ["meter_bills_added"])]
)
def test_only_data_that_is_shared_is_told_of(shared: Shared, unshared: str, added: list[str]) -> None:
    Authorization.objects.update(**{f"shares_{unshared}": False})
    post(shared.token, COLLECT, meters=[str(shared.meter.uid)])
    assert told(shared.meter) == ["started", "progress", *added, "finished_successful"]


def test_a_meter_without_data_is_collected_too(shared: Shared) -> None:
    empty = authorize(shared.party, customer("Oscar Other")).meters.get()
    assert post(shared.token, COLLECT, meters=[str(empty.uid)])[0] == 200
    assert told(empty) == ["started", "progress", "finished_successful"]


@pytest.mark.parametrize("path", [COLLECT, MONITOR])
def test_ended_meters_are_left_out_and_alone_refused(shared: Shared, path: str) -> None:
    ended = [authorize(shared.party, customer(f"C{n} Other")) for n in range(3)]
    past = noon(TODAY) - timedelta(days=1)
    for grant, field in zip(ended, ("revoked", "expires", "declined"), strict=True):
        Authorization.objects.filter(pk=grant.pk).update(**{field: past})
    uids = [str(grant.meters.get().uid) for grant in ended]
    how: dict[str, Any] = {"frequency": "daily"} if path == MONITOR else {}
    status, answer = post(shared.token, path, meters=uids, **how)
    assert (status, answer["error"]) == (400, "expired_or_revoked")
    status, answer = post(shared.token, path, meters=[*uids, str(shared.meter.uid)], **how)
    assert (status, answer["meters"]) == (200, [str(shared.meter.uid)])
    assert not Meter.objects.filter(uid__in=uids).exclude(collected=None, monitored=None, frequency="").exists()
    assert not Event.objects.filter(meter_uid__in=uids).exists()


@pytest.mark.parametrize("path", [COLLECT, MONITOR])
def test_a_meter_of_somebody_else_s_is_none(shared: Shared, path: str) -> None:
    theirs = authorize(third_party("Rival"), customer("Oscar Other")).meters.get()
    how: dict[str, Any] = {"frequency": "daily"} if path == MONITOR else {}
    answers = []
    for uid in (str(theirs.uid), str(uuid4()), "12345b"):
        status, answer = post(shared.token, path, meters=[str(shared.meter.uid), uid], **how)
        answers.append((status, answer["error"], answer["error_description"].replace(uid, "")))
    assert answers[0] == answers[1] == answers[2] == (404, "not_found", "There is no meter ''.")
    assert not Event.objects.exists()
    assert not Meter.objects.exclude(collected=None, monitored=None, frequency="").exists()


def test_meters_of_several_authorizations_go_together(shared: Shared) -> None:
    other = authorize(shared.party, customer("Oscar Other")).meters.get()
    uids = [str(other.uid), str(shared.meter.uid)]
    assert post(shared.token, COLLECT, meters=[*uids, uids[0]])[1]["meters"] == uids
    status, answer = post(access_token(shared.grant), COLLECT, meters=uids)
    assert (status, answer["error"]) == (404, "not_found"), "an access token is for one authorization"


@pytest.mark.parametrize(
    ("path", "asked", "error", "problem"),
    [
        (COLLECT, {"meters": None}, "invalid_param", "meters takes a list"),
        (COLLECT, {"meters": "all"}, "invalid_param", "meters takes a list"),
        (COLLECT, {"meters": [7]}, "invalid_param", "meters.0 takes text"),
        (COLLECT, {"meters": ["\0"]}, "invalid_param", "meters.0 has a character"),
        (COLLECT, {"meters": ["x"] * 1001}, "invalid_param", "meters has more than 1000 items"),
        (COLLECT, {"meters": []}, "required_param_missing", "meters is empty"),
        (COLLECT, {"meters": ...}, "required_param_missing", "meters is missing"),
        (COLLECT, {"collection_duration": 0}, "invalid_param", "collection_duration takes a number from 1 up"),
        (COLLECT, {"collection_duration": 37}, "invalid_param", "collection_duration takes a number up to 36"),
        (COLLECT, {"collection_duration": "12"}, "invalid_param", "collection_duration takes a whole number"),
        (COLLECT, {"collection_duration": True}, "invalid_param", "collection_duration takes a whole number"),
        (COLLECT, {"collection_duration": 1.5}, "invalid_param", "collection_duration takes a whole number"),
        (COLLECT, {"collection_duration": None}, "invalid_param", "collection_duration takes a whole number"),
        (MONITOR, {"frequency": ...}, "required_param_missing", "frequency is missing"),
        (MONITOR, {"frequency": "hourly"}, "invalid_param", "frequency takes one of"),
        (MONITOR, {"fixed_refresh_day": 5}, "invalid_param", "fixed_refresh_day goes with the frequency monthly"),
        (MONITOR, {"frequency": "monthly", "fixed_refresh_day": 32}, "invalid_param", "fixed_refresh_day takes"),
        (MONITOR, {"frequency": "monthly", "fixed_refresh_day": 0}, "invalid_param", "fixed_refresh_day takes"),
    ],
)  # fmt: skip
def test_nonsense_is_named_and_changes_nothing(
    shared: Shared, path: str, asked: dict[str, Any], error: str, problem: str
) -> None:
    whole: dict[str, Any] = {"meters": [str(shared.meter.uid)], "frequency": "daily"} | asked
    status, answer = post(shared.token, path, **{name: value for name, value in whole.items() if value is not ...})
    assert (status, answer["error"]) == (400, error)
    assert answer["error_description"].startswith(problem)
    assert not Event.objects.exists()
    assert not Meter.objects.exclude(collected=None, monitored=None, frequency="").exists()


# -- monitoring


@pytest.mark.parametrize(
    ("frequency", "first", "second"),
    [
        ("daily", "2026-11-25T19:00:00.000000+00:00", "2026-12-27T19:00:00.000000+00:00"),
        ("weekly", "2026-12-01T19:00:00.000000+00:00", "2026-12-29T19:00:00.000000+00:00"),
        ("monthly", "2026-12-24T19:00:00.000000+00:00", "2027-01-24T19:00:00.000000+00:00"),
    ],
)
def test_the_next_refresh_is_a_period_on(
    shared: Shared, set_clock: Callable[[datetime], None], frequency: str, first: str, second: str
) -> None:
    expected = {"success": True, "meters": [str(shared.meter.uid)], "frequency": frequency}
    expected |= {"fixed_refresh_day": None} if frequency == "monthly" else {}
    assert post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency=frequency) == (200, expected)
    assert monitoring(shared) == (frequency, first, None)
    set_clock(datetime(2026, 12, 26, 20, 0, tzinfo=UTC))
    assert monitoring(shared) == (frequency, second, None)
    post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency=frequency)
    assert monitoring(shared) == (frequency, second, None), "the same again begins nothing anew"


def test_a_day_past_the_end_of_a_month_is_its_last(shared: Shared, set_clock: Callable[[datetime], None]) -> None:
    asked = {"meters": [str(shared.meter.uid)], "frequency": "monthly", "fixed_refresh_day": 31}
    assert post(shared.token, MONITOR, **asked)[1]["fixed_refresh_day"] == 31
    assert monitoring(shared) == ("monthly", "2026-11-30T19:00:00.000000+00:00", 31)
    set_clock(datetime(2027, 2, 3, 12, 0, tzinfo=UTC))
    assert monitoring(shared) == ("monthly", "2027-02-28T19:00:00.000000+00:00", 31)


def test_a_day_is_chosen_before_monitoring_begins(shared: Shared) -> None:
    meters = [str(shared.meter.uid)]
    assert post(shared.token, MONITOR, meters=meters, frequency="monthly")[0] == 200
    status, answer = post(shared.token, MONITOR, meters=meters, frequency="monthly", fixed_refresh_day=5)
    assert (status, answer["error"]) == (400, "invalid_param")
    assert answer["error_description"].startswith("fixed_refresh_day")
    assert monitoring(shared)[2] is None
    assert post(shared.token, MONITOR, meters=meters, frequency="off")[0] == 200
    for _ in range(2):
        assert post(shared.token, MONITOR, meters=meters, frequency="monthly", fixed_refresh_day=5)[0] == 200
    assert monitoring(shared) == ("monthly", "2026-12-05T19:00:00.000000+00:00", 5)


def test_monitored_meters_are_found(shared: Shared) -> None:
    authorize(shared.party, customer("Oscar Other"))
    post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency="weekly")
    (row,) = call(shared.token, "/meters", is_monitored="true")["meters"]
    assert (row["uid"], row["is_activated"]) == (str(shared.meter.uid), True)
    assert len(call(shared.token, "/meters", is_monitored="false")["meters"]) == 1
    post(shared.token, MONITOR, meters=[row["uid"]], frequency="off")
    assert call(shared.token, "/meters", is_monitored="true")["meters"] == []
    assert call(shared.token, "/meters", is_activated="true")["meters"][0]["uid"] == row["uid"]


def test_monitoring_ends_where_new_data_is_no_longer_shared(shared: Shared) -> None:
    post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency="weekly")
    Authorization.objects.update(ongoing_end=noon(TODAY) + timedelta(days=7))
    assert monitoring(shared) == ("weekly", None, None)
    Authorization.objects.update(ongoing_end=noon(TODAY) - timedelta(days=5))
    assert monitoring(shared) == ("off", None, None)
    assert call(shared.token, "/meters", is_monitored="true")["meters"] == []


def test_off_pauses_the_news_and_nothing_else(shared: Shared) -> None:
    """Sunny hears nothing until it asks; Rival, who never asked for anything, hears as ever."""
    rival = authorize(third_party("Rival"), shared.service).meters.get()
    post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency="off")
    before = call(shared.token, f"/meters/{shared.meter.uid}")["interval_count"]
    fill(shared.service, date(2026, 11, 12), date(2026, 11, 13))
    start = int(noon(date(2026, 11, 12)).timestamp())
    tell(shared.service, News(readings=[(start, start + 900)]))
    assert (told(shared.meter), told(rival)) == ([], ["meter_intervals_added"])
    assert call(shared.token, f"/meters/{shared.meter.uid}")["interval_count"] == before + 96
    for _ in range(2):
        post(shared.token, COLLECT, meters=[str(shared.meter.uid)])
        assert told(shared.meter)[-3:] == [*ADDED, "finished_successful"]
    post(shared.token, MONITOR, meters=[str(shared.meter.uid)], frequency="daily")
    tell(shared.service, News(readings=[(start, start + 900)]))
    assert told(shared.meter)[-1] == "meter_intervals_added"
