"""Naming tests by their case of `cases.toml`, and what is noted of each."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
RESULTS = os.environ.get("WATTKEEPER_CERTIFICATION_RESULTS", "")
"""A folder: each run leaves a file of JSON lines there."""


def case(*names: str) -> pytest.MarkDecorator:
    """The cases a test belongs to, e.g. `@case("FND005")`; `path batch` is that row of `paths.toml`."""
    return pytest.mark.case(*names)


def noted(item: pytest.Item, outcome: str) -> Iterator[dict[str, Any]]:
    for mark in item.iter_markers("case"):
        for name in mark.args:
            yield {"test": item.nodeid, "case": name, "outcome": outcome}
