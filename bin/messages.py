"""The translations: what the code and the templates say, against what the catalogues have.

python bin/messages.py check             names every missing, empty, fuzzy, superfluous or ill-formed translation
python bin/messages.py update            rewrites the catalogues: new messages empty, vanished ones dropped
python bin/messages.py merge FILE.po...  takes the translations of these files into the catalogues

No gettext tools are needed: Django turns templates into text that Babel's extractor for Python reads.
"""

import argparse
import os
import re
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize as django_templatize

ROOT = Path(__file__).resolve().parent.parent / "src" / "wattkeeper"
LANGUAGES = ("es",)
PROGRAMS = ("demo", "demo_provider")
FUNCTIONS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """msgid ""
msgstr ""
"Language: {catalog.locale}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {catalog.plural_forms}\\n"

"""
TEMPLATES = {".html", ".txt", ".svg"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+>")


def trees(root: Path) -> list[tuple[Path, list[Path]]]:
    """Each folder of catalogues with the files it translates; programs of their own have their own."""
    files = sorted(path for path in root.rglob("*") if path.suffix in {".py", *TEMPLATES} and path.is_file())
    inside = {name: [path for path in files if root / name in path.parents] for name in PROGRAMS}
    outside = [path for path in files if not any(path in found for found in inside.values())]
    return [(root / "locale", outside), *((root / name / "locale", found) for name, found in inside.items())]


def messages(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Id (or ids of singular and plural) and context of every message in a file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix in TEMPLATES:
        if "{%" not in source:
            return
        source = "\n".join(line.lstrip() for line in templatize(source, str(path)).splitlines())
    for _, found, _, context in extract("python", BytesIO(source.encode()), FUNCTIONS):
        yield found, context


def templatize(source: str, origin: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return django_templatize(source, origin=origin)


def collected(files: list[Path], root: Path, language: str) -> Catalog:
    catalog = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for path in files:
        for found, context in messages(path):
            catalog.add(found, locations=[(str(path.relative_to(root)), 0)], context=context)
    return catalog


def catalogue(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write(path: Path, catalog: Catalog) -> None:
    content = BytesIO()
    write_po(
        content, catalog, width=110, sort_output=True, omit_header=True, include_lineno=False, ignore_obsolete=True
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(HEADER.format(catalog=catalog).encode() + content.getvalue().rstrip() + b"\n")
    os.replace(part, path)


def problems(wanted: Catalog, have: Catalog) -> Iterator[str]:
    for message in wanted:
        if not message.id:
            continue
        translation = have.get(message.id, message.context)
        where = message.locations[0][0]
        if translation is None:
            yield f"missing: {message.id!r} ({where})"
        elif translation.fuzzy:
            yield f"fuzzy: {message.id!r}"
        elif not all(texts(translation.string)):
            yield f"empty: {message.id!r} ({where})"
        elif not all(holes(text) in map(holes, texts(message.id)) for text in texts(translation.string)):
            yield f"placeholders or tags differ: {message.id!r} -> {translation.string!r}"
    for message in have:
        if message.id and wanted.get(message.id, message.context) is None:
            yield f"superfluous: {message.id!r}"


def pairs(catalog: Catalog) -> set[object]:
    return {(message.context, message.id, message.string, message.fuzzy) for message in catalog if message.id}


def texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple)) else [""]


def holes(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def taken(wanted: Catalog, *sources: Catalog) -> Catalog:
    """The wanted messages with the translations of the last source that has one."""
    for message in wanted:
        for source in sources:
            found: Message | None = source.get(message.id, message.context) if message.id else None
            if found is not None and all(texts(found.string)) and not found.fuzzy:
                message.string = found.string
    return wanted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "update", "merge"])
    parser.add_argument("files", nargs="*", type=Path, help="for merge: .po files")
    parser.add_argument("--root", type=Path, default=ROOT, help="the package to look at")
    options = parser.parse_args()
    settings.configure()
    found: list[str] = []
    for folder, files in trees(options.root.resolve()):
        for language in LANGUAGES:
            wanted = collected(files, options.root.resolve(), language)
            path = catalogue(folder, language)
            if options.command == "check":
                name = path.relative_to(options.root.resolve())
                found += [f"{name}: {problem}" for problem in problems(wanted, read(path, language))]
            else:
                have = read(path, language)
                new = taken(wanted, have, *(read(file, language) for file in options.files))
                if pairs(new) != pairs(have):
                    write(path, new)
    print("\n".join(found) or "translations are complete" if options.command == "check" else "written")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
