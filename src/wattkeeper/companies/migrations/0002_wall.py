"""The wall: a registration is one utility's. What its status may become, authorizations/migrations/0002_wall says."""

from django.db import migrations

from wattkeeper.common.triggers import Refusal, Refuse


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_initial")]

    operations = [
        Refuse(
            Refusal(
                "wall_registration_stays", "companies_registration", "UPDATE OF utility_id",
                "a registration stays at its utility", "NEW.utility_id <> OLD.utility_id",
            ),
        )
    ]
