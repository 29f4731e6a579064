"""`wattkeeper sandbox`: synthetic homes for tests, benchmarks and demos."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from wattkeeper.sandbox.agave import seed_agave
from wattkeeper.sandbox.epe import seed_epe
from wattkeeper.sandbox.homes import HISTORY_MONTHS, Growth, ensure_home, grow_home, homes_to_grow
from wattkeeper.sandbox.loads import Kind
from wattkeeper.utilities.models import World

T = TypeVar("T")


class Command(BaseCommand):
    help = "Make synthetic homes in a utility's sandbox world, and keep their data growing."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="homes | grow | epe | agave")
        homes = actions.add_parser("homes", help="make homes with readings and bills up to yesterday")
        homes.add_argument("--count", type=number_to(100_000), default=1, help="how many")
        homes.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.RESIDENTIAL.value)
        homes.add_argument("--seed", type=int, default=1, help="another seed makes other homes")
        homes.add_argument("--months", type=number_to(120), default=HISTORY_MONTHS, help="of history")
        grow = actions.add_parser("grow", help="add the days and bills that are missing up to yesterday")
        for action in (homes, grow):
            action.add_argument("--utility", default="EPE", help="code of the utility")
            action.add_argument("--world", default="main", help="name of the sandbox world")
        actions.add_parser("epe", help="make El Paso Electric with its test accounts and public client")
        actions.add_parser(
            "agave", help="make an invented town's utility: electricity, gas and water, metered in every way"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "epe":
            self._say(seed_epe().growth, "EPE and its 2 test homes")
            return
        if options["action"] == "agave":
            seeded = seed_agave()
            self._say(seeded.growth, f"AGAVE and its {len(seeded.test_accounts)} test homes")
            return
        world = sandbox_world(options["utility"], options["world"])
        if options["action"] == "homes":
            self._make(world, options["count"], Kind(options["kind"]), options["seed"], options["months"])
        else:
            self._grow(world)

    def _make(self, world: World, count: int, kind: Kind, seed: int, months: int) -> None:
        grown = Growth()
        keys = [f"{seed}/{kind}/{number:05d}" for number in range(1, count + 1)]
        for key in progress(keys, "Making homes"):
            grown += ensure_home(world, key, kind, months)[1]
        self._say(grown, homes_of(count, f"{kind} "))

    def _grow(self, world: World) -> None:
        grown = Growth()
        keys = homes_to_grow(world)
        for key in progress(keys, "Growing homes"):
            grown += grow_home(world, key, world.today)
        self._say(grown, f"{homes_of(len(keys))} behind")

    def _say(self, grown: Growth, what: str) -> None:
        self.stdout.write(
            f"{what}: {grown.days:,} days of readings, {grown.bills:,} bills, {grown.statements:,} statements added"
        )


def homes_of(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}{'home' if count == 1 else 'homes'}"


def number_to(most: int) -> Callable[[str], int]:
    """An argument type: a whole number from 1 to `most`."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most}")
        return int(text)

    return parse


def sandbox_world(utility: str, name: str) -> World:
    world = World.objects.filter(utility__code=utility, kind=World.Kind.SANDBOX, name=name).first()
    if world is None:
        raise CommandError(
            f"There is no sandbox world {name!r} of a utility {utility!r} here. "
            "`wattkeeper sandbox epe` makes El Paso Electric's."
        )
    return world


def progress(items: list[T], what: str) -> Iterable[T]:
    """The items, with a progress bar where a person is watching."""
    console = Console(stderr=True)
    return track(items, description=what, console=console, disable=not console.is_terminal, transient=True)
