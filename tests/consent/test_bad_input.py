"""Whatever is sent in whatever order: a page that says what happened and what to do, and nothing half granted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

import cast
from consent.visitor import Visitor, ask, home, receipt_of
from wattkeeper.authorizations import lifecycle
from wattkeeper.authorizations.models import Authorization, AuthorizationCode, AuthorizationRequest, Meter
from wattkeeper.common.signing import KeyStore
from wattkeeper.events.models import Event

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]
FIELDS = ["share", "meters", "history", "history_day", "until", "until_day", "ongoing", "email", "seen", "answer"]
NASTY = [
    "", " ", "\0", "\u202e", "🙂" * 300, "a" * 5000, "<script>alert(1)</script>", "' OR 1=1 --", "{{ 7*7 }}", "../../",
    "never", "other", "none", "-1", "0", "1e9", "2026-02-30", "0000-00-00", "9999-12-31", "2026-03-10T00:00:00Z",
    "١٢٣", "x@y@z", "a@b.co\r\nBcc: c@d.co",
]  # fmt: skip
EXPIRED = {
    "en": ("This request has run out", "Go back to the company that asked you and start again there."),
    "es": ("Esta solicitud venció", "Vuelva a la empresa que le hizo la solicitud"),
}
FOREIGN = {
    "en": ("We cannot show this request here", "Answer in the browser you begin in."),
    "es": ("No podemos mostrar esta solicitud aquí", "Responda en el mismo navegador en que empieza."),
}
ANSWERED = {
    "en": ("You are already sharing with Sunny", "there is nothing more to do"),
    "es": ("Usted ya comparte con Sunny", "no tiene que hacer nada más"),
}
STOPPED = {
    "en": ("You no longer share with Sunny", "To share again, go to Sunny and start again there."),
    "es": ("Usted ya no comparte con Sunny", "Para volver a compartir, vaya a Sunny y empiece de nuevo allí."),
}


@pytest.fixture(autouse=True)
def noon(set_clock: Clock) -> None:
    set_clock(NOON)


@pytest.fixture(params=["en", "es"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def at_the_form(language: str = "en", party: cast.ThirdParty | None = None) -> tuple[Visitor, AuthorizationRequest]:
    asking = ask(party, "FB=4_16_51;AdditionalScope=auth-test-test_residential")
    return Visitor(language).open(f"/consent/{asking.uid}"), asking


def says(seen: Visitor, texts: tuple[str, str]) -> bool:
    return all(text in seen.text for text in texts)


def post(seen: Visitor, path: str, **fields: str | list[str]) -> Visitor:
    return seen.arrive(seen.client.post(path, {"csrfmiddlewaretoken": token(seen), **fields}))


def token(seen: Visitor) -> str:
    """Against forgery, as every page has it."""
    return str(seen.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")[0])


@pytest.mark.parametrize("shares_already", [False, True])
@pytest.mark.parametrize("field", FIELDS)
def test_any_value_of_any_field(field: str, shares_already: bool) -> None:
    party, service = cast.third_party(), home()
    if shares_already:
        cast.share(party, service, "FB=16;AdditionalScope=ongoing-none")
    for value in NASTY:
        seen, asking = at_the_form(party=party)
        most = lifecycle.offer(asking, cast.owner(service)).most
        label = "Share it this way" if "Change what" in seen.text else "Share my data"
        seen.press(label, **{field: [value]}) if field != "answer" else post(seen, seen.path, answer=value)
        assert seen.response.status_code in {200, 302}, (value, seen.response.content)
        asking.refresh_from_db()
        if asking.status == "granted":
            grant = Authorization.objects.latest("updated")
            assert seen.left_for
            assert set(grant.shares) <= set(most.kinds)
            assert {meter.service for meter in grant.meters.all()} <= set(most.services)
        else:
            assert not seen.left_for
            assert "Traceback" not in seen.text
    assert Authorization.objects.filter(revoked=None, declined=None).count() <= 1


def test_any_order(language: str) -> None:
    """The form before the sign-in, the end before the answer, the answer after signing out."""
    home()
    asking = ask()
    seen = Visitor(language)
    for page in ("form", "done"):
        assert seen.open(f"/consent/{asking.uid}/{page}").path == f"/consent/{asking.uid}"
    assert seen.open(f"/oauth/continue/{asking.uid}").path == f"/consent/{asking.uid}"
    assert post(seen, f"/consent/{asking.uid}/form", answer="share").path == f"/consent/{asking.uid}"
    assert not Authorization.objects.exists()


def test_the_session_ran_out_while_the_form_was_open(language: str, set_clock: Clock) -> None:
    home()
    asking = ask()
    words = {"en": ("Sign in as", "Share my data"), "es": ("Iniciar sesión como", "Compartir mis datos")}[language]
    seen = Visitor(language).open(f"/consent/{asking.uid}").press(f"{words[0]} test_residential")
    set_clock(NOON + timedelta(minutes=31))
    seen.press(words[1])
    assert seen.path == f"/consent/{asking.uid}"
    assert not Authorization.objects.exists()
    seen.press(f"{words[0]} test_residential").press(words[1])
    assert seen.left_for
    assert Authorization.objects.count() == 1


@pytest.mark.parametrize("answer", ["share", "decline"])
def test_an_expired_request(language: str, answer: str, set_clock: Clock) -> None:
    home()
    seen, asking = at_the_form(language)
    set_clock(NOON + timedelta(minutes=29))
    seen.open(f"/consent/{asking.uid}/form")
    set_clock(NOON + timedelta(minutes=58))
    seen.open(f"/consent/{asking.uid}/form")
    set_clock(NOON + timedelta(hours=1))
    for page in ("", "/form", "/done"):
        assert seen.open(f"/consent/{asking.uid}{page}").response.status_code == 410
        assert says(seen, EXPIRED[language])
    post(seen, f"/consent/{asking.uid}/form", answer=answer)
    assert (seen.response.status_code, says(seen, EXPIRED[language])) == (410, True)
    assert not Authorization.objects.exists()


def test_a_request_of_another_browser(language: str) -> None:
    home()
    _, asking = at_the_form(language)
    foreign = Visitor(language, secret="6" * 64).open("/my-authorizations?utility=epe")
    for page in ("", "/form", "/done", "/later", "/sign-out"):
        foreign.open(f"/consent/{asking.uid}{page}")
        assert (foreign.response.status_code, says(foreign, FOREIGN[language])) == (404, True)
        post(foreign, f"/consent/{asking.uid}{page}", answer="share")
        assert (foreign.response.status_code, says(foreign, FOREIGN[language])) == (404, True)
    assert not Authorization.objects.exists()


def test_the_back_button_and_a_second_answer(language: str) -> None:
    home()
    seen, asking = at_the_form(language)
    post(seen, f"/consent/{asking.uid}/form", answer="share", share=["intervals"], **days(seen))
    assert seen.left_for
    for page in ("", "/form"):
        assert says(seen.open(f"/consent/{asking.uid}{page}"), ANSWERED[language])
    assert says(post(seen, f"/consent/{asking.uid}/form", answer="decline"), ANSWERED[language])
    # Whatever the second time says, even what could not be granted: it was answered.
    post(seen, f"/consent/{asking.uid}/form", answer="share", share=["everything"])
    assert seen.path == receipt_of(Authorization.objects.get().uid)
    assert Authorization.objects.get().shares == ["intervals"]
    assert AuthorizationCode.objects.count() == 1


def test_stopped_before_the_way_back(language: str) -> None:
    """Shared in one tab, stopped in another, before the browser got back to the company: it gets no code."""
    home()
    seen, asking = at_the_form(language)
    fields = {"csrfmiddlewaretoken": token(seen), "answer": "share", "share": ["intervals"], **days(seen)}
    assert seen.client.post(seen.path, fields).status_code == 302
    grant = Authorization.objects.get()
    lifecycle.revoke(grant, "customer")
    assert seen.open(f"/consent/{asking.uid}/done").path == receipt_of(grant.uid)
    assert says(seen.open(f"/consent/{asking.uid}"), STOPPED[language])
    assert not seen.page.xpath("//main//a[contains(@href, '/done')]")
    assert not AuthorizationCode.objects.exists()


@pytest.fixture
def no_receipt_can_be_signed(settings: Settings, tmp_path: Path) -> None:
    """The last step of granting fails: the keys cannot be read."""
    (tmp_path / "keys.json").mkdir()
    settings.RECEIPT_KEYS = KeyStore(tmp_path / "keys.json")


@pytest.mark.usefixtures("no_receipt_can_be_signed")
@pytest.mark.parametrize("shares_already", [False, True])
def test_nothing_is_half_granted(shares_already: bool) -> None:
    party, service = cast.third_party(), home()
    if shares_already:
        cast.authorize(party, service, shares_bills=False)
    before = list(Authorization.objects.values()), list(Meter.objects.values()), Event.objects.count()
    seen, asking = at_the_form(party=party)
    seen.client.raise_request_exception = False
    fields = {"csrfmiddlewaretoken": token(seen), "answer": "share", "share": ["bills"], **days(seen)}
    assert seen.client.post(seen.path, fields).status_code == 500
    assert (list(Authorization.objects.values()), list(Meter.objects.values()), Event.objects.count()) == before
    asking.refresh_from_db()
    assert asking.status == "pending", "it can be answered once the trouble is over"
    assert not connection.needs_rollback


def days(seen: Visitor) -> dict[str, list[str]]:
    """The days as the form has them."""
    return {name: seen.values(name) for name in ("history", "until")}
