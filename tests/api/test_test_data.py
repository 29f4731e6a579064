"""Test data of a live registration is usable, and never stands among real customers' (docs/use-the-api)."""

from dataclasses import dataclass

import pytest

import cast
from api.reader import TODAY, call
from wattkeeper.authorizations.models import Authorization
from wattkeeper.common import days
from wattkeeper.companies.models import Registration


@dataclass
class Both:
    """One third party with a real customer's authorization and a test customer's."""

    party: cast.ThirdParty
    real: Authorization
    test: Authorization

    def listed(self, path: str, token: str = "", **filters: object) -> set[str]:
        """Which of the two a list names."""
        key = "uid" if path == "authorizations" else "authorization_uid"
        names = {str(self.real.uid): "real", str(self.test.uid): "test"}
        return {names[row[key]] for row in call(token or self.party.api_token, f"/{path}", **filters)[path]}


@pytest.fixture
def both(present: None) -> Both:
    party = cast.third_party(status=Registration.Status.LIVE)
    homes = [cast.customer("Lena Live", cast.live()), cast.customer()]
    for home in homes:
        cast.fill(home, next(days.days(TODAY.replace(day=20), TODAY)), TODAY)
    return Both(party, *(cast.authorize(party, home) for home in homes))


@pytest.mark.parametrize("path", ["authorizations", "meters"])
def test_lists_leave_it_out(both: Both, path: str) -> None:
    assert both.listed(path) == {"real"}
    assert both.listed(path, utility="EPE", is_archived="false") == {"real"}


def test_it_is_listed_where_test_data_is_asked_for(both: Both) -> None:
    assert both.listed("authorizations", is_test="true") == {"test"}
    assert both.listed("authorizations", is_test="false") == {"real"}


def test_it_is_listed_where_it_is_named(both: Both) -> None:
    uids = f"{both.real.uid},{both.test.uid}"
    assert both.listed("authorizations", uids=uids) == {"real", "test"}
    assert both.listed("authorizations", referrals=both.test.referral) == {"test"}
    assert both.listed("meters", authorizations=both.test.uid) == {"test"}
    assert both.listed("meters", uids=both.test.meters.get().uid) == {"test"}
    assert both.listed("intervals", authorizations=uids) == {"real", "test"}


def test_by_its_uid_and_by_its_own_token_it_is_read(both: Both) -> None:
    row = call(both.party.api_token, f"/authorizations/{both.test.uid}", include="meters")
    assert (row["is_test"], len(row["meters"]["meters"])) == (True, 1)
    token = cast.access_token(both.test)
    assert both.listed("authorizations", token) == both.listed("meters", token) == {"test"}
    assert both.listed("intervals", token, authorizations=both.test.uid) == {"test"}


@pytest.mark.parametrize("status", ["sandbox", "approved"])
def test_before_it_is_live_all_it_has_is_test_data_and_is_listed(present: None, status: str) -> None:
    party = cast.third_party(status=status)
    grant = cast.authorize(party, cast.customer())
    both = Both(party, grant, grant)
    assert both.listed("authorizations") == both.listed("meters") == {"test"}
