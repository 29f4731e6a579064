"""What a newcomer's shell sees of the demo: it stops whole, and starts again with what it had."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from blackbox.conftest import Demo, free_port, launch, stop, wait

pytestmark = pytest.mark.server


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_second_run_keeps_its_data_and_its_keys(tmp_path: Path) -> None:
    port, seen = free_port(), []
    for _ in range(2):
        process = launch(tmp_path, port)
        wait(process, port)
        keys = json.loads((tmp_path / "demo.json").read_text())
        assert requests.get(f"http://localhost:{port + 1}/readyz", timeout=10).status_code == 200
        bearer = {"Authorization": f"Bearer {keys['api_token']}"}
        assert requests.get(f"{keys['base_url']}/api/v2/authorizations", headers=bearer, timeout=10).ok
        stop(process)
        process.communicate()
        assert process.returncode == 0
        assert is_free(port)
        assert is_free(port + 1)
        seen.append(keys)
    assert seen[0] == seen[1]


def test_a_port_in_use_is_one_readable_line(demo: Demo) -> None:
    port = urlsplit(demo.base).port
    assert port is not None
    second = launch(demo.var, port)
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    assert errors.startswith(f"wattkeeper demo: port {port} is in use")
    assert errors.count("\n") == 1
