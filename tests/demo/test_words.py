"""Every sentence of the demo exists in Spanish, with the same placeholders."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import wattkeeper.demo

PACKAGE = Path(wattkeeper.demo.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def sentences() -> Iterator[str | tuple[str, ...]]:
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = "\n".join(line.strip() for line in templatize(text).splitlines())
        for _, message, _, _ in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            yield message


def test_every_sentence_is_in_spanish() -> None:
    with (PACKAGE / "locale/es/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file) if message.id}
    wanted = set(sentences())
    assert len(wanted) > 150
    assert wanted == set(catalogue)
    for english, spanish in catalogue.items():
        assert spanish
        assert placeholders(english) == placeholders(spanish), english


def placeholders(text: object) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|<\w+>", str(text)))
