"""Single sign-on, there and back: what it asks of the provider, whom it lets in, and what it says when it cannot."""

import base64
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote_plus
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, RSAKey

import cast
from consent.fake_provider import CLIENT_ID, SECRET, FakeProvider
from consent.sso import asked, customer, sent_there, through
from consent.visitor import Visitor, ask, home, live_party
from wattkeeper.authorizations.models import AuthorizationRequest
from wattkeeper.companies.models import Registration
from wattkeeper.consent.models import SignIn
from wattkeeper.customers.models import Customer
from wattkeeper.utilities.models import SignInService, World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def test_the_browser_goes_there_with_pkce_state_and_nonce(fake: FakeProvider) -> None:
    address = sent_there(ask(live_party())).left_for
    assert address.startswith(f"{fake.url}/authorize?")
    told = asked(address)
    assert (told["response_type"], told["client_id"], told["scope"]) == ("code", CLIENT_ID, "openid")
    assert told["redirect_uri"] == "http://localhost:8000/sign-in/epe/answer"
    assert (told["code_challenge_method"], told["ui_locales"]) == ("S256", "en")
    assert min(len(told[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert told["state"] not in {told["nonce"], told["code_challenge"]}
    assert "prompt" not in told


def test_a_customer_comes_back_signed_in(fake: FakeProvider) -> None:
    customer()
    seen = through(fake, asking := ask(live_party()))
    assert seen.path == f"/consent/{asking.uid}/form"
    assert "Signed in as Lena Live." in seen.text
    assert not seen.page.xpath("//aside[@class='band']")


def test_signing_in_changes_the_sessions_key(fake: FakeProvider) -> None:
    home()
    customer()
    seen = Visitor().open("/my-authorizations").press("Sign in as test_residential")
    before = seen.client.cookies["session"].value
    sent_there(asking := ask(live_party()), seen.press("Not you? Sign out"))
    seen.open(fake.answer(seen.left_for))
    assert seen.path == f"/consent/{asking.uid}/form"
    assert seen.client.cookies["session"].value not in {"", before}


def test_the_secret_is_form_encoded_in_basic(fake: FakeProvider) -> None:
    customer()
    through(fake, ask(live_party()))
    scheme, _, pair = fake.headers["/token"]["Authorization"].partition(" ")
    name, _, secret = base64.b64decode(pair).decode().partition(":")
    assert (scheme, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT_ID, SECRET)


def test_what_is_shared_is_reached_by_the_same_way(fake: FakeProvider) -> None:
    service = cast.customer("Lena Live", cast.live())
    Customer.objects.update(external_id="C-1")
    grant = cast.authorize(live_party(), service)
    seen = Visitor(secret="").open(f"/my-authorizations?receipt={grant.uid}")
    seen.open(seen.page.xpath("//section[@aria-labelledby='sso']//a/@href")[0])
    seen.open(fake.answer(seen.left_for))
    assert seen.path == f"/authorizations/{grant.uid}/receipt"
    seen.press("Not you? Sign out")
    seen.open(seen.page.xpath("//section[@aria-labelledby='sso']//a/@href")[0])
    assert asked(seen.left_for)["prompt"] == "login"


@pytest.mark.parametrize("claim", [["C-1", "C-2"], ["C-2", "C-1"]])
def test_one_login_with_several_customers_chooses(fake: FakeProvider, claim: list[str]) -> None:
    first, second = customer(), customer("Lars Live", "C-2")
    fake.customers = claim
    seen = through(fake, asking := ask(live_party()))
    assert "Which customer is this about?" in seen.text
    assert f"Account {second.accounts.get().number}, 1234 Main Ave" in seen.text
    assert seen.open(f"/consent/{asking.uid}/form").path == f"/consent/{asking.uid}"
    chosen = SignIn.objects.get().uid
    seen.open(f"/sign-in/{chosen}").press("Go on as Lars Live")
    assert "Signed in as Lars Live." in seen.text
    assert first.pk != second.pk


def test_a_choice_is_made_once_in_time_and_among_ones_own(
    fake: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    customer()
    customer("Lars Live", "C-2")
    stranger = customer("Stella Stranger", "C-3")
    fake.customers = ["C-1", "C-2"]
    seen = through(fake, ask(live_party()))
    field = seen.page.xpath("//button[@name='customer']")[0]
    field.set("value", str(stranger.uid))
    token = seen.client.cookies["csrf"].value
    answer = seen.client.post(seen.path, {"customer": str(stranger.uid), "csrfmiddlewaretoken": token})
    assert b"Which customer is this about?" in answer.content
    set_clock(NOON + timedelta(minutes=11))
    assert "The time for this sign-in is up" in seen.press("Go on as Lena Live").text


def test_a_customer_may_be_named_by_an_account_number(fake: FakeProvider) -> None:
    number = customer(external_id="").accounts.get().number
    SignInService.objects.update(matches=SignInService.Match.ACCOUNT)
    fake.customers = f"{number[:3]}-{number[3:]}"
    assert "Signed in as Lena Live." in through(fake, ask(live_party())).text


def test_a_claim_may_be_a_number_or_stand_in_user_info_alone(fake: FakeProvider) -> None:
    customer(external_id="1001")
    fake.customers = 1001
    assert "Signed in as Lena Live." in through(fake, ask(live_party())).text
    fake.changes = {"customers": None}
    assert "Signed in as Lena Live." in through(fake, ask(cast.third_party("Sunup", Registration.Status.LIVE))).text
    assert fake.headers["/userinfo"]["Authorization"] == "Bearer at"


def test_a_private_key_takes_the_place_of_the_secret(fake: FakeProvider, tmp_path: Path) -> None:
    customer()
    party = live_party()
    for kind, key in (("RS256", RSAKey.generate_key(2048)), ("ES256", ECKey.generate_key("P-256"))):
        (tmp_path / "key").write_bytes(key.as_pem(private=True))
        SignInService.objects.update(
            client_auth=SignInService.ClientAuth.PRIVATE_KEY, secret_file=str(tmp_path / "key")
        )
        assert "Signed in as Lena Live." in through(fake, ask(party)).text, kind
    assert "Authorization" not in fake.headers["/token"]


def test_a_customer_who_is_signed_in_goes_straight_on(fake: FakeProvider) -> None:
    customer()
    seen = through(fake, ask(party := live_party()))
    assert seen.open(f"/consent/{(second := ask(party)).uid}").path == f"/consent/{second.uid}/form"


def test_a_scope_may_ask_for_it_at_once_but_not_twice(fake: FakeProvider) -> None:
    customer()
    asking = ask(live_party(), "FB=4;AdditionalScope=auth-sso")
    seen = Visitor().open(f"/consent/{asking.uid}")
    assert seen.left_for.startswith(f"{fake.url}/authorize?")
    seen.open(fake.answer(seen.left_for, code=None, error="access_denied"))
    assert "You stopped at the sign-in" in seen.text
    assert seen.open(f"/consent/{asking.uid}").path == f"/consent/{asking.uid}"


def test_a_forced_sign_in_is_asked_for_and_must_have_happened(fake: FakeProvider) -> None:
    customer()
    asking = ask(party := live_party(), forces_sign_in=True)
    seen = sent_there(asking)
    assert (asked(seen.left_for)["prompt"], asked(seen.left_for)["max_age"]) == ("login", "0")
    fake.changes = {"auth_time": int(NOON.timestamp()) - 600}
    assert "We could not trust the answer" in seen.open(fake.answer(seen.left_for)).text
    for auth_time in (None, "now", True, float("nan")):
        fake.changes = {"auth_time": auth_time}
        assert "We could not trust the answer" in through(fake, ask(party, forces_sign_in=True)).text
    fake.changes = {"auth_time": int(NOON.timestamp())}
    assert "Signed in as Lena Live." in through(fake, ask(party, forces_sign_in=True)).text


def test_a_company_in_the_sandbox_meets_the_wall(fake: FakeProvider) -> None:
    customer()
    seen = through(fake, ask(cast.third_party()))
    assert "Sunny may not ask real customers yet" in seen.text
    assert not seen.page.xpath("//aside[@class='band']")
    assert "Case number: " in seen.text
    assert seen.press("Go back to Sunny without sharing").left_for.startswith("https://sunny.example/callback?error")


def test_without_a_connection_the_page_says_so(secret_file: str) -> None:
    home()
    seen = Visitor().open(f"/consent/{(asking := ask()).uid}")
    assert "Single sign-on is not connected yet" in seen.text
    assert seen.open(f"/sign-in/epe/sso?request={asking.uid}").path == f"/consent/{asking.uid}"
    assert secret_file


def test_only_opening_the_way_there_begins_anything(fake: FakeProvider) -> None:
    asking = ask(live_party())
    seen = Visitor().open(f"/consent/{asking.uid}")
    way = seen.page.xpath("//section[@aria-labelledby='sso']//a/@href")[0]
    answer = seen.client.post(way, {"csrfmiddlewaretoken": seen.client.cookies["csrf"].value})
    assert answer.headers["Location"] == f"/consent/{asking.uid}?choose=1"
    assert not SignIn.objects.exists()
    assert fake.asked.total() == 0


def test_the_way_there_is_for_the_browser_that_asked_and_while_it_asks(fake: FakeProvider) -> None:
    asking = ask(party := live_party())
    way = f"/sign-in/epe/sso?request={asking.uid}"
    assert "We cannot show this request here" in Visitor(secret="6" * 64).open(way).text
    AuthorizationRequest.objects.filter(pk=asking.pk).update(expires=NOON)
    assert "This request has run out" in Visitor().open(way).text
    answered = Visitor().open(f"/consent/{ask(party).uid}").press("Go back to Sunset without sharing")
    declined = AuthorizationRequest.objects.get(status=AuthorizationRequest.Status.DECLINED)
    assert "You did not share with Sunset" in answered.open(f"/sign-in/epe/sso?request={declined.uid}").text
    assert not SignIn.objects.exists()
    assert fake.asked.total() == 0


def test_a_request_at_another_utility_is_not_known_here(fake: FakeProvider) -> None:
    other = cast.epe()
    other.pk, other.uid, other.code, other.slug = None, uuid4(), "OTH", "oth"
    other.save()
    seen = Visitor().open(f"/sign-in/oth/sso?request={ask(live_party()).uid}")
    assert "We cannot show this request here" in seen.text


def gone() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("path", "told", "words"),
    [
        ("/.well-known/openid-configuration", (503, b"busy"), "does not answer"),
        ("/.well-known/openid-configuration", (200, b"<html>"), "does not work with this website"),
        ("/.well-known/openid-configuration", (200, b"[1]"), "does not work with this website"),
        ("/.well-known/openid-configuration", (404, b"{}"), "does not work with this website"),
        ("/.well-known/openid-configuration", (200, b"[" * 50_000), "does not work with this website"),
        ("/.well-known/openid-configuration", (302, b""), "does not work with this website"),
        ("/token", (500, b"oh"), "does not answer"),
        ("/token", (400, b'{"error": "invalid_client"}'), "does not work with this website"),
        ("/token", (400, b'{"error": "invalid_grant"}'), "The time for this sign-in is up"),
        ("/token", (200, b"{}"), "We could not trust the answer"),
        ("/token", (200, b'{"id_token": 7, "expires_in": []}'), "We could not trust the answer"),
        ("/token", (200, b"not json"), "We could not trust the answer"),
        ("/token", (307, b""), "We could not trust the answer"),
        ("/jwks", (500, b""), "does not answer"),
        ("/jwks", (200, b'{"keys": [{"kty": "RSA"}, 7, {"kty": "oct", "k": "AA"}]}'), "We could not trust the answer"),
    ],
)
def test_what_fails_there_is_explained_here(fake: FakeProvider, path: str, told: tuple[int, bytes], words: str) -> None:
    customer()
    fake.broken[path] = told
    seen = sent_there(asking := ask(live_party()))
    if seen.left_for:
        seen.open(fake.answer(seen.left_for))
    assert words in seen.text
    assert "Nothing was shared." in seen.text
    assert seen.page.xpath("//a[.='Try again']/@href")[0].startswith("/sign-in/epe/sso?request=")
    if words != "The time for this sign-in is up":
        assert f"Case number: {SignIn.objects.get().uid}" in seen.text
    assert seen.press("Go back to Sunset without sharing").left_for.startswith("https://sunny.example/callback?error=")
    asking.refresh_from_db()
    assert asking.status == AuthorizationRequest.Status.DECLINED


def test_a_provider_that_is_gone_is_explained(fake: FakeProvider) -> None:
    SignInService.objects.update(issuer=f"http://127.0.0.1:{gone()}")
    assert "does not work with this website" in sent_there(ask(live_party())).text


def test_a_failed_look_is_not_repeated_for_everybody_at_once(
    fake: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    path = "/.well-known/openid-configuration"
    fake.broken[path] = (503, b"")
    for _ in range(3):
        assert "does not answer" in sent_there(ask(cast.third_party(f"Sun {_}", Registration.Status.LIVE))).text
    assert fake.asked[path] == 1
    set_clock(NOON + timedelta(seconds=6))
    del fake.broken[path]
    assert sent_there(ask(live_party())).left_for


def test_what_is_known_of_a_provider_serves_while_it_is_down(
    fake: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    sent_there(ask(party := live_party()))
    fake.broken["/.well-known/openid-configuration"] = (503, b"")
    for hours, stays in ((2, True), (23, True), (26, False)):
        set_clock(NOON + timedelta(hours=hours))
        assert bool(sent_there(ask(party)).left_for) is stays


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "You stopped at the sign-in of El Paso Electric"),
        ("login_required", "You stopped at the sign-in of El Paso Electric"),
        ("temporarily_unavailable", "The sign-in of El Paso Electric does not answer"),
        ("server_error", "The sign-in of El Paso Electric does not answer"),
        ("invalid_scope", "does not work with this website"),
        ("<script>alert(1)</script>", "does not work with this website"),
    ],
)
def test_an_error_of_the_provider_is_explained(
    fake: FakeProvider, error: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = through(fake, ask(live_party()), code=None, error=error, error_description="SECRET")
    assert words in seen.text
    assert SignIn.objects.get().uid.hex in caplog.text.replace("-", "")
    assert "<script>" not in caplog.text
    assert "SECRET" not in caplog.text + seen.text


def test_whoever_is_no_customer_is_told_so_and_no_session_stays(
    fake: FakeProvider, set_clock: Callable[[datetime], None]
) -> None:
    customer()
    seen = through(fake, first := ask(party := live_party()))
    set_clock(NOON + timedelta(minutes=1))
    sent_there(ask(party, forces_sign_in=True), seen)
    fake.customers, fake.changes = "C-9", {"auth_time": int(NOON.timestamp()) + 60}
    seen.open(fake.answer(seen.left_for))
    assert "We found no customer for this login" in seen.text
    again = seen.page.xpath("//a[.='Try again']/@href")[0]
    assert seen.open(f"/consent/{first.uid}/form").path == f"/consent/{first.uid}"
    assert asked(seen.open(again).left_for)["prompt"] == "login"


@pytest.mark.parametrize(
    "claim", [None, "", True, {}, [], [None], ["C-1", {}], [["C-1"]], "C" * 256, ["C-1"] * 51, 1.5]
)
def test_a_claim_that_names_nobody_lets_nobody_in(fake: FakeProvider, claim: object) -> None:
    customer()
    customer("Tricia True", "True")
    fake.customers = claim
    seen = through(fake, ask(live_party()))
    assert "We found no customer for this login" in seen.text or "We could not trust the answer" in seen.text


@pytest.mark.parametrize("world", [cast.sandbox, cast.elsewhere])
def test_a_customer_of_the_sandbox_or_of_another_utility_is_not_found(
    fake: FakeProvider, world: Callable[[], World]
) -> None:
    person = cast.owner(cast.customer(world=world()))
    person.external_id = "C-1"
    person.save()
    assert "We found no customer for this login" in through(fake, ask(live_party())).text


def test_failure_pages_survive_reload_and_language(fake: FakeProvider) -> None:
    seen = through(fake, ask(live_party()), code=None, error="access_denied")
    assert seen.path.startswith("/sign-in/")
    seen.press("Español")
    assert "inicio de sesión de El Paso Electric" in seen.text


def test_answers_are_not_kept_by_anything_on_the_way(fake: FakeProvider) -> None:
    customer()
    seen = sent_there(ask(live_party()))
    answer = seen.client.get(fake.answer(seen.left_for))
    assert answer.status_code == 302
    assert "no-store" in answer.headers["Cache-Control"]
