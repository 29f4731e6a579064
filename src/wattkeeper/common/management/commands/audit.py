"""`wattkeeper audit`: verify the audit trail, print an anchor of it, show what happened to one authorization."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from wattkeeper.common import chain
from wattkeeper.common.chain import Anchor, Verification
from wattkeeper.common.models import AuditEntry


class Command(BaseCommand):
    help = "Verify the audit trail, print an anchor of it, or show what happened to one authorization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="verify | head | seal | show")
        verify = actions.add_parser("verify", help="look for rows that were changed, moved or cut; 1 if there are any")
        verify.add_argument("--from", dest="start", type=anchor, help="start at this anchor, not at the beginning")
        verify.add_argument(
            "--anchor",
            dest="anchors",
            type=anchor,
            action="append",
            default=[],
            help="compare with it; may be repeated",
        )
        actions.add_parser("head", help="print where the chain ends: an anchor to keep elsewhere")
        actions.add_parser("seal", help="give the rows that wait their place now (the worker does so every second)")
        show = actions.add_parser("show", help="print the rows of one authorization, oldest first")
        show.add_argument("--authorization", type=UUID, required=True, metavar="UID")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "verify":
            self._verify(Verification(options["anchors"], options["start"]))
        elif options["action"] == "head":
            self.stdout.write(str(chain.head()))
        elif options["action"] == "seal":
            self.stdout.write(f"{chain.seal():,} rows sealed; the chain ends at {chain.head()}")
        else:
            self._show(options["authorization"])

    def _verify(self, verification: Verification) -> None:
        faults = 0
        for fault in verification.faults():
            faults += 1
            self.stdout.write(str(fault))
        waiting, since = chain.unsealed()
        self.stdout.write(f"{verification.checked:,} rows checked; the chain ends at {verification.end}")
        if since is not None:
            self.stdout.write(f"{waiting:,} rows are not sealed yet, the first of {since.isoformat()}")
        if faults:
            raise CommandError(f"{faults:,} faults: the audit trail is not what was written")

    def _show(self, authorization: UUID) -> None:
        rows = AuditEntry.objects.filter(authorization_uid=authorization).order_by("id")
        for row in rows.iterator(chain.PAGE):
            place = row.position if row.position is not None else "-"
            actor = " ".join(filter(None, (row.actor_kind, row.actor)))
            self.stdout.write(f"{row.at.isoformat()}  {place}  {row.action}  {actor}  {row.data}")


def anchor(text: str) -> Anchor:
    try:
        return Anchor.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
