"""The page docs/develop/conformance.md from the outcomes of tests/blackbox/conformance: `write` it, or `check` it.

    WATTKEEPER_CONFORMANCE_RESULTS=/tmp/results pytest tests/blackbox/conformance
    python bin/conformance.py write /tmp/results

`check` fails where the page says something else, and where a row has neither a test nor a reason.
"""

import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import outcomes
from outcomes import ROOT

ROWS = ROOT / "tests/blackbox/conformance/rows.toml"
PAGE = ROOT / "docs/develop/conformance.md"
NUMBERS = [*range(1, 88), *range(93, 103)]
HEAD = """# Conformance

What the authorization server and the wall around customer data are asked, and what became of it. Written by
`bin/conformance.py` from a run of the [black-box tests](testing.md#the-black-box-pack); CI fails when it is stale.

{passed} rows hold, {deviation} deviate in something and say why, {absent} are about what the product does not have yet.
{tests} tests in {cases} cases. Numbers missing between 87 and 93 belong to parts that come later.

| Row | Asked | Rests on | Tests | Status |
|---|---|---|---|---|
"""
NOTES = """
## Where we do otherwise

{deviations}

## What is not there yet

Each of these has a test that finds nothing, and fails once there is something.

{absences}
"""


@dataclass
class Row(outcomes.Row):
    """One row of the page: `tests` by name, each with how many cases were run."""

    ABSENT = "not there yet"

    sources: list[str] = field(default_factory=list)
    tests: dict[str, int] = field(default_factory=dict)


def rows(results: Path) -> dict[int, Row]:
    found = {int(number): Row(**told) for number, told in tomllib.loads(ROWS.read_text()).items()}
    if missing := set(NUMBERS) ^ found.keys():
        sys.exit(f"{ROWS.name} and the list of rows differ in {sorted(missing)}")
    for told in outcomes.read(results):
        row, name = found[told["row"]], told["test"].partition("[")[0]
        row.tests[name] = row.tests.get(name, 0) + 1
        row.outcomes.add(told["outcome"])
        row.sources += [source for source in told["sources"].split("; ") if source not in row.sources]
    return found


def page(found: dict[int, Row]) -> str:
    text = HEAD.format(
        **outcomes.count(found),
        tests=sum(len(row.tests) for row in found.values()),
        cases=sum(sum(row.tests.values()) for row in found.values()),
    )
    text += "".join(
        f"| {number} | {row.asks} | {'; '.join(sorted(row.sources))} | {shown(row)} | {row.status} |\n"
        for number, row in sorted(found.items())
    )
    reasons = [
        "\n\n".join(
            f"**Row {number}.** {getattr(row, kind)}" for number, row in sorted(found.items()) if getattr(row, kind)
        )
        for kind in ("deviation", "absent")
    ]
    return text + NOTES.format(deviations=reasons[0], absences=reasons[1])


def shown(row: Row) -> str:
    files = sorted({name.partition("::")[0].rpartition("/")[2] for name in row.tests})
    cases = sum(row.tests.values())
    return f"{cases} {'case' if cases == 1 else 'cases'} in {', '.join(f'`{name}`' for name in files)}"


def main() -> None:
    action, folder = sys.argv[1:]
    found = rows(Path(folder))
    again = "run the pack, then `python bin/conformance.py write RESULTS`"
    outcomes.settle(action, dict(sorted(found.items())), {PAGE: page(found)}, again)


if __name__ == "__main__":
    main()
