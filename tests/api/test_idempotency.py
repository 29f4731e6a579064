"""Idempotency-Key on every POST: sent twice, done once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

import cast
import processes
from api.reader import ROOT, TODAY, Shared, body, text
from cast import access_token, authorize, bearer, customer, noon, third_party
from wattkeeper.api import errors, idempotency, tasks, urls
from wattkeeper.api.errors import ApiError
from wattkeeper.api.models import IdempotentPost
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common.models import AuditEntry

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def post(token: str, grant: Authorization, key: str | None = KEY, content: str = "", query: str = "") -> Any:
    headers = bearer(token) | ({"Idempotency-Key": key} if key is not None else {})
    address = f"{ROOT}/authorizations/{grant.uid}/revoke{query}"
    return Client(raise_request_exception=False).post(address, content, "application/json", headers=headers)


def error(response: Any) -> tuple[int, str]:
    return response.status_code, body(response)["error"]


def times_done(grant: Authorization) -> int:
    """How often the work was begun: the audit trail has a row for each."""
    return AuditEntry.objects.filter(authorization_uid=grant.uid, action="authorization_read").count()


def is_revoked(grant: Authorization) -> bool:
    return Authorization.objects.get(pk=grant.pk).revoked is not None


def test_a_second_time_is_answered_and_not_done(shared: Shared) -> None:
    first = post(shared.token, shared.grant)
    assert first.status_code == 200
    assert "Idempotent-Replayed" not in first
    second = post(shared.token, shared.grant)
    assert (second.status_code, second.content, second["Content-Type"]) == (200, first.content, first["Content-Type"])
    assert second["Idempotent-Replayed"] == "true"
    assert second["Cache-Control"] == "private, no-store"
    assert times_done(shared.grant) == 1


def test_without_a_key_nothing_is_kept(shared: Shared) -> None:
    assert post(shared.token, shared.grant, key=None).status_code == 200
    assert not IdempotentPost.objects.exists()


def test_a_refusal_is_replayed_as_well(shared: Shared) -> None:
    stranger = third_party("Rival")
    first, second = (post(stranger.api_token, shared.grant) for _ in range(2))
    assert error(first) == error(second) == (404, "not_found")
    assert second["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "key", ["", '""', " ", "a b", "a,b", "ключ", '"open', 'say"so', '"a";q=1', "x" * 256, '"a", "b"']
)
def test_a_bad_key_is_refused(shared: Shared, key: str) -> None:
    response = post(shared.token, shared.grant, key)
    assert error(response) == (400, "invalid_param")
    assert body(response)["error_description"].startswith("Idempotency-Key ")
    assert not is_revoked(shared.grant)


def test_a_key_is_the_same_with_and_without_quotes(shared: Shared) -> None:
    for key, same in ((KEY, f'"{KEY}"'), ('"a b"', '"a b"'), (r'"a\"b\\"', r'"a\"b\\"'), ("x" * 255, "x" * 255)):
        assert "Idempotent-Replayed" not in post(shared.token, shared.grant, key)
        assert post(shared.token, shared.grant, same)["Idempotent-Replayed"] == "true"


def test_another_request_with_the_key_is_refused(shared: Shared) -> None:
    post(shared.token, shared.grant, content='{"a": 1}')
    for response in (
        post(shared.token, shared.grant, content='{"a": 2}'),
        post(shared.token, shared.grant, content='{"a": 1}', query="?a=1"),
    ):
        assert error(response) == (422, "idempotency_key_reused")
    assert times_done(shared.grant) == 1
    replayed = post(shared.token, shared.grant, content='{"a": 1}')
    assert replayed["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_its_caller_and_address(shared: Shared) -> None:
    """Another company, another token of less, another address: each has keys of its own."""
    other = authorize(shared.party, customer("Oscar Other"))
    rival = third_party("Rival")
    theirs = authorize(rival, shared.service)
    for token, grant in (
        (shared.token, shared.grant),
        (access_token(other), other),
        (shared.token, other),
        (rival.api_token, theirs),
    ):
        assert "Idempotent-Replayed" not in post(token, grant)
    assert post(shared.token, shared.grant, query="/")["Idempotent-Replayed"] == "true"


def test_the_token_is_asked_before_the_key(shared: Shared) -> None:
    """An answer that was kept is none for whoever may no longer ask."""
    token = access_token(shared.grant)
    assert post(token, shared.grant).status_code == 200
    assert post(token, shared.grant).status_code == 401
    assert post("0" * 64, shared.grant).status_code == 401


def test_while_one_is_under_way_others_wait(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, set_clock: Callable[[datetime], None]
) -> None:
    """And one that never ended, because its process was killed, is taken over."""
    monkeypatch.setattr(idempotency, "_done", killed)
    monkeypatch.setattr(idempotency.Attempt, "let_go", lambda attempt: None)
    assert post(shared.token, shared.grant).status_code == 500
    monkeypatch.undo()
    assert error(post(shared.token, shared.grant)) == (409, "idempotency_key_in_use")
    set_clock(noon(TODAY) + idempotency.LEASE)
    assert "Idempotent-Replayed" not in post(shared.token, shared.grant)
    assert is_revoked(shared.grant)
    assert post(shared.token, shared.grant)["Idempotent-Replayed"] == "true"


def killed(*_: object) -> HttpResponse:
    raise RuntimeError("killed")


def test_whoever_was_taken_over_undoes_its_work(shared: Shared, set_clock: Callable[[datetime], None]) -> None:
    answers = []

    def slow() -> HttpResponse:
        Authorization.objects.filter(pk=shared.grant.pk).update(nickname="slow")
        set_clock(noon(TODAY) + idempotency.LEASE)
        answers.append(idempotency.once(request_to(shared), lambda: HttpResponse("fast")))
        return HttpResponse("slow")

    with pytest.raises(ApiError) as lost:
        idempotency.once(request_to(shared), slow)
    assert lost.value.status == 409
    assert [text(answer) for answer in answers] == ["fast"]
    assert Authorization.objects.get(pk=shared.grant.pk).nickname is None


def request_to(shared: Shared) -> HttpRequest:
    """A POST with a key to an address of its own."""
    headers = bearer(shared.token) | {"Idempotency-Key": KEY}
    return RequestFactory().post(f"{ROOT}/slow", b"", "application/json", headers=headers)


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_what_was_not_done_is_not_kept(shared: Shared, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A failure undoes what was begun, and the key is as good as new."""

    def fail(request: HttpRequest, **parts: Any) -> HttpResponse:
        Authorization.objects.filter(pk=shared.grant.pk).update(nickname="half done")
        return errors.answer(status, "server_error", "Broken on purpose.")

    assert urls.answered(fail)(request_to(shared)).status_code == status
    assert not IdempotentPost.objects.exists()
    assert Authorization.objects.get(pk=shared.grant.pk).nickname is None


