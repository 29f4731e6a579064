"""docs/use-the-api/endpoints.md has every endpoint and no other, each with a test that is there."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.reader import ROOT, ask, body

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/use-the-api/endpoints.md"
ROWS = re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \| [^|]+ \| `([^`]+)` \|$", PAGE.read_text(), re.MULTILINE)


def test_the_page_names_every_endpoint(db: None) -> None:
    document: Any = body(ask(None, "/openapi.json"))
    served = {
        (method.upper(), path.removeprefix(ROOT)) for path, methods in document["paths"].items() for method in methods
    }
    assert sorted((method, path) for method, path, _ in ROWS) == sorted(served)


@pytest.mark.parametrize("named", [test for *_, test in ROWS])
def test_every_test_named_is_there(named: str) -> None:
    path, _, test = named.partition("::")
    assert re.search(rf"^def {test}\(", (REPOSITORY / path).read_text(), re.MULTILINE)
