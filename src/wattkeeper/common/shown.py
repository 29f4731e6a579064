"""What strangers wrote, made fit to stand in a sentence of ours. Escaping is the template's; this is for the eye."""

import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import models

JOINERS = "\u200c\u200d"
"""Invisible too, but many scripts and emoji are made with them."""
INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories with what turns the direction of the text around it, hides, or breaks the line."""
MOST_MARKS = 4
"""Accents on one letter. A stack of them covers the lines above and below."""


def shown(text: str, longest: int) -> str:
    """The text cut to `longest`, with an ellipsis: its lines, words and accents stay, its tricks go."""
    kept, marks = [], 0
    for character in text.replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if character == "\n" or character in JOINERS or (category not in INVISIBLE and marks <= MOST_MARKS):
            kept.append(character)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    clean = "\n".join(lines).strip()
    return clean if len(clean) <= longest else clean[: longest - 1].rstrip() + "…"


if TYPE_CHECKING:

    class CharField(models.CharField[str, str]):
        """What type checkers see."""

    class URLField(models.URLField[str, str]):
        """What type checkers see."""
else:
    from django.db.models import CharField, URLField


class ShownText(CharField):
    """One line of a stranger's text: cleaned on the way out too, however it got in. No other column than CharField."""

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return value if value is None else shown(value.replace("\n", " "), self.max_length or len(value))

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, _, arguments, keywords = super().deconstruct()
        return name, "django.db.models.CharField", list(arguments), dict(keywords)


class ShownLink(URLField):
    """An address a stranger gave: empty unless it is one of the web, so that a page can link to it as it stands."""

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return value if value is None or is_of_the_web(value) else ""

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, _, arguments, keywords = super().deconstruct()
        return name, "django.db.models.URLField", list(arguments), dict(keywords)


def is_of_the_web(address: str) -> bool:
    """True for http and https addresses with a host and nothing in them that only looks like part of it."""
    try:
        parts = urlsplit(address)
        host, user = parts.hostname, parts.username
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and user is None and address == shown(address, len(address))