def test_nothing_can_be_read_out_of_what_is_kept(shared: Shared) -> None:
    Authorization.objects.update(customer_email="heather@example.com", nickname="Sunny roof")
    post(shared.token, shared.grant)
    (row,) = IdempotentPost.objects.all()
    kept = b" ".join([row.digest.encode(), row.fingerprint.encode(), bytes(row.body)])
    for secret in (KEY, shared.token, str(shared.grant.uid), "heather@example.com", "Sunny roof", '"uid"'):
        assert secret.encode() not in kept


def test_after_a_day_a_key_is_new(shared: Shared, set_clock: Callable[[datetime], None]) -> None:
    post(shared.token, shared.grant)
    set_clock(noon(TODAY) + timedelta(hours=24) - timedelta(seconds=1))
    tasks.forget_posts.call()
    assert post(shared.token, shared.grant)["Idempotent-Replayed"] == "true"
    set_clock(noon(TODAY) + timedelta(hours=24))
    assert "Idempotent-Replayed" not in post(shared.token, shared.grant)
    assert times_done(shared.grant) == 2


def test_the_worker_forgets_them(shared: Shared, set_clock: Callable[[datetime], None]) -> None:
    post(shared.token, shared.grant)
    set_clock(noon(TODAY) + timedelta(hours=24))
    tasks.forget_posts.call()
    assert not IdempotentPost.objects.exists()


def test_other_methods_take_no_key(shared: Shared) -> None:
    for _ in range(2):
        response = Client().patch(
            f"{ROOT}/authorizations/{shared.grant.uid}", "{}", headers=bearer(shared.token) | {"Idempotency-Key": KEY}
        )
        assert response.status_code == 200
        assert "Idempotent-Replayed" not in response


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with processes.serving(tmp_path, workers=2) as address:
        yield address


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_does_the_work(server: str) -> None:
    """Over several processes: the others are told to wait, or get its answer."""
    party = cast.third_party()
    grants = [cast.authorize(party, cast.customer(f"Nr{number} Home")) for number in range(4)]

    def attempt(grant: Authorization) -> requests.Response:
        headers = bearer(party.api_token) | {"Idempotency-Key": KEY}
        return requests.post(f"{server}{ROOT}/authorizations/{grant.uid}/revoke", headers=headers, timeout=60)

    for grant in grants:
        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(attempt, [grant] * 12))
        winners = [one for one in found if one.status_code == 200 and "Idempotent-Replayed" not in one.headers]
        assert len(winners) == 1
        others = [one for one in found if one is not winners[0]]
        assert {one.status_code for one in others} <= {200, 409}
        assert {one.content for one in others if one.status_code == 200} <= {winners[0].content}
        assert attempt(grant).headers["Idempotent-Replayed"] == "true"
        assert times_done(grant) == 1
