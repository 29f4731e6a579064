"""The wall between sandbox and live: a customer's things are all in one world, and never go to another."""

from django.db import migrations

from wattkeeper.common.triggers import Refusal, Refuse

ONE_WORLD = "a customer has services of the customer's own world only"
APART = """
    (SELECT c.world_id FROM customers_customeraccount a JOIN customers_customer c ON c.id = a.customer_id
        WHERE a.id = NEW.account_id)
    <> (SELECT s.world_id FROM customers_service s WHERE s.id = NEW.service_id)
"""
PUBLISHED = "a test account, whose password is published, opens a customer of its own sandbox world only"
NOT_A_TEST = """
    (SELECT kind FROM utilities_world WHERE id = NEW.world_id) = 'live'
    OR (SELECT world_id FROM customers_customer WHERE id = NEW.customer_id) <> NEW.world_id
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("utilities", "0002_wall")]

    operations = [
        Refuse(
            Refusal(
                "wall_customer_stays", "customers_customer", "UPDATE OF world_id", "a customer stays in one world",
                "NEW.world_id <> OLD.world_id",
            ),
            Refusal(
                "wall_service_stays", "customers_service", "UPDATE OF world_id", "a service stays in one world",
                "NEW.world_id <> OLD.world_id",
            ),
            Refusal(
                "wall_account_stays", "customers_customeraccount", "UPDATE OF customer_id",
                "an account stays in one world",
                "(SELECT world_id FROM customers_customer WHERE id = NEW.customer_id)"
                " <> (SELECT world_id FROM customers_customer WHERE id = OLD.customer_id)",
            ),
            Refusal("wall_occupancy", "customers_occupancy", "INSERT", ONE_WORLD, APART),
            Refusal("wall_occupancy_stays", "customers_occupancy", "UPDATE OF account_id, service_id", ONE_WORLD, APART),
            Refusal("wall_test_account", "customers_testaccount", "INSERT", PUBLISHED, NOT_A_TEST),
            Refusal(
                "wall_test_account_stays", "customers_testaccount", "UPDATE OF world_id, customer_id", PUBLISHED,
                NOT_A_TEST,
            ),
        )
    ]
