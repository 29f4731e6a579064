"""`wattkeeper utility sso` connects a utility's sign-in, tries it first, says what to register; doctor looks again."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import cast
from consent.fake_provider import SECRET, FakeProvider, serving
from wattkeeper.config.management.commands import doctor
from wattkeeper.utilities.models import SignInService, Utility

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    cast.epe()
    with serving(FakeProvider()) as running:
        yield running


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text(SECRET)
    return str(tmp_path / "secret")


def run(*words: str) -> str:
    out = StringIO()
    call_command("utility", "sso", *words, stdout=out)
    return out.getvalue()


def connected(fake: FakeProvider, secret_file: str, *more: str) -> str:
    return run("EPE", "--issuer", fake.url, "--client-id", "us", "--client-secret-file", secret_file, *more)


def test_it_connects_tries_and_says_what_to_register(fake: FakeProvider, secret_file: str) -> None:
    said = connected(fake, secret_file, "--claim", "numbers", "--matches", "account", "--scopes", "openid n")
    assert said == (
        f"EPE: {fake.url}\n"
        "  client         us (client_secret_basic)\n"
        "  asks for       openid n\n"
        "  customer       claim 'numbers' is CustomerAccount.number\n"
        "  redirect URI   http://localhost:8000/sign-in/epe/answer (register it with the provider)\n"
        "  provider       answers, 1 key\n"
    )
    service = SignInService.objects.get()
    assert (service.claim, service.matches, service.secret_file) == ("numbers", "account", secret_file)
    assert SECRET not in said + str(SignInService.objects.values().get())


def test_without_options_it_looks_again_and_changes_nothing(fake: FakeProvider, secret_file: str) -> None:
    first = connected(fake, secret_file, "--secret-in-body")
    before = SignInService.objects.values().get()
    assert run("EPE") == first
    assert "client_secret_post" in first
    assert SignInService.objects.values().get() == before


def test_what_does_not_work_is_not_kept_unless_asked_to(fake: FakeProvider, secret_file: str) -> None:
    fake.broken["/.well-known/openid-configuration"] = (503, b"")
    with pytest.raises(CommandError, match=r"nothing was changed: the provider answered with status 503 \(down\)"):
        connected(fake, secret_file)
    assert not SignInService.objects.exists()
    assert "NOT CHECKED" in connected(fake, secret_file, "--unchecked")
    assert SignInService.objects.get().issuer == fake.url


@pytest.mark.parametrize("keys", [b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'])
def test_a_provider_without_a_usable_key_does_not_work(fake: FakeProvider, secret_file: str, keys: bytes) -> None:
    fake.broken["/jwks"] = (200, keys)
    with pytest.raises(CommandError, match="no key that an ID token may be signed with"):
        connected(fake, secret_file)


def test_a_secret_that_cannot_be_read_does_not_work(fake: FakeProvider, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="the secret file cannot be used: FileNotFoundError"):
        connected(fake, str(tmp_path / "nothing"))
    (tmp_path / "key").write_text("no key")
    with pytest.raises(CommandError, match="the secret file cannot be used: ValueError"):
        run("EPE", "--issuer", fake.url, "--client-id", "us", "--private-key-file", str(tmp_path / "key"))


def test_single_sign_on_becomes_the_default_where_it_is_new(fake: FakeProvider, secret_file: str) -> None:
    for before, after in ((["test"], ["sso", "test"]), (["code", "sso"], ["code", "sso"])):
        Utility.objects.update(sign_in_methods=before)
        connected(fake, secret_file)
        assert Utility.objects.get().sign_in_methods == after


def test_it_is_removed(fake: FakeProvider, secret_file: str) -> None:
    connected(fake, secret_file)
    assert run("EPE", "--remove") == "EPE: single sign-on is not connected any more\n"
    with pytest.raises(CommandError, match="--issuer and --client-id connect it"):
        run("EPE")


def test_an_unknown_utility_is_told_with_the_known_ones(fake: FakeProvider) -> None:
    with pytest.raises(CommandError, match=r"There is no utility 'XYZ' here; there is: EPE\."):
        run("XYZ")
    assert fake.asked.total() == 0


def test_doctor_tries_every_connection(fake: FakeProvider, secret_file: str) -> None:
    assert doctor.sign_in() == "no single sign-on is connected"
    connected(fake, secret_file)
    assert doctor.sign_in() == "EPE"
    Path(secret_file).unlink()
    with pytest.raises(CommandError, match="EPE: single sign-on does not work: the secret file cannot be used"):
        doctor.sign_in()
