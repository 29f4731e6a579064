"""Test data of a live registration in the Green Button API: out of the lists, there by id and by its own token."""

from dataclasses import dataclass

import pytest
from lxml import etree

import cast
from greenbutton import reader
from greenbutton.reader import Home, body, get
from wattkeeper.companies.models import Registration

pytestmark = pytest.mark.django_db


@dataclass
class Both:
    """Homes that a real and a test customer share with one live third party."""

    real: Home
    test: Home

    @property
    def api_token(self) -> str:
        return self.real.party.api_token

    def named(self, path: str, token: str) -> set[str]:
        """Which of the two a feed has entries of."""
        content = body(get(path, token)).decode()
        return {name for name, home in (("real", self.real), ("test", self.test)) if first(home, path) in content}


def first(home: Home, path: str) -> str:
    """The address of a home's first entry of the kind that a path lists."""
    kind = path.removeprefix("/")
    if kind == "Authorization":
        return f"{reader.ROOT}/{kind}/{home.grant.uid}"
    return reader.links(reader.entries(reader.read(home.batch, home.token), kind)[0], "self")[0]


@pytest.fixture
def both() -> Both:
    party = cast.third_party(status=Registration.Status.LIVE)
    return Both(reader.home(party, "Lena Live", world=cast.live()), reader.home(party))


def test_lists_leave_it_out(both: Both) -> None:
    assert both.named("/Authorization", cast.client_token(both.real.party)) == {"real"}
    for path in ("/Authorization", "/ReadingType", "/LocalTimeParameters"):
        assert both.named(path, both.api_token) == {"real"}, path


def test_it_is_read_by_its_id(both: Both) -> None:
    client = cast.client_token(both.real.party)
    for token in (client, both.api_token):
        assert get(f"/Authorization/{both.test.grant.uid}", token).status_code == 200
    for kind in ("ReadingType", "LocalTimeParameters"):
        for home in (both.real, both.test):
            entry = etree.fromstring(body(get(reader.local(first(home, f"/{kind}")), both.api_token)))
            assert reader.links(entry, "self") == [first(home, f"/{kind}")]
    assert reader.entries(reader.read(both.test.batch, both.api_token), "IntervalBlock")


def test_it_is_read_by_its_own_token(both: Both) -> None:
    for path in ("/ReadingType", "/LocalTimeParameters"):
        assert both.named(path, both.test.token) == {"test"}
        assert both.named(path, both.real.token) == {"real"}


def test_before_it_is_live_all_it_has_is_test_data_and_is_listed() -> None:
    home = reader.home()
    assert str(home.grant.uid) in body(get("/Authorization", cast.client_token(home.party))).decode()
