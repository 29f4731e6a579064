"""Row 84: sandbox and live. No code has to remember it, because the database refuses it."""

import uuid
from typing import Any

import pytest

from blackbox.conformance.database import REFUSED
from blackbox.conformance.flow import Flow, uid_of
from blackbox.conformance.rows import row
from blackbox.conformance.server import Own
from blackbox.conformance.target import Client, Target


@pytest.fixture(scope="module")
def live(target: Target) -> Client:
    return target.clients["live"]


@pytest.fixture(scope="module")
def lena(own: Own) -> int:
    """A customer of the live world: her key. Nobody can sign in as her yet, so she is put into the database."""
    database = own.database
    ((key, uid),) = database.run("SELECT id, uid FROM customers_customer ORDER BY id LIMIT 1")
    ((world,),) = database.run("SELECT id FROM utilities_world WHERE kind = 'live' ORDER BY id LIMIT 1")
    assert uid
    return database.like("customers_customer", key, uid=database.new_id(), world_id=world, name="Lena Live")


def granted(own: Own, flow: Flow, client: Client) -> int:
    """The key of a grant of a test customer to this client."""
    uid = uid_of(flow.tokens(client))
    stored = uid.replace("-", "") if own.database.is_sqlite else uid
    return int(own.database.run("SELECT id FROM authorizations_authorization WHERE uid = %s", stored)[0][0])


def crossing(own: Own, lena: int, **changes: Any) -> dict[str, Any]:
    ((world,),) = own.database.run("SELECT world_id FROM customers_customer WHERE id = %s", lena)
    fresh = {"uid": own.database.new_id(), "referral": uuid.uuid4().hex}
    return {"customer_id": lena, "world_id": world} | fresh | changes


@row(84, "the wall between sandbox and live")
def test_row_84_no_grant_joins_a_sandbox_client_and_a_real_customer(
    flow: Flow, own: Own, sunny: Client, live: Client, lena: int
) -> None:
    """Broken: the trigger `wall_grant` dropped. The product's own `if` has no part in this: it is not asked."""
    grant = granted(own, flow, sunny)
    with pytest.raises(REFUSED):
        own.database.like("authorizations_authorization", grant, **crossing(own, lena))
    with pytest.raises(REFUSED):
        own.database.run("UPDATE authorizations_authorization SET customer_id = %s WHERE id = %s", lena, grant)
    with pytest.raises(REFUSED):
        own.database.run(
            "UPDATE authorizations_authorization SET world_id = (SELECT world_id FROM customers_customer WHERE id = %s)"
            " WHERE id = %s", lena, grant,
        )  # fmt: skip
    assert own.database.like("authorizations_authorization", granted(own, flow, live), **crossing(own, lena))


@row(84, "the wall between sandbox and live")
def test_row_84_a_client_that_holds_a_real_grant_does_not_leave_live(
    flow: Flow, own: Own, live: Client, lena: int
) -> None:
    """Broken: the trigger `wall_registration_status` dropped."""
    own.database.like("authorizations_authorization", granted(own, flow, live), **crossing(own, lena))
    with pytest.raises(REFUSED):
        own.database.run("UPDATE companies_registration SET status = 'sandbox' WHERE client_id = %s", live.client_id)
    with pytest.raises(REFUSED):
        own.database.run("UPDATE utilities_world SET kind = 'live' WHERE kind <> 'live'")


@row(84, "the wall between sandbox and live")
def test_row_84_nothing_below_a_grant_crosses_either(
    flow: Flow, own: Own, sunny: Client, live: Client, lena: int
) -> None:
    """Broken: the triggers `wall_meter` and `wall_token` dropped."""
    database, grant = own.database, granted(own, flow, sunny)
    real = database.like("authorizations_authorization", granted(own, flow, live), **crossing(own, lena))
    ((meter,),) = database.run("SELECT min(id) FROM authorizations_meter WHERE authorization_id = %s", grant)
    ((token,),) = database.run("SELECT min(id) FROM authorizations_token WHERE authorization_id = %s", grant)
    with pytest.raises(REFUSED):
        database.like("authorizations_meter", meter, uid=database.new_id(), authorization_id=real)
    with pytest.raises(REFUSED):
        database.run("UPDATE authorizations_token SET authorization_id = %s WHERE id = %s", real, token)


@row(84, "the wall between sandbox and live")
def test_row_84_a_live_client_sees_test_data_as_test_data(flow: Flow, live: Client) -> None:
    """Broken: `is_test` told by the registration; `is_test=false` letting sandbox grants through."""
    answer = flow.tokens(live)
    uid = uid_of(answer)
    told = flow.read(live.api_token, f"/api/v2/authorizations/{uid}").json()
    assert told["is_test"] is True
    lists = {
        wanted: {each["uid"] for each in flow.read(
            live.api_token, "/api/v2/authorizations", params={"is_test": wanted}).json()["authorizations"]}
        for wanted in ("true", "false")
    }  # fmt: skip
    assert uid in lists["true"]
    assert uid not in lists["false"]
    assert "Sandbox" in flow.open(live).text


@row(84, "the wall between sandbox and live")
def test_row_84_a_sandbox_client_finds_no_real_customer(flow: Flow, sunny: Client) -> None:
    """Broken: an account of the live world offered at sign-in."""
    walker = flow.open(sunny, scope="FB=4;AdditionalScope=auth-test-Lena")
    assert "Signed in" not in walker.text
    assert "Lena Live" not in walker.text
    told = flow.read(sunny.api_token, "/api/v2/authorizations").json()["authorizations"]
    assert {each["is_test"] for each in told} <= {True}
