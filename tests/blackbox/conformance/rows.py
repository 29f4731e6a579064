"""Naming tests by their row of `rows.toml`, and what is noted of each."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

RESULTS = os.environ.get("WATTKEEPER_CONFORMANCE_RESULTS", "")
"""A folder: each run leaves a file of JSON lines there."""


def row(number: int, sources: str) -> pytest.MarkDecorator:
    """The row a test belongs to, and the sections it rests on, e.g. `@row(4, "RFC 9700 2.1, 4.1")`."""
    return pytest.mark.row(number, sources)


def noted(item: pytest.Item, outcome: str) -> Iterator[dict[str, Any]]:
    for mark in item.iter_markers("row"):
        yield {"test": item.nodeid, "row": mark.args[0], "sources": mark.args[1], "outcome": outcome}
