"""`wattkeeper demo_seed`: El Paso Electric with its test homes, a third party, and the keys to all of it in a file."""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from wattkeeper.authorizations.access import identify
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.companies.credentials import check_client_secret, issue_client_secret
from wattkeeper.companies.models import Member, Registration
from wattkeeper.people.models import User
from wattkeeper.sandbox.epe import SeedResult, seed_epe

MEMBER = "developer@testcompany.example"
STAFF = "staff@epe.example"


class Command(BaseCommand):
    help = "Seed the demo: the tenant EPE, its test homes and public client. Writes the keys; again, keeps them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, required=True, help="where demo.json goes; clients.json beside it")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if urlsplit(settings.BASE_URL).hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise CommandError("the demo's public keys and passwords belong on localhost only")
        callback = f"{settings.DEMO_THIRDPARTY_URL}/callback"
        seeded = seed_epe([callback])
        registration = seeded.registration
        demo = keep_keys(path, registration) or new_keys(registration)
        demo |= describe(seeded)
        demo["client"]["redirect_uri"] = callback
        write(path, demo)
        client = demo["client"] | {"utility": seeded.utility.slug, "name": registration.company.name}
        write(path.with_name("clients.json"), [client])


def describe(seeded: SeedResult) -> dict[str, Any]:
    return {
        "base_url": settings.BASE_URL,
        "thirdparty_url": settings.DEMO_THIRDPARTY_URL,
        "utility": seeded.utility.code,
        "test_accounts": {account.username: account.password for account in seeded.test_accounts},
    }


def keep_keys(path: Path, registration: Registration) -> dict[str, Any] | None:
    """The keys of an earlier run, if they still open what they opened then."""
    try:
        demo: dict[str, Any] = json.loads(path.read_text())
        member = User.objects.get(email=demo["member"]["email"])
        works = (
            check_client_secret(registration, demo["client"]["client_secret"])
            and identify(demo["api_token"]) is not None
            and member.check_password(demo["member"]["password"])
        )
    except (OSError, ValueError, KeyError, User.DoesNotExist):
        return None
    return demo if works else None


@transaction.atomic
def new_keys(registration: Registration) -> dict[str, Any]:
    registration.secrets.all().delete()
    person, person_password = someone(MEMBER)
    _, staff_password = someone(STAFF, is_staff=True)
    member, _ = Member.objects.get_or_create(company=registration.company, user=person)
    return {
        "client": {
            "client_id": registration.client_id,
            "client_secret": issue_client_secret(registration),
        },
        "api_token": issue_api_token(member, "demo"),
        "member": {"email": MEMBER, "password": person_password},
        "staff": {"email": STAFF, "password": staff_password},
    }


def someone(email: str, *, is_staff: bool = False) -> tuple[User, str]:
    """The demo's person of this address, with a new password."""
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(email=email).first() or User(email=email)
    user.is_staff = is_staff
    user.set_password(password)
    user.save()
    return user, password


def write(path: Path, content: object) -> None:
    """For its owner's eyes alone from the first byte on, and never half-written."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    part.replace(path)
