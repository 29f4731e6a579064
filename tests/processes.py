"""Our own programs as processes on the tests' database, for tests that commit (`django_db(transaction=True)`)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import requests
from django.db import connection

PATIENCE = 60
ROOMY = {f"WATTKEEPER_LIMIT_{limit}": "100000/second" for limit in ("TOKEN", "CLIENT", "WRONG_TOKENS")}


def environment(var: Path) -> dict[str, str]:
    """What a process is started with to use the tests' database; `var` is a folder of its own."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{where['NAME']}"
    else:
        user, password = quote(where["USER"]), f":{quote(where['PASSWORD'])}" if where["PASSWORD"] else ""
        port = f":{where['PORT']}" if where["PORT"] else ""
        options = urlencode({"host": folder}) if (folder := where["OPTIONS"].get("host")) else ""
        url = f"postgresql://{user}{password}@{where['HOST']}{port}/{quote(str(where['NAME']))}?{options}"
    return os.environ | {"WATTKEEPER_DATABASE_URL": url, "WATTKEEPER_VAR": str(var)}


def run(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A `wattkeeper` command, to its end."""
    command = [sys.executable, "-m", "wattkeeper", *words]
    return subprocess.run(command, env=environment(var), capture_output=True, text=True, check=False, timeout=PATIENCE)


@contextmanager
def serving(var: Path, workers: int = 2) -> Iterator[str]:
    """`wattkeeper serve` with so many processes; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "wattkeeper", "serve", "--port", str(port), "--workers", str(workers)]
    log, settings = var / "server.log", environment(var) | {"WATTKEEPER_BASE_URL": address, **ROOMY}
    with log.open("w") as out:
        process = subprocess.Popen(command, env=settings, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(process, address, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
