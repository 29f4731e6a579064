"""Naming tests by their case of `cases.toml`, and writing down what became of each."""

import json
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RESULTS = os.environ.get("WATTKEEPER_CERTIFICATION_RESULTS", "")
"""A folder: each run leaves a file of JSON lines there."""


def case(*names: str) -> pytest.MarkDecorator:
    """The cases a test belongs to, e.g. `@case("FND005")`; `path batch` is that row of `paths.toml`."""
    return pytest.mark.case(*names)


def note(item: pytest.Item, outcome: str) -> None:
    for mark in item.iter_markers("case") if RESULTS else ():
        lines = [{"test": item.nodeid, "case": name, "outcome": outcome} for name in mark.args]
        with (Path(RESULTS) / f"{os.getpid()}.jsonl").open("a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
