"""`wattkeeper mail`: what waits in the outbox, and another try for what was given up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wattkeeper.delivery import letters, outbox
from wattkeeper.delivery.models import Mail
from wattkeeper.delivery.plain import plain
from wattkeeper.utilities.models import Utility

SHOWN = 100


class Command(BaseCommand):
    help = "List mails that are not sent, show one, or try them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "show", "retry"])
        parser.add_argument("uid", nargs="?", help="for show, and for retry (without: all that are not sent)")

    def handle(self, *args: Any, **options: Any) -> None:
        unsent = Mail.objects.filter(sent__isnull=True).order_by("-pk")
        chosen = unsent.filter(uid=options["uid"]) if options["uid"] else unsent
        if options["uid"] and not chosen.exists():
            raise CommandError("no such mail waits or was given up")
        if options["action"] == "list":
            for mail in unsent[:SHOWN]:
                state = "waits    " if mail.next_attempt_at is not None else "given up "
                self.stdout.write(
                    f"{mail.uid} {state} {mail.tries} tries  {mail.template} to {mail.recipient}  {mail.error}"
                )
            self.stdout.write(f"{unsent.count()} not sent")
        elif options["action"] == "show":
            mail = chosen.get() if options["uid"] else _none()
            utility = Utility.objects.filter(code=mail.context.get("utility")).first()
            html = letters.html_of(mail, utility)
            self.stdout.write(f"To: {mail.recipient}\nSubject: {letters.subject_of(html)}\n\n{plain(html)}")
        else:
            mails = list(chosen)
            for mail in mails:
                outbox.retry(mail)
            self.stdout.write(f"{len(mails)} will be tried again")


def _none() -> Mail:
    raise CommandError("name the mail: wattkeeper mail show UID")
