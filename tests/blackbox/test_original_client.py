"""A client of the original platform works here by another base address."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blackbox.conftest import Demo
from blackbox.test_main_job import share

pytestmark = pytest.mark.server
SCRIPT = Path(__file__).with_name("original_client.py")


def run(demo: Demo, token: str) -> Any:
    said = subprocess.run([sys.executable, SCRIPT, demo.base, token], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_it_activates_reads_exports_and_revokes(demo: Demo) -> None:
    """By the token of one authorization first, then by the company's, which finds what is left."""
    token = share(demo, "test_commercial").token["access_token"]
    share(demo, "test_residential")
    everything = [*run(demo, token), *run(demo, demo.keys["api_token"])]
    assert len({found["uid"] for found in everything}) == len(everything) >= 2
    for found in everything:
        assert found["meters"]
        assert found["billing_accounts"] >= 1
        assert found["billing_summaries"] >= 20
        for meter in found["meters"]:
            assert meter["bills"] == meter["bill_count"] >= 20
            assert meter["readings"] == meter["interval_count"] > 60_000
            assert meter["line_items"] > meter["bills"]
            assert meter["kwh"] > 0 < meter["cost"]
            assert meter["is_full"]
        assert all(size > 0 for holder in (found, *found["meters"]) for size in holder["exports"].values())
    assert demo.get("/api/v2/meters").json()["meters"] == []
    assert run(demo, demo.keys["api_token"]) == []
