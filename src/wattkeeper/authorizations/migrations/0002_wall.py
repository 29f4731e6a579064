"""The wall between sandbox and live: the database refuses what the code should never ask of it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CROSSES = """
    (SELECT kind FROM utilities_world WHERE id = NEW.world_id) = 'live'
    AND (SELECT status FROM companies_registration WHERE id = NEW.registration_id) <> 'live'
"""
ELSEWHERE = """
    (SELECT world_id FROM customers_customer WHERE id = NEW.customer_id) <> NEW.world_id
"""
REFUSAL = "a registration that is not live cannot hold an authorization on a customer of the live world"
MISMATCH = "an authorization is in the world of its customer"

SQLITE = """
CREATE TRIGGER authorization_wall_{event} BEFORE {moment} ON authorizations_authorization
BEGIN
    SELECT RAISE(ABORT, '{refusal}') WHERE {crosses};
    SELECT RAISE(ABORT, '{mismatch}') WHERE {elsewhere};
END
"""
POSTGRESQL = """
CREATE FUNCTION authorization_wall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {crosses} THEN
        RAISE EXCEPTION '{refusal}' USING ERRCODE = 'check_violation';
    END IF;
    IF {elsewhere} THEN
        RAISE EXCEPTION '{mismatch}' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER authorization_wall BEFORE INSERT OR UPDATE OF registration_id, world_id, customer_id
    ON authorizations_authorization FOR EACH ROW EXECUTE FUNCTION authorization_wall();
"""


def build(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    parts = {"crosses": CROSSES, "elsewhere": ELSEWHERE, "refusal": REFUSAL, "mismatch": MISMATCH}
    if editor.connection.vendor == "sqlite":
        for event, moment in (("insert", "INSERT"), ("update", "UPDATE OF registration_id, world_id, customer_id")):
            editor.execute(SQLITE.format(event=event, moment=moment, **parts))
    else:
        editor.execute(POSTGRESQL.format(**parts))


def tear_down(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TRIGGER authorization_wall_insert")
        editor.execute("DROP TRIGGER authorization_wall_update")
    else:
        editor.execute("DROP TRIGGER authorization_wall ON authorizations_authorization")
        editor.execute("DROP FUNCTION authorization_wall")


class Migration(migrations.Migration):
    dependencies = [
        ("authorizations", "0001_initial"),
        ("companies", "0001_initial"),
        ("customers", "0001_initial"),
        ("utilities", "0001_initial"),
    ]

    operations = [migrations.RunPython(build, tear_down)]
