"""From a bearer token to who is calling: only tokens in force, and only what is theirs."""

from collections.abc import Callable
from datetime import timedelta

import pytest

import cast
from wattkeeper.authorizations import access, lifecycle, tokens
from wattkeeper.authorizations.access import TokenClass
from wattkeeper.authorizations.models import Authorization, Token
from wattkeeper.common import clock, ids
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(sunny: cast.ThirdParty) -> Authorization:
    return cast.authorize(sunny, cast.customer())


@pytest.fixture
def others(sunny: cast.ThirdParty) -> list[Authorization]:
    """A second grant of the same company, and one of a stranger."""
    other = cast.customer("Oscar Other")
    return [cast.authorize(sunny, other), cast.authorize(cast.third_party("Rival"), other)]


def test_an_access_token_sees_its_one_grant(grant: Authorization, others: list[Authorization]) -> None:
    caller = access.identify(cast.access_token(grant))
    assert caller is not None
    assert (caller.token_class, caller.company) == (TokenClass.ACCESS, grant.registration.company)
    assert list(caller.authorizations()) == [grant]
    assert [meter.authorization for meter in caller.meters()] == [grant]


def test_client_and_api_tokens_see_their_companys_grants(
    sunny: cast.ThirdParty, grant: Authorization, others: list[Authorization]
) -> None:
    for secret, kind in ((cast.client_token(sunny), TokenClass.CLIENT), (sunny.api_token, TokenClass.API)):
        caller = access.identify(secret)
        assert caller is not None
        assert caller.token_class == kind
        assert set(caller.authorizations()) == {grant, others[0]}
        assert {meter.authorization for meter in caller.meters()} == {grant, others[0]}


def test_a_registration_token_is_of_its_class(sunny: cast.ThirdParty) -> None:
    caller = access.identify(cast.registration_token(sunny))
    assert caller is not None
    assert (caller.token_class, caller.registration) == (TokenClass.REGISTRATION, sunny.registration)


def test_a_refresh_token_and_nonsense_identify_nobody(grant: Authorization) -> None:
    refresh = tokens.issue(Token.Kind.REFRESH, grant.registration, authorization=grant)
    assert [access.identify(secret) for secret in (refresh, "", "\0", "ñ" * 64, ids.new_secret())] == [None] * 5


def test_a_token_ends_at_its_time(grant: Authorization, set_clock: Callable[..., None]) -> None:
    """Green Button's test OAD016."""
    secret = cast.access_token(grant)
    expires = Token.objects.get(kind=Token.Kind.ACCESS).expires
    assert expires is not None
    set_clock(expires - timedelta(seconds=1))
    assert access.identify(secret) is not None
    set_clock(expires)
    assert access.identify(secret) is None


def test_a_token_ends_with_its_grant(grant: Authorization, set_clock: Callable[..., None]) -> None:
    at = clock.now()
    Authorization.objects.update(expires=at + timedelta(minutes=10))
    secret = cast.access_token(grant)
    set_clock(at + timedelta(minutes=9))
    assert access.identify(secret) is not None
    set_clock(at + timedelta(minutes=10))
    assert access.identify(secret) is None


def test_a_token_ends_when_the_grant_is_revoked(grant: Authorization) -> None:
    secret = cast.access_token(grant)
    lifecycle.revoke(grant, "customer")
    assert access.identify(secret) is None


@pytest.mark.parametrize("status", [Registration.Status.SUSPENDED, Registration.Status.REJECTED])
def test_tokens_of_a_suspended_registration_rest(sunny: cast.ThirdParty, grant: Authorization, status: str) -> None:
    secrets = [cast.access_token(grant), cast.client_token(sunny), cast.registration_token(sunny)]
    Registration.objects.update(status=status)
    assert [access.identify(secret) for secret in secrets] == [None] * 3
    Registration.objects.update(status=Registration.Status.SANDBOX)
    assert None not in [access.identify(secret) for secret in secrets]


def test_an_api_token_ends_with_itself_or_its_user(sunny: cast.ThirdParty) -> None:
    mine = Token.objects.filter(member=sunny.member)
    mine.update(expires=clock.now())
    assert access.identify(sunny.api_token) is None
    mine.update(expires=None, revoked=clock.now())
    assert access.identify(sunny.api_token) is None
    mine.update(revoked=None)
    sunny.member.user.is_active = False
    sunny.member.user.save()
    assert access.identify(sunny.api_token) is None


def test_a_family_ends_together_and_alone(sunny: cast.ThirdParty, grant: Authorization) -> None:
    family = ids.new_uid()
    ended = [
        tokens.issue(kind, grant.registration, authorization=grant, family=family)
        for kind in (Token.Kind.ACCESS, Token.Kind.REFRESH)
    ]
    other = cast.access_token(grant)
    assert (tokens.revoke_family(grant.pk, family), tokens.revoke_family(grant.pk, family)) == (2, 0)
    assert [tokens.find(secret) for secret in ended] == [None, None]
    assert tokens.find(other) is not None


def test_tokens_are_256_random_bits_kept_as_digests(sunny: cast.ThirdParty) -> None:
    secrets = {tokens.issue(Token.Kind.CLIENT, sunny.registration) for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(bytes.fromhex(secret)) == 32 for secret in secrets)
    issued = Token.objects.filter(kind=Token.Kind.CLIENT).values_list("digest", flat=True)
    assert set(issued) == {ids.digest(secret) for secret in secrets}


def test_identifying_takes_one_query(
    sunny: cast.ThirdParty, grant: Authorization, django_assert_num_queries: Callable[[int], object]
) -> None:
    of_every_class = [
        cast.access_token(grant), cast.client_token(sunny), cast.registration_token(sunny), sunny.api_token, "nonsense",
    ]  # fmt: skip
    for secret in of_every_class:
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            access.identify(secret)
