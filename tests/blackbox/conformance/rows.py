"""Naming tests by their row of `rows.toml`, and writing down what became of each."""

import json
import os
from pathlib import Path

import pytest

RESULTS = os.environ.get("WATTKEEPER_CONFORMANCE_RESULTS", "")
"""A folder: each run leaves a file of JSON lines there."""


def row(number: int, sources: str) -> pytest.MarkDecorator:
    """The row a test belongs to, and the sections it rests on, e.g. `@row(4, "RFC 9700 2.1, 4.1")`."""
    return pytest.mark.row(number, sources)


def note(item: pytest.Item, outcome: str) -> None:
    for mark in item.iter_markers("row") if RESULTS else ():
        line = {"test": item.nodeid, "row": mark.args[0], "sources": mark.args[1], "outcome": outcome}
        with (Path(RESULTS) / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
