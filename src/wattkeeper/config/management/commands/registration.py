"""`wattkeeper registration`: third parties and their OAuth clients, for whoever runs the platform."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from wattkeeper.authorizations.standing import change_status
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import audit, clock
from wattkeeper.companies import registrations
from wattkeeper.companies.keys import KeysError
from wattkeeper.companies.models import Registration
from wattkeeper.companies.redirect_uris import RedirectUriError
from wattkeeper.companies.registrations import AuthMethod, RegistrationError, Status
from wattkeeper.utilities.models import Utility

KEEP_OLD_HOURS = 24
ON = {"on": True, "off": False}


class Command(BaseCommand):
    help = "Register third parties' OAuth clients and change what they may do. Secrets are printed once, here."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(
            dest="action", required=True, metavar="add | list | set | rotate-secret | token"
        )
        add = actions.add_parser("add", help="register a company at a utility")
        add.add_argument("--company", required=True, help="its name; a new company unless there is one of that name")
        add.add_argument("--utility", default="EPE", help="code of the utility")
        add.add_argument("--status", choices=Status.values, default=Status.SANDBOX.value)
        add.add_argument("--auth-method", choices=AuthMethod.values, default=AuthMethod.SECRET.value)
        add.add_argument("--member", metavar="EMAIL", help="a person of the company")
        listing = actions.add_parser("list", help="who is registered")
        listing.add_argument("--utility", help="code of the utility; every utility's without")
        change = actions.add_parser("set", help="change a registration")
        change.add_argument("--status", choices=Status.values)
        change.add_argument("--purpose", type=translation, action="append", metavar="LANGUAGE=TEXT")
        change.add_argument("--requires-pkce", choices=ON, help="off: excuse a Green Button client that lacks it")
        rotate = actions.add_parser("rotate-secret", help="give a second client secret; the old one ends at a date")
        rotate.add_argument("--keep-old", type=hours, default=hours(str(KEEP_OLD_HOURS)), metavar="HOURS")
        token = actions.add_parser("token", help="give a token of the JSON API to a member of the company")
        token.add_argument("--member", metavar="EMAIL", help="whom; the company's first member without")
        token.add_argument("--name", default="command line", help="what the member calls it")
        for action in (add, change):
            action.add_argument("--redirect-uri", action="append", metavar="URI", help="again for each; replaces all")
            action.add_argument("--jwks", type=Path, metavar="FILE", help="public keys, for private_key_jwt")
        for action in (change, rotate, token):
            action.add_argument("client_id")
        for action in (add, listing, change, rotate, token):
            action.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "add": add, "list": listing, "set": change, "rotate-secret": rotate, "token": token,
        }  # fmt: skip
        try:
            with transaction.atomic():
                done = actions[options["action"]](options)
        except (RegistrationError, RedirectUriError, KeysError) as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(json.dumps(done, indent=2) if options["json"] else as_lines(done))


def add(options: dict[str, Any]) -> dict[str, Any]:
    utility = Utility.objects.filter(code=options["utility"]).first()
    if utility is None:
        raise CommandError(f"There is no utility {options['utility']!r} here.")
    company = registrations.company_named(options["company"])
    made = registrations.register(
        company,
        utility,
        options["redirect_uri"] or [],
        auth_method=options["auth_method"],
        jwks=text_of(options["jwks"]),
        status=options["status"],
    )
    if options["member"]:
        registrations.add_member(company, options["member"])
    return described(made.registration) | ({"client_secret": made.client_secret} if made.client_secret else {})


def listing(options: dict[str, Any]) -> list[dict[str, Any]]:
    clients = Registration.third_parties.select_related("company", "utility")
    found = clients.order_by("utility__code", "company__name", "pk")
    if options["utility"]:
        found = found.filter(utility__code=options["utility"])
    return [described(registration) for registration in found]


def change(options: dict[str, Any]) -> dict[str, Any]:
    registration = named(options["client_id"])
    if options["redirect_uri"] is not None:
        registrations.set_redirect_uris(registration, options["redirect_uri"])
    if options["jwks"] is not None:
        registrations.set_keys(registration, text_of(options["jwks"]))
    if options["purpose"] is not None:
        registrations.set_purpose(registration, dict(options["purpose"]))
    if options["requires_pkce"] is not None:
        registrations.set_requires_pkce(registration, ON[options["requires_pkce"]])
    if options["status"] is not None:
        change_status(registration, options["status"], audit.OPERATOR)
    return described(registration)


def rotate(options: dict[str, Any]) -> dict[str, Any]:
    until = clock.now() + options["keep_old"]
    secret = registrations.rotate_secret(named(options["client_id"]), until)
    return {
        "client_id": options["client_id"],
        "client_secret": secret,
        "old_secret_ends": until.isoformat(timespec="seconds"),
    }


def token(options: dict[str, Any]) -> dict[str, Any]:
    company = named(options["client_id"]).company
    members = company.members.select_related("user").order_by("pk")
    if options["member"]:
        members = members.filter(user__email__iexact=options["member"])
    member = members.first()
    if member is None:
        raise CommandError(f"{company.name} has no such member; `registration add --member EMAIL` makes one.")
    return {"member": member.user.email, "api_token": issue_api_token(member, options["name"])}


def named(client_id: str) -> Registration:
    found = Registration.third_parties.select_related("company", "utility").filter(client_id=client_id).first()
    if found is None:
        raise CommandError(f"There is no client {client_id!r}; `registration list` names them.")
    return found


def described(registration: Registration) -> dict[str, Any]:
    return {
        "client_id": registration.client_id,
        "company": registration.company.name,
        "utility": registration.utility.code,
        "issuer": registration.utility.issuer,
        "status": registration.status,
        "token_endpoint_auth_method": registration.token_endpoint_auth_method,
        "requires_pkce": registration.requires_pkce,
        "redirect_uris": registration.redirect_uris,
    }


def as_lines(found: dict[str, Any] | list[dict[str, Any]]) -> str:
    """A block of `name: value` for each, for people."""
    blocks = found if isinstance(found, list) else [found]
    return "\n\n".join("\n".join(f"{name}: {shown(value)}" for name, value in block.items()) for block in blocks)


def shown(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def text_of(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None


def translation(text: str) -> tuple[str, str]:
    """An argument type: `en=We plan your solar roof.`"""
    language, _, said = text.partition("=")
    if language not in dict(settings.LANGUAGES) or not said.strip():
        raise ArgumentTypeError(f"{text!r} is not LANGUAGE=TEXT with one of {', '.join(dict(settings.LANGUAGES))}")
    return language, said


def hours(text: str) -> timedelta:
    """An argument type: 0 to 2160 hours."""
    if not text.isdecimal() or int(text) > 2160:
        raise ArgumentTypeError(f"{text!r} is not a number of hours from 0 to 2160")
    return timedelta(hours=int(text))
