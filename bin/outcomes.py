"""What the pages made from outcomes of tests have in common: a row, reading the outcomes, writing or checking pages."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Row:
    """Something asked, a reason where we do otherwise or do not have it, and its outcomes as pytest has them."""

    ABSENT: ClassVar = "not there"

    asks: str
    deviation: str = ""
    absent: str = ""
    outcomes: set[str] = field(default_factory=set)

    @property
    def status(self) -> str:
        if "failed" in self.outcomes:
            return "**failed**"
        return "deviation" if self.deviation else self.ABSENT if self.absent else "passed"


def read(results: Path) -> Iterator[dict[str, Any]]:
    """What was noted of the tests, each thing once however often it was run."""
    for line in sorted({line for path in results.glob("*.jsonl") for line in path.read_text().splitlines()}):
        yield json.loads(line)


def count(rows: Mapping[Any, Row]) -> dict[str, int]:
    """How many hold, deviate and are absent."""
    words = {"passed": "passed", "deviation": "deviation", "absent": next(iter(rows.values())).ABSENT}
    return {name: sum(row.status == word for row in rows.values()) for name, word in words.items()}


def settle(action: str, rows: Mapping[Any, Any], pages: Mapping[Path, str], again: str) -> None:
    """Writes the pages (`write`), or exits where one is not as it should be (`check`). Every row has a test."""
    if untested := [name for name, row in rows.items() if not row.tests]:
        sys.exit(f"without a test: {untested}")
    failed = [name for name, row in rows.items() if "failed" in row.outcomes]
    if skipped := [name for name, row in rows.items() if "skipped" in row.outcomes]:
        print(f"!!! NOT TESTED here, in part or whole: {'; '.join(map(str, skipped))}")
    if action == "write":
        if failed or skipped:
            sys.exit(f"not written: {failed} failed, {skipped} were not tested")
        for page, text in pages.items():
            page.parent.mkdir(exist_ok=True)
            page.write_text(text)
    elif stale := [str(page.relative_to(ROOT)) for page, text in pages.items() if page.read_text() != text]:
        sys.exit(f"stale: {', '.join(stale)}; {again}")
