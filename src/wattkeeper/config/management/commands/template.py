"""`wattkeeper template`: a company's template, for whoever runs the platform."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from wattkeeper.companies import portals
from wattkeeper.companies.models import Registration
from wattkeeper.companies.portals import PortalError
from wattkeeper.companies.redirect_uris import RedirectUriError

SWITCH = {"on": False, "off": True}


class Command(BaseCommand):
    help = "Show a company's template, whose links its customers open, and change it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", help="of any of the company's registrations")
        parser.add_argument("--portal", help="its part of the address /authorize/{portal}; links sent before break")
        parser.add_argument(
            "--redirect-uri", action="append", metavar="URI", help="again for each; replaces all; the first by default"
        )
        parser.add_argument("--links", choices=SWITCH, help="off: none of its links, and of its forms', can be opened")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Registration.third_parties.filter(client_id=options["client_id"]).select_related("company").first()
        if found is None:
            raise CommandError(f"There is no client {options['client_id']!r} here.")
        template = portals.template_of(found.company)
        changes = {
            "portal": options["portal"],
            "uris": options["redirect_uri"],
            "disabled": SWITCH[options["links"]] if options["links"] else None,
        }
        try:
            if any(value is not None for value in changes.values()):
                portals.change(template, **changes)
        except (PortalError, RedirectUriError) as refusal:
            raise CommandError(refusal.message) from None
        told = {
            "company": found.company.name,
            "base_url": settings.BASE_URL + reverse("consent:door", args=[template.portal]),
            "links": "off" if template.disabled else "on",
            "redirect_uris": template.redirect_uris,
        }
        lines = [f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in told.items()]
        self.stdout.write(json.dumps(told, indent=2) if options["json"] else "\n".join(lines))
