"""Registering clients and changing what they may do: the rules, wherever they are asked for."""

from collections.abc import Callable
from datetime import timedelta

import pytest

import cast
from wattkeeper.common import clock
from wattkeeper.companies import registrations
from wattkeeper.companies.credentials import check_client_secret
from wattkeeper.companies.keys import KeysError
from wattkeeper.companies.models import Company, Registration
from wattkeeper.companies.redirect_uris import RedirectUriError
from wattkeeper.companies.registrations import RegistrationError

pytestmark = pytest.mark.django_db
CALLBACK = "https://sunny.example/callback"


@pytest.fixture
def company() -> Company:
    return Company.objects.create(name="Sunny")


def test_a_client_begins_in_the_sandbox_with_a_secret_and_pkce(company: Company) -> None:
    made = registrations.register(company, cast.epe(), [CALLBACK])
    kept = Registration.objects.get()
    assert made.client_secret is not None
    assert check_client_secret(kept, made.client_secret)
    assert kept.client_id.startswith("EPE_")
    assert (kept.status, kept.requires_pkce, kept.redirect_uris) == ("sandbox", True, [CALLBACK])


def test_a_company_registers_once_at_a_utility(company: Company) -> None:
    registrations.register(company, cast.epe(), [CALLBACK])
    with pytest.raises(RegistrationError):
        registrations.register(company, cast.epe(), [CALLBACK])


def test_keys_belong_to_clients_that_sign(company: Company) -> None:
    for method, jwks in (("private_key_jwt", ""), ("client_secret_basic", "{}"), ("none", "{}")):
        with pytest.raises(RegistrationError):
            registrations.register(company, cast.epe(), [CALLBACK], auth_method=method, jwks=jwks)
    with pytest.raises(KeysError):
        registrations.register(company, cast.epe(), [CALLBACK], auth_method="private_key_jwt", jwks="{}")
    made = registrations.register(company, cast.epe(), [CALLBACK], auth_method="none")
    with pytest.raises(RegistrationError):
        registrations.set_keys(made.registration, "{}")
    assert made.client_secret is None


def test_what_is_wrong_leaves_nothing(company: Company) -> None:
    with pytest.raises(RedirectUriError):
        registrations.register(company, cast.epe(), ["http://sunny.example"])
    assert not Registration.objects.exists()


def test_only_clients_with_a_secret_replace_it(company: Company) -> None:
    made = registrations.register(company, cast.epe(), [CALLBACK], auth_method="none")
    with pytest.raises(RegistrationError):
        registrations.rotate_secret(made.registration, clock.now())


def test_an_end_that_was_set_is_not_put_off(company: Company, set_clock: Callable[..., None]) -> None:
    set_clock(at := clock.now())
    made = registrations.register(company, cast.epe(), [CALLBACK])
    first = registrations.rotate_secret(made.registration, at + timedelta(hours=1))
    made.registration.secrets.filter(expires=None).update(expires=at + timedelta(minutes=5))
    registrations.rotate_secret(made.registration, at + timedelta(days=1))
    set_clock(at + timedelta(minutes=5))
    assert not check_client_secret(made.registration, first)


def test_a_public_demo_client_stays_in_the_sandbox() -> None:
    registration = cast.third_party().registration
    registration.is_public_demo = True
    with pytest.raises(RegistrationError):
        registrations.set_status(registration, Registration.Status.LIVE)


def test_a_member_is_made_once(company: Company) -> None:
    member = registrations.add_member(company, "dev@sunny.example")
    assert registrations.add_member(company, "Dev@sunny.example") == member
    assert not member.user.has_usable_password()
    with pytest.raises(RegistrationError):
        registrations.add_member(company, "nobody")
