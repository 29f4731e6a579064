"""`wattkeeper demo_seed`: El Paso Electric with test homes and a few live customers, two third parties, and the keys to
all of it in a file."""

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
from wattkeeper.companies.models import Company, Member, Registration, ScopeOfUse
from wattkeeper.consent.sso import answer_url
from wattkeeper.people.models import User
from wattkeeper.sandbox.epe import seed_epe
from wattkeeper.sandbox.neighbours import ONLINE_ACCOUNTS, seed_neighbours
from wattkeeper.sandbox.seeding import SeedResult
from wattkeeper.utilities.models import SignInService, Utility

MEMBER = "developer@testcompany.example"
STAFF = "staff@epe.example"
LIVE_CLIENT_ID = "EPE_ddddddddd"
LIVE_PURPOSE = {
    "en": "We work out how large a solar roof has to be for your home, and what it saves you.",
    "es": "Calculamos qué tan grande debe ser un techo solar para su casa y cuánto le ahorra.",
}
PROVIDER_CLIENT_ID = "wattkeeper"


class Command(BaseCommand):
    help = "Seed the demo: the tenant EPE, its test homes and public client. Writes the keys; again, keeps them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, required=True, help="where demo.json goes; clients.json beside it")
        parser.add_argument(
            "--provider", default="", help="address of the demo's online account; its provider.json too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if urlsplit(settings.BASE_URL).hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise CommandError("the demo's public keys and passwords belong on localhost only")
        callback = f"{settings.DEMO_THIRDPARTY_URL}/callback"
        seeded = seed_epe([callback])
        seed_neighbours(seeded.live)
        live = live_client(seeded.utility, callback)
        demo = keep_keys(path, seeded.registration, live) or new_keys(seeded.registration, live)
        demo |= describe(seeded)
        for name in ("client", "live_client"):
            demo[name]["redirect_uri"] = callback
        if options["provider"]:
            connect(seeded.utility, options["provider"], path, demo)
        write(path, demo)
        write(
            path.with_name("clients.json"),
            [
                demo[name] | {"utility": seeded.utility.slug, "name": registration.company.name}
                for name, registration in (("client", seeded.registration), ("live_client", live))
            ],
        )


@transaction.atomic
def live_client(utility: Utility, callback: str) -> Registration:
    """A company that has been reviewed and gone live."""
    registration = Registration.objects.filter(client_id=LIVE_CLIENT_ID).select_related("company").first()
    if registration is None:
        registration = Registration.objects.create(
            company=Company.objects.create(name="Desert Sun Solar"),
            utility=utility,
            client_id=LIVE_CLIENT_ID,
            status=Registration.Status.LIVE,
        )
        ScopeOfUse.objects.create(registration=registration, texts=LIVE_PURPOSE)
    if callback not in registration.redirect_uris:
        registration.redirect_uris = [*registration.redirect_uris, callback]
        registration.save(update_fields=["redirect_uris"])
    return registration


def connect(utility: Utility, issuer: str, path: Path, demo: dict[str, Any]) -> None:
    """Connects the utility's sign-in with the provider, and tells the provider who may ask and who can be played."""
    secret_file = path.with_name("sign_in_secret")
    if not secret_file.exists():
        write_text(secret_file, secrets.token_hex(32))
    SignInService.objects.update_or_create(
        utility=utility,
        defaults={
            "issuer": issuer,
            "client_id": PROVIDER_CLIENT_ID,
            "secret_file": str(secret_file),
            "scopes": "openid customers",
            "claim": "customers",
        },
    )
    client = {
        "client_id": PROVIDER_CLIENT_ID,
        "client_secret": secret_file.read_text(),
        "redirect_uris": [answer_url(utility)],
        "name": f"{utility.name} – Green Button",
    }
    people = [
        {
            "username": account.username,
            "password": account.username,
            "subject": f"online-{account.username}",
            "name": account.name,
            "customers": account.customers,
            "descriptions": account.descriptions,
        }
        for account in ONLINE_ACCOUNTS
    ]
    write(path.with_name("provider.json"), {"clients": [client], "people": people})
    demo["provider_url"] = issuer
    demo["online_accounts"] = {account.username: account.username for account in ONLINE_ACCOUNTS}


def describe(seeded: SeedResult) -> dict[str, Any]:
    return {
        "base_url": settings.BASE_URL,
        "thirdparty_url": settings.DEMO_THIRDPARTY_URL,
        "utility": seeded.utility.code,
        "test_accounts": {account.username: account.password for account in seeded.test_accounts},
    }


def keep_keys(path: Path, registration: Registration, live: Registration) -> dict[str, Any] | None:
    """The keys of an earlier run, if they still open what they opened then."""
    try:
        demo: dict[str, Any] = json.loads(path.read_text())
        member = User.objects.get(email=demo["member"]["email"])
        works = (
            check_client_secret(registration, demo["client"]["client_secret"])
            and check_client_secret(live, demo["live_client"]["client_secret"])
            and identify(demo["api_token"]) is not None
            and member.check_password(demo["member"]["password"])
        )
    except (OSError, ValueError, KeyError, User.DoesNotExist):
        return None
    return demo if works else None


@transaction.atomic
def new_keys(registration: Registration, live: Registration) -> dict[str, Any]:
    person, person_password = someone(MEMBER)
    _, staff_password = someone(STAFF, is_staff=True)
    member, _ = Member.objects.get_or_create(company=registration.company, user=person)
    return {
        "client": new_secret(registration),
        "live_client": new_secret(live),
        "api_token": issue_api_token(member, "demo"),
        "member": {"email": MEMBER, "password": person_password},
        "staff": {"email": STAFF, "password": staff_password},
    }


def new_secret(registration: Registration) -> dict[str, str]:
    registration.secrets.all().delete()
    return {"client_id": registration.client_id, "client_secret": issue_client_secret(registration)}


def someone(email: str, *, is_staff: bool = False) -> tuple[User, str]:
    """The demo's person of this address, with a new password."""
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(email=email).first() or User(email=email)
    user.is_staff = is_staff
    user.set_password(password)
    user.save()
    return user, password


def write(path: Path, content: object) -> None:
    write_text(path, json.dumps(content, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """For its owner's eyes alone from the first byte on, and never half-written."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
