"""The actions of `wattkeeper utility` that change what a utility's own pages show."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from wattkeeper.utilities import logos, site_texts
from wattkeeper.utilities.models import SiteText, Utility

PLAIN = {"email": "support_email", "phone": "support_phone", "address": "postal_address", "website": "website"}


def add_arguments(actions: Any) -> None:
    """`actions` is argparse's subparsers."""
    contact = actions.add_parser("contact", help="how customers reach it; what is left out stays, '' takes it away")
    logo = actions.add_parser("logo", help="the picture beside its name on every page: SVG, PNG or WebP")
    text = actions.add_parser("text", help="a version of its own terms or privacy text, in place of the standard one")
    for action in (contact, logo, text):
        action.add_argument("code", help="of the utility, such as EPE")
    for name in PLAIN:
        contact.add_argument(f"--{name}")
    contact.add_argument("--hours", type=spoken, action="append", metavar="LANGUAGE=TEXT", help="when somebody answers")
    picture = logo.add_mutually_exclusive_group(required=True)
    picture.add_argument("--file", type=Path)
    picture.add_argument("--remove", action="store_true", dest="is_removed")
    text.add_argument("kind", choices=SiteText.Kind.values)
    source = text.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=spoken, action="append", dest="files", metavar="LANGUAGE=FILE")
    source.add_argument("--standard", action="store_true", help="the standard text again")
    text.add_argument(
        "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="from when it holds; today without"
    )


def change(utility: Utility, options: dict[str, Any]) -> str:
    """Does what is asked, and says what was done."""
    try:
        return {"contact": contact, "logo": logo, "text": text}[options["action"]](utility, options)
    except (logos.LogoError, site_texts.SiteTextError) as refusal:
        raise CommandError(f"{refusal}.") from None
    except ValidationError as refusal:
        raise CommandError(" ".join(refusal.messages)) from None


def contact(utility: Utility, options: dict[str, Any]) -> str:
    for option, field in PLAIN.items():
        if options[option] is not None:
            setattr(utility, field, options[option].replace("\\n", "\n").strip())
    if options["hours"] is not None:
        utility.support_hours = {language: said for language, said in options["hours"] if said}
    utility.full_clean(exclude={"sign_in_methods", "function_blocks"})
    utility.save()
    shown = {option: getattr(utility, field) for option, field in PLAIN.items()} | {"hours": utility.support_hours}
    return "customers read " + ", ".join(f"{name} {value!r}" for name, value in shown.items() if value)


def logo(utility: Utility, options: dict[str, Any]) -> str:
    if options["is_removed"]:
        logos.remove(utility)
        return "no logo"
    logos.put(utility, content_of(options["file"]))
    return f"the logo is {options['file'].name}"


def text(utility: Utility, options: dict[str, Any]) -> str:
    try:
        texts = {language: content_of(Path(name)).decode() for language, name in options["files"] or []}
    except UnicodeDecodeError as error:
        raise CommandError(f"The text is not UTF-8: {error}.") from None
    made = site_texts.publish(utility, options["kind"], texts, options["since"] or site_texts.today(utility))
    return f"{made.kind}, version {made.version}, holds from {made.since}" + ("" if texts else ": the standard text")


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def spoken(argument: str) -> tuple[str, str]:
    """An argument type: `es=De lunes a viernes`, with what may be a file's name."""
    language, _, said = argument.partition("=")
    if language not in dict(settings.LANGUAGES):
        raise ArgumentTypeError(f"{argument!r} does not begin with {'= or '.join(dict(settings.LANGUAGES))}=")
    return language, said.strip()
