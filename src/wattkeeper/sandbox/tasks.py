"""Keeping synthetic homes up to date: the worker runs this on a schedule."""

from django_tasks import task

from wattkeeper.sandbox.homes import grow_home, homes_to_grow
from wattkeeper.utilities.models import World


@task()
def grow() -> None:
    """Adds to every home of every sandbox world what is missing up to yesterday. Does nothing if run again."""
    for world in World.objects.filter(kind=World.Kind.SANDBOX).select_related("utility"):
        for key in homes_to_grow(world):
            grow_home(world, key, world.today)
