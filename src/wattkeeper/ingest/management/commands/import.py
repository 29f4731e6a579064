# ruff: noqa: N999 - the command is called import
"""`wattkeeper import greenbutton FILE` and `wattkeeper import csv FILE --map MAP`: real data for a named service;
`wattkeeper import pdf MANIFEST`: the PDFs of bills that are here."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from wattkeeper.customers.models import Service
from wattkeeper.ingest import bill_pdfs, csv_files, csv_map, greenbutton
from wattkeeper.ingest.batch import Batch, Terms
from wattkeeper.ingest.bill_pdfs import ManifestError
from wattkeeper.ingest.files import opened
from wattkeeper.ingest.importing import Outcome, store, terms_for
from wattkeeper.ingest.records import FileError
from wattkeeper.ingest.staging import Staging
from wattkeeper.readings.store import Counts
from wattkeeper.utilities.models import World

IMPORTED_IN_PART, REFUSED = 1, 2

Reader = Callable[[BinaryIO, Staging, Terms, Callable[[int], None]], Batch]


class Command(BaseCommand):
    help = (
        "Brings the readings and bills in a file to a service, in one transaction. Ends with 0 if everything was "
        "imported, 1 if records were refused and skipped, 2 if nothing was imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="{greenbutton,csv,pdf}")
        green = kinds.add_parser("greenbutton", help="a Green Button file (ESPI in Atom XML)")
        green.add_argument(
            "--usage-point", help="which usage point of the file, if it has several: the end of its link"
        )
        table = kinds.add_parser("csv", help="a CSV file with a map of its columns")
        table.add_argument("--map", required=True, type=Path, help="what the columns mean (TOML)")
        for kind in (green, table):
            kind.add_argument("file", type=Path)
            kind.add_argument("--service", required=True, help="the utility's identifier of the service")
            kind.add_argument("--utility", help="code of the utility, if there are several")
            kind.add_argument("--world", choices=World.Kind.values, help="where the service is, if it is in both")
            kind.add_argument("--skip-refused", action="store_true", help="import the rest if some records are refused")
        pdfs = kinds.add_parser("pdf", help="PDFs of bills, with a manifest that says which bill each is (CSV)")
        pdfs.add_argument("manifest", type=Path)
        pdfs.add_argument("--utility", help="code of the utility, if there are several")
        pdfs.add_argument("--world", choices=World.Kind.values, default=World.Kind.LIVE.value, help="live if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] == "pdf":
            self._import_pdfs(options["manifest"], _world(options["utility"], options["world"]))
        else:
            self._import_data(options)

    def _import_pdfs(self, manifest: Path, world: World) -> None:
        try:
            counts = bill_pdfs.store(manifest, world)
        except (FileError, ManifestError) as refusal:
            for line, reason in refusal.refusals if isinstance(refusal, ManifestError) else ():
                self.stderr.write(f"line {line}: refused: {reason}")
            raise CommandError(f"{manifest} is refused, nothing was imported: {refusal}.", returncode=REFUSED) from None
        self.stdout.write(f"{world}: PDFs of bills {_counts(counts)}.")

    def _import_data(self, options: dict[str, Any]) -> None:
        service = _service(options["service"], options["utility"], options["world"])
        terms = terms_for(service)
        with Staging() as staging:
            try:
                read = _reader(options, service)
                with opened(options["file"]) as source, _progress(options["file"]) as progress:
                    batch = read(source, staging, terms, progress)
                outcome = store(service, batch, staging, terms, options["skip_refused"])
            except FileError as refusal:
                self._report(staging)
                hint = "" if options["skip_refused"] or not staging.count(refused=True) else (
                    " Correct them, or import the rest with --skip-refused."
                )  # fmt: skip
                raise CommandError(
                    f"{options['file']} is refused, nothing was imported: {refusal}.{hint}", returncode=REFUSED
                ) from None
            self._report(staging)
            self._say(outcome, staging, service)
            if staging.count(refused=True):
                sys.exit(IMPORTED_IN_PART)

    def _report(self, staging: Staging) -> None:
        for refused, word in ((True, "refused"), (False, "not kept")):
            for line, reason in staging.remarks(refused):
                self.stderr.write(f"line {line}: {word}: {reason}")

    def _say(self, outcome: Outcome, staging: Staging, service: Service) -> None:
        self.stdout.write(
            f"Service {service.identifier}: {outcome.readings} readings; days {_counts(outcome.days)}; "
            f"bills {_counts(outcome.bills)}; records refused {staging.count(refused=True)}, "
            f"not kept {staging.count(refused=False)}."
        )


def _reader(options: dict[str, Any], service: Service) -> Reader:
    if options["kind"] == "csv":
        mapping = csv_map.load(options["map"], service.world.utility.zone)
        return lambda source, staging, terms, progress: csv_files.read(source, mapping, staging, terms, progress)
    wanted = options["usage_point"]
    return lambda source, staging, terms, progress: greenbutton.read(source, staging, terms, progress).batch(wanted)


def _service(identifier: str, utility: str | None, world: str | None) -> Service:
    found = Service.objects.filter(identifier=identifier).select_related("world__utility")
    if utility:
        found = found.filter(world__utility__code__iexact=utility)
    if world:
        found = found.filter(world__kind=world)
    try:
        services = list(found[:3])
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(
            f"The database is not ready ({error}): run wattkeeper migrate.", returncode=REFUSED
        ) from None
    if len(services) == 1:
        return services[0]
    if not services:
        raise CommandError(f"There is no service {identifier} here.", returncode=REFUSED)
    raise CommandError(
        f"Several services are called {identifier} ({', '.join(str(one.world) for one in services)}): "
        "say which with --utility and --world.",
        returncode=REFUSED,
    )


def _world(utility: str | None, kind: str) -> World:
    found = World.objects.filter(kind=kind).select_related("utility")
    worlds = list(found.filter(utility__code__iexact=utility) if utility else found)
    if len(worlds) != 1:
        named = ", ".join(str(one) for one in worlds) or "none"
        raise CommandError(f"Which utility's {kind} world? There is: {named}. Say --utility.", returncode=REFUSED)
    return worlds[0]


def _counts(counts: Counts) -> str:
    return f"{counts.added} new, {counts.changed} changed, {counts.same} as before"


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size)
        yield lambda count: bar.advance(task, count)
