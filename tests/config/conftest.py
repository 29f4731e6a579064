"""A site to serve, and a Redis."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import serving


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> serving.Site:
    return serving.make_site(tmp_path_factory.mktemp("site"))


def needed(program: str, package: str) -> str:
    """The path of a program; without it the tests that need it are skipped, which bin/test says loudly."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"NOT TESTED with {program}: apt-get install {package}")
    return path


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a fresh Redis that keeps nothing, and its process."""
    port = serving.free_port()
    command = [needed("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with (tmp_path / "redis.log").open("wb") as log:
        process = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=log, stderr=log)
    while not _listens(port):
        assert process.poll() is None, (tmp_path / "redis.log").read_text()
    yield f"redis://127.0.0.1:{port}/0", process
    process.terminate()
    process.wait(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
