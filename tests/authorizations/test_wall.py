"""The database keeps sandbox and live apart even where the code forgets to (design: sandbox / live wall)."""

import pytest
from django.db import IntegrityError, transaction

import cast
from wattkeeper.authorizations.models import Authorization
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db
NOT_LIVE = [status for status in Registration.Status if status != Registration.Status.LIVE]


@pytest.mark.parametrize("status", NOT_LIVE)
def test_a_registration_that_is_not_live_cannot_hold_a_live_customer(status: str) -> None:
    lena = cast.customer("Lena Live", cast.live())
    with pytest.raises(IntegrityError, match="not live"), transaction.atomic():
        cast.authorize(cast.third_party(status=status), lena)
    assert not Authorization.objects.exists()


def test_a_live_registration_can() -> None:
    lena = cast.customer("Lena Live", cast.live())
    grant = cast.authorize(cast.third_party(status=Registration.Status.LIVE), lena)
    assert grant.world.is_live


def test_a_sandbox_authorization_cannot_be_moved_to_the_live_world() -> None:
    grant = cast.authorize(cast.third_party(), cast.customer())
    lena = cast.owner(cast.customer("Lena Live", cast.live()))
    with pytest.raises(IntegrityError, match="not live"), transaction.atomic():
        Authorization.objects.filter(pk=grant.pk).update(world=cast.live(), customer=lena)


def test_a_live_authorization_cannot_be_handed_to_a_sandbox_registration() -> None:
    grant = cast.authorize(cast.third_party("Live", Registration.Status.LIVE), cast.customer("Lena Live", cast.live()))
    with pytest.raises(IntegrityError, match="not live"), transaction.atomic():
        Authorization.objects.filter(pk=grant.pk).update(registration=cast.third_party().registration)


def test_an_authorization_is_in_the_world_of_its_customer() -> None:
    lena = cast.customer("Lena Live", cast.live())
    with pytest.raises(IntegrityError, match="world of its customer"), transaction.atomic():
        cast.authorize(cast.third_party(), lena, world=cast.sandbox())
