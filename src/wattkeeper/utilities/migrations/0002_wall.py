"""The wall between sandbox and live: what a world is, it stays."""

from django.db import migrations

from wattkeeper.common.triggers import Refusal, Refuse


class Migration(migrations.Migration):
    dependencies = [("utilities", "0001_initial")]

    operations = [
        Refuse(
            Refusal(
                "wall_world_stays", "utilities_world", "UPDATE OF kind, utility_id",
                "a world stays sandbox or live, and at its utility",
                "NEW.kind <> OLD.kind OR NEW.utility_id <> OLD.utility_id",
            ),
        )
    ]
