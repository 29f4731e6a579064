"""The wall between sandbox and live: the database refuses what the code should never ask of it.

No authorization joins a registration that is not live to a customer of the live world: not a new one, not one that is
changed, and not because the registration's status changes. A live registration that is suspended or rejected keeps
what it has, at rest: it may read nothing, and gets nothing new. Expiry is judged by the database's own clock, which in
the live world is the platform's.
"""

from django.db import migrations

from wattkeeper.common.triggers import Refusal, Refuse

GRANT, METER, TOKEN = "authorizations_authorization", "authorizations_meter", "authorizations_token"

NOT_LIVE = "a registration that is not live holds no authorization on a customer of the live world"
CROSSES = """
    (SELECT kind FROM utilities_world WHERE id = NEW.world_id) = 'live'
    AND (SELECT status FROM companies_registration WHERE id = NEW.registration_id {locked}) <> 'live'
"""
OVER = "OLD.expires IS NOT NULL AND OLD.expires <= {now} AND (NEW.expires IS NULL OR NEW.expires > {now})"
HOLDS_LIVE = """
    NEW.status NOT IN ('live', 'suspended', 'rejected')
    AND EXISTS (
        SELECT 1 FROM authorizations_authorization held JOIN utilities_world w ON w.id = held.world_id
        WHERE held.registration_id = NEW.id AND w.kind = 'live' AND held.declined IS NULL AND held.revoked IS NULL
            AND (held.expires IS NULL OR held.expires > {now})
    )
"""
ELSEWHERE = "(SELECT world_id FROM customers_customer WHERE id = NEW.customer_id) <> NEW.world_id"
OTHER_UTILITY = """
    (SELECT utility_id FROM companies_registration WHERE id = NEW.registration_id)
    <> (SELECT utility_id FROM utilities_world WHERE id = NEW.world_id)
"""
MOVED = """
    NEW.registration_id <> OLD.registration_id OR NEW.customer_id <> OLD.customer_id OR NEW.world_id <> OLD.world_id
"""
REVIVED = "(OLD.revoked IS NOT NULL AND NEW.revoked IS NULL) OR (OLD.declined IS NOT NULL AND NEW.declined IS NULL)"
OTHER_WORLD = """
    (SELECT world_id FROM authorizations_authorization WHERE id = NEW.authorization_id)
    <> (SELECT world_id FROM customers_service WHERE id = NEW.service_id)
"""
OTHER_GRANT = """
    (SELECT registration_id FROM authorizations_authorization WHERE id = NEW.authorization_id) <> NEW.registration_id
"""
ITS_SERVICE = "a meter shows a service of the world of its authorization"
ITS_GRANT = "a token is of the registration that holds its authorization"


class Migration(migrations.Migration):
    dependencies = [
        ("authorizations", "0001_initial"),
        ("companies", "0002_wall"),
        ("customers", "0002_wall"),
        ("utilities", "0002_wall"),
    ]

    operations = [
        Refuse(
            Refusal("wall_grant", GRANT, "INSERT", NOT_LIVE, CROSSES),
            Refusal("wall_grant_world", GRANT, "INSERT", "an authorization is in the world of its customer", ELSEWHERE),
            Refusal("wall_grant_utility", GRANT, "INSERT", "an authorization is at the utility of both", OTHER_UTILITY),
            Refusal(
                "wall_grant_stays", GRANT, "UPDATE OF registration_id, customer_id, world_id",
                "an authorization stays with its registration, its customer and its world", MOVED,
            ),
            Refusal(
                "wall_grant_ended", GRANT, "UPDATE OF revoked, declined",
                "an authorization that was revoked or declined stays so", REVIVED,
            ),
            Refusal("wall_grant_extended", GRANT, "UPDATE OF expires", NOT_LIVE, f"{OVER} AND {CROSSES}"),
            Refusal("wall_registration_status", "companies_registration", "UPDATE OF status", NOT_LIVE, HOLDS_LIVE),
            Refusal("wall_meter", METER, "INSERT", ITS_SERVICE, OTHER_WORLD),
            Refusal("wall_meter_stays", METER, "UPDATE OF authorization_id, service_id", ITS_SERVICE, OTHER_WORLD),
            Refusal("wall_token", TOKEN, "INSERT", ITS_GRANT, OTHER_GRANT),
            Refusal("wall_token_stays", TOKEN, "UPDATE OF authorization_id, registration_id", ITS_GRANT, OTHER_GRANT),
        )
    ]
