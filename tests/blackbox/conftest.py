"""The demo as a newcomer starts it: real processes, real ports, a fresh folder. Tests here speak only HTTP to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

PATIENCE = 120


@dataclass(frozen=True)
class Demo:
    """A running demo: its demo.json, its process, and where its data lies."""

    keys: dict[str, Any]
    process: subprocess.Popen[str]
    var: Path

    @property
    def base(self) -> str:
        return str(self.keys["base_url"])

    def get(self, path: str, token: str | None = None, **parameters: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.keys['api_token']}"}
        return requests.get(f"{self.base}{path}", params=parameters, headers=headers, timeout=30)


def free_port() -> int:
    """A port with two free ones after it."""
    for port in range(18_000 + os.getpid() % 2000, 30_000, 3):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            try:
                for offset, probe in enumerate((first, second, third)):
                    probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise AssertionError("no three free ports")


def launch(var: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "wattkeeper", "demo", "--port", str(port), "--var", str(var)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"http://localhost:{port}/readyz", timeout=2).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    stop(process)
    raise AssertionError(f"the demo did not start:\n{process.stderr.read() if process.stderr else ''}")


def stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    var, port = tmp_path_factory.mktemp("demo"), free_port()
    process = launch(var, port)
    wait(process, port)
    yield Demo(json.loads((var / "demo.json").read_text()), process, var)
    stop(process)
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()
