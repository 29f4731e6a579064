"""The pages of docs/greenbutton from the outcomes of tests/greenbutton/certification: `write` them, or `check` them.

    WATTKEEPER_CERTIFICATION_RESULTS=/tmp/results pytest tests/greenbutton/certification
    python bin/certification.py write /tmp/results

`check` fails where a page says something else, and where a case, an address or a block has no test.
"""

import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import outcomes
from outcomes import ROOT

TESTS, PAGES = ROOT / "tests/greenbutton/certification", ROOT / "docs/greenbutton"
WRITTEN = "Written by `bin/certification.py` from a run of the [tests](../develop/testing.md#the-certification-tests)."
ADDRESSES = f"""# The Green Button API, address by address

Below `/DataCustodian/espi/1_1/resource`, each with and without a slash at the end. A token of the JSON API opens every
one of them, a customer's personal token what an access token does. [Function blocks](function-blocks.md) and
[test cases](test-cases.md) stand beside this page; how to read a feed is on the platform's own page,
`/docs/greenbutton`.
{WRITTEN}

| Address | Methods | Token | Answers | Test |
|---|---|---|---|---|
"""
RULES = """
## What holds everywhere

- `published-min`, `published-max`, `updated-min`, `updated-max` are half-open: the minimum belongs to the window, the
  maximum does not. They choose among blocks, summaries and authorizations; what only describes always comes.
- `start-index` (from 1) and `max-results` cut a feed. `depth` is checked and not used: ESPI does not say what it
  bounds.
- Nonsense, or a parameter given twice, is refused with 400 and the parameter's name. What nobody knows is ignored.
- What is not there and what is somebody else's get the same 404.
- Customers stand in feeds of their own, in their own schema. Their local time has an address of its own below
  `RetailCustomer`, because the two schemas share no document.
- Of a customer who left a service nothing is told that is there now: no meter, no device.
- Telephone numbers and email addresses are never told: the form that customers answer speaks of neither.
- A bulk feed leaves out what ended before its turn. Where a grant ends while its part is sent, the feed breaks off.
"""
CASES = f"""# Green Button test cases

What the certification suites ask of a custodian (Connect My Data), asked over HTTP of a running server with two third
parties and nine customers, and of the shipped configuration of nginx. {WRITTEN}

{{passed}} hold, {{deviation}} deviate in something and say why, {{absent}} are about what there is not.

| Case | Asked | Tests | Status |
|---|---|---|---|
"""
BLOCKS = f"""# Function blocks

What is served of each ESPI function block, and the [test cases](test-cases.md) that show it. {WRITTEN}
A final scope names the blocks that were granted, that the utility offers, and that the services have data for.

| Block | Name | What is served | Shown by | Status |
|---|---|---|---|---|
"""
Rows = dict[str, "Row"]


@dataclass
class Row(outcomes.Row):
    """A case, or an address (`path ...`), with the names of its tests."""

    tests: set[str] = field(default_factory=set)

    @property
    def shown(self) -> str:
        return ", ".join(f"`{name.rpartition('/')[2]}`" for name in sorted(self.tests))


def table(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((TESTS / f"{name}.toml").read_text())


def read(results: Path) -> Rows:
    found = {name: Row(**told) for name, told in table("cases").items()}
    found |= {f"path {name}": Row(told["answers"]) for name, told in table("paths").items()}
    for told in outcomes.read(results):
        if told["case"] not in found:
            sys.exit(f"{told['test']} names the case {told['case']}, which is in no table")
        row, name = found[told["case"]], told["test"]
        if not told["case"].startswith("path "):
            name = name.partition("[")[0]
        row.tests.add(name)
        row.outcomes.add(told["outcome"])
    return found


def addresses(found: Rows) -> str:
    rows = (
        f"| `{told['path']}` | {told.get('methods', 'GET, HEAD')} | {told['token']} | {told['answers']} "
        f"| {found[f'path {name}'].shown} |\n"
        for name, told in table("paths").items()
    )
    return ADDRESSES + "".join(rows) + RULES


def cases(found: Rows) -> str:
    rows = {name: row for name, row in found.items() if not name.startswith("path ")}
    text = CASES.format(**outcomes.count(rows))
    text += "".join(f"| {name} | {row.asks} | {row.shown} | {row.status} |\n" for name, row in rows.items())
    for title, kind in (("Where we do otherwise", "deviation"), ("What there is not", "absent")):
        reasons = [f"**{name}.** {getattr(row, kind)}" for name, row in rows.items() if getattr(row, kind)]
        text += f"\n## {title}\n\n" + "\n\n".join(reasons) + "\n"
    return text


def blocks(found: Rows) -> str:
    text = BLOCKS
    for number, told in table("blocks").items():
        shown = [found[name].status for name in told["cases"]]
        states = [state for state in ("**failed**", "passed", "deviation", "not there") if state in shown]
        text += f"| {number} | {told['name']} | {told['served']} | {'; '.join(told['cases'])} | {', '.join(states)} |\n"
    return text


def main() -> None:
    action, folder = sys.argv[1:]
    found = read(Path(folder))
    pages = {"README.md": addresses(found), "test-cases.md": cases(found), "function-blocks.md": blocks(found)}
    again = "run the tests, then `python bin/certification.py write RESULTS`"
    outcomes.settle(action, found, {PAGES / name: text for name, text in pages.items()}, again)


if __name__ == "__main__":
    main()
