"""The server stops when it is told to, whatever it is doing."""

import subprocess
import sys
import time

import pytest

from serving import PATIENCE, Site, free_port

pytestmark = pytest.mark.server


def children(pid: int) -> list[str]:
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()


def test_a_server_that_is_still_starting_stops(site: Site) -> None:
    words = ["serve", "--port", str(free_port()), "--workers", "2", "--grace", "2"]
    process = subprocess.Popen([sys.executable, "-m", "wattkeeper", *words], env=site.environment())
    try:
        deadline = time.monotonic() + PATIENCE
        while len(children(process.pid)) < 2 and time.monotonic() < deadline:
            assert process.poll() is None
        process.terminate()
        process.wait(timeout=PATIENCE)
    finally:
        process.kill()
    assert not children(process.pid)
