"""What became of each test of a group, left as JSON lines for the page that bin/ makes of them."""

import json
import os
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

Noted = Callable[[pytest.Item, str], Iterable[dict[str, Any]]]


def mark(items: Iterable[pytest.Item], folder: Path, marker: str) -> None:
    """Has every test of the folder run beside the one server, and insists that it names what it belongs to."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.server)
            assert item.get_closest_marker(marker) is not None, f"{item.nodeid} names no {marker}"


def noting(results: str, lines: Noted) -> Any:
    """The hook `pytest_runtest_makereport` of a conftest: each test's lines go to a file of this process in the folder
    `results`, where one is named."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if results and (report.when == "call" or not report.passed):
            with (Path(results) / f"{os.getpid()}.jsonl").open("a") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines(item, report.outcome))
        return report

    return pytest_runtest_makereport
