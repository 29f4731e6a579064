"""Seconds from `make demo` to a ready platform: on a fresh clone with a warm package cache, and the second time.

    make bench, or: python bench/demo_start.py

The clone, its virtual environment and its data go into a temporary folder. The ratio is to installing the locked
packages alone, which is most of a first start.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PORT = 18_760
PATIENCE = 300


def main() -> None:
    source = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(source), str(clone)], check=True)
        install = seconds_of(["make", "--silent", ".venv/runtime"], clone)
        subprocess.run(["rm", "-rf", str(clone / ".venv")], check=True)
        first, second = seconds_to_ready(clone), seconds_to_ready(clone)
    print(f"installing the packages   {install:.1f} s")
    print(f"first make demo to ready  {first:.1f} s   (measure: under 90), ratio to installing {first / install:.2f}")
    print(f"second make demo          {second:.1f} s   (measure: under 10)")


def seconds_of(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(), check=True)
    return time.perf_counter() - began


def seconds_to_ready(clone: Path) -> float:
    began = time.perf_counter()
    make = subprocess.Popen(
        ["make", "--silent", "demo", f"PORT={PORT}"],
        cwd=clone,
        env=environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not ready():
            if make.poll() is not None or time.perf_counter() - began > PATIENCE:
                sys.exit("make demo did not become ready")
            time.sleep(0.05)
        return time.perf_counter() - began
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(timeout=60)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHONPATH"))}


def ready() -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{PORT}/readyz", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
