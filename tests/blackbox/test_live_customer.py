"""A real customer of the demo: through the utility's own sign-in, to a company that is live; and what stops others."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from blackbox.conftest import Demo
from blackbox.walker import SHARE, Walker

pytestmark = pytest.mark.server
VERIFIER = "the-verifier-of-a-company-that-is-live-0123456789"
TO_THE_SIGN_IN = "Go to the sign-in of El Paso Electric"


class Customer:
    """One browser at both places: the platform and the utility's sign-in."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.platform = Walker(demo.base)
        self.provider = Walker(demo.keys["provider_url"])

    def asked_by(self, client: str, scope: str = "FB=4_16_51", **more: str) -> "Customer":
        keys = self.demo.keys[client]
        self.platform.open(
            "/DataCustodian/epe/oauth/authorize",
            response_type="code",
            client_id=keys["client_id"],
            redirect_uri=keys["redirect_uri"],
            scope=scope,
            state="s1",
            code_challenge=create_s256_code_challenge(VERIFIER),
            code_challenge_method="S256",
            **more,
        )
        return self

    def go_to_the_sign_in(self) -> "Customer":
        link = self.platform.page.xpath(f"//a[normalize-space()='{TO_THE_SIGN_IN}']/@href")[0]
        self.provider.open(self.platform.open(link).left_for)
        return self

    def sign_in_as(self, name: str) -> Walker:
        """Presses the button there and comes back to the platform."""
        return self.platform.open(self.provider.press(f"Sign in as {name}").left_for)


@pytest.fixture
def customer(demo: Demo) -> Customer:
    return Customer(demo)


def test_a_customer_shares_with_a_live_company_and_stops(demo: Demo, customer: Customer) -> None:
    seen = customer.asked_by("live_client").go_to_the_sign_in().sign_in_as("Maria Lucero")
    assert "Signed in as Maria Lucero." in seen.text
    assert "Sandbox" not in seen.text
    seen.press(SHARE)
    code = parse_qs(urlsplit(seen.left_for).query)["code"][0]
    keys = demo.keys["live_client"]
    token = requests.post(
        f"{demo.base}/DataCustodian/epe/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": keys["redirect_uri"],
            "code_verifier": VERIFIER,
        },
        auth=(keys["client_id"], keys["client_secret"]),
        timeout=30,
    ).json()
    assert len(demo.get("/api/v2/meters", token["access_token"]).json()["meters"]) == 1
    assert (
        requests.get(
            token["resourceURI"], headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=60
        ).content.count(b"<UsageSummary")
        >= 6
    )
    seen.open("/my-authorizations").open(
        seen.page.xpath("//a[starts-with(normalize-space(), 'Stop sharing')]/@href")[0]
    )
    assert "You no longer share with Desert Sun Solar" in seen.press("Stop sharing").text


def test_one_login_with_two_customers_chooses(customer: Customer) -> None:
    seen = customer.asked_by("live_client").go_to_the_sign_in().sign_in_as("Daniel Whitfield")
    assert "Which customer is this about?" in seen.text
    seen.press("Go on as Whitfield Rentals")
    assert "Signed in as Whitfield Rentals." in seen.text


def test_a_login_that_is_no_customer_is_told_so_and_may_leave(customer: Customer) -> None:
    seen = customer.asked_by("live_client").go_to_the_sign_in().sign_in_as("Rosario Baeza")
    assert "We found no customer for this login" in seen.text
    assert "Case number: " in seen.text
    seen.press("Go back to Desert Sun Solar without sharing")
    assert "error=access_denied" in seen.left_for


def test_a_customer_without_a_meter_is_told_so(customer: Customer) -> None:
    seen = customer.asked_by("live_client").go_to_the_sign_in().sign_in_as("Abigail Okafor")
    assert "There is no meter of yours to share" in seen.text


def test_a_company_in_the_sandbox_gets_nothing_of_a_real_customer(demo: Demo, customer: Customer) -> None:
    seen = customer.asked_by("client").go_to_the_sign_in().sign_in_as("Maria Lucero")
    assert "Test Company may not ask real customers yet" in seen.text
    assert "No real customer is shown" not in seen.text
    seen.press("Go back to Test Company without sharing")
    assert "error=access_denied" in seen.left_for


def test_cancelling_there_leads_back_here(customer: Customer) -> None:
    customer.asked_by("live_client").go_to_the_sign_in()
    seen = customer.platform.open(customer.provider.press("Cancel").left_for)
    assert "You stopped at the sign-in of El Paso Electric" in seen.text
    assert TO_THE_SIGN_IN in seen.open(seen.page.xpath("//a[.='Choose another way to sign in']/@href")[0]).text


def test_a_session_there_is_used_again_unless_a_new_sign_in_is_asked_for(customer: Customer) -> None:
    customer.asked_by("live_client").go_to_the_sign_in().sign_in_as("Maria Lucero")
    customer.platform = Walker(customer.demo.base)
    customer.asked_by("live_client", "FB=4;AdditionalScope=auth-sso")
    customer.provider.open(customer.platform.left_for)
    assert "Signed in as Maria Lucero." in customer.platform.open(customer.provider.left_for).text
    customer.platform = Walker(customer.demo.base)
    customer.asked_by("live_client", prompt="on").go_to_the_sign_in()
    assert "Sign in to your online account" in customer.provider.text
    assert "Signed in as Whitfield" not in customer.sign_in_as("Daniel Whitfield").text


def test_what_is_shared_is_reached_by_the_same_sign_in(customer: Customer) -> None:
    customer.platform.open("/my-authorizations?utility=epe")
    assert "What you share" in customer.go_to_the_sign_in().sign_in_as("Abigail Okafor").text
