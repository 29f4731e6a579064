"""The link builder, as a developer without script meets it."""

import pytest

from demo.conftest import Visitor
from demo.fake_platform import Platform

pytestmark = pytest.mark.server

DEFAULTS: dict[str, object] = {"client": "EPE_ccccccccc", "blocks": ["4", "16", "51"], "sign_in": ""}


def build(visitor: Visitor, **choices: object) -> dict[str, str]:
    """The parameters of the link that these choices make."""
    page = visitor.post("/", DEFAULTS | choices, visitor.get("/").text)
    return visitor.link(page.text)[1]


def test_the_first_page_has_a_link_for_the_configured_client(visitor: Visitor, platform: Platform) -> None:
    endpoint, parameters = visitor.link(visitor.get("/?client_id=EPE_ccccccccc").text)
    assert endpoint == f"{platform.url}/DataCustodian/epe/oauth/authorize"
    assert parameters == {
        "response_type": "code",
        "client_id": "EPE_ccccccccc",
        "redirect_uri": f"{visitor.url}/callback",
        "scope": "FB=4_16_51",
        "state": parameters["state"],
        "code_challenge": parameters["code_challenge"],
        "code_challenge_method": "S256",
    }
    assert len(parameters["state"]) >= 32


@pytest.mark.parametrize(
    ("choices", "scope"),
    [
        ({"blocks": ["16", "4"]}, "FB=4_16"),
        ({"history": "34128000", "end": "0"}, "FB=4_16_51;HistoryLength=34128000;PreferredAuthEndDate=0"),
        ({"history": "0"}, "FB=4_16_51;HistoryLength=0"),
        ({"end": "date", "end_date": "2027-01-01"}, "FB=4_16_51;PreferredAuthEndDate=1798761600"),
        ({"frequency": "daily"}, "FB=4_16_51;SubscriptionFrequency=daily"),
        (
            {"sign_in": "auth-test-test_residential", "noedit": "on", "meters_all": "on"},
            "FB=4_16_51;AdditionalScope=noedit_meters-all_auth-test-test_residential",
        ),
        (
            {"historical": "date", "historical_date": "2025-06-01", "ongoing": "none"},
            "FB=4_16_51;AdditionalScope=historical-2025-06-01_ongoing-none",
        ),
    ],
)
def test_choices_make_the_scope(visitor: Visitor, choices: dict[str, object], scope: str) -> None:
    assert build(visitor, **choices)["scope"] == scope


def test_state_stays_while_a_link_is_edited_and_differs_between_browsers(visitor: Visitor) -> None:
    first = build(visitor)
    assert build(visitor, state=first["state"], blocks=["4"])["state"] == first["state"]
    stranger = Visitor(visitor.url, visitor.var)
    assert build(stranger, state=first["state"])["state"] != first["state"]


def test_a_client_of_ones_own(visitor: Visitor) -> None:
    own = {"client": "other", "client_id": "EPE_mine", "client_secret": "my-own-secret", "utility": "epe"}
    parameters = build(visitor, **own)
    assert parameters["client_id"] == "EPE_mine"
    assert "my-own-secret" not in parameters.values()


def test_an_unknown_client_id_in_the_address_becomes_ones_own(visitor: Visitor) -> None:
    page = visitor.get("/?client_id=EPE_other").text
    assert 'value="EPE_other"' in page
    assert "Go to the utility" not in page


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"blocks": []}, "Choose at least one kind of data."),
        ({"client": ""}, "Choose a client."),
        ({"client": "other"}, "Fill this in, or choose a client above."),
        ({"end": "date"}, "Give the date, or choose something else."),
        ({"client": "other", "client_id": "x", "client_secret": "y", "utility": "epe/../x"}, "Enter a valid value."),
    ],
)
def test_what_is_missing_is_said_and_no_link_is_made(
    visitor: Visitor, choices: dict[str, object], message: str
) -> None:
    page = visitor.post("/", DEFAULTS | choices, visitor.get("/").text).text
    assert message in page
    assert "Go to the utility" not in page
