"""A utility's own terms and privacy text: published in versions, read as headings, paragraphs and lists.

The text is plain: a blank line ends a paragraph, `## ` begins a heading, `- ` a line of a list. Nothing else means
anything, so that no text can do more than be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from wattkeeper.common import audit, clock, days
from wattkeeper.utilities.models import SiteText, Utility

Kind = SiteText.Kind
LONGEST = 40_000
"""Characters, so that its page stays light."""


class SiteTextError(Exception):
    """Why a text cannot be published."""


@dataclass(frozen=True)
class Block:
    """One part of a text: a `heading`, a `paragraph`, or the lines of a `list`."""

    kind: str
    lines: list[str]


def publish(utility: Utility, kind: str, texts: Mapping[str, str], since: date) -> SiteText:
    """The next version, in all languages of the utility; without texts, the standard text holds again.

    Raises SiteTextError.
    """
    if texts and set(texts) != set(utility.languages):
        raise SiteTextError(
            f"{utility.code} speaks {', '.join(utility.languages)}: give the text in each, and no other"
        )
    for language, text in texts.items():
        if not text.strip() or len(text) > LONGEST:
            raise SiteTextError(
                f"the text in {language} has {len(text.strip())} characters; it may have 1 to {LONGEST}"
            )
    with transaction.atomic():
        Utility.objects.select_for_update().get(pk=utility.pk)
        before = SiteText.objects.filter(utility=utility, kind=kind).aggregate(
            version=Max("version"), since=Max("since")
        )
        if before["since"] is not None and since < before["since"]:
            raise SiteTextError(f"the version before it holds from {before['since']}; this one cannot hold earlier")
        made = SiteText.objects.create(
            utility=utility, kind=kind, version=(before["version"] or 0) + 1, since=since, texts=dict(texts)
        )
        data: dict[str, audit.Value] = {"kind": kind, "version": made.version, "since": since}
        audit.record("site_text_published", actor=audit.OPERATOR, utility_code=utility.code, data=data)
    return made


def versions(utility: Utility, kind: str) -> list[SiteText]:
    """All of them, the newest first."""
    return list(SiteText.objects.filter(utility=utility, kind=kind).order_by("-version"))


def in_force(versions: list[SiteText], today: date) -> SiteText | None:
    """The version that holds on a day; None where that is the standard text."""
    found = next((version for version in versions if version.since <= today), None)
    return found if found is not None and found.texts else None


def today(utility: Utility) -> date:
    return days.local_day(clock.epoch(clock.now()), utility.zone)


def blocks(text: str) -> list[Block]:
    """What there is to read, in order."""
    found = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if lines and lines[0].startswith("## "):
            found.append(Block("heading", [lines.pop(0).removeprefix("## ")]))
        if lines and all(line.startswith("- ") for line in lines):
            found.append(Block("list", [line.removeprefix("- ") for line in lines]))
        elif lines:
            found.append(Block("paragraph", [" ".join(lines)]))
    return found
